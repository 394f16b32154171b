"""Prints answers on a terminal. The text of articles is shown literally, without control characters."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.state.tallies import Report
from bot.wording.reports import sections
from bot.wording.texts import Texts
from index.links.article_links import PUBLISHERS, Links
from index.models import Article, Closest, NoAnswer, NotAQuestion, Outcome, Quote, Source, Summary

if TYPE_CHECKING:
    from rich.console import Console


class Screen:
    """Prints to ``console``, in the language of ``texts``."""

    def __init__(self, console: "Console", texts: Texts, links: Links = PUBLISHERS) -> None:
        self._console = console
        self._texts = texts
        self._links = links

    def linking(self, links: Links) -> "Screen":
        """The same screen with other links."""
        return Screen(self._console, self._texts, links)

    def say(self, text: str, style: str = "") -> None:
        self._console.print(printable(text), style=style, markup=False, highlight=False, soft_wrap=True)

    def answer(self, found: Outcome, *, several: bool) -> None:
        if isinstance(found, NoAnswer):
            self.say(self._texts.no_answer)
            return
        if isinstance(found, NotAQuestion):
            self.say(self._texts.reply_to(found.kind))
            return
        if isinstance(found, Closest):
            self.say(self._texts.closest)
        if several:
            self.say(found.quotes[0].article.title, "bold")
        self.quotes(found.quotes)

    def summary(self, summary: Summary) -> None:
        self.say(self._texts.summary_title.format(title=summary.article.title), "bold")
        self.quotes(summary.sentences)

    def sources(self, article: Article, last: Sequence[Quote], named: Sequence[Source], corrected: str | None) -> None:
        self.say(self._texts.sources_about, "bold")
        known = [article.title, article.site, article.author, article.day, self._links.to_article(article)]
        self.say(" · ".join(fact for fact in known if fact))
        if corrected:
            self.say(self._texts.corrected_on.format(day=corrected[:10]))
        self.say("\n" + self._texts.sources_last, "bold")
        if last:
            self.quotes(last)
        else:
            self.say(self._texts.nothing_said_yet)
        self.say("\n" + self._texts.sources_named, "bold")
        if not named:
            self.say(self._texts.no_named_sources)
        n = len(last)
        for source in named:
            self.say(source.name, "bold")
            self.quotes(source.mentions, first=n + 1)
            n += len(source.mentions)

    def report(self, report: Report, titles: Mapping[str, str]) -> None:
        for heading, lines in sections(report, titles, self._texts):
            self.say(heading, "bold")
            for line in lines:
                self.say(line)

    def quotes(self, quotes: Sequence[Quote], first: int = 1) -> None:
        from rich.padding import Padding
        from rich.text import Text

        for n, quote in enumerate(quotes, start=first):
            body = Text(printable(quote.text))
            if self._console.is_terminal:
                self._console.print(Padding(body, (0, 4, 0, 2)), highlight=False)
            else:
                # Piped output is for programs and searches, so quotes are neither wrapped nor indented.
                self._console.print(body, soft_wrap=True, highlight=False)
            place = f"[{n}] {self._texts.place(quote)}"
            site = f" · {quote.article.site}" if quote.article.site else ""
            link = self._links.to_quote(quote)
            self.say(place + site + (f" · {link}" if link else ""), "cyan")


def printable(text: str) -> str:
    """The text without control characters, which could move the terminal's cursor or change its colours."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
