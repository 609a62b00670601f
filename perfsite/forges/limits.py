"""Rate limits: whether an answer speaks of one, and how long to wait."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SECONDARY_WAIT_S: Final = 60.0
_LONGEST_S: Final = 86_400.0 * 31
_SECONDARY: Final = re.compile(r"secondary rate limit|abuse detection", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A host asks to be left alone for a while."""

    wait_s: float
    problem: str
    hint: str


def limit_of(status: int, headers: Mapping[str, str], body: Callable[[], Any], now: datetime) -> Limit | None:
    """Return the rate limit that an answer speaks of, None where it speaks of none.

    Parameters
    ----------
    now
        The time of this machine, used where the answer does not tell the host's own, which it compares with.

    References
    ----------
    docs.github.com, "Rate limits for the REST API": the primary limit answers 403 or 429 with
    `x-ratelimit-remaining: 0` and the moment of `x-ratelimit-reset`; a secondary one has `retry-after` in seconds, or
    asks for a minute at least. docs.gitlab.com, "User and IP rate limits": 429 with `Retry-After`, beside
    `RateLimit-Remaining` and the moment of `RateLimit-Reset`; limits of the application, such as that on notes, answer
    429 alone, while those headers speak of another limit, which has requests left.
    """
    if status not in {403, 429}:
        return None
    host_now = _date(headers.get("date")) or now
    after_s = _seconds(headers.get("retry-after"), host_now)
    if after_s is not None:
        return _limit("the host asks for a pause (a secondary rate limit)", after_s, host_now)
    used_up = next((start for start in ("x-ratelimit", "ratelimit") if headers.get(f"{start}-remaining") == "0"), None)
    if used_up is not None:
        reset = _number(headers.get(f"{used_up}-reset"))
        wait_s = _SECONDARY_WAIT_S if reset is None else max(0.0, reset - host_now.timestamp())
        return _limit("the token's rate limit is used up", wait_s, host_now)
    told = body()
    if status == 429 or (isinstance(told, dict) and _SECONDARY.search(str(told.get("message", "")))):
        return _limit("the host asks for a pause (a secondary rate limit)", _SECONDARY_WAIT_S, host_now)
    return None


def asked_pause_s(headers: Mapping[str, str], now: datetime) -> float:
    """Return for how long a host asks to be left alone with `retry-after`; 0 where it does not."""
    return min(_seconds(headers.get("retry-after"), _date(headers.get("date")) or now) or 0.0, _LONGEST_S)


def _limit(problem: str, wait_s: float, host_now: datetime) -> Limit:
    wait_s = min(wait_s, _LONGEST_S)
    until = host_now + timedelta(seconds=math.ceil(wait_s))
    hint = f"Run this again after {until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC; nothing was posted by this request."
    return Limit(wait_s=wait_s, problem=problem, hint=hint)


def _seconds(text: str | None, host_now: datetime) -> float | None:
    """Return what `retry-after` says: seconds, or a date."""
    number = _number(text)
    if number is not None:
        return number
    date = _date(text)
    return None if date is None else max(0.0, (date - host_now).total_seconds())


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\d{1,12}", text.strip(), re.ASCII) else None


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if not 2000 <= date.year <= 9000:
        return None  # sums with it could leave the calendar
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
