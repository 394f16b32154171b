"""Counts how often a text addresses its reader: pronouns of the first and second person outside quotations.

Each language has only a few such pronouns. For a language without an entry nothing is counted.
"""

import re
from typing import NamedTuple

QUOTATION_MARK = re.compile('["“”„«»「」『』]')
_WORD = re.compile(r"[^\W\d_]+")
_PRONOUNS = {
    "en": "i me my mine we us our ours you your yours",
    "de": "ich mich mir mein meine wir uns unser unsere unserer unseren unserem du dich dir dein deine Ihnen Ihre "
    "Ihren Ihrer Ihrem euch euer",
    "fr": "je nous notre nos vous votre vos tu ton toi",
    "es": "nosotros nuestro nuestra nuestros nuestras usted ustedes tú tus te vosotros vuestro",
    "it": "noi nostro nostra nostri nostre voi vostro vostra vostri tuo tua tuoi",
    "pt": "nós nosso nossa nossos nossas você vocês",
    "nl": "wij we ons onze jij je jouw u uw",
    "sv": "vi oss vår våra du dig din er",
    "pl": "my nas nam nami nasz nasza nasze naszego naszej naszą wy was wam wasz twój twoje twoja ci cię",
    "cs": "my nás nám námi náš naše našeho naší vy vás vám vámi váš vaše vašeho vaší",
    "uk": "ми нас нам нами наш наша наше наші нашого нашої нашій нашу наших ви вас вам вами ваш ваша ваше ваші вашого "
    "вашої вашу ваших ти тебе тобі",
    "ru": "мы нас нам нами наш наша наше наши нашего нашей нашу наших вы вас вам вами ваш ваша ваше ваши вашего вашей "
    "вашу ваших ты тебя тебе",
    "tr": "biz bize bizi bizim siz size sizi sizin",
    "ko": "우리 저희 여러분 당신 귀하",
    "zh": "我们 您 你们 你",
    "ja": "私たち 当社 皆様 皆さま あなた",
}
_SETS = {code: frozenset(words.split()) for code, words in _PRONOUNS.items()}
# Languages without spaces between words, or with particles attached to them: a pronoun may be a part of a word.
_STEMS = {code: re.compile("|".join(_PRONOUNS[code].split())) for code in ("ko", "zh", "ja")}


class DirectAddress(NamedTuple):
    """How many words a text has, and how many of them are pronouns of the first or second person."""

    words: int
    hits: int


def direct_address(text: str, language: str) -> DirectAddress:
    """Count the words and pronouns of a paragraph. ``language`` is an ISO 639-1 code; unknown codes give no hits.

    A paragraph with a quotation has no hits: the "we" in it may be the speaker's, not the author's.
    """
    if QUOTATION_MARK.search(text):
        return DirectAddress(len(_WORD.findall(text)), 0)
    if language in _STEMS:
        characters = sum(map(len, _WORD.findall(text)))
        return DirectAddress(characters // 2, len(_STEMS[language].findall(text)))
    words = _WORD.findall(text)
    pronouns = _SETS.get(language, frozenset())
    # "US" in capitals is a country.
    hits = sum(
        word in pronouns or (word.lower() in pronouns and not (len(word) > 1 and word.isupper())) for word in words
    )
    return DirectAddress(len(words), hits)
