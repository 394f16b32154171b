"""An owner's report, as Telegram messages. Pure."""

from collections.abc import Mapping

from bot.render import Outgoing, render_list
from bot.tallies import Report
from bot.texts import Texts


def render_report(report: Report, titles: Mapping[str, str], texts: Texts) -> tuple[Outgoing, ...]:
    """Questions a day, what was not answered, votes; articles by their ``titles``, those that are gone left out."""
    days = [
        texts.stats_day.format(
            day=day.day, questions=texts.questions(day.asked), share=round(100 * day.answered / day.asked)
        )
        for day in report.days
        if day.asked
    ]
    several = len(titles) > 1
    unanswered = [
        f"{one.times} × {one.question}" + (f" ({titles[one.article]})" if several and one.article in titles else "")
        for one in report.unanswered
        if one.article in titles or not one.article
    ]
    votes = [f"👍 {one.up} 👎 {one.down} {titles[one.article]}" for one in report.votes if one.article in titles]
    return render_list(
        [
            (texts.stats_days, days or [texts.questions(0)]),
            (texts.stats_unanswered, unanswered or [texts.stats_no_unanswered]),
            *([(texts.stats_votes, votes)] if votes else []),
        ]
    )
