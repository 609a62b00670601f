"""Check the parts of a run record one by one, as if whoever wrote them meant harm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

from perfsite.model.run import SHA

MAX_TEXT: Final = 20_000
"""Most characters of any one string of a record."""
MAX_INTEGER: Final = 2**53
"""The largest whole number that every JSON reader keeps exactly."""
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z\Z", re.ASCII)


class FaultError(Exception):
    """One thing wrong with a record: the path inside it and what was expected and found."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


def found(value: object) -> str:
    """Return a hostile value as a few readable words, never more than a line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return f"a whole number of about {value.bit_length() * 0.30103:.0f} digits"
    if isinstance(value, int | float):
        return f"number {value!r}"
    if isinstance(value, str):
        return f"text {value!r}" if len(value) <= 60 else f"text {value[:60]!r}... ({len(value):,} characters)"
    if isinstance(value, list | tuple):
        return f"a list of {len(value):,}"
    return "an object" if isinstance(value, dict) else f"{type(value).__name__}"


def expected(path: str, what: str, value: object) -> FaultError:
    """Return the error that says what was expected and what was found instead."""
    return FaultError(path, f"expected {what}, found {found(value)}")


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """Return the value as the JSON object it must be."""
    if not isinstance(value, dict):
        raise expected(path, "an object", value)
    return value


def text(value: Any, path: str) -> str:
    """Return the value as the non-empty, not gigantic string it must be."""
    if not isinstance(value, str):
        raise expected(path, "text", value)
    if not 1 <= len(value) <= MAX_TEXT:
        raise expected(path, f"text of 1 to {MAX_TEXT:,} characters", value)
    return value


def optional_text(value: Any, path: str) -> str | None:
    """Return None for what is not known, else the text."""
    return None if value is None else text(value, path)


def optional_positive(value: Any, path: str) -> int | None:
    """Return None for what is not known, else a whole number of 1 or more."""
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= MAX_INTEGER:
        raise expected(path, "a whole number of 1 or more", value)
    return value


def time(value: Any, path: str) -> datetime:
    """Return an aware time in UTC; a record writes it with a `Z`, so that two records of one time are equal."""
    if not isinstance(value, str) or not TIME.match(value):
        raise expected(path, "a UTC time such as 2026-11-21T08:30:00Z", value)
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise expected(path, "a time that exists", value) from None


def sha(value: Any, path: str) -> str:
    """Return the full name of a commit: 40 (or 64) lower-case hex digits."""
    if not isinstance(value, str) or not SHA.match(value):
        raise expected(path, "a full commit sha (40 lower-case hex digits)", value)
    return value


def fact(value: Any, path: str) -> str | int | float | bool:
    """Return a fact of an environment: text, a finite number, or true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value, path)
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    raise expected(path, "text, a finite number, true or false", value)
