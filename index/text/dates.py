"""Reads dates and times as web pages and documents write them, and returns them in ISO 8601."""

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime

_ISO = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ].+)?", re.ASCII)
_UTC = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)
_OFFSET = re.compile(r"\s*(?:UTC|GMT)?([+-]\d\d:?\d\d)(?: ?\([^()]*\))?$", re.IGNORECASE)
_DAY_ALONE = re.compile(r"[^:\d]*(?:\d{1,2}[^:\w]+[^\W\d]{3,}|[^\W\d]{3,}\W+\d{1,2}),?\W\d{4}", re.ASCII)
_TWELVE = re.compile(r"\b(1[0-2]|0?[1-9])(:\d\d(?::\d\d)?) ?([ap])\.?m\b\.?", re.IGNORECASE | re.ASCII)
_EARLIEST = 1600  # the first newspaper appeared in 1605


def parse_moment(written: str | None) -> str | None:
    """A date as ``2024-06-14``, or a date and time as ``2024-06-14T08:00:00``, with its UTC offset (``+02:00``) if any.

    It reads ISO 8601, RFC 5322 and what JavaScript's ``Date`` prints; names of months only in English. None if the text
    is not a date, or is one before 1600.
    """
    text = _TWELVE.sub(_of_24, " ".join((written or "").split()))
    try:
        found = _iso(text) if _ISO.fullmatch(text) else _named(text)
    except (ValueError, OverflowError):
        return None
    return None if found is None or int(found[:4]) < _EARLIEST else found


def day_of(one: str) -> date:
    """The day in a result of ``parse_moment``, in the time zone in which it was written."""
    return date.fromisoformat(one[:10])


def _of_24(hour: re.Match[str]) -> str:
    return f"{int(hour[1]) % 12 + 12 * (hour[3] in 'pP'):02}{hour[2]}"


def _iso(text: str) -> str:
    """Raises ValueError."""
    if len(text) <= 10:
        return date.fromisoformat(text).isoformat()
    return datetime.fromisoformat(_OFFSET.sub(r"\1", _UTC.sub("+00:00", text))).isoformat(timespec="seconds")


def _named(text: str) -> str | None:
    """Raises ValueError, OverflowError."""
    if _DAY_ALONE.fullmatch(text):
        return parsedate_to_datetime(f"{text} 00:00:00").date().isoformat()
    return parsedate_to_datetime(_OFFSET.sub(r" \1", text)).isoformat(timespec="seconds") if ":" in text else None
