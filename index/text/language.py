"""Which language a text is in: by its script where the script decides, else by its most frequent words."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path

UNKNOWN = "und"

# Scripts that one language (for our purpose) writes in. Kana come before Han: Japanese writes both.
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
_SAMPLE = 6000  # code points: more does not change the verdict
_MOST_FREQUENT = 300  # words of each list
_ENOUGH = 0.5  # of this weight a word, else the text is in no language we know
_AHEAD = 1.05  # of the second best
_PLAINLY = 0.6  # of the best: a language with less is not the text's, whatever its page states
_TAG = re.compile("[a-z]{2}(?![a-z])")
# Codes of countries in the place of their language's, and codes that have another one now.
_OTHER_CODES = "ua=uk jp=ja cn=zh kr=ko cz=cs dk=da gr=el iw=he in=id nb=no nn=no"
_MISNAMED = dict(pair.split("=") for pair in _OTHER_CODES.split())
_IN_LATIN = {"sr": "hr"}  # what the words are taken for, where a language that we know in Cyrillic is in Latin letters


def known_languages() -> list[str]:
    """The codes that ``detect`` can return, but for ``"und"``."""
    return sorted({*_WORD_LISTS, *_SCRIPTS})


def language_of_tag(tag: str) -> str:
    """The ISO 639-1 code that a language tag (BCP 47) such as "en-GB" begins with, or ``"und"``."""
    match = re.match(r"[a-z]{2}(?![a-z])", tag.strip().lower())
    return match.group() if match else UNKNOWN


def detect(text: str, *, guess: bool = False) -> str:
    """ISO 639-1 code of the text's language, or ``"und"`` when its words do not tell.

    With ``guess`` the likeliest language will do, and ``"und"`` means that no language has any of the words: for a
    text of a few words, such as a question.
    """
    code, is_sure = _likeliest(text[:_SAMPLE])
    return code if guess or is_sure else UNKNOWN


def language_of(text: str, stated: Iterable[str]) -> str:
    """ISO 639-1 code of the language that a text is ``stated`` to be in (BCP 47 tags or names of locales; the first
    that is one counts), unless its words plainly are of another. Without any, as ``detect``."""
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


@lru_cache(maxsize=8)  # of one question it is asked several times
def _likeliest(sample: str) -> tuple[str, bool]:
    """A language, and whether its words tell it from all others."""
    if (script := _by_script(sample)) is not None:
        return script, True
    scores, words = _scores(sample)
    ranked = sorted(scores.items(), key=itemgetter(1), reverse=True) + [(UNKNOWN, 0.0)] * 2
    (best, top), (_, second) = ranked[:2]
    return best, top > _ENOUGH * words and top > _AHEAD * second


def _scores(sample: str) -> tuple[dict[str, float], int]:
    """How much the words speak for each language, and how many there are."""
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
        # Japanese is a mixture, so a fifth of kana is enough; elsewhere names may be written in a foreign script.
        if letters and len(re.findall(f"[{script}]", sample)) > letters * (0.2 if code == "ja" else 0.4):
            return code
    return None


@cache
def _word_weights() -> dict[str, tuple[tuple[str, float], ...]]:
    """Word -> (language, how much the word speaks for it).

    By Zipf's law the word at rank r has a probability near 1 / r, so what it adds to a language's log-likelihood
    over that of a word outside the list is log(length of the list / r). The ranks matter: these lists come from
    Wikipedia, and "the" is somewhere in most of them.
    """
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for code in _WORD_LISTS:
        lines = _word_list(code)[:_MOST_FREQUENT]
        for rank, word in enumerate(dict.fromkeys(line.lower() for line in lines if line), start=2):
            found[word] = (*found.get(word, ()), (code, math.log((_MOST_FREQUENT + 2) / rank)))
    return found


@cache
def frequent_words(language: str) -> frozenset[str]:
    """Some hundred words that are frequent in a language, in lower case; none of a language we have no list of."""
    return (
        frozenset(line.strip(".,").lower() for line in _word_list(language)) if language in _WORD_LISTS else frozenset()
    )


def _word_list(code: str) -> list[str]:
    # Found, not imported: it would bring lxml with it.
    package = find_spec("justext")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "stoplists" / f"{_WORD_LISTS[code]}.txt"
    return path.read_text("utf-8").split("\n")
