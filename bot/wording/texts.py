"""Every sentence that the bot says, by language. ``languages/*.toml`` has the words, this module has their names. Pure.

The terminal's messages are not here: they are for people who run the bot, and are in English.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from index.models import Quote

LANGUAGES = ("en", "uk", "ko", "de", "es", "pl", "ru")
OWNERS = ("add", "remove", "stats")  # commands that only owners see


@dataclass(frozen=True, slots=True)
class Plural:
    """A number of things, in each plural form of a language."""

    language: str
    forms: Mapping[str, str]  # with {n}

    def __call__(self, n: int) -> str:
        return self.forms[plural_form(self.language, n)].format(n=n)


def plural_form(language: str, n: int) -> str:
    """The name of the form for a whole number, n >= 0.

    CLDR's plural rules, https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html
    """
    if language == "ko":
        return "other"
    if language == "pl" and n == 1:
        return "one"
    if language in {"pl", "ru", "uk"}:
        if n % 10 == 1 and n % 100 != 11 and language != "pl":
            return "one"
        return "few" if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else "many"
    return "one" if n == 1 else "other"


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language. ``str.format`` fills in the fields in braces."""

    start: str  # {title}
    start_empty: str
    help: str
    help_in_groups: str  # {username}
    help_for_owners: str
    how_to_ask: str
    only_text: str
    sticker: str
    no_answer: str
    no_answer_again: str
    no_answer_in: str  # {title}
    no_answer_anywhere: str
    no_answer_anywhere_again: str
    not_a_question: str
    greeting: str
    thanks: str
    about_us: str
    symbols: str
    again: str
    closest_button: str
    closest: str
    context_button: str
    context_of_button: str  # {n}
    more_button: str
    more_passages: str
    back_button: str
    previous_button: str
    next_button: str
    voted: str
    vote_taken_back: str
    buttons_too_old: str
    no_article: str
    article_set: str  # {title}
    choose_article: str
    no_title_has: str
    article_gone: str
    unknown_link: str
    summary_title: str  # {title}
    sources_about: str
    corrected_on: str  # {day}
    corrected_since: str
    sources_last: str
    sources_named: str
    no_named_sources: str
    nothing_said_yet: str
    error: str
    too_many: str
    busy: str
    forgotten: str
    only_admins_forget: str
    paragraph: str  # {n}
    page: str  # {n}
    more: str  # {n}
    hello_group: str  # {username}
    hello_privacy: str  # {username}
    inline_nothing: str
    inline_closest: str
    no_such_page: str
    only_owners: str
    add_how: str
    add_reading: str
    add_indexing: str  # {title}, {passages}
    added: str  # {title}, {passages}, {link}
    add_known: str  # {title}, {link}
    add_corrected: str  # {title}, {passages}, {link}
    announced: str  # {title}, {link}
    add_too_large: str  # {megabytes}
    add_maybe_cut: str
    add_unreachable: str
    add_gone: str  # {status}
    add_busy: str  # {status}
    add_turned_away: str  # {status}
    add_refused: str  # {status}
    add_private: str
    add_no_article: str
    add_empty: str
    add_login: str
    add_consent: str
    add_script: str
    add_links: str
    add_video: str
    add_unreadable: str
    add_scanned: str
    add_locked: str
    remove_which: str
    remove_sure: str  # {title}
    remove_yes: str
    remove_no: str
    removed: str  # {title}
    kept: str  # {title}
    stats_days: str
    stats_day: str  # {day}, {questions}, {share}
    stats_unanswered: str
    stats_no_unanswered: str
    stats_votes: str
    command_start: str
    command_help: str
    command_ask: str
    command_summary: str
    command_sources: str
    command_article: str
    command_forget: str
    command_add: str
    command_remove: str
    command_stats: str
    description: str
    short_description: str
    questions: Plural
    passages: Plural

    @property
    def language(self) -> str:
        """One of ``LANGUAGES``."""
        return self.questions.language

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """Name and description of each command, in the order of the menu; those of ``OWNERS`` come last."""
        names = ("ask", "summary", "sources", "article", "help", "start", "forget", *OWNERS)
        return tuple((name, getattr(self, f"command_{name}")) for name in names)

    def place(self, quote: Quote) -> str:
        """Where a quote stands: its page, or its paragraph if the article has no pages."""
        return self.paragraph.format(n=quote.paragraph) if quote.page is None else self.page.format(n=quote.page)

    def reply_to(self, small_talk: str) -> str:
        """The reply to one kind of small talk (``index.models.SMALL_TALK``)."""
        fitting = {"greeting": self.greeting, "thanks": self.thanks, "about_us": self.about_us, "symbols": self.symbols}
        return fitting.get(small_talk, self.not_a_question)


def texts_for(language_code: str | None) -> Texts:
    """The sentences for an IETF language tag from Telegram (``de``, ``pt-br``); English for any other language."""
    language = (language_code or "").partition("-")[0].casefold()
    return _texts(language if language in LANGUAGES else "en")


@cache
def _texts(language: str) -> Texts:
    content = tomllib.loads((files("bot.wording") / "languages" / f"{language}.toml").read_text("utf-8"))
    said: dict[str, Any] = {
        name: Plural(language, sentence) if isinstance(sentence, dict) else sentence
        for name, sentence in content.items()
    }
    return Texts(**said)
