"""Message entities: those that Telegram finds by itself, and the rules for those that a bot sends.

Offsets and lengths are UTF-16 code units. Rules: core.telegram.org/bots/api#messageentity.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

Json = dict[str, Any]

STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
MONO = frozenset({"code", "pre"})
FOUND = {
    "url": re.compile(
        r"(?<![\w@.])(?:https?://[^\s<>\"]+|(?:[a-z0-9-]+\.)+(?:com|org|net|info)\b(?:[/?#][^\s<>\"]*)?)(?<![.,:;!?'()])",
        re.IGNORECASE,
    ),
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)"),
}
SENDABLE = STYLES | QUOTES | MONO | {"text_link"} | FOUND.keys()


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def covered(text: str, entity: Json) -> str:
    """The characters that an entity marks."""
    start, length = entity["offset"] * 2, entity["length"] * 2
    return text.encode("utf-16-le")[start : start + length].decode("utf-16-le")


def detect(text: str, taken: Iterable[Json] = ()) -> list[Json]:
    """``taken`` and the entities that Telegram adds by itself, outside of links, code and each other."""
    entities = list(taken)
    closed = [_range(e) for e in entities if e["type"] not in STYLES | QUOTES]
    for kind, pattern in FOUND.items():
        for match in pattern.finditer(text):
            start = units(text[: match.start()])
            end = start + units(match[0])
            if all(end <= low or high <= start for low, high in closed):
                closed.append((start, end))
                entities.append({"type": kind, "offset": start, "length": end - start})
    return sorted(entities, key=_order)


def fault(text: str, entities: Sequence[Json]) -> str | None:
    """The first rule that the entities break on this text, in words; None when they keep them all."""
    if len(entities) > 100:
        return "more than 100 entities"
    boundaries = {0, *accumulate(1 + (character > "\uffff") for character in text)}
    open_entities: list[Json] = []
    for entity in sorted(entities, key=_order):
        start, end = _range(entity)
        if start not in boundaries or end not in boundaries:
            return "entity begins or ends outside of the text or within a surrogate pair"
        open_entities = [outer for outer in open_entities if _range(outer)[1] > start]
        for outer in open_entities:
            if end > _range(outer)[1]:
                return "entities overlap without nesting"
            if not _may_nest({outer["type"], entity["type"]}):
                return f"{entity['type']} may not stand in {outer['type']}"
        open_entities.append(entity)
    return None


def _may_nest(kinds: set[str]) -> bool:
    if kinds & QUOTES:
        return not kinds <= QUOTES
    return bool(kinds & STYLES) and not kinds & MONO


def trim(text: str, entities: Iterable[Json]) -> tuple[str, list[Json]]:
    """Text and entities as Telegram keeps them: white space at the ends gone, entities moved along or dropped."""
    lead, kept = units(text) - units(text.lstrip()), text.strip()
    placed: list[Json] = []
    for entity in entities:
        start, end = (min(max(0, edge - lead), units(kept)) for edge in _range(entity))
        if start < end:
            placed.append({**entity, "offset": start, "length": end - start})
    return kept, sorted(placed, key=_order)


def _range(entity: Json) -> tuple[int, int]:
    return entity["offset"], entity["offset"] + entity["length"]


def _order(entity: Json) -> tuple[int, int]:
    return entity["offset"], -entity["length"]
