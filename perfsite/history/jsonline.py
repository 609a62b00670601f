"""One record is one line of JSON: what runs and events have in common, whatever their records hold."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import orjson

from perfsite.history import checks
from perfsite.history.checks import FaultError

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
ID: Final = re.compile(r"[0-9a-f]{32}\Z")
_TO_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class NewerError(Exception):
    """The record was written by a perfsite that knows more than this one."""


def write(record: Mapping[str, Any]) -> bytes:
    """Return a checked record as JSON in UTF-8, the same bytes for the same record, without spaces and line ends.

    Raises
    ------
    UnicodeEncodeError
        Half of a surrogate pair in a text.
    """
    try:
        return orjson.dumps(record)
    except orjson.JSONEncodeError:
        return _TO_JSON.encode(record).encode()


def digest(body: str | bytes) -> str:
    """Return the id of a record whose content is this text: the first 32 hex digits of its SHA-256."""
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()[:32]


def known(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without the keys of what is not known."""
    return {key: value for key, value in record.items() if value is not None}


def time_text(time: datetime, path: str) -> str:
    """Return a time as records write it: in UTC, with a `Z`."""
    if time.tzinfo is None:
        raise FaultError(path, f"expected a time with its zone, found {time.isoformat()}")
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def identity(record: Mapping[str, Any]) -> str:
    """Return the id of a record, checked."""
    told = record.get("id")
    if not isinstance(told, str) or not ID.match(told):
        raise checks.expected("$.id", "32 lower-case hex digits", told)
    return told


def parse(line: str | bytes) -> dict[str, Any]:
    """Return the JSON object of a line, refusing all that Python's reader allows beyond JSON."""
    try:
        record = orjson.loads(line)
    except ValueError:
        # The standard reader says what is wrong, and where.
        record = _parse_slowly(line)
    if not isinstance(record, dict):
        raise checks.expected("$", "an object", record)
    return record


def _parse_slowly(line: str | bytes) -> Any:
    try:
        text = line.decode() if isinstance(line, bytes) else line
        record = json.loads(text, parse_constant=_refuse)
        # Only a line that escapes surrogates can hold one without its other half, which no page could be written with.
        if "\\ud" in text or "\\uD" in text:
            _TO_JSON.encode(record).encode()
    except UnicodeDecodeError as error:
        raise FaultError("$", f"not UTF-8 at byte {error.start}: {error.object[error.start]:#04x}") from None
    except UnicodeEncodeError:
        raise FaultError("$", "half of a surrogate pair in a text") from None
    except json.JSONDecodeError as error:
        end = "" if text.rstrip().endswith("}") else "; the line looks cut off"
        raise FaultError("$", f"not JSON at character {error.pos + 1} of {len(text)}: {error.msg}{end}") from None
    except RecursionError:
        raise FaultError("$", "nested too deeply to be a record") from None
    except ValueError:
        # Python refuses to convert whole numbers of thousands of digits.
        raise FaultError("$", "a whole number of thousands of digits") from None
    return record


def _refuse(literal: str) -> NoReturn:
    raise FaultError("$", f"{literal} is not a number in JSON")


def upgraded(record: dict[str, Any], newest: int, upgrades: Mapping[int, Upgrade]) -> dict[str, Any]:
    """Return the record in the version `newest`, by the steps from each version to the next."""
    version = record.get("version")
    if type(version) is not int or version < 0:
        raise checks.expected("$.version", f"a version of 1 to {newest}", version)
    if version > newest:
        raise NewerError(f"written by a newer perfsite (version {checks.found(version).removeprefix('number ')})")
    while version < newest:
        if version not in upgrades:
            raise FaultError("$.version", f"there never was a version {version}")
        record = upgrades[version](record)
        version += 1
    return record
