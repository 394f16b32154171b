"""Sentences that belong to no article: how near to them a question is tells what nearness means for it."""

from importlib.resources import files


def background_sentences() -> list[str]:
    return (files("index.embed") / "background_sentences.txt").read_text("utf-8").splitlines()
