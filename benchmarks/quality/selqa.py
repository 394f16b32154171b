"""Measures on SelQA (Jurczyk et al. 2016): questions that a sentence of a Wikipedia section answers.

Half of them are paraphrased, so that they share few words with the sentence. Nothing is fitted to SelQA, so it shows
how the ranker and the decision do on unseen questions and texts.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.trials import OTHER, Trial, embed_questions
from index.embed.embedder import Embedder
from index.models import Article, Passage
from index.retrieve.indexed_article import IndexedArticle, prepare
from index.retrieve.late_interaction import PassageScorer
from index.retrieve.search import ask, passage_features

LANGUAGE = "SelQA"


def trials(folder: Path, embedder: Embedder, scorer: PassageScorer | None) -> Iterator[Trial]:
    """The dev set: each question asked to its section (``own``), to the section without the sentences that answer
    (``hard``), and to another section (``off``)."""
    path = folder / "selqa" / "dev.json"
    if not path.exists():
        raise SystemExit(f"skipped: {path} is not here (point --data at the folder that holds selqa/)")
    entries = [_without_empty(entry) for entry in json.loads(path.read_text("utf-8"))]
    unrelated = embedder.background()
    sections = {tuple(entry["candidates"]): entry for entry in entries}
    documents = {one: _document(entry, embedder, scorer) for one, entry in sections.items()}
    order = list(documents)
    numbers = {one: i for i, one in enumerate(order)}
    vectors, tokens = embed_questions([entry["question"] for entry in entries], embedder, scorer)
    for entry, vector, token in zip(entries, vectors, tokens, strict=True):
        number = numbers[tuple(entry["candidates"])]
        document = documents[order[number]]
        rest = [i for i in range(len(document.passages)) if i not in entry["answers"]]
        sides = {
            "own": document,
            "hard": document.only(rest),
            "off": documents[order[(number + OTHER) % len(order)]],
        }
        question = ask(entry["question"], vector, unrelated, token)
        for kind, side in sides.items():
            columns, fused, situation = passage_features(question, side, scorer)
            if len(fused):
                golds = tuple(entry["answers"])
                spans = tuple((document.passages[i].start, document.passages[i].end) for i in golds)
                yield Trial(number, LANGUAGE, kind, False, side, columns, fused, situation, golds, spans)


def _without_empty(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry without empty candidates."""
    kept = [i for i, sentence in enumerate(entry["candidates"]) if sentence.strip()]
    answers = [kept.index(i) for i in entry["answers"] if i in kept]
    return entry | {"candidates": [entry["candidates"][i] for i in kept], "answers": answers}


def _document(entry: dict[str, Any], embedder: Embedder, scorer: PassageScorer | None) -> IndexedArticle:
    candidates = entry["candidates"]
    starts = np.cumsum([0, *(len(sentence) + 1 for sentence in candidates)]).tolist()
    passages = [Passage(s, s + len(one), 1) for s, one in zip(starts, candidates, strict=False)]
    article = Article(" ".join(candidates), f"{entry['article']}. {entry['section']}", language="en")
    return prepare(article, embedder, scorer, passages)
