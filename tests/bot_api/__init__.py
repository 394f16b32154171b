"""A small, strict Telegram Bot API server in memory, to drive a real bot process from a test."""

from tests.bot_api.control import BotApi
from tests.bot_api.world import Call

__all__ = ["BotApi", "Call"]
