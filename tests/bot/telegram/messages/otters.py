"""An article, quotes of it, and the messages that show them."""

from bot.telegram.messages.render import Outgoing, render_answer
from bot.wording.texts import texts_for
from index.models import Answer, Article, Quote

ENGLISH = texts_for(None)

TEXT = "Otters hold hands 🦦🦦 while asleep.\n\nThe aquarium’s keeper says so. They drift less that way."
OTTERS = Article(TEXT, "Otters", "https://example.org/otters", "Example", "Ann", "2024-05-01")


def quoted(article: Article, text: str, paragraph: int = 1) -> Quote:
    start = article.text.index(text)
    return Quote(article, start, start + len(text), paragraph)


HANDS = quoted(OTTERS, "Otters hold hands 🦦🦦 while asleep.")
KEEPER = quoted(OTTERS, "The aquarium’s keeper says so.", 2)
DRIFT = quoted(OTTERS, "They drift less that way.", 2)


def answer(*quotes: Quote, several: bool = False) -> tuple[Outgoing, ...]:
    return render_answer(Answer("?", quotes, 0.9), ENGLISH, several_articles=several)
