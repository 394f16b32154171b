"""No message is sent that shows as a quote what the store does not hold."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from telegram import MessageEntity

from bot.telegram.messages.render import Outgoing, render_plain
from bot.telegram.messages.verbatim import Checked, NotVerbatim, check, without_quotes
from index.library import Library
from index.models import Article, Quote
from index.store.sqlite.library_store import Store
from tests.bot.telegram.handlers.fakes import FakeLibrary
from tests.bot.telegram.messages.test_render import DRIFT, HANDS, KEEPER, OTTERS, TEXT, answer, quoted
from tests.support.embedder import WordEmbedder
from tests.support.engine import RANKER, tamper


def tampered(message: Outgoing) -> list[Outgoing]:
    quote, link, *others = message.entities
    moved = MessageEntity(quote.type, quote.offset + 1, quote.length)
    longer = MessageEntity(quote.type, quote.offset, quote.length + 1)
    first, *rest = message.excerpts
    return [
        replace(message, text=message.text.replace("hands", "hats!")),
        replace(message, text=message.text.replace("🦦", "x")),
        replace(message, text="x" + message.text),
        replace(message, entities=(moved, link, *others)),
        replace(message, entities=(longer, link, *others)),
        replace(message, entities=(link, *others)),
        replace(message, entities=(*message.entities, MessageEntity("blockquote", link.offset, link.length))),
        replace(message, excerpts=(*rest, first)),
        replace(message, excerpts=tuple(rest)),
        replace(message, excerpts=(replace(first, digest="0" * 64), *rest)),
        replace(message, excerpts=(replace(first, quote=Quote(OTTERS, 0, first.end + 5, 1)), *rest)),
        replace(message, excerpts=(replace(first, quote=KEEPER), *rest)),
    ]


@pytest.mark.parametrize("n", range(12))
def test_a_message_that_is_not_verbatim_does_not_pass(n: int) -> None:
    (message,) = answer(HANDS, KEEPER)
    check([message], FakeLibrary(OTTERS).article)
    with pytest.raises(NotVerbatim):
        check([tampered(message)[n]], FakeLibrary(OTTERS).article)


def test_an_article_that_changed_under_its_quote_does_not_pass() -> None:
    article = replace(OTTERS)
    messages, library = answer(quoted(article, HANDS.text)), FakeLibrary(OTTERS)
    check(messages, library.article)
    object.__setattr__(article, "text", TEXT + " They were replaced.")
    with pytest.raises(NotVerbatim):
        check(messages, library.article)


def test_a_quote_of_an_article_that_is_gone_does_not_pass() -> None:
    with pytest.raises(NotVerbatim):
        check(answer(HANDS), FakeLibrary().article)


@pytest.mark.parametrize("text", [TEXT.replace("hands", "paws"), TEXT + " They were replaced."])
def test_a_quote_of_an_article_that_was_changed_in_the_store_does_not_pass(tmp_path: Path, text: str) -> None:
    """Behind the library's back, and with nothing left of it that the library could notice but the article's hash."""
    with Library(Store(tmp_path, "words"), WordEmbedder(), RANKER) as library:
        library.add(OTTERS)
        messages = answer(HANDS)
        assert check(messages, library.article) == Checked(messages)
        tamper(tmp_path, "UPDATE articles SET text = ?", text)
        with pytest.raises(NotVerbatim):
            check(messages, library.article)
        digest = hashlib.sha256(text.encode()).hexdigest()
        tamper(tmp_path, "UPDATE articles SET digest = ?", digest)
        with pytest.raises(NotVerbatim):
            check(messages, library.article)
        tamper(tmp_path, "UPDATE articles SET id = ?", digest[:12])
        with pytest.raises(NotVerbatim):
            check(messages, library.article)


def test_an_article_is_read_once_for_all_its_quotes() -> None:
    read = []

    def stored(article_id: str) -> Article:
        read.append(article_id)
        return OTTERS

    check(answer(HANDS, KEEPER, DRIFT), stored)
    assert read == [OTTERS.id]


def test_what_shows_quotes_is_not_without_them() -> None:
    assert without_quotes(render_plain("Hello.")) == Checked(render_plain("Hello."))
    with pytest.raises(NotVerbatim):
        without_quotes(answer(HANDS))


def test_a_part_of_a_long_quote_that_is_missing_does_not_pass() -> None:
    article = Article("word " * 2000 + "end.", "Words")
    messages = answer(quoted(article, article.text))
    assert len(messages) == 3
    stored = FakeLibrary(article).article
    check(messages, stored)
    for missing in range(3):
        with pytest.raises(NotVerbatim):
            check([message for n, message in enumerate(messages) if n != missing], stored)
