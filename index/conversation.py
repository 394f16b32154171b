"""What a message is in a conversation: small talk, a question, one that leans on the question before it, or two in one.

All of it is decided by the words that carry no subject (``words.json``), so that a complete question is never bent by
what came before it.
"""

from collections.abc import Sequence

import regex

from index.language import detect
from index.traits import KINDS, languages, listed

_BETWEEN = regex.compile(r"[^\p{L}\p{N}\p{M}]+")
_MARK = regex.compile(r"[?？؟՞፧]")
_SHORT = 5  # words: "And what about the younger brother?" still names only a new subject
_EMPTY = (*KINDS, "pronouns", "more", "function", "opening")  # lists of words that name no subject


def is_small_talk(text: str) -> bool:
    """Whether it is a greeting, thanks and the like, or has no letters and digits at all."""
    rest = text.casefold().replace("’", "'")
    for language in languages():
        if not _BETWEEN.sub("", listed(language, "small_talk").sub(" ", rest)):
            return True
    return not _BETWEEN.sub("", rest)


def completed(question: str, history: Sequence[str]) -> str | None:
    """The question with the one that it leans on before it; None when it stands alone or nothing came before.

    ``history`` holds the earlier questions, oldest first.
    """
    if not history or not _leans(question):
        return None
    before = completed(history[-1], history[:-1]) or history[-1]
    return f"{before} {question}"


def asks_for_more(question: str) -> bool:
    """Whether it wants something other than what was already said: "And who else?"."""
    return bool(listed(_language(question), "more").search(question.casefold()))


def parts(question: str) -> list[tuple[str, str]]:
    """The two questions in "Who built it, and when was it sold?", or none: each as it must be read, with its subject,
    and as it stands, which tells what it asks for."""
    folded, language = question.casefold(), _language(question)
    kinds = "|".join(listed(language, kind).pattern for kind in KINDS)
    joint = regex.compile(rf"[,;]?\s(?:{listed(language, 'opening').pattern})\s+(?=(?:{kinds}))")
    if len(folded) != len(question) or not (found := joint.search(folded)):
        return []
    first, second = question[: found.start()], question[found.end() :]
    if not regex.search(kinds, first.casefold()):
        return []
    refers = listed(language, "pronouns").search(second.casefold())
    whole = f"{first}? {second}" if refers else completed(second, [first]) or second
    return [(first + "?", first), (whole, second)]


def _leans(question: str) -> bool:
    language = _language(question)
    words = [word for word in _BETWEEN.split(question.casefold()) if word]
    if len(words) <= 1:
        return bool(words) and _MARK.search(question) is not None
    subjects = question.casefold()
    for kind in _EMPTY:
        subjects = listed(language, kind).sub(" ", subjects)
    if not _BETWEEN.sub("", subjects):
        return True
    opening = listed(language, "opening").match(question.casefold().lstrip())
    if not opening or len(words) > _SHORT:
        return False
    rest = question.casefold().lstrip()[opening.end() :]
    return not any(listed(language, kind).search(rest) for kind in KINDS)


def _language(question: str) -> str:
    return detect(question, guess=True)
