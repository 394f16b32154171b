"""The reader's arithmetic against the torch modules that it is trained with, and what may be asked of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from benchmarks.train_reader import Model, padded
from index.embed.embedder import Vectors
from index.retrieve.indexed_article import prepare
from index.retrieve.late_interaction import MOST_ASKED, MOST_TOKENS, LateInteractionScorer, Tokens, scorer_for
from index.retrieve.search import passage_features, rank
from tests.support.embedder import WordEmbedder
from tests.support.engine import HARBOUR, RANKER, SITUATIONS, document, question

D, K = 24, 8
SCALE = 2.5
LENGTHS = (5, 1, 17, MOST_TOKENS, 9)


def tokens(*shape: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(0, 1 / SCALE, (*shape, D)).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> Model:
    torch.manual_seed(7)
    model = Model(D, K, 16)
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(torch.randn_like(value) * (0.3 if name.endswith("weight") else 0.2))
    return model.eval()


@pytest.fixture(scope="module")
def scorer(model: Model) -> LateInteractionScorer:
    arrays = model.arrays(SCALE, torch.tensor(tokens(2000, seed=9) * SCALE), "words")
    assert str(arrays["model"]) == "words"
    return read_back(arrays)


def read_back(arrays: dict[str, Vectors]) -> LateInteractionScorer:
    return LateInteractionScorer({name: array.astype(np.float32) for name, array in arrays.items() if name != "model"})


def expected(model: Model, asked: Vectors, passages: list[Vectors]) -> NDArray[np.float32]:
    one, one_mask = padded([[asked * SCALE]], MOST_ASKED)
    several, mask = padded([[passage * SCALE for passage in passages]], MOST_TOKENS)
    with torch.no_grad():
        found: NDArray[np.float32] = model(one[:, 0], one_mask[:, 0], several, mask)[0].numpy()
    return found


def compressed(scorer: LateInteractionScorer) -> list[Tokens]:
    return [scorer.compress(tokens(length, seed=length)) for length in LENGTHS]


@pytest.mark.parametrize("asked", [1, 7, MOST_ASKED, MOST_ASKED + 30])
def test_it_scores_as_the_modules_that_it_was_trained_with(
    model: Model, scorer: LateInteractionScorer, asked: int
) -> None:
    said = tokens(asked, seed=100)
    truth = expected(model, said, [tokens(length, seed=length) for length in LENGTHS])
    found = scorer.score(said, compressed(scorer))
    assert found.dtype == np.float64
    assert truth.std() > 1, "scores that do not differ prove nothing"
    # Weights of 16 and tokens of 8 bits.
    assert found == pytest.approx(truth, abs=0.04 * float(truth.std()))


def test_without_rounding_it_is_the_same_to_the_last_digits() -> None:
    torch.manual_seed(8)
    exact = Model(K, K, 16).eval()
    with torch.no_grad():
        for value in exact.parameters():
            value.copy_(torch.randn_like(value).half())
        exact.passage.weight.copy_(torch.eye(K))
        exact.passage.bias.zero_()
    kept = [np.random.default_rng(n).integers(-127, 128, (n, K)).astype(np.int8) for n in LENGTHS]
    sample = torch.tensor(np.random.default_rng(0).normal(size=(500, K)).astype(np.float32))
    exactly = read_back(exact.arrays(1.0, sample, "words"))
    said = np.random.default_rng(1).normal(size=(6, K)).astype(np.float32)
    truth = expected(exact, said / SCALE, [one * exactly.weights["step"] / SCALE for one in kept])
    assert exactly.score(said, kept) == pytest.approx(truth, rel=1e-4, abs=1e-3)


def test_what_is_kept_of_a_token(scorer: LateInteractionScorer) -> None:
    given = tokens(MOST_TOKENS + 40)
    kept = scorer.compress(given)
    assert kept.dtype == np.int8
    assert kept.shape == (MOST_TOKENS, scorer.width) == (MOST_TOKENS, K)
    projected = given[:MOST_TOKENS] @ scorer.weights["passage"] + scorer.weights["passage_bias"]
    inside = np.abs(projected) < 127 * scorer.weights["step"]
    assert inside.mean() > 0.99
    assert (np.abs(kept * scorer.weights["step"] - projected) / scorer.weights["step"])[inside].max() <= 0.5001
    assert np.abs(scorer.compress(given * 1000)).max() == 127
    assert scorer.compress(given[:0]).shape == (0, K)


def test_a_score_does_not_depend_on_the_other_passages(scorer: LateInteractionScorer) -> None:
    said, passages = tokens(6, seed=3), compressed(scorer)
    together = scorer.score(said, passages)
    alone = [scorer.score(said, [passage])[0] for passage in passages]
    assert together == pytest.approx(alone, rel=1e-5)
    assert scorer.score(said, passages[::-1]) == pytest.approx(together[::-1], rel=1e-5)


def test_only_the_beginnings_are_read(scorer: LateInteractionScorer) -> None:
    said, passages = tokens(MOST_ASKED + 9, seed=3), compressed(scorer)
    assert scorer.score(said, passages).tolist() == scorer.score(said[:MOST_ASKED], passages).tolist()


def test_nothing_to_read(scorer: LateInteractionScorer) -> None:
    assert scorer.score(tokens(6), []).shape == (0,)
    assert scorer.score(tokens(0), compressed(scorer)).tolist() == [0.0] * len(LENGTHS)


def test_a_passage_without_tokens_harms_no_other(scorer: LateInteractionScorer) -> None:
    said, passages = tokens(6, seed=3), compressed(scorer)
    none = np.zeros((0, K), np.int8)
    found = scorer.score(said, [none, *passages])
    assert np.isfinite(found).all()
    assert found[1:] == pytest.approx(scorer.score(said, passages), rel=1e-5)
    assert scorer.score(said, [none])[0] == pytest.approx(found[0], rel=1e-5)


@pytest.mark.parametrize("name", ["words", "", "multilingual/000000000000", "../ranker", "no/such", "multilingual"])
def test_a_model_that_no_reader_was_trained_for_has_none(name: str) -> None:
    assert scorer_for(name) is None


def test_a_stored_reader_is_that_of_its_model_alone(
    tmp_path: Path, scorer: LateInteractionScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").mkdir()
    np.savez_compressed(tmp_path / "weights" / "played.npz", **scorer.weights, model=np.array("played/123"))
    monkeypatch.setattr("index.retrieve.late_interaction.files", lambda _: tmp_path)
    scorer_for.cache_clear()
    try:
        assert scorer_for("played/456") is None
        found = scorer_for("played/123")
        assert found is not None
        assert found.width == K
        said, passages = tokens(6, seed=3), compressed(scorer)
        assert found.score(said, passages).tolist() == scorer.score(said, passages).tolist()
    finally:
        scorer_for.cache_clear()


# In a ranking


class Lengths:
    """Reads how long a passage is."""

    width = 1

    def compress(self, tokens: Vectors) -> Tokens:
        return np.ones((len(tokens), 1), np.int8)

    def score(self, question: Vectors, passages: Sequence[Tokens]) -> NDArray[np.float64]:
        return np.array([float(len(passage)) for passage in passages])


def test_the_best_passages_are_read_and_the_others_get_the_lowest_score(monkeypatch: pytest.MonkeyPatch) -> None:
    harbour = prepare(HARBOUR, WordEmbedder(), Lengths())
    asked = replace(question("Who built the crane in 1974?"), tokens=np.zeros((7, 256), np.float32))
    lengths = [len(HARBOUR.text[p.start : p.end].split()) for p in harbour.passages]
    columns, fused, situation = passage_features(asked, harbour, Lengths())
    assert situation.scored
    assert columns["reader"].tolist() == lengths
    monkeypatch.setattr("index.retrieve.search.SCORED", 3)
    pool = np.argsort(-fused, kind="stable")[:3].tolist()
    least = min(lengths[i] for i in pool)
    columns, _, _ = passage_features(asked, harbour, Lengths())
    assert columns["reader"].tolist() == [lengths[i] if i in pool else least for i in range(len(lengths))]
    ranking = rank(asked, harbour, RANKER, Lengths())
    assert ranking is not None
    assert ranking.situation == SITUATIONS[0]


def test_without_tokens_nothing_is_read() -> None:
    asked = replace(question("Who built the crane?"), tokens=np.zeros((7, 256), np.float32))
    read = prepare(HARBOUR, WordEmbedder(), Lengths())
    for where, said, scorer in (
        (document(HARBOUR), asked, Lengths()),
        (read, replace(asked, tokens=None), Lengths()),
        (read, asked, None),
    ):
        columns, _, situation = passage_features(said, where, scorer)
        assert not situation.scored
        assert "reader" not in columns
