"""Train the late-interaction scorer of a model: python -m training.late_interaction --data DIR [--model NAME]

The training data is ``squad_pairs`` alone, each question with the sentence that answers it and its neighbours. XQuAD
and SelQA stay unseen, so measuring the scorer on them is fair. It takes about 25 minutes on 2 cores. The same seed
gives the same weights on the same machine. ``tests/index/retrieve/test_late_interaction.py`` checks that the model here
computes the same as ``index/retrieve/late_interaction.py``.
"""

import argparse
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from index.embed.model_loader import LazyEmbedder
from index.retrieve.late_interaction import MOST_ASKED, MOST_TOKENS

NEAR = 15  # wrong sentences are drawn from this many before and after the right one
WRONG = 11
BATCH = 16
LEARNING_RATE = 1.5e-3
HIDDEN = -1e4
Group = tuple[str, int, list[int]]
TokenVectors = NDArray[np.float16] | NDArray[np.float32]  # (t, d)


class Model(nn.Module):
    """``late_interaction.LateInteractionScorer`` with gradients, for d dimensions of the model and k stored values."""

    def __init__(self, d: int, k: int = 96, hidden: int = 96) -> None:
        super().__init__()
        self.question, self.passage = nn.Linear(d, k), nn.Linear(d, k)
        self.attention = nn.Linear(k, k, bias=False)
        self.token, self.token2 = nn.Linear(4 * k, hidden), nn.Linear(hidden, hidden)
        self.answers = nn.Linear(hidden, 1)
        self.back, self.covers = nn.Linear(4 * k, hidden), nn.Linear(hidden, 1)
        self.importance = nn.Linear(k, 1)
        self.nearest = nn.Parameter(torch.tensor([20.0]))
        self.bias = nn.Parameter(torch.tensor([-14.0]))
        self.drop = nn.Dropout(0.1)

    def start(self, tokens: Tensor) -> None:
        """Initialise both projections with the principal components of token vectors (t, d)."""
        mean = tokens.mean(0)
        components = torch.linalg.svd(tokens - mean, full_matrices=False).Vh[: self.attention.in_features]
        with torch.no_grad():
            for layer in (self.question, self.passage):
                layer.weight.copy_(components)
                layer.bias.copy_(-components @ mean)
            self.attention.weight.copy_(torch.eye(len(components)) / 2)

    def forward(self, question: Tensor, asked: Tensor, passages: Tensor, there: Tensor) -> Tensor:
        """The scores (b, p) of p passages for each of b questions.

        The arguments are the questions' token vectors (b, q, d) and their mask (b, q), and the passages' token vectors
        (b, p, t, d) and their mask (b, p, t).
        """
        q, p = self.drop(self.question(question)), self.drop(self.passage(passages))
        matched = torch.einsum("bqk,bptk->bptq", self.attention(q), p) * (4 / q.shape[-1] ** 0.5)
        attended = torch.softmax(matched.masked_fill(~asked[:, None, None], HIDDEN), -1)
        attended = torch.einsum("bptq,bqk->bptk", attended, q)
        hidden = self.drop(functional.relu(self.token(_beside(p, attended))))
        hidden = functional.relu(self.token2(hidden))
        answered = self.answers(hidden).squeeze(-1).masked_fill(~there, HIDDEN).logsumexp(-1)

        back = torch.softmax(matched.masked_fill(~there[..., None], HIDDEN), -2)
        found = torch.einsum("bptq,bptk->bpqk", back, p)
        hidden = self.drop(functional.relu(self.back(_beside(q[:, None].expand_as(found), found))))
        covered = self.covers(hidden).squeeze(-1)
        importance = torch.softmax(self.importance(q).squeeze(-1).masked_fill(~asked, HIDDEN), -1)[:, None]
        unit = functional.normalize
        nearest = torch.einsum("bqk,bptk->bptq", unit(q, dim=-1), unit(p, dim=-1))
        nearest = nearest.masked_fill(~there[..., None], HIDDEN).amax(2)
        scores: Tensor = answered + ((4 * covered + self.nearest * nearest) * importance).sum(-1) + self.bias
        return scores

    def arrays(self, scale: float, sample: Tensor, model: str) -> dict[str, NDArray[Any]]:
        """The weights in the form of ``LateInteractionScorer``, for token vectors that are not scaled."""
        found: dict[str, NDArray[Any]] = {}
        for name, value in self.state_dict().items():
            layer, _, part = name.partition(".")
            array = value.numpy()
            found[f"{layer}_bias" if part == "bias" else layer] = array.T if array.ndim == 2 else array
        # The bias of an nn.Linear with one output is a vector of one value, and so are our own two parameters.
        for name in ("question", "passage"):
            found[name] = found[name] * scale
        projected = self.passage(sample).detach().abs().numpy()
        found["step"] = np.quantile(projected, 0.999, axis=0) / 127
        halves = {name: np.asarray(array, np.float16) for name, array in found.items() if name != "step"}
        return {**halves, "step": np.asarray(found["step"], np.float32), "model": np.array(model)}


def _beside(one: Tensor, other: Tensor) -> Tensor:
    return torch.cat([one, other, one * other, (one - other).abs()], -1)


def untokenised(line: str) -> str:
    """A line of ``squad_pairs``, which is tokenised and in lower case, in a form nearer to how people write."""
    text = re.sub(r"`` ?", '"', line.strip())
    text = re.sub(r" ?''", '"', text)
    for mark, written in (("-lrb- ", "("), (" -rrb-", ")"), ("-lsb- ", "["), (" -rsb-", "]")):
        text = text.replace(mark, written)
    text = re.sub(r" ([.,;:?!%)\]])", r"\1", text)
    text = re.sub(r"([(\[$£#]) ", r"\1", text)
    text = re.sub(r" ('s|'re|'ve|'ll|'d|'m|n't|')(?=\W|$)", r"\1", text)
    text = re.sub(r"\bi\b", "I", text)
    return text[:1].upper() + text[1:]


