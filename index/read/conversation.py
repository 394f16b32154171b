"""Understands a message in a conversation: small talk, a question, a follow-up to earlier questions, or two questions.

All of this is decided by words that name no subject (``answer_types.json``). So a question that is complete is never
changed by the questions before it.
"""

from collections.abc import Sequence
from functools import cache

import regex

from index.text.answer_types import KINDS, UNSPACED, languages, listed, tokens_of
from index.text.language import UNKNOWN, detect

_BETWEEN = regex.compile(r"[^\p{L}\p{N}\p{Mn}\p{Mc}]+|\ufe0f")
_MARK = regex.compile(r"[?？؟՞፧]")
REMEMBERED = 3  # the most earlier questions that are taken into account
# "What hymn did he ...?": with at most this many content words before it, a pronoun refers to an earlier question.
# After "And" one more is allowed.
_ANTECEDENT = 1
_SHORT = 5  # words; a question such as "And what about his brother?" is a follow-up only if it is no longer than this
_EMPTY = ("function", *KINDS, "pronouns", "more", "opening")  # the word lists that name no subject


def small_talk(text: str) -> str | None:
    """The kind of small talk, one of ``models.SMALL_TALK``; None if the message is more than small talk."""
    if not is_small_talk(text):
        return None
    folded = text.casefold().replace("’", "'")
    if not _BETWEEN.sub("", folded):
        return "symbols"
    tokens = tokens_of(folded)
    # The first kind in this order counts: "Hi, and thank you" is thanks.
    for kind in ("gist", "about_us", "thanks", "greeting"):
        if any(listed(language, kind).are_in(folded, tokens) for language in languages()):
            return kind
    return "other"


def is_small_talk(text: str) -> bool:
    """Whether the text is only a greeting, thanks and the like, or has no letters and digits."""
    rest = text.casefold().replace("’", "'")
    start = found.end() if (found := _BETWEEN.match(rest)) else 0
    for language in languages():
        small_talk = listed(language, "small_talk")
        if small_talk.begin(rest, start) and not _BETWEEN.sub("", small_talk.pattern.sub(" ", rest)):
            return True
    return not _BETWEEN.sub("", rest)


def completed(question: str, history: Sequence[str]) -> str | None:
    """A follow-up question that names no subject, with the earlier questions it needs before it.

    ``history`` holds the earlier questions, oldest first. None if the question is complete or the history is empty.
    """
    return _continued(question, history) if history and _leans(question) else None


def referring(question: str, history: Sequence[str]) -> str | None:
    """As ``completed``, for a question that names a subject but also refers to an earlier one: "Where was its harbour?"

    Its own words matter most; the earlier questions say what "its" means.
    """
    return _continued(question, history) if history and not _leans(question) and _refers(question) else None


def goes_on_from(question: str, history: Sequence[str]) -> bool:
    """Whether the question is read together with the questions before it."""
    return completed(question, history) is not None or referring(question, history) is not None


def asks_for_more(question: str) -> bool:
    """Whether the question asks for something that has not been said yet: "And who else?"."""
    folded = question.casefold()
    return listed(_language(question), "more").are_in(folded, tokens_of(folded))


def parts(question: str) -> list[tuple[str, str]]:
    """The two questions in "Who built it, and when was it sold?"; empty for a single question.

    Each is a pair: the question with its subject, which is searched for, and its own words, which show what it asks
    for.
    """
    folded, language = question.casefold(), _language(question)
    if len(folded) != len(question) or not listed(language, "opening").are_in(folded, tokens_of(folded)):
        return []
    joint, kinds = _joint(language)
    if not (found := joint.search(folded)):
        return []
    first, second = question[: found.start()], question[found.end() :]
    if not kinds.search(first.casefold()) or _leans(first + "?"):
        return []  # "Where and when was it?" is one question
    refers = listed(language, "pronouns").pattern.search(second.casefold())
    whole = f"{first}? {second}" if refers else completed(second, [first]) or second
    return [(first + "?", first), (whole, second)]


@cache
def _joint(language: str) -> tuple["regex.Pattern[str]", "regex.Pattern[str]"]:
    """Patterns of a language: what stands between two questions, and its question words."""
    kinds = "|".join(listed(language, kind).pattern.pattern for kind in KINDS)
    opening = listed(language, "opening").pattern.pattern
    return regex.compile(rf"[,;]?\s(?:{opening})\s+(?=(?:{kinds}))"), regex.compile(kinds)


def _continued(question: str, history: Sequence[str]) -> str:
    """The question after the last complete question and the follow-ups since then, at most ``REMEMBERED`` in all."""
    first = next((i for i in range(len(history) - 1, 0, -1) if not (_leans(history[i]) or _refers(history[i]))), 0)
    return " ".join([*history[max(first, len(history) - REMEMBERED) :], question])


def _refers(question: str) -> bool:
    return any(_refers_in(question, language) for language in dict.fromkeys([_language(question), *_asking(question)]))


def _refers_in(question: str, language: str) -> bool:
    """Whether it has a pronoun that refers to nothing in the question itself."""
    folded = question.casefold().replace("’", "'")
    goes_on = listed(language, "opening").pattern.match(folded.lstrip("¿ ")) is not None
    pronoun = listed(language, "references").pattern.search(folded)
    if pronoun is None:
        return False
    before = question[: pronoun.start()] if len(folded) == len(question) else folded[: pronoun.start()]
    if any(word[0].isupper() for word in list(filter(None, _BETWEEN.split(before)))[1:]):
        return False  # the pronoun may refer to this name
    named = before.casefold()
    for kind in _EMPTY:
        named = listed(language, kind).pattern.sub(" ", named)
    return sum(map(bool, _BETWEEN.split(named))) <= _ANTECEDENT + goes_on


def _leans(question: str) -> bool:
    return any(_leans_in(question, language) for language in dict.fromkeys([_language(question), *_asking(question)]))


def _leans_in(question: str, language: str) -> bool:
    subjects = question.casefold().replace("’", "'")
    words = [word for word in _BETWEEN.split(subjects) if word]
    for kind in _EMPTY:
        subjects = listed(language, kind).pattern.sub(" ", subjects)
    if words and not _BETWEEN.sub("", subjects):
        return True
    if len(words) <= 1:
        # "Cost?": a single word, in a language that puts spaces between words.
        return bool(words) and language not in UNSPACED and _MARK.search(question) is not None
    opening = listed(language, "opening").pattern.match(question.casefold().lstrip())
    if not opening or len(words) > _SHORT:
        return False
    rest = question.casefold().lstrip()[opening.end() :]
    return not any(listed(language, kind).pattern.search(rest) for kind in KINDS)


def _language(question: str) -> str:
    """The question's language; if it cannot be detected, one whose question words the question begins with."""
    spoken = detect(question, guess=True)
    return spoken if spoken != UNKNOWN else next(iter(_asking(question)), UNKNOWN)


def _asking(question: str) -> list[str]:
    """The languages whose question words it begins with. The language of a short question is often detected wrongly."""
    folded = question.casefold().lstrip("¿ ")
    return [code for code in languages() if any(listed(code, kind).begin(folded) for kind in KINDS)]
