"""The secret that Telegram sends along with each update (https://core.telegram.org/bots/api#setwebhook)."""

from hmac import compare_digest


class Secret(str):
    """A text that takes the same time to be compared, wherever the other differs from it.

    python-telegram-bot compares the header with the secret by ``!=``, which ends at the first letter that differs. Of
    two operands Python asks the right one first if its class is derived from the left one's: so it asks us.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and compare_digest(_bytes(self), _bytes(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
