"""Windows of a text, as the reading model sees them: ``<s> question </s> title </s> window </s>``."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.reading.texts import Collection, Ids, Item, Text

START, END = 0, 2  # the ids of <s> and </s>
MOST_READ = 110  # tokens of a window
LEAST_READ = 40
LOOSE_READ = 160  # tokens up to which a text of which only the whole is known to answer is read
NULL = 0  # the position that stands for "not in this window": <s>


@dataclass(frozen=True, slots=True)
class Window:
    """``ids`` and ``types`` (t,): 0 for the question, 1 from the title on. ``starts`` and ``ends`` are the positions
    at which an answer may begin and end (its last token); both are ``[NULL]`` where it is not there. ``body`` is the
    first position of the window's own text."""

    ids: Ids
    types: Ids
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    body: int


@dataclass(frozen=True, slots=True)
class Mix:
    """How often a question with an answer brings a window without one, by kind."""

    removed: float = 0.12  # the window with its answer, less the sentence that holds it
    other: float = 0.3  # another window of the same article
    alike: int = 6  # from which the one is taken that shares most with the question


def named(text: Text, first: int) -> Ids:
    """The title and the last heading before a token of a text."""
    above = [ids for after, ids in text.headings if after <= first and not np.array_equal(ids, text.title)]
    return np.concatenate([text.title, *above[-1:]]).astype(np.int32)


def assemble(question: Ids, title: Ids, parts: Sequence[Ids], starts: Sequence[int], ends: Sequence[int]) -> Window:
    """``starts`` and ``ends`` are counted in the joined parts."""
    head, name = [START, *question, END], [*title, END]
    body = len(head) + len(name)
    ids = np.array([*head, *name, *np.concatenate(parts), END], np.int32)
    types = np.ones(len(ids), np.int32)
    types[: len(head)] = 0
    return Window(
        ids,
        types,
        tuple(body + s for s in starts) or (NULL,),
        tuple(body + e for e in ends) or (NULL,),
        body,
    )


