"""Times as people write them into tables."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

from perfsite.sources.base import parse_time

_LONGEST: Final = 64
_NUMBER: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?\Z", re.ASCII)
_WRITTEN: Final = re.compile(
    r"(?P<date>\d{4}[-./]\d{1,2}[-./]\d{1,2})"
    r"(?:[T ]{1,3}(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?))?\Z",
    re.ASCII,
)


def time_of(text: str) -> datetime | None:
    """Return a time in UTC; None for what is none. Without a zone, UTC is meant.

    Understood are ISO 8601, dates with dots or slashes (year first), RFC 2822, and seconds, milliseconds,
    microseconds or nanoseconds since 1970.

    Examples
    --------
    >>> time_of("2024.01.01 3:00:00 +0100")
    datetime.datetime(2024, 1, 1, 2, 0, tzinfo=datetime.timezone.utc)
    >>> time_of("1609466400") == time_of("1609466400000") == time_of("2021-01-01T02:00Z")
    True
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _NUMBER.match(text):
        return _since_1970(text)
    return parse_time(text, without_zone=UTC) or _from_parts(text) or _from_mail(text)


def _since_1970(text: str) -> datetime | None:
    whole = text.partition(".")[0]
    divide = 10 ** (3 * max(0, (len(whole) - 10 + 2) // 3))
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text) / divide)
    except OverflowError:
        return None


def _from_parts(text: str) -> datetime | None:
    match = _WRITTEN.match(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in re.split(r"[-./]", match["date"]))
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        found = datetime(year, month, day, hour, minute, second, micros, tzinfo=_zone(match["zone"]))
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    """Return the zone of `+0100`, `+01:00`, `+01`; ValueError where there is none such."""
    if text is None or text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _from_mail(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
