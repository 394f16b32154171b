"""``/metrics`` for Prometheus, and ``/healthz`` for health checks."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from tornado.web import Application

from bot.observe.health import Health
from bot.web.server import Quiet, WebServer


class MetricsServer:
    def __init__(self, registry: CollectorRegistry, health: Health, listen: str, port: int) -> None:
        self._health = health
        self._thread = ThreadPoolExecutor(1, "metrics")
        tasks = Gauge("quoth_tasks", "Tasks of the event loop.", registry=registry)
        application = Application(
            [
                ("/metrics", Scrape, {"registry": registry, "thread": self._thread, "tasks": tasks}),
                ("/healthz", Healthz, {"health": health}),
            ],
            default_handler_class=Plain,
        )
        self._server = WebServer(application, "The metrics", "METRICS", listen, port)

    async def start(self) -> None:
        """Raises SettingsError: the port cannot be listened on."""
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()
        self._health.close()
        self._thread.shutdown(wait=False, cancel_futures=True)


class Plain(Quiet):
    """Any other path: 404."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")

    async def get(self) -> None:
        self.send_error(404)

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(f"{status_code}\n")


class Healthz(Plain):
    def initialize(self, health: Health) -> None:
        self._health = health

    async def get(self) -> None:
        trouble = await self._health.trouble()
        if trouble is not None:
            self.set_status(503)
        await self.finish(f"{trouble or 'ok'}\n")


class Scrape(Plain):
    def initialize(self, registry: CollectorRegistry, thread: ThreadPoolExecutor, tasks: Gauge) -> None:
        self._registry, self._thread, self._tasks = registry, thread, tasks

    async def get(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks.set(len(asyncio.all_tasks(loop)))
        content = await loop.run_in_executor(self._thread, generate_latest, self._registry)
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        await self.finish(content)
