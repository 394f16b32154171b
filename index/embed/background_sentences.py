"""Sentences that belong to no article: how near to them a question is tells what nearness means for it.

A module of its own because the embedder, its loader and the export need the sentences, and none of the three may
import another just for them: the loader has to start without numpy.
"""

from importlib.resources import files


def background_sentences() -> list[str]:
    return (files("index.embed") / "background_sentences.txt").read_text("utf-8").splitlines()
