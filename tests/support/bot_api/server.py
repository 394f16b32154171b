"""The HTTP side: ``/bot<token>/<method>``, scripted failures, and the delivery of updates to a webhook."""

import asyncio
import inspect
from copy import deepcopy

import aiohttp
from aiohttp import web

from tests.support.bot_api.entities import Json
from tests.support.bot_api.methods import HANDLERS
from tests.support.bot_api.rules import Refused, Violation, checked
from tests.support.bot_api.world import Call, Failure, World

LONGEST_PAUSE = 0.2  # seconds between two deliveries of one update to a webhook that does not take it


class Server:
    """Serves a world on a free port of 127.0.0.1."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def start(self) -> str:
        """Returns the address, without a slash at its end."""
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/documents/{file_id}", self._download)
        # A poller that has hung up stops waiting at once; a restarted bot is then not taken for a second poller.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._delivery = asyncio.create_task(self._deliver())
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._delivery.cancel()
        await asyncio.gather(self._delivery, return_exceptions=True)
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        world, method, params = self._world, request.match_info["method"], await _parameters(request)
        failure = self._failure(method)
        if failure and failure.kind == "drop_before":
            self._record(Call(method, params, code=0, error="scripted: dropped before"))
            return _drop(request)
        if failure and failure.kind == "http":
            return self._fail(failure, method, params)
        try:
            if request.match_info["token"] != world.token:
                raise Refused("Unauthorized", 401)
            params = checked(method, params)
            result = HANDLERS[method](world, params)
            result = deepcopy(await result if inspect.isawaitable(result) else result)
        except Refused as refusal:
            if isinstance(refusal, Violation):
                world.violations.append(refusal.description)
            self._record(Call(method, params, code=refusal.code, error=refusal.description))
            return _answer(refusal)
        if failure:
            self._record(Call(method, params, result, code=0, error="scripted: dropped after"))
            return _drop(request)
        if method != "getUpdates":
            self._record(Call(method, params, result))
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.Response:
        data = self._world.files.get(request.match_info["file_id"])
        if request.match_info["token"] != self._world.token or data is None:
            return web.Response(status=404)
        return web.Response(body=data)

    def _record(self, call: Call) -> None:
        self._world.calls.append(call)
        self._world.liveness.beat()

    def _failure(self, method: str) -> Failure | None:
        failure = next((one for one in self._world.failures if one.method == method), None)
        if failure:
            failure.times -= 1
            if not failure.times:
                self._world.failures.remove(failure)
        return failure

    def _fail(self, failure: Failure, method: str, params: Json) -> web.Response:
        self._record(Call(method, params, code=failure.code, error=f"scripted: {failure.code}"))
        if failure.code >= 500:  # comes from a front end, which does not speak JSON
            return web.Response(status=failure.code, text="<html>scripted failure</html>", content_type="text/html")
        if failure.code == 429:
            seconds = failure.retry_after
            return _answer(Refused(f"Too Many Requests: retry after {seconds}", 429, retry_after=seconds))
        return _answer(Refused("scripted failure", failure.code))

    async def _deliver(self) -> None:
        """One update at a time, in order, each until the webhook has taken it."""
        world, pause = self._world, 0.0
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                await world.liveness.until(lambda: world.webhook and world.updates, None)
                problem = await self._post(session)
                world.webhook_error = problem
                world.liveness.beat()
                if problem:
                    pause = min(LONGEST_PAUSE, pause * 2 + 0.02)
                    await asyncio.sleep(pause)
                else:
                    pause = 0.0

    async def _post(self, session: aiohttp.ClientSession) -> str | None:
        """Deliver the oldest update; what went wrong, if anything did. It stays until the bot's answer has come."""
        world, failure = self._world, self._failure("the webhook")
        if failure and failure.kind != "drop_after":
            return "Connection failed: scripted"
        assert world.webhook
        update, secret = world.updates[0], world.webhook.secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            async with session.post(world.webhook.url, json=update, headers=headers) as answer:
                if not answer.ok:
                    return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"Connection failed: {type(error).__name__}"
        if failure:
            return "Connection failed: scripted, after the update was taken"
        world.updates = [one for one in world.updates if one is not update]
        return None


async def _parameters(request: web.Request) -> Json:
    """From a form, with nested objects as JSON text, or from a JSON body; a broken body has none."""
    if request.content_type != "application/json":
        return dict(await request.post())
    try:
        return dict(await request.json())
    except (TypeError, ValueError):
        return {}


def _answer(refusal: Refused) -> web.Response:
    body = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    more = {"parameters": refusal.parameters} if refusal.parameters else {}
    return web.json_response({**body, **more}, status=refusal.code)


def _drop(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
