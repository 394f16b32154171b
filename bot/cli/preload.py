"""Starts to load the model before the command line and the settings are read.

After a cold start a question waits for the model, and reading the settings takes half as long as loading it.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.embed.model_loader import LazyEmbedder

COMMANDS = ("ask", "chat")


def preload(arguments: Sequence[str]) -> "LazyEmbedder | None":
    """Begin to load the model that the settings most likely name; None if no model is needed or it is not prepared.

    When the settings have been read, check that the name of the model is right.
    """
    if len(arguments) < 2 or arguments[0] not in COMMANDS or {"-h", "--help"} & set(arguments):
        return None
    from dotenv import dotenv_values

    from index.embed.bundled_models import BUNDLED, default_cache
    from index.embed.model_loader import LazyEmbedder, is_prepared

    model = os.environ.get("QUOTH_MODEL") or dotenv_values(".env").get("QUOTH_MODEL") or "multilingual"
    if model not in BUNDLED or not is_prepared(model, default_cache()):
        return None
    embedder = LazyEmbedder(model)
    embedder.begin()
    return embedder
