"""Two articles of a small place, what may be asked of them, and what is so of every article."""

import unicodedata

from index.models import Article

KILN = "Every pot is fired for nineteen hours in a kiln that burns nothing but pine."
ASHES = "The ashes are kept for the glaze, which turns green where it is thick."
ASK_KILN = "How long is a pot fired?"
POTTERY = Article(
    "The last pottery of Lower Wend stands behind the tannery. It was founded in 1788 by two brothers from Delft."
    f"\n\n{KILN} {ASHES}\n\n"
    "Agnes Thorne has run the pottery since 2003. She sells her bowls at the market in Wend on the first Sunday of a "
    "month.",
    "The last pottery of Lower Wend",
    url="https://example.org/pottery",
    site="Wend Weekly",
    language="en",
)
OTTERS = "Eleven otters were counted on the river Alm in May, four more than the year before."
ASK_OTTERS = "How many otters were counted?"
RIVER = Article(
    f"{OTTERS} Divers removed sixty old tyres from the river bed.\n\n"
    "The fishing club of Alm has given up its weir, so that salmon can reach the upper valley again.",
    "Otters return to the Alm",
    url="https://example.org/otters",
    language="en",
)
NOTHING = "Which xylophone did Mozart prefer?"  # of which neither says anything


def assert_canonical(article: Article) -> None:
    text = article.text
    assert unicodedata.is_normalized("NFC", text)
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text)
    assert all(line == line.strip() and line for block in text.split("\n\n") for line in block.split("\n"))
    assert article.title.strip()
    assert all(1 <= number <= len(text.split("\n\n")) for number in article.headings)
