"""Detects the language of a text: by its script if that is enough, else by the frequent words of each language."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path

UNKNOWN = "und"

# Scripts from which the language follows. Kana come before Han, because Japanese uses both.
_SCRIPTS = {
    "ko": "\uac00-\ud7af",
    "ja": "\u3040-\u30ff",
    "zh": "\u4e00-\u9fff",
    "el": "\u0370-\u03ff",
    "he": "\u0590-\u05ff",
    "hy": "\u0530-\u058f",
    "ka": "\u10a0-\u10ff",
    "th": "\u0e00-\u0e7f",
    "hi": "\u0900-\u097f",
    "bn": "\u0980-\u09ff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
}
# ISO 639-1 code and the name under which jusText keeps that language's words, most frequent first.
_NAMES = (
    "en=English uk=Ukrainian ru=Russian be=Belarusian bg=Bulgarian sr=Serbian mk=Macedonian kk=Kazakh "
    "de=German fr=French es=Spanish pt=Portuguese it=Italian ca=Catalan ro=Romanian nl=Dutch pl=Polish "
    "cs=Czech sk=Slovak sl=Slovenian hr=Croatian hu=Hungarian fi=Finnish et=Estonian lv=Latvian lt=Lithuanian "
    "sv=Swedish da=Danish no=Norwegian_Bokmal tr=Turkish az=Azerbaijani id=Indonesian vi=Vietnamese ar=Arabic "
    "fa=Persian ur=Urdu"
)
_WORD_LISTS = dict(pair.split("=") for pair in _NAMES.split())
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SAMPLE = 6000  # code points; a longer sample does not change the result
_MOST_FREQUENT = 300  # words of each list
_ENOUGH = 0.5  # the least mean score of a word; below it the text is in no language we know
_AHEAD = 1.05  # the least ratio of the best score to the second best
_PLAINLY = 0.6  # a language with less than this share of the best score is wrong, whatever the page states
_TAG = re.compile("[a-z]{2}(?![a-z])")
# Country codes that pages use instead of language codes, and outdated language codes.
_OTHER_CODES = "ua=uk jp=ja cn=zh kr=ko cz=cs dk=da gr=el iw=he in=id nb=no nn=no"
_MISNAMED = dict(pair.split("=") for pair in _OTHER_CODES.split())
_IN_LATIN = {"sr": "hr"}  # we know Serbian in Cyrillic only; in Latin letters it is detected as Croatian


def known_languages() -> list[str]:
    """The codes that ``detect`` can return, except ``"und"``."""
    return sorted({*_WORD_LISTS, *_SCRIPTS})


def language_of_tag(tag: str) -> str:
    """The ISO 639-1 code that a language tag (BCP 47) such as "en-GB" begins with, or ``"und"``."""
    match = re.match(r"[a-z]{2}(?![a-z])", tag.strip().lower())
    return match.group() if match else UNKNOWN


def detect(text: str, *, guess: bool = False) -> str:
    """The ISO 639-1 code of the text's language, or ``"und"`` if its words do not decide it.

    ``guess`` is for short texts such as questions: it returns the likeliest language, and ``"und"`` only if no language
    has any of the words.
    """
    code, is_sure = _likeliest(text[:_SAMPLE])
    return code if guess or is_sure else UNKNOWN


def language_of(text: str, stated: Iterable[str]) -> str:
    """The ISO 639-1 code of a text whose page states its language.

    ``stated`` holds BCP 47 tags or locale names; the first valid one counts, unless the text's words clearly belong to
    another language. Without a valid one the result is that of ``detect``.
    """
    detected = detect(text)
    code = next(filter(None, map(_code, stated)), detected)
    if detected in {UNKNOWN, code, _IN_LATIN.get(code)}:
        return code
    sample = text[:_SAMPLE]
    if _by_script(sample) is not None:
        return detected
    if code not in _WORD_LISTS:
        return detected if code in _SCRIPTS else code
    scores, _ = _scores(sample)
    return detected if scores.get(code, 0.0) < _PLAINLY * scores[detected] else code


def _code(tag: str) -> str | None:
    match = _TAG.match(tag.strip().lower())
    return _MISNAMED.get(match[0], match[0]) if match else None


@lru_cache(maxsize=8)  # it is called several times for one question
def _likeliest(sample: str) -> tuple[str, bool]:
    """The likeliest language, and whether the words clearly distinguish it from all others."""
    if (script := _by_script(sample)) is not None:
        return script, True
    scores, words = _scores(sample)
    ranked = sorted(scores.items(), key=itemgetter(1), reverse=True) + [(UNKNOWN, 0.0)] * 2
    (best, top), (_, second) = ranked[:2]
    return best, top > _ENOUGH * words and top > _AHEAD * second


def _scores(sample: str) -> tuple[dict[str, float], int]:
    """The score of each language, and the number of words."""
    words = Counter(word.lower() for word in _WORD.findall(sample))
    scores: dict[str, float] = {}
    for word, times in words.items():
        for code, weight in _word_weights().get(word, ()):
            scores[code] = scores.get(code, 0.0) + times * weight
    return scores, words.total()


def _by_script(sample: str) -> str | None:
    if sample.isascii():
        return None
    letters = len(_LETTER.findall(sample))
    for code, script in _SCRIPTS.items():
        # Japanese also uses Han characters, so a fifth of kana is enough. In other languages so few may be names only.
        if letters and len(re.findall(f"[{script}]", sample)) > letters * (0.2 if code == "ja" else 0.4):
            return code
    return None


@cache
def _word_weights() -> dict[str, tuple[tuple[str, float], ...]]:
    """For each word the languages that have it, each with the word's weight.

    By Zipf's law the probability of the word at rank r is near 1 / r. So, compared with a word outside the list, it
    adds log(length of the list / r) to the language's log-likelihood. The rank matters because the lists come from
    Wikipedia: most of them contain English words such as "the".
    """
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for code in _WORD_LISTS:
        lines = _word_list(code)[:_MOST_FREQUENT]
        for rank, word in enumerate(dict.fromkeys(line.lower() for line in lines if line), start=2):
            found[word] = (*found.get(word, ()), (code, math.log((_MOST_FREQUENT + 2) / rank)))
    return found


@cache
def frequent_words(language: str) -> frozenset[str]:
    """Some hundred frequent words of a language, in lower case; empty for a language without a list."""
    return (
        frozenset(line.strip(".,").lower() for line in _word_list(language)) if language in _WORD_LISTS else frozenset()
    )


def _word_list(code: str) -> list[str]:
    # Not imported, because importing justext also imports lxml.
    package = find_spec("justext")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "stoplists" / f"{_WORD_LISTS[code]}.txt"
    return path.read_text("utf-8").split("\n")