class Sampler:
    """Draws windows for the questions of a collection; the same ``random`` draws the same ones."""

    def __init__(self, collection: Collection, mix: Mix) -> None:
        self._texts, self._mix = collection.texts, mix
        self._of_group: dict[int, list[int]] = {}
        for item in collection.items:
            texts = self._of_group.setdefault(item.group, [])
            if item.text not in texts[-64:]:
                texts.append(item.text)
        counts = np.bincount(np.concatenate([np.unique(t.ids) for t in self._texts]))
        self._idf = np.log(len(self._texts) / np.maximum(counts, 1))

    def draw(self, item: Item, rng: random.Random) -> Iterator[Window]:
        """One window or two: with the answer, where there is one, and at times one without it."""
        text = self._texts[item.text]
        if not text.sentences:
            return
        most = MOST_READ if rng.random() < 0.5 else rng.randint(LEAST_READ, MOST_READ)
        if item.loose and len(item.golds) == 1 and item.golds[0][1] == len(text.ids):
            if len(text.ids) <= LOOSE_READ:
                yield self._read(item, text, (0, len(text.sentences)), rng)
        elif item.golds:
            inside = _touched(text, rng.choice(item.golds))
            if inside is None:
                return
            run = _widen(text, inside, most, rng)
            yield self._read(item, text, run, rng)
            if rng.random() < self._mix.removed and (window := self._without(item, text, run, rng)):
                yield window
        elif item.written:
            at = self._likest(item, [(text, run) for run in _tiles(text, most)], rng)
            if at:
                yield self._read(item, *at, rng)
        if item.golds and rng.random() < self._mix.other and (found := self._other(item, most, rng)):
            yield self._read(item, *found, rng)
        if not item.golds and not item.written:
            yield self._read(item, text, rng.choice(list(_tiles(text, most))), rng)

    def _read(self, item: Item, text: Text, run: tuple[int, int], rng: random.Random) -> Window:
        first, after = text.sentences[run[0]][0], text.sentences[run[1] - 1][1]
        golds = [g for g in item.golds if text is self._texts[item.text] and first <= g[0] and g[1] <= after]
        if item.loose:
            positions = sorted({at - first for g in golds for at in range(*g)})
            starts, ends = positions, positions
        else:
            starts = sorted({g[0] - first for g in golds})
            ends = sorted({g[1] - 1 - first for g in golds})
        title = named(text, first) if rng.random() < 0.7 else np.zeros(0, np.int32)
        return assemble(item.question, title, [text.ids[first:after]], starts, ends)

    def _without(self, item: Item, text: Text, run: tuple[int, int], rng: random.Random) -> Window | None:
        """The sentences of a run, and those around it, that hold no answer."""
        held = {n for g in item.golds if (t := _touched(text, g)) for n in range(*t)}
        low, high = max(0, run[0] - 1), min(len(text.sentences), run[1] + 1)
        left = [n for n in range(low, high) if n not in held]
        if not left or len(left) == high - low:
            return None
        parts = [text.ids[slice(*text.sentences[n])] for n in left]
        while len(parts) > 1 and sum(map(len, parts)) > MOST_READ:
            parts.pop()
        if _holds_one(np.concatenate(parts), item, text):
            return None
        title = named(text, text.sentences[left[0]][0]) if rng.random() < 0.7 else np.zeros(0, np.int32)
        return assemble(item.question, title, parts, (), ())

    def _other(self, item: Item, most: int, rng: random.Random) -> tuple[Text, tuple[int, int]] | None:
        """A window of the same article that does not hold the answer's words."""
        own = self._texts[item.text]
        found = []
        texts = self._of_group[item.group]
        for number in [item.text, *rng.sample(texts, min(3, len(texts)))]:
            text = self._texts[number]
            for run in _tiles(text, most):
                ids = text.ids[text.sentences[run[0]][0] : text.sentences[run[1] - 1][1]]
                if not _holds_one(ids, item, own):
                    found.append((text, run))
        return self._likest(item, found, rng)

    def _likest(
        self, item: Item, found: Sequence[tuple[Text, tuple[int, int]]], rng: random.Random
    ) -> tuple[Text, tuple[int, int]] | None:
        """Of some windows the one that shares most with the question."""
        some = rng.sample(found, min(self._mix.alike, len(found)))

        def shared(at: tuple[Text, tuple[int, int]]) -> float:
            text, (low, high) = at
            ids = text.ids[text.sentences[low][0] : text.sentences[high - 1][1]]
            return float(self._idf[np.intersect1d(item.question, ids)].sum())

        return max(some, key=shared, default=None)


def _touched(text: Text, gold: tuple[int, int]) -> tuple[int, int] | None:
    """The sentences that hold a range of tokens."""
    held = [n for n, (first, after) in enumerate(text.sentences) if first < gold[1] and gold[0] < after]
    return (held[0], held[-1] + 1) if held else None


def _size(text: Text, low: int, high: int) -> int:
    return text.sentences[high - 1][1] - text.sentences[low][0]


def _widen(text: Text, run: tuple[int, int], most: int, rng: random.Random) -> tuple[int, int]:
    """A run of sentences with its neighbours on either side, as many as fit in ``most`` tokens."""
    low, high = run
    sides = [-1, 1]
    while sides:
        side = rng.choice(sides)
        wider = (low - 1, high) if side < 0 else (low, high + 1)
        if wider[0] < 0 or wider[1] > len(text.sentences) or _size(text, *wider) > most:
            sides.remove(side)
        else:
            low, high = wider
    return low, high


def _tiles(text: Text, most: int) -> Iterator[tuple[int, int]]:
    """Runs of sentences that fit in ``most`` tokens, one after the other, the last sentence of each read again."""
    low = 0
    while low < len(text.sentences):
        high = low + 1
        while high < len(text.sentences) and _size(text, low, high + 1) <= most:
            high += 1
        yield low, high
        if high == len(text.sentences):
            return
        low = max(low + 1, high - 1)


def _holds_one(ids: Ids, item: Item, own: Text) -> bool:
    """Whether some tokens hold the words of an answer; where the answer is a sentence, all of them."""
    return any(_inside(own.ids[first:after], ids) for first, after in item.golds)


def _inside(part: Ids, whole: Ids) -> bool:
    if len(part) > len(whole):
        return False
    views = np.lib.stride_tricks.sliding_window_view(whole, len(part))
    return bool((views == part).all(1).any())
