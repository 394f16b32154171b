"""The windows that the reading model is trained on, of texts whose tokens are their words."""

import random
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.reading.texts import Builder, Ids, add_public
from training.reading.windows import MOST_READ, NULL, Mix, Sampler, Window

NEVER = Mix(removed=0.0, other=0.0)
ALWAYS = Mix(removed=1.0, other=1.0)
TEXT = (
    "The mill stands on the river. It was built in 1811 by Ada Holm. A fire took its roof in 1902. "
    "Her grandson sold it to the town. Today it is a library."
)


class Words:
    """Each word is a token; the same word has the same id everywhere. Ids begin behind those of the marks."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def __call__(self, text: str) -> tuple[Ids, Ids, Ids]:
        found = list(re.finditer(r"\S+", text))
        ids = [self.known.setdefault(m[0].casefold().strip(".?"), len(self.known) + 10) for m in found]
        starts, ends = [m.start() for m in found], [m.end() for m in found]
        return np.array(ids, np.int32), np.array(starts, np.int32), np.array(ends, np.int32)

    def read(self, ids: Ids) -> str:
        names = {number: word for word, number in self.known.items()}
        return " ".join(names.get(int(i), "|") for i in ids)


def item(answer: str | None, question: str = "Who built the mill?", text: str = TEXT) -> dict[str, object]:
    answers = [] if answer is None else [{"text": answer, "start": text.index(answer)}]
    about = {"context": text, "title": "", "lang": "en", "imp_kind": "human"}
    return {"q": question, "answers": answers, "impossible": answer is None, **about}


def drawn(words: Words, mix: Mix, *rows: dict[str, object], seed: int = 1) -> list[Window]:
    builder = Builder(words)
    add_public("made up", rows, builder)
    sampler, rng = Sampler(builder.collection, mix), random.Random(seed)
    return [window for one in builder.collection.items for window in sampler.draw(one, rng)]


def test_a_window_is_the_question_and_sentences_with_the_answer_marked() -> None:
    words = Words()
    (window,) = drawn(words, NEVER, item("Ada Holm"))
    text = words.read(window.ids)
    assert text.startswith("| who built the mill | |")
    assert words.read(window.ids[window.starts[0] : window.ends[0] + 1]) == "ada holm"
    assert window.starts[0] >= window.body
    assert set(window.types[: len("who built the mill".split()) + 2]) == {0}
    assert set(window.types[len("who built the mill".split()) + 2 :]) == {1}


def test_a_question_without_an_answer_marks_the_start() -> None:
    (window,) = drawn(Words(), NEVER, item(None))
    assert window.starts == window.ends == (NULL,)


def test_what_is_removed_is_the_sentence_that_answers_and_nothing_else() -> None:
    words = Words()
    with_it, without, *_ = drawn(words, Mix(removed=1.0, other=0.0), item("Ada Holm"))
    assert without.starts == (NULL,)
    assert "ada" not in words.read(without.ids)
    assert "the mill stands on the river" in words.read(without.ids)
    assert "ada" in words.read(with_it.ids)


def test_no_window_without_an_answer_holds_the_answer_s_words() -> None:
    again = TEXT + " Ada Holm died in 1850."
    for seed in range(20):
        words = Words()
        for window in drawn(words, ALWAYS, item("Ada Holm", text=again), item("1902", "When did it burn?"), seed=seed):
            if window.starts == (NULL,):
                asked = words.read(window.ids).split(" | ")[0]
                assert ("ada holm" if "built" in asked else "1902") not in words.read(window.ids[window.body :])


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(0, 10**6))
def test_windows_are_no_longer_than_they_may_be_and_hold_their_answer(lengths: list[int], seed: int) -> None:
    sentences = [" ".join([f"S{n}"] + [f"w{n}x{i}" for i in range(size)]) + "." for n, size in enumerate(lengths)]
    answer = f"w{seed % len(lengths)}x0"
    words = Words()
    rows = [item(f"{answer}.", text=" ".join(sentences))] if f"{answer}." in " ".join(sentences) else []
    rows = rows or [item(answer, text=" ".join(sentences))]
    for window in drawn(words, ALWAYS, *rows, seed=seed):
        assert len(window.ids) - window.body - 1 <= MOST_READ
        for start, end in zip(window.starts, window.ends, strict=True):
            assert words.read(window.ids[start : end + 1]) in {answer, "|"}
