"""The cohort: sentences that belong to no article. A question's similarities are measured relative to these.

This is a separate module because the loader needs the sentences without importing the embedder and numpy.
"""

from importlib.resources import files


def background_sentences() -> list[str]:
    return (files("index.embed") / "background_sentences.txt").read_text("utf-8").splitlines()
