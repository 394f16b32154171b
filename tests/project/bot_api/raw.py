"""Calls of the Bot API as they are written on the wire."""

import json
from typing import Any

import httpx

from tests.support.bot_api import BotApi

Json = dict[str, Any]
PERSON, GROUP, FORUM = 7, -5, -1001


def post(api: BotApi, path: str, **body: Any) -> httpx.Response:
    # Neither proxies nor certificates: looking for them takes longer than the whole test.
    return httpx.post(f"{api.url}/{path}", trust_env=False, verify=False, **body)


def ask(api: BotApi, method: str, **params: object) -> Json:
    """One raw call with a JSON body."""
    body, headers = json.dumps(params), {"Content-Type": "application/json"}
    answer: Json = post(api, f"bot{api.token}/{method}", content=body, headers=headers).json()
    return answer


def updates(api: BotApi, **params: object) -> list[Json]:
    answer = ask(api, "getUpdates", **params)
    assert answer["ok"], answer
    result: list[Json] = answer["result"]
    return result


def texts(api: BotApi) -> list[str]:
    """Confirms what waits and returns the texts in it."""
    waiting = updates(api)
    if waiting:
        updates(api, offset=waiting[-1]["update_id"] + 1)
    return [one["message"]["text"] for one in waiting if "text" in one.get("message", {})]


def mark(kind: str, offset: int, length: int, **more: str) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


def keyboard(**action: object) -> Json:
    return {"inline_keyboard": [[{"text": "more", **action}]]}


def article(number: int, **more: object) -> Json:
    content = {"message_text": "text"}
    return {"type": "article", "id": str(number), "title": "t", "input_message_content": content, **more}
