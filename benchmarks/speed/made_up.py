"""Generates articles of grammatical nonsense, and questions about them."""

import random

from index.models import Article

PEOPLE = ("the mayor", "a fisherman", "the council", "our teacher", "the coast guard", "a doctor", "an engineer")
DEEDS = ("repaired", "described", "measured", "sold", "praised", "moved", "painted", "opened", "photographed")
THINGS = ("the old bridge", "a lighthouse", "three boats", "the market hall", "a rare orchid", "the harbour wall")
TIMES = ("in 1987", "last spring", "before the storm", "on a Monday in May", "after nine years", "within two hours")


def made_up(seed: int, paragraphs: int = 8, sentences: int = 4) -> Article:
    """An article of grammatical nonsense, always the same for the same seed."""
    r = random.Random(seed)
    blocks = [
        " ".join(
            f"{r.choice(PEOPLE).capitalize()} {r.choice(DEEDS)} {r.choice(THINGS)} {r.choice(TIMES)}, and "
            f"{r.choice(PEOPLE)} paid {r.randrange(2, 900)} crowns for it."
            for _ in range(sentences)
        )
        for _ in range(paragraphs)
    ]
    return Article("\n\n".join(blocks), f"Notes from the harbour, part {seed}", language="en")


def asked(seed: int) -> str:
    r = random.Random(-seed)
    return f"Who {r.choice(DEEDS)} {r.choice(THINGS)} {r.choice(TIMES)}?"
