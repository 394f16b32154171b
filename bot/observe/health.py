"""Whether the bot is working: what ``/healthz`` says."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot.observe.liveness import Liveness
from bot.state.chats import ChatState
from index.errors import QuothError
from index.library import Library

SILENT = 120.0  # seconds without a word from Telegram
STUCK = 60.0  # seconds that a question may wait to be answered
PATIENCE = 8.0  # seconds for each check

AskTelegram = Callable[[], Awaitable[Mapping[str, Any] | None]]


class Health:
    """Checks Telegram, the questions that wait, the database and the library.

    ``ask_telegram`` gives a WebhookInfo (https://core.telegram.org/bots/api#webhookinfo), or None if Telegram does not
    answer. It is itself None when the bot polls, because polling asks Telegram all the time.
    """

    def __init__(
        self, liveness: Liveness, state: ChatState, library: Library, ask_telegram: AskTelegram | None
    ) -> None:
        self._liveness = liveness
        self._state = state
        self._library = library
        self._ask_telegram = ask_telegram
        # A thread of its own, because the other threads may be what is stuck.
        self._thread = ThreadPoolExecutor(1, "health")

    async def trouble(self) -> str | None:
        """What is wrong, in one line, or None if nothing is. Takes at most a few times ``PATIENCE``."""
        if self._liveness.silence() is None:
            return "The bot is starting."
        return await self._trouble_with_telegram() or self._trouble_with_questions() or await self._trouble_with_files()

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _trouble_with_telegram(self) -> str | None:
        if self._ask_telegram is not None and not await self._can_be_reached(self._ask_telegram):
            return "Telegram cannot deliver to QUOTH_WEBHOOK_URL. Check the reverse proxy."
        if (silence := self._liveness.silence() or 0) >= SILENT:
            return f"Nothing was heard from Telegram for {silence:.0f} seconds. Check the network."
        return None

    def _trouble_with_questions(self) -> str | None:
        if (waits := self._liveness.longest_wait()) >= STUCK:
            return f"A question has been waiting for {waits:.0f} seconds. Restart the bot: it will be answered then."
        return None

    async def _trouble_with_files(self) -> str | None:
        if not await self._works(lambda: self._state.set_fact("looked at", str(int(time.time())))):
            return "The bot's database cannot be written. Check that its folder can be written and the disk has room."
        if not await self._works(self._library.newest):
            return "The library cannot be read. Run: quoth verify."
        return None

    async def _can_be_reached(self, ask_telegram: AskTelegram) -> bool:
        """Whether Telegram's updates reach us, as far as Telegram says."""
        try:
            async with asyncio.timeout(PATIENCE):
                info = await ask_telegram()
        except TimeoutError:
            info = None
        if info is None:
            return True  # nothing is known; if it lasts, the silence is reported
        self._liveness.heard()
        failed_lately = time.time() - info.get("last_error_date", 0) < SILENT
        return not (failed_lately and info.get("pending_update_count"))

    async def _works(self, work: Callable[[], object]) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (QuothError, TimeoutError):
            return False
        return True
