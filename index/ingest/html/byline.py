"""A byline as pages write it -> the names of those who wrote."""

import html
import re
from collections.abc import Collection, Iterable, Iterator

from index.text.normalize import comparison_key, normalize

_MARKUP = re.compile(r"<[^<>]*>|\([^()]*\)")
_ADDRESS = re.compile(r"\S*(?:://|@|\bwww\.)\S*")
_BEFORE = re.compile(
    r"\A[\W_]*(?:(?:[^\W\d_]+\s+){0,3}by\b|(?:text[eo]?|autor[ae]?|auteur|author|текст|автор)(?=\s*:)"
    r"|(?:von|par|por|від|текст|автор|(?-i:di))(?=\s+\S+\s+\S))[\s:]+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*[;,|/•·\n]\s*|\s+[–—-]\s+|\s+(?:and|und|&|with|avec|con|mit)\s+|\s+(?:y|e|i|et|и|й|і|та)\s+(?=\S+\s+\S)",
    re.IGNORECASE,
)
_DEGREE = re.compile(r",\s*(?=(?:jr|sr|ph\.?\s?d|m\.?d|ii|iii|iv)\b)", re.IGNORECASE)
_SURNAME_FIRST = re.compile(r"\s*([^\W\d_][^\W_]*[a-zà-ÿ]),\s*([^\W\d_][\w-]*[a-zà-ÿ.])\s*")
# "In" and "On" are also names.
_AFTER = re.compile(
    r"\s+(?:is\s+an?|was\s+an?|for|from|(?-i:at|on|in|AT|ON|IN)|für|pour|para|для)\s.*", re.IGNORECASE | re.DOTALL
)
# What somebody is, not who.
_ROLE = re.compile(
    r"staff|writers?|reporters?|editors?(?:-at-large|-in-chief)?|correspondents?|columnists?|journalists?|bureau|desk|team"
    r"|contribut(?:ors?|ing)|senior|chief|deputy|managing|associate|political|business|science|sports|health|technology"
    r"|world|foreign|national|freelance|newsroom|redaktion|redakteur(?:in)?|redacción|rédaction|redazione|redakcja"
    r"|редакция|редакція|корреспондент|кореспондент|журналист|журналіст|기자|특파원",
    re.IGNORECASE,
)
_AGENCY = re.compile(r"(?:the)?associatedpress|ap|reuters|afp|agencefrancepresse|dpa")
_NOBODY = re.compile(r"\w*admin(?:istrator)?|webmaster|root|user|guest|unknown|anonymous|null|none|undefined|na")
_NO_NAME = re.compile(r"[\d<>{}\[\]=%?!#\\]")
_MOST_WORDS, _LONGEST = 6, 60  # of a name
_MOST_NAMES = 20
_LONGEST_BYLINE = 500


def author_names(bylines: Iterable[str], sites: Collection[str] = ()) -> tuple[str, ...]:
    """The persons and agencies that bylines name, none twice, without what they are and whom they write for.

    ``sites`` are the names of the page's own site, as ``comparison_key`` gives them: a site is not its own author.
    """
    found: dict[str, str] = {}
    for byline in (one for one in bylines if len(one) <= _LONGEST_BYLINE):
        for part in _parts(byline):
            name = _name(part, sites)
            found.setdefault(comparison_key(name), name)
    # "Ada" beside "Ada Holm" is the same person.
    said = {key: f" {' '.join(name.casefold().split())} " for key, name in found.items() if key}
    fullest = [found[key] for key in said if not any(said[key] in said[other] for other in said if other != key)]
    return tuple(fullest[:_MOST_NAMES])


def _parts(byline: str) -> Iterator[str]:
    text = normalize(_MARKUP.sub(" ", html.unescape(byline)))
    text = _DEGREE.sub(" ", _ADDRESS.sub(" ", _BEFORE.sub("", text, count=1)))
    if (
        (match := _SURNAME_FIRST.fullmatch(text))
        and not _AGENCY.fullmatch(comparison_key(match[1]))
        and not _is_role(match[2])
    ):
        yield f"{match[2]} {match[1]}"
    else:
        yield from _BETWEEN.split(text)


def _name(part: str, sites: Collection[str]) -> str:
    """The name in a part of a byline; an empty string where it holds none."""
    words = _AFTER.sub("", _BEFORE.sub("", part, count=1)).split()
    if any(word.casefold() == "staff" for word in words):
        return ""
    while words and (end := _end(words, sites)) < len(words):
        words = words[:end]
    name = " ".join(words).strip(" .,:;'\"“”„«»*~_-")
    if len(words) > _MOST_WORDS or len(name) > _LONGEST or _NO_NAME.search(name):
        return ""
    return name if len(comparison_key(name)) > 1 and not _NOBODY.fullmatch(comparison_key(name)) else ""


def _end(words: list[str], sites: Collection[str]) -> int:
    """Where in a name its site ("Ada Holm Skarn Post"), an agency or the last of its roles begins; else its end."""
    for n in range(len(words)):
        own = comparison_key(" ".join(words[n:]))
        if own in sites or (n > 1 and _AGENCY.fullmatch(own)):
            return n
    # "Senior" stands before what somebody is; behind a first name it is a surname.
    is_surname = len(words) == 2 and words[1] == "Senior" and not _is_role(words[0])
    return len(words) - (_is_role(words[-1]) and not is_surname)


def _is_role(word: str) -> bool:
    return _ROLE.fullmatch(word.strip(".,:")) is not None
