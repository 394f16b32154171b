"""Who may hand us messages by the webhook: nobody but Telegram, which knows the secret."""

import asyncio
import hmac
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.ext import Application

import bot.telegram.app
from bot.settings import Settings
from bot.telegram.app import serve
from bot.telegram.updates.webhook import HEADER, LARGEST, Webhook, run_webhook, webhook_info
from index.errors import StoreError
from index.library import Library
from tests.support.bot_api import BotApi
from tests.support.embedder import WordEmbedder
from tests.support.process import Bot, Json, free_port

pytestmark = pytest.mark.timeout(300)
SECRET = "The-loom_of-Vell-1811"
WRONG = ["", "x", SECRET[:-1], SECRET + "x", SECRET.lower(), "x" + SECRET, "ключ", "é" * len(SECRET), "x" * 5000]


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


class TestItsServer:
    """In this process, so that it can be looked at while it works."""

    @pytest.fixture
    async def served(self) -> AsyncIterator[tuple[BotApi, str, "asyncio.Queue[object]"]]:
        with BotApi() as api:
            application = Application.builder().token(api.token).base_url(f"{api.url}/bot").build()
            queue: asyncio.Queue[object] = asyncio.Queue()
            port, path = free_port(), "hook.+(a)"
            address = f"http://127.0.0.1:{port}/{path}"
            webhook = Webhook(
                application.bot, queue, url=address, secret=SECRET, listen="127.0.0.1", port=port, allowed_updates=[]
            )
            async with application:
                await webhook.start()
                yield api, address, queue
                await webhook.stop()
                async with httpx.AsyncClient(trust_env=False) as client:
                    with pytest.raises(httpx.ConnectError):
                        await client.get(address)

    async def test_the_secret_is_compared_in_constant_time(
        self, served: tuple[BotApi, str, "asyncio.Queue[object]"], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compared: list[bytes] = []

        def watched(one: bytes, other: bytes) -> bool:
            compared.extend((one, other))
            return hmac.compare_digest(one, other)

        monkeypatch.setattr("bot.telegram.updates.webhook.compare_digest", watched)
        _, address, queue = served
        async with httpx.AsyncClient(trust_env=False) as client:
            for sent, status in (("wrong", 403), (SECRET, 200)):
                compared.clear()
                answer = await client.post(address, json=asking(1, 5), headers={HEADER: sent})
                assert answer.status_code == status
                assert compared == [sent.encode(), SECRET.encode()]
        assert queue.qsize() == 1

    async def test_nor_at_any_other_path(self, served: tuple[BotApi, str, "asyncio.Queue[object]"]) -> None:
        _, address, _ = served
        assert await head(f"{address}x", "Content-Length: 1000000", f"{HEADER}: {SECRET}") == 404
        async with httpx.AsyncClient(trust_env=False) as client:
            assert "Server" not in (await client.get(f"{address}x")).headers

    @pytest.mark.parametrize("secret", [None, "wrong"])
    async def test_without_it_no_byte_of_a_body_is_waited_for(
        self, served: tuple[BotApi, str, "asyncio.Queue[object]"], secret: str | None
    ) -> None:
        _, address, queue = served
        lines = [f"{HEADER}: {secret}"] if secret else []
        assert await head(address, "Content-Length: 1000000", *lines) == 403
        assert queue.empty()

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            *((body, 400) for body in (b"", b"{", b"\xff", b"[" * 100_000, b'{"update_id": 7')),
            *((body, 200) for body in (b"[]", b"null", b"7", b'"x"', b"{}", b'{"update_id": 7, "message": {}}')),
        ],
    )
    async def test_what_is_no_update_is_let_go(
        self, served: tuple[BotApi, str, "asyncio.Queue[object]"], body: bytes, status: int
    ) -> None:
        """What Telegram may have said is not asked for again: the next update would have to wait for it."""
        _, address, queue = served
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                address, content=body, headers={HEADER: SECRET, "Content-Type": "application/json"}
            )
            assert (answer.status_code, queue.qsize()) == (status, 0)
            await client.post(address, json=asking(1, 5), headers={HEADER: SECRET})
            assert queue.qsize() == 1

    async def test_a_body_has_its_limit(self, served: tuple[BotApi, str, "asyncio.Queue[object]"]) -> None:
        _, address, queue = served
        about = (f"{HEADER}: {SECRET}", "Content-Type: application/json")
        assert await head(address, f"Content-Length: {LARGEST + 1}", *about) == 400
        chunk = b"%x\r\n%b\r\n" % (LARGEST + 1, b" " * (LARGEST + 1))
        assert await head(address, "Transfer-Encoding: chunked", *about, body=chunk) in {400, 0}
        assert queue.empty()

    async def test_what_cannot_be_kept_is_to_be_sent_again(
        self, served: tuple[BotApi, str, "asyncio.Queue[object]"], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, address, queue = served
        put = queue.put

        async def full(item: object) -> None:
            raise StoreError("no room")

        async with httpx.AsyncClient(trust_env=False) as client:
            monkeypatch.setattr(queue, "put", full)
            assert (await client.post(address, json=asking(1, 5), headers={HEADER: SECRET})).status_code == 503
            monkeypatch.setattr(queue, "put", put)
            assert (await client.post(address, json=asking(1, 5), headers={HEADER: SECRET})).status_code == 200


async def head(address: str, *lines: str, body: bytes = b"") -> int:
    """The status that a request gets by its head and the first part of its body; 0 when it is cut off."""
    url = httpx.URL(address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    sent = [f"POST {url.raw_path.decode()} HTTP/1.1", f"Host: {url.host}", *lines]
    writer.write("\r\n".join([*sent, "", ""]).encode() + body)
    try:
        first = await asyncio.wait_for(reader.readline(), 20)
    except ConnectionError:
        first = b""
    finally:
        writer.close()
    return int(first.split()[1]) if first else 0


@pytest.mark.parametrize("chosen", [SECRET, None])
def test_so_does_the_bot_with_its_own_secret_or_one_of_an_owners(
    chosen: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_over: list[object] = []

    def note(*_: object, secret: str, **__: object) -> None:
        given_over.append(secret)

    monkeypatch.setattr(bot.telegram.app, "Webhook", note)
    monkeypatch.setattr(bot.telegram.app, "run_webhook", lambda *_: None)
    settings = Settings(telegram_token="1:x", webhook_url="https://a.example/x", webhook_secret=chosen, _env_file=None)
    for _ in range(2):
        with Library.open(tmp_path, WordEmbedder()) as library:
            serve(settings, library, tmp_path)
    first, second = given_over
    assert (first == second == chosen) if chosen else first != second
    assert len(str(first)) >= len(SECRET)


async def test_what_telegram_knows_of_the_webhook() -> None:
    with BotApi() as api:
        application = Application.builder().token(api.token).base_url(f"{api.url}/bot").build()
        async with application:
            await application.bot.set_webhook("https://a.example/hook")
            assert (await webhook_info(application.bot))["url"] == "https://a.example/hook"
            api.fail("getWebhookInfo", code=502)
            assert await webhook_info(application.bot) is None


class Recorded:
    """An application, or a webhook, whose every method notes its name; ``then`` is what the one of that name does."""

    def __init__(self, happened: list[str], prefix: str = "", **then: Callable[[], Awaitable[None]]) -> None:
        self._happened, self._prefix, self._then = happened, prefix, then

    @property
    def running(self) -> bool:
        return "start" in self._happened

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def noted(*_: object) -> None:
            self._happened.append(self._prefix + name)
            if name in self._then:
                await self._then[name]()

        return noted

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None:
        self._happened.append("shutdown")


async def stop_soon() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_is_served_until_a_signal_and_ended_in_order() -> None:
    happened: list[str] = []
    run_webhook(cast(Any, Recorded(happened, start=stop_soon)), cast(Any, Recorded(happened, "webhook ")))
    began, ended = ["initialize", "post_init", "webhook start", "start"], ["webhook stop", "stop", "post_stop"]
    assert happened == [*began, *ended, "shutdown"]


def test_a_signal_ends_it_while_telegram_does_not_take_the_webhook() -> None:
    async def never() -> None:
        await stop_soon()
        await asyncio.Event().wait()

    happened: list[str] = []
    run_webhook(cast(Any, Recorded(happened)), cast(Any, Recorded(happened, "webhook ", start=never)))
    assert happened == ["initialize", "post_init", "webhook start", "webhook stop", "shutdown"]


def test_an_error_ends_it_too() -> None:
    async def refused() -> None:
        raise InvalidToken

    happened: list[str] = []
    with pytest.raises(InvalidToken):
        run_webhook(cast(Any, Recorded(happened)), cast(Any, Recorded(happened, "webhook ", start=refused)))
    assert happened[-2:] == ["webhook stop", "shutdown"]


def test_telegram_is_asked_again_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    troubles: list[TelegramError] = [NetworkError("no route"), TimedOut(), BadRequest("bad")]

    async def fails_first() -> None:
        if troubles:
            raise troubles.pop(0)

    monkeypatch.setattr("bot.telegram.updates.webhook.RETRY", 0)
    happened: list[str] = []
    application = Recorded(happened, initialize=fails_first, start=stop_soon)
    run_webhook(cast(Any, application), cast(Any, Recorded(happened)))
    assert happened.count("initialize") == 4
    assert happened[-1] == "shutdown"
