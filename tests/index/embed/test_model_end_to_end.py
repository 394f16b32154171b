"""The real default model, from its package to an answer; nothing is asked of any network."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import numpy as np
import pytest

from index.embed.model_loader import LazyEmbedder
from index.library import Library
from index.models import Answer, NoAnswer
from tests.support.engine import ARTICLES, BAKERY, HARBOUR, KYIV

KNOWN = (
    "The lighthouse keeper wrote a letter every evening.",
    "Доглядач маяка щовечора писав листа.",
    "등대지기는 매일 저녁 편지를 썼다.",
)


def refuse(*_: object) -> NoReturn:
    raise AssertionError("the model asked the network")


@pytest.fixture(scope="module")
def embedder() -> Iterator[LazyEmbedder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setattr(socket.socket, "connect", refuse)
        yield LazyEmbedder("multilingual")


@pytest.fixture(scope="module")
def library(embedder: LazyEmbedder) -> Iterator[Library]:
    with Library.open(None, embedder) as library:
        for article in ARTICLES:
            library.add(article)
        yield library


def test_no_text_has_no_vectors(embedder: LazyEmbedder) -> None:
    assert embedder.passages([]).shape == (0, 384)
    assert embedder.dimension == 384


def test_token_vectors_come_with_the_same_vectors_and_without_the_prompt(embedder: LazyEmbedder) -> None:
    texts = ["Crane", *KNOWN]
    for plain, with_tokens in (
        (embedder.passages, embedder.passage_tokens),
        (embedder.questions, embedder.question_tokens),
    ):
        vectors, tokens = with_tokens(texts)
        assert vectors == pytest.approx(plain(texts), abs=1e-5)
        assert {one.shape[1] for one in tokens} == {384}
        assert {one.dtype for one in tokens} == {np.dtype(np.float32)}
        # One or two pieces for "Crane", about one and a half for a word; both prompts have more.
        assert 1 <= len(tokens[0]) <= 2
        assert 9 <= len(tokens[1]) <= 13
    asked, said = (find(texts)[1] for find in (embedder.question_tokens, embedder.passage_tokens))
    assert [len(one) for one in asked] == [len(one) for one in said]
    assert embedder.passage_tokens([])[1] == []
    assert embedder.passage_tokens([])[0].shape == (0, 384)


def test_token_vectors_do_not_depend_on_what_else_is_embedded(embedder: LazyEmbedder) -> None:
    together = embedder.passage_tokens(list(KNOWN))[1]
    for text, tokens in zip(KNOWN, together, strict=True):
        assert embedder.passage_tokens([text])[1][0] == pytest.approx(tokens, abs=1e-4)


def test_the_ranking_is_the_same_with_any_number_of_threads(library: Library) -> None:
    import torch
    from threadpoolctl import threadpool_limits

    asked = ["When was the crane built?", "Wann wurde der Kran gebaut?", "Which quay is in use?", "Why is bread baked?"]
    found: list[list[list[str]]] = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            with threadpool_limits(threads):
                answers = [library.ask(question, HARBOUR.id, candidates=8) for question in asked]
            found.append([[quote.text for quote in answer.candidates] for answer in answers])
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]
    assert [len(texts) for texts in found[0]] == [8] * len(asked)


def test_threads_get_the_same_vectors(embedder: LazyEmbedder) -> None:
    alone = [embedder.questions([text])[0] for text in KNOWN]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda text: embedder.questions([text])[0], KNOWN))
    assert np.array(together) == pytest.approx(np.array(alone), abs=1e-5)


@pytest.mark.parametrize(
    ("question", "article", "quoted"),
    [
        ("When was the crane built?", HARBOUR, "Engineers built the crane in 1974."),
        ("What did the oven burn?", BAKERY, "Its oven burns beech wood."),
        ("Скільки коштувало будівництво мосту?", KYIV, "Будівництво коштувало два мільйони гривень."),
    ],
)
def test_an_answer_is_found(library: Library, question: str, article: object, quoted: str) -> None:
    found = library.ask(question)
    assert found.candidates[0].article == article
    assert found.candidates[0].text == quoted
    assert isinstance(found, Answer)
    assert quoted in found.quotes[0].text


@pytest.mark.parametrize("question", ["Коли побудували кран?", "Wann wurde der Kran gebaut?"])
def test_a_question_in_another_language_is_answered(library: Library, question: str) -> None:
    found = library.ask(question, HARBOUR.id)
    assert isinstance(found, Answer)
    assert found.quotes[0].text == "Engineers built the crane in 1974."


@pytest.mark.parametrize(
    "question", ["Who won the chess championship in Reykjavik?", "How do I cook pasta?", "asdf qwer zxcv", "asdfgh"]
)
def test_what_no_article_says_is_not_answered(library: Library, question: str) -> None:
    assert isinstance(library.ask(question), NoAnswer)
