"""SelQA (Jurczyk et al. 2016): questions written to be answered by one sentence of a Wikipedia section.

Nothing here is trained on it, so it shows what the ranker does with other questions on other texts.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.document import prepare
from index.embedder import Embedder
from index.models import Article, Passage
from index.ranker import Ranker
from index.reader import Reader
from index.search import ask, cohort, rank


def places(folder: Path, embedder: Embedder, reader: Reader | None, ranker: Ranker) -> Iterator[tuple[int, int]]:
    """For each question of the dev part: the place of the first answering sentence by the fused score and by the
    ranker, 1 being the best."""
    path = folder / "selqa" / "dev.json"
    if not path.exists():
        raise SystemExit(f"skipped: {path} is not here (point --data at the folder that holds selqa/)")
    unrelated = cohort(embedder)
    sections = {}
    for entry in json.loads(path.read_text("utf-8")):
        candidates = tuple(entry["candidates"])
        if candidates not in sections:
            text = " ".join(candidates)
            starts = np.cumsum([0, *(len(sentence) + 1 for sentence in candidates)]).tolist()
            passages = [Passage(s, s + len(one), 1) for s, one in zip(starts, candidates, strict=False)]
            article = Article(text, f"{entry['article']}. {entry['section']}", language="en")
            sections[candidates] = prepare(article, embedder, reader, passages)
        question = entry["question"]
        if reader is None:
            asked = ask(question, embedder.questions([question])[0], unrelated)
        else:
            vectors, tokens = embedder.question_tokens([question])
            asked = ask(question, vectors[0], unrelated, tokens[0])
        ranking = rank(asked, sections[candidates], ranker, reader)
        if ranking is None:
            continue
        by_fused = np.argsort(-ranking.fused, kind="stable").tolist()
        yield tuple(min(order.index(i) + 1 for i in entry["answers"]) for order in (by_fused, list(ranking.order)))
