"""A small, strict Telegram Bot API server in memory, to drive a real bot process from a test."""

from tests.support.bot_api.control import BotApi
from tests.support.bot_api.world import Call

__all__ = ["BotApi", "Call"]