def groups(folder: Path) -> tuple[list[str], list[Group]]:
    """The sentences in order, and the questions with the indexes of the right sentence and of those near it."""
    path = folder / "squad_pairs"
    if not path.exists():
        raise SystemExit(f"skipped: {path} is not here (point --data at the folder that holds squad_pairs/)")
    lines = [untokenised(line) for line in (path / "sentences.txt").read_text("utf-8").splitlines()]
    asked = [untokenised(line) for line in (path / "questions.txt").read_text("utf-8").splitlines()]
    sentences = list(dict.fromkeys(lines))
    numbers = {sentence: i for i, sentence in enumerate(sentences)}
    found = []
    for line, question in zip(lines, asked, strict=True):
        i = numbers[line]
        found.append((question, i, [j for j in range(max(0, i - NEAR), min(len(sentences), i + NEAR + 1)) if j != i]))
    return sentences, found


def padded(rows: Sequence[Sequence[TokenVectors]], most: int) -> tuple[Tensor, Tensor]:
    """Lists of token vectors padded to shape (rows, longest list, most tokens, d), and their mask."""
    longest = min(most, max(len(tokens) for row in rows for tokens in row))
    shape = (len(rows), max(map(len, rows)), longest)
    values, mask = np.zeros((*shape, rows[0][0].shape[1]), np.float32), np.zeros(shape, bool)
    for i, row in enumerate(rows):
        for j, tokens in enumerate(row):
            values[i, j, : len(tokens[:longest])] = tokens[:longest]
            mask[i, j, : len(tokens[:longest])] = True
    return torch.tensor(values), torch.tensor(mask)


def batches(
    all_groups: list[Group], questions: Mapping[str, TokenVectors], sentences: Sequence[TokenVectors]
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    random.shuffle(all_groups)
    for start in range(0, len(all_groups) - BATCH + 1, BATCH):
        some = all_groups[start : start + BATCH]
        rows = [[sentences[i] for i in (right, *random.sample(near, min(WRONG, len(near))))] for _, right, near in some]
        asked, asked_mask = padded([[questions[question]] for question, _, _ in some], MOST_ASKED)
        passages, there = padded(rows, MOST_TOKENS)
        yield asked[:, 0], asked_mask[:, 0], passages, there


def train(
    model: Model,
    all_groups: list[Group],
    questions: Mapping[str, TokenVectors],
    sentences: Sequence[TokenVectors],
    epochs: int,
) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.05)
    steps = epochs * (len(all_groups) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps + 1)
    for epoch in range(epochs):
        model.train()
        total, right = 0.0, 0
        for question, asked, passages, there in batches(all_groups, questions, sentences):
            real = there.any(-1)
            scores = model(question, asked, passages, there).masked_fill(~real, HIDDEN)
            first = torch.zeros(len(scores), dtype=torch.long)
            truth = torch.zeros_like(scores)
            truth[:, 0] = 1
            # Two losses: the right sentence must score above its neighbours, and scores must mean the same for every
            # question.
            absolute = functional.binary_cross_entropy_with_logits(scores, truth, reduction="none")[real].sum()
            loss = functional.cross_entropy(scores, first) + absolute / (2 * len(scores))
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
            right += int((scores.argmax(1) == 0).sum())
        print(
            f"epoch {epoch + 1}: loss {total / (steps / epochs):.3f}, right {right / len(all_groups):.3f}", flush=True
        )
    model.eval()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="multilingual")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--out", type=Path, default=Path("index/retrieve/weights"))
    options = parser.parse_args(arguments)
    torch.manual_seed(0)
    random.seed(0)
    texts, all_groups = groups(options.data)
    embedder = LazyEmbedder(options.model)
    every = [one.astype(np.float16) for one in embedder.passage_tokens(texts)[1]]
    asked = list(dict.fromkeys(question for question, _, _ in all_groups))
    questions = {
        text: one.astype(np.float16) for text, one in zip(asked, embedder.question_tokens(asked)[1], strict=True)
    }
    sample = np.concatenate([one[::5] for one in every[:4000]])[:20000].astype(np.float32)
    scale = float(1 / sample.std())
    sentences = [one * np.float16(scale) for one in every]
    questions = {text: one * np.float16(scale) for text, one in questions.items()}
    model = Model(sample.shape[1])
    model.start(torch.tensor(sample * scale))
    train(model, all_groups, questions, sentences, options.epochs)
    options.out.mkdir(exist_ok=True)
    arrays: dict[str, Any] = model.arrays(scale, torch.tensor(sample * scale), embedder.name)
    np.savez_compressed(options.out / f"{options.model}.npz", **arrays)
    card = {
        "about": "Weights of LateInteractionScorer for one embedding model; written by training/late_interaction.py.",
        "model": embedder.name,
        "data": "squad_pairs: SQuAD 1.1 (Rajpurkar et al. 2016) as split by Du et al. 2017, 11,877 pairs, CC BY-SA 4.0",
        "epochs": options.epochs,
        "figures": "what it adds stands in ranker.json, with and without reader",
    }
    (options.out / f"{options.model}.json").write_text(json.dumps(card, indent=1) + "\n")


if __name__ == "__main__":
    main()
