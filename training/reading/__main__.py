"""Train the reading model: python -m training.reading --data DIR

First on the public sets of ``qa/``, then on readers' own questions with some of the public ones among them. Every ten
minutes all is written to the work folder; the same command takes it up there. See README.md beside this file.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from index.embed.bundled_models import default_cache, folder_for
from training.reading import texts
from training.reading.measure import measure
from training.reading.model import Batch, Reader, losses, scores
from training.reading.texts import Collection, Item
from training.reading.windows import Mix, Sampler, Window

TOKENS = 4096  # of a batch, padding included
LONGEST = 400  # tokens; the model has 512 positions, and windows of one endless sentence teach little
POOL = 2048  # windows that are sorted by length before they become batches
KEEP_EVERY, TELL_EVERY, MEASURE_EVERY = 600.0, 60.0, 1800.0  # seconds
# How often each set comes in one pass. What people wrote to be unanswerable is rare and teaches most.
SHARES = {
    "squad_sentences_cased": 0.5,
    "squad_sentences_recased": 0.4,
    "qamr_wikinews": 0.5,
    "mlqa_test_nolabel": 0.4,
    "squadshifts_amazon_reviews": 0.7,
    "jaquad_slice": 0.7,
    "policyqa_dev": 0.5,
}
WRITTEN = 3.0  # ... and an item that a person wrote to be unanswerable
QUESTIONS = Path(__file__).parents[1] / "questions"
HELD_BACK = 5  # every fifth article of readers' questions is kept for validation and calibration


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the weights. Counted in windows."""

    layers: int = 8
    seed: int = 1
    public: int = 300_000
    own: int = 40_000
    public_among_own: float = 0.35
    rate: float = 1e-4  # of AdamW
    own_rate: float = 6e-5  # falls to zero in a straight line
    warmup: int = 6_000


def held_back(page: str, pages: Sequence[str]) -> bool:
    """Whether an article of readers' questions is left out of training, by its place among all of them."""
    return sorted(pages).index(page) % HELD_BACK == 0


def stream(collection: Collection, mix: Mix, seed: int) -> Iterator[Window]:
    """Windows without end, in passes over all items."""
    sampler, rng = Sampler(collection, mix), random.Random(seed)
    while True:
        drawn = [item for item in collection.items for _ in range(_times(item, rng))]
        rng.shuffle(drawn)
        for item in drawn:
            yield from (window for window in sampler.draw(item, rng) if len(window.ids) <= LONGEST)


def _times(item: Item, rng: random.Random) -> int:
    share = SHARES.get(item.source, 1.0) * (WRITTEN if item.written and item.source != "own" else 1.0)
    return int(share) + (rng.random() < share % 1)


def mixed(first: Iterator[Window], second: Iterator[Window], share: float, seed: int) -> Iterator[Window]:
    """``share`` of the windows from the second."""
    rng = random.Random(seed)
    while True:
        yield next(second if rng.random() < share else first)


def batches(windows: Iterator[Window], rng: random.Random) -> Iterator[list[Window]]:
    while pool := sorted(islice(windows, POOL), key=lambda w: len(w.ids)):
        made: list[list[Window]] = [[]]
        for window in pool:
            if (len(made[-1]) + 1) * len(window.ids) > TOKENS:
                made.append([])
            made[-1].append(window)
        rng.shuffle(made)
        yield from made


