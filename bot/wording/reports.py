"""An owner's report in words. Pure."""

from collections.abc import Mapping

from bot.state.tallies import Report
from bot.wording.texts import Texts


def sections(report: Report, titles: Mapping[str, str], texts: Texts) -> list[tuple[str, list[str]]]:
    """Headings, each with its lines: questions a day, what was not answered, votes. ``titles`` has the titles of all
    articles in the report."""
    days = [
        texts.stats_day.format(
            day=day.day, questions=texts.questions(day.asked), share=round(100 * day.answered / day.asked)
        )
        for day in report.days
        if day.asked
    ]
    several = len(titles) > 1
    unanswered = [
        f"{one.times} × {one.question}" + (f" ({titles[one.article]})" if several and one.article else "")
        for one in report.unanswered
    ]
    votes = [f"👍 {one.up} 👎 {one.down} {titles[one.article]}" for one in report.votes]
    return [
        (texts.stats_days, days or [texts.questions(0)]),
        (texts.stats_unanswered, unanswered or [texts.stats_no_unanswered]),
        *([(texts.stats_votes, votes)] if votes else []),
    ]
