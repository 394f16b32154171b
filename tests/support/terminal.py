"""The terminal with the small embedder in the place of the model: what commands are tried on, and their JSON."""

import json
from collections.abc import Callable
from typing import Any

from index.embed.bundled_models import Progress
from tests.support.embedder import WordEmbedder

HARBOUR = """The ferry to Skarn leaves at nine every morning. It carries forty cars and two hundred people.

The captain is Ingrid Dahl, who learned her trade on a whaler. She says that fog is worse than any storm.
"""
ORCHARD = """Old apple trees grow behind the abbey. The monks planted them in 1650 and still press cider from the fruit.

A blight killed eleven trees last summer. The abbot has ordered new ones from a nursery in Kent.
"""
Run = Callable[..., tuple[int, str, str]]


class ReadyEmbedder(WordEmbedder):
    def __init__(self, model: str, *, progress: Progress) -> None:
        super().__init__(model)

    def begin(self) -> None: ...


def one(quoth: Run, *command: str, **options: str) -> Any:
    status, out, err = quoth(*command, "--json", **options)
    assert (status, err) == (0, "")
    return json.loads(out)
