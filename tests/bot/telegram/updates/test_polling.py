"""What Telegram may answer, and what python-telegram-bot may not be able to read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.updates.polling import readable

GOOD = {"update_id": 8, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "who?"}}
BAD = {"update_id": 9, "message": {"message_id": 2, "text": "who?"}}


def answer(*updates: object) -> bytes:
    return json.dumps({"ok": True, "result": updates}).encode()


def test_what_can_be_read_is_left_as_it_is() -> None:
    assert readable(answer(GOOD)) == answer(GOOD)


def test_what_cannot_is_emptied_and_keeps_its_number() -> None:
    assert json.loads(readable(answer(BAD, GOOD)))["result"] == [{"update_id": 9}, GOOD]


@pytest.mark.parametrize("payload", [b"", b"<html>", b"[]", b"{}", b'{"ok": false}', b'{"result": true}', answer(5)])
def test_what_is_no_answer_is_left_as_it_is(payload: bytes) -> None:
    assert readable(payload) == payload


NAMES = st.sampled_from(["message", "date", "chat", "from", "id", "text", "entities", "type", "x"])
PLAIN = st.none() | st.booleans() | st.integers() | st.text()
ANYTHING = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=12)


@given(ANYTHING)
def test_any_update_can_be_read_afterwards(content: object) -> None:
    updates = json.loads(readable(answer({"update_id": 1, "message": content})))["result"]
    assert [update["update_id"] for update in updates] == [1]
    assert readable(answer(*updates)) == answer(*updates)
