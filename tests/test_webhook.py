"""Who may hand us messages by the webhook: nobody but Telegram, which knows the secret."""

import hmac
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.ext import Application

from bot.app import serve
from bot.settings import Settings
from bot.webhook import Secret
from index.library import Library
from tests.bot_api import BotApi
from tests.embedder import WordEmbedder
from tests.process import Bot, Json, free_port

pytestmark = pytest.mark.timeout(300)
SECRET, HEADER = "The-loom_of-Vell-1811", "X-Telegram-Bot-Api-Secret-Token"
WRONG = ["", "x", SECRET[:-1], SECRET + "x", SECRET.lower(), "x" + SECRET, "ключ", "é" * len(SECRET), "x" * 9000]


def post(address: str, update: Json, *, kind: str = "application/json", secret: str | None = None) -> int:
    headers = [(b"Content-Type", kind.encode())]
    headers += [] if secret is None else [(HEADER.encode(), secret.encode())]
    return httpx.post(address, json=update, headers=headers, trust_env=False, timeout=30).status_code


def asking(number: int, chat: int) -> Json:
    person = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "en"}
    message = {"message_id": 1, "date": 1_900_000_000, "chat": {"id": chat, "type": "private"}, "from": person}
    entity = {"type": "bot_command", "offset": 0, "length": 5}
    return {"update_id": number, "message": {**message, "text": "/help", "entities": [entity]}}


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    with BotApi() as server:
        yield server


@pytest.fixture(scope="module")
def hook(api: BotApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, folder = free_port(), tmp_path_factory.mktemp("webhook")
    address = f"http://127.0.0.1:{port}/hook"
    settings = {"QUOTH_WEBHOOK_URL": address, "QUOTH_WEBHOOK_PORT": str(port), "QUOTH_WEBHOOK_SECRET": SECRET}
    with Bot(api, folder, **settings) as running:
        api.wait_for("setWebhook")
        yield address
        assert SECRET not in running.log
        assert api.token not in running.log


class TestTheRunningBot:
    def test_telegram_is_told_the_secret(self, api: BotApi, hook: str) -> None:
        (call,) = api.wait_for("setWebhook")
        assert (call.params["url"], call.params["secret_token"]) == (hook, SECRET)

    def test_whoever_does_not_know_it_gets_a_403_and_no_answer(self, api: BotApi, hook: str) -> None:
        for chat in (501, 502):
            api.user_says(chat, "hello")  # for Telegram's server, somebody who may be written to
        api.wait_idle()
        assert post(hook, asking(900_000, 501)) == 403
        for n, wrong in enumerate(WRONG, 900_001):
            assert post(hook, asking(n, 501), secret=wrong) == 403, wrong[:50]
        assert post(hook, asking(900_100, 501), kind="text/plain", secret=SECRET) == 403
        seen = len(api.calls)
        assert post(hook, asking(900_200, 502), secret=SECRET) == 200
        api.wait_for("sendMessage", since=seen, chat=502)
        assert len(api.sent(501)) == 1

    def test_there_is_nothing_else_at_its_port(self, hook: str) -> None:
        for path in ("", "/", "/hook/../x", "/hookx", "/hook/x"):
            address = hook.removesuffix("/hook") + path
            assert httpx.get(address, trust_env=False, headers={HEADER: SECRET}).status_code == 404
        assert httpx.get(hook, trust_env=False, headers={HEADER: SECRET}).status_code == 405


async def test_python_telegram_bot_asks_our_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def watched(one: bytes, other: bytes) -> bool:
        compared.extend((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr("bot.webhook.compare_digest", watched)
    with BotApi() as api:
        builder = Application.builder().token(api.token).base_url(f"{api.url}/bot")
        application, port = builder.build(), free_port()
        address = f"http://127.0.0.1:{port}/hook"
        async with application, httpx.AsyncClient(trust_env=False) as client:
            assert application.updater
            await application.updater.start_webhook(
                "127.0.0.1", port, "hook", webhook_url=address, secret_token=Secret(SECRET)
            )
            try:
                for sent, status in (("wrong", 403), (SECRET, 200)):
                    compared.clear()
                    answer = await client.post(address, json=asking(1, 5), headers={HEADER: sent})
                    assert answer.status_code == status
                    assert sorted(compared) == sorted((sent.encode(), SECRET.encode()))
            finally:
                await application.updater.stop()


@pytest.mark.parametrize("chosen", [SECRET, None])
def test_so_does_the_bot_with_its_own_secret_or_one_of_an_owners(
    chosen: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_over: list[object] = []
    monkeypatch.setattr(Application, "run_webhook", lambda self, **how: given_over.append(how["secret_token"]))
    settings = Settings(telegram_token="1:x", webhook_url="https://a.example/x", webhook_secret=chosen, _env_file=None)
    for _ in range(2):
        with Library.open(tmp_path, WordEmbedder()) as library:
            serve(settings, library, tmp_path)
    first, second = given_over
    assert type(first) is type(second) is Secret
    assert (first == second == chosen) if chosen else first != second
    assert len(first) >= len(SECRET)


@given(st.text(), st.text())
def test_a_secret_equals_what_its_text_equals(one: str, other: str) -> None:
    secret = Secret(one)
    assert secret == one
    assert (secret == other, other == secret, secret != other, other != secret) == (
        one == other, one == other, one != other, one != other,
    )  # fmt: skip
    assert hash(secret) == hash(one)
    assert str(secret) == one


def test_a_secret_is_no_number(tmp_path: Path) -> None:
    assert Secret("1") != 1
    assert Secret("x") != tmp_path
