"""Answers questions in JSON Lines."""

import json
import time
from collections.abc import Callable, Sequence

from bot.cli.json_contract import Json, answer_json
from bot.wording.advice import advised
from index.errors import QuothError
from index.library import Library
from index.links.article_links import Links
from index.models import Outcome

Where = tuple[Library, str | None]  # a library and the id of the article to ask; None for all articles


def answered(
    line: str, find: Callable[[str | None], Where], candidates: int, links: Callable[[Library], Links]
) -> Json:
    """The JSON answer to a line such as ``{"question": "...", "article": "...", "history": ["..."]}``, or an error.

    ``find`` returns the library and the article for the "article" of a line, which may be None. ``links`` returns the
    links for a library.
    """
    try:
        entry = json.loads(line)
        question, name, history = entry["question"], entry.get("article") or None, entry.get("history") or []
        texts = [question, *([name] if name else []), *history]
        if not isinstance(history, list) or not all(isinstance(one, str) for one in texts):
            raise TypeError
        for text in texts:
            text.encode()  # half a surrogate pair is not text
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"error": 'not a line like {"question": "...", "article": "...", "history": ["..."]}'}
    try:
        where = find(name)
        found, ms = ask_one(where, question, history, candidates)
    except (QuothError, OSError) as error:
        return {"error": advised(error)}
    return answer_json(found, ms, links(where[0]))


def ask_one(where: Where, question: str, history: Sequence[str], candidates: int) -> tuple[Outcome, float]:
    """The library's answer, and the milliseconds it took."""
    library, article_id = where
    library.warm()
    started = time.perf_counter()
    found = library.ask(question, article_id, history=history, candidates=candidates)
    return found, (time.perf_counter() - started) * 1000
