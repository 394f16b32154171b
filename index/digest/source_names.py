"""Finds where the name of a source begins and ends, and which spellings name the same source."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from index.digest.attribution import NONE, Speech, papers

POSSESSIVE = re.compile(r"['’]s$")
_PLURAL_OR_LAND = ("и", "ы", "і", "ї")  # endings of plurals and of many countries in the genitive, but of no surname


class Named(NamedTuple):
    """A source as a sentence names it. ``bare``: the text is only a name, without other words."""

    text: str
    bare: bool


def trim_name(words: Sequence[str], kinds: str, start: int, end: int, speech: Speech) -> tuple[int, int]:
    """The exact start and end of a name found at ``words[start:end]`` of a sentence.

    ``kinds`` has one letter for each word, as in ``index/digest/sources.py``. A person's place or organisation is cut
    off ("Ada Holm of Norport"). In languages with cases, so is the genitive of an office before its holder's name
    ("президента України Івана Гая"); and the name of an institution is completed if only its first and last words have
    capitals ("Служба безпеки України").
    """
    of = kinds.find("F", start, end)
    if of > start + 1 and words[of].lower() == "of" and speech.wholes is not NONE:
        end = end if words[of - 1].lower() in speech.wholes else of
    if speech.genitives is NONE:
        return start, end
    head = start - 1
    while head > 0 and start - head < 4 and kinds[head] == "W":
        head -= 1
    if 0 <= head < start - 1 and kinds[head] == "N" and _is_house(words, head, end, speech):
        return head, end
    held = start > 0 and kinds[start - 1] in "WHVG"
    if words[start].lower() in speech.titles and end - start > 3:
        start, held = start + 1, True
    while held and end - start > 2 and _is_domain(words[start:end], speech):
        start += 1
    return start, end


def _is_domain(words: Sequence[str], speech: Speech) -> bool:
    """Whether the first word names the country or body that the person heads: "України", "США"."""
    first, second, last = words[0], words[1].lower(), words[-1].lower()
    if second in speech.patronymics or last.endswith(_PLURAL_OR_LAND):
        return False
    return first.lower() in speech.genitives or (len(first) > 1 and first.isupper())


def _is_house(words: Sequence[str], head: int, end: int, speech: Speech) -> bool:
    """Whether the capitalised word at ``head`` begins the name of an institution, not a person's office."""
    last = words[end - 1]
    named = head > 0 or (len(last) > 1 and last.isupper()) or last.endswith(_PLURAL_OR_LAND)
    return named and words[head].lower() not in speech.titles


def _key(name: str, speech: Speech) -> tuple[str, ...]:
    """The words by which names are compared: lower case, without titles ("Secretary of State"), articles and 's."""
    words = [POSSESSIVE.sub("", word).rstrip(".") for word in name.casefold().split()]
    words = [word for word in words if word not in ("jr", "sr")] or words
    last = max((n + 1 for n, word in enumerate(words[:-1]) if word in speech.titles), default=0)
    if words[last] in speech.joins and len(words) > last + 2:
        last += 2
    return tuple(words[last + (words[last] in speech.articles and len(words) > last + 1) :])


def spellings(cited: Iterable[Named], known: Iterable[str], speech: Speech) -> dict[Named, str]:
    """For each source as named, the spelling to show.

    If exactly one longer name begins or ends with it, that is the longer name's spelling. A longer name is that of
    another source ("Yonhap" and "Yonhap News") or, for a family name alone, any name in the article.
    """
    spelling: dict[tuple[str, ...], str] = {}
    longer: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for named in cited:
        key = _key(named.text, speech)
        spelling[key] = max(spelling.get(key, ""), named.text, key=len)
        for part in _parts(key, speech) if named.bare else ():
            longer[part].add(key)
        if letters := _initials(named.text):
            longer[letters,].add(key)
    full: dict[str, dict[tuple[str, ...], str]] = defaultdict(dict)
    for name in known:
        key = _key(name, speech)
        if len(key) in (2, 3):
            full[key[-1]][key] = max(full[key[-1]].get(key, ""), name, key=len)
    shown: dict[Named, str] = {}
    for named in cited:
        key = _key(named.text, speech)
        wider = longer[key] if named.bare or len(key) > 2 else set()
        wider = {k for k in wider if not any(word in papers() for word in k[len(key) :])}
        people = full[key[0]] if named.bare and len(key) == 1 and not wider else {}
        if len(people) == 1:
            shown[named] = next(iter(people.values()))
        else:
            shown[named] = spelling[next(iter(wider)) if len(wider) == 1 else key]
    return shown


def _initials(name: str) -> str:
    """ "cdc" for "Centers for Disease Control"; empty for fewer than three capitals."""
    letters = "".join(word[0] for word in name.split() if word[0].isupper())
    return letters.lower() if len(letters) > 2 else ""


def _parts(key: tuple[str, ...], speech: Speech) -> set[tuple[str, ...]]:
    """The first and last words of a name, in any number, also of the part before its first "of"."""
    joint = next((n for n, word in enumerate(key) if word in speech.joins), len(key))
    wholes = {key, key[:joint]} if joint > 1 else {key}
    parts = {whole[:n] for whole in wholes for n in range(1, len(whole) + 1)}
    return (parts | {whole[n:] for whole in wholes for n in range(len(whole))}) - {key}
