"""Every XQuAD question asked three ways: to its article, without its paragraph, and to other articles."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Told, cohort, load, questions, rotated
from index.embedder import Embedder
from index.search import Ranking, ask, rank


@dataclass(frozen=True, slots=True)
class Trial:
    """One ranking. ``kind``: ``own`` (it answers), ``hard`` (its paragraph taken out), ``off`` (another article)."""

    article: int
    language: str
    kind: str
    ranking: Ranking
    gold: int
    case: int


def trials(folder: Path, told: Sequence[Told], embedder: Embedder, languages: Sequence[str]) -> list[Trial]:
    found = []
    unrelated = cohort(embedder)
    numbers = {id(one): i for i, one in enumerate(told)}
    for language in languages:
        asked = questions(folder, language)
        for one, other in rotated(list(told), 7):
            vectors = embedder.questions([asked[case.id] for case in one.cases])
            for i, case in enumerate(one.cases):
                question = ask(asked[case.id], vectors[i], unrelated)
                sides = {"own": one.document, "hard": one.without(case.paragraph), "off": other.document}
                for kind, document in sides.items():
                    ranking = rank(question, document)
                    if ranking:
                        found.append(Trial(numbers[id(one)], language, kind, ranking, one.gold(case), i))
    return found


def loaded(folder: Path, model: str) -> tuple[list[Told], Embedder]:
    from index.embedder import SentenceTransformerEmbedder

    embedder = SentenceTransformerEmbedder(model)
    return load(folder, embedder), embedder