class Training:
    """A model, its optimizer and how far they are."""

    def __init__(self, plan: Plan, folder: Path, model: Reader) -> None:
        self.plan, self.model = plan, model
        self._path = folder / "state.pt"
        self._log = folder / "log.jsonl"
        trained = [p for p in model.parameters() if p.requires_grad]
        self._optimizer = torch.optim.AdamW(trained, plan.rate, betas=(0.9, 0.98), weight_decay=0.01)
        self.seen = {"public": 0, "own": 0}
        folder.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            state = torch.load(self._path)
            model.load_state_dict(state["model"], strict=False)
            self._optimizer.load_state_dict(state["optimizer"])
            self.seen = state["seen"]

    def keep(self) -> None:
        """Write everything but the frozen table of embeddings."""
        kept = {k: v for k, v in self.model.state_dict().items() if "word_embeddings" not in k}
        state = {"model": kept, "optimizer": self._optimizer.state_dict(), "seen": self.seen, "plan": asdict(self.plan)}
        fresh = self._path.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self._path)

    def note(self, **facts: Any) -> None:
        line = json.dumps({"seen": self.seen, **facts})
        print(line, flush=True)
        with self._log.open("a") as file:
            file.write(line + "\n")

    def rate(self, phase: str) -> float:
        if phase == "own":
            return self.plan.own_rate * max(0.0, 1 - self.seen["own"] / self.plan.own)
        return self.plan.rate * min(1.0, (self.seen["public"] + 100) / self.plan.warmup)

    def step(self, phase: str, batch: Batch) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate(phase)
        with torch.autocast("cpu", torch.bfloat16):
            found = scores(self.model, batch)
        loss = losses(found, batch).mean()
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], 1.0)
        self._optimizer.step()
        self.seen[phase] += len(batch)
        return float(loss.detach())

    def run(self, phase: str, windows: Iterator[Window], validation: dict[str, list[Window]]) -> None:
        target = self.plan.own if phase == "own" else self.plan.public
        if self.seen[phase] >= target:
            return
        kept = told = measured = time.monotonic()
        lost: list[tuple[int, float]] = []
        tokens = 0
        # What was seen before an interruption is passed over, so that no window is seen twice.
        for windows_of_batch in batches(islice(windows, self.seen[phase], None), random.Random(self.plan.seed)):
            batch = Batch(windows_of_batch)
            lost.append((len(batch), self.step(phase, batch)))
            tokens += int(batch.there.sum())
            now = time.monotonic()
            done = self.seen[phase] >= target
            if now - told > TELL_EVERY or done:
                mean = sum(n * loss for n, loss in lost) / sum(n for n, _ in lost)
                self.note(loss=round(mean, 4), tokens_a_second=round(tokens / (now - told)))
                told, tokens, lost = now, 0, []
            if now - measured > MEASURE_EVERY or done:
                self.note(**{name: measure(self.model, some) for name, some in validation.items()})
                measured = told = time.monotonic()
            if now - kept > KEEP_EVERY or done:
                self.keep()
                kept = time.monotonic()
            if done:
                return


def validation_windows(collection: Collection, count: int) -> list[Window]:
    items = random.Random(0).sample(collection.items, min(count, len(collection.items)))
    sampler, rng = Sampler(collection, Mix()), random.Random(0)
    return [window for item in items for window in sampler.draw(item, rng)]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path(".training/reading"), help="where checkpoints are kept")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="a state to begin with, its counts set to zero for own questions")
    for name, default in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    options = parser.parse_args(arguments)
    plan = Plan(**{name: getattr(options, name) for name in asdict(Plan())})
    torch.set_num_threads(options.threads)
    torch.manual_seed(plan.seed)
    embedding = folder_for("multilingual", default_cache(), lambda _: None)
    tokens = texts.sentencepiece(embedding)

    def public() -> Collection:
        builder = texts.Builder(tokens)
        texts.public(options.data / "qa", builder)
        return builder.collection

    def clapnq() -> Collection:
        builder = texts.Builder(tokens)
        texts.add_public("clapnq_dev", texts.lines(options.data / "qa" / "clapnq_dev.jsonl.gz"), builder)
        return builder.collection

    given = options.data / "readers"
    questions = [(texts.lines(given / "train.jsonl"), given / "articles")]
    questions += [(texts.lines(path), QUESTIONS / "articles") for path in sorted(QUESTIONS.glob("*.jsonl"))]

    def own(*, held: bool) -> Collection:
        builder = texts.Builder(tokens)
        for rows, articles in questions:
            pages = sorted({row["page"] for row in rows})
            texts.own([row for row in rows if held_back(row["page"], pages) == held], articles, "own", builder)
        return builder.collection

    prepared = options.work.parent
    collections = {
        "public": texts.kept(prepared / "public.pickle", public),
        "clapnq": texts.kept(prepared / "clapnq.pickle", clapnq),
        "own": texts.kept(prepared / "own.pickle", partial(own, held=False)),
        "held back": texts.kept(prepared / "held_back.pickle", partial(own, held=True)),
    }
    validation = {name: validation_windows(collections[name], 400) for name in ("clapnq", "held back")}
    training = Training(plan, options.work, Reader(embedding, plan.layers))
    if options.start and not training.seen["own"]:
        training.model.load_state_dict(torch.load(options.start)["model"], strict=False)
        training.seen["public"] = plan.public
    training.run("public", stream(collections["public"], Mix(), plan.seed), validation)
    among = stream(collections["public"], Mix(), plan.seed + 1)
    asked = stream(collections["own"], Mix(removed=0.5, other=1.0), plan.seed)
    training.run("own", mixed(asked, among, plan.public_among_own, plan.seed), validation)


if __name__ == "__main__":
    main()
