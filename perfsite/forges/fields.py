"""Reading what a host answered: every field has the type that it should, or an error names the field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from perfsite.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHA: Final = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object of an answer.

    Parameters
    ----------
    fields
        The object.
    where
        The request that was answered, and the object's place in the answer: `GET /user: $.plan`.

    Examples
    --------
    >>> Record({"head": {"sha": 7}}, "GET /pulls/1: $").record("head").text("sha")
    Traceback (most recent call last):
    perfsite.errors.DeliveryError: GET /pulls/1: $.head.sha: expected text, found a number
    """

    fields: dict[str, Any]
    where: str

    def text(self, name: str) -> str:
        """Return a text that must be there."""
        return self._typed(name, str, "text")

    def text_or_none(self, name: str) -> str | None:
        """Return a text, None where it is null or absent."""
        return None if self.fields.get(name) is None else self.text(name)

    def number(self, name: str) -> int:
        """Return an integer that must be there."""
        return self._typed(name, int, "an integer")

    def flag(self, name: str) -> bool:
        """Return true or false; absent is false."""
        return name in self.fields and self._typed(name, bool, "true or false")

    def sha(self, name: str) -> str:
        """Return a full sha that must be there."""
        text = self.text(name)
        if not _SHA.match(text):
            raise self._wrong(name, "a full sha", "another text")
        return text

    def time(self, name: str) -> datetime:
        """Return a time in UTC that must be there."""
        text = self.text(name)
        try:
            time = datetime.fromisoformat(text)
            in_utc = time.astimezone(UTC)
        except (ValueError, OverflowError):  # the latter at either end of the calendar
            raise self._wrong(name, "a time", "another text") from None
        if time.tzinfo is None:
            raise self._wrong(name, "a time with its zone", "one without")
        return in_utc

    def web(self, name: str) -> str:
        """Return the address of a page; nothing that a browser would execute."""
        text = self.text(name)
        if not re.match(r"https?://[!-~]+\Z", text):
            raise self._wrong(name, "an http address", "another text")
        return text

    def record(self, name: str) -> Record:
        """Return an object that must be there."""
        return Record(self._typed(name, dict, "an object"), f"{self.where}.{name}")

    def record_or_none(self, name: str) -> Record | None:
        """Return an object, None where it is null or absent."""
        return None if self.fields.get(name) is None else self.record(name)

    def records(self, name: str) -> Iterator[Record]:
        """Yield the objects of an array that must be there."""
        return records(self._typed(name, list, "an array"), f"{self.where}.{name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of an array; absent is empty."""
        values = self._typed(name, list, "an array") if self.fields.get(name) is not None else []
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(name, "texts", "something else among them")
        return tuple(values)

    def _typed(self, name: str, kind: type[_T], wanted: str) -> _T:
        value = self.fields.get(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._wrong(name, wanted, kind_of(value) if name in self.fields else "nothing")
        return value

    def _wrong(self, name: str, wanted: str, found: str) -> DeliveryError:
        return unexpected(f"{self.where}.{name}", wanted, found)


def record_of(value: object, where: str) -> Record:
    """Return an answer that must be one object."""
    if not isinstance(value, dict):
        raise unexpected(f"{where}: $", "an object", kind_of(value))
    return Record(value, f"{where}: $")


def records(values: list[Any], where: str) -> Iterator[Record]:
    """Yield objects, each with its place."""
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            raise unexpected(f"{where}[{index}]", "an object", kind_of(value))
        yield Record(value, f"{where}[{index}]")


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words, without its content."""
    names: dict[type, str] = {str: "text", list: "an array", dict: "an object", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def unexpected(where: str, wanted: str, found: str) -> DeliveryError:
    """Return the error of an answer that is not what its host documents."""
    return DeliveryError(
        f"expected {wanted}, found {found}",
        where=where,
        hint="Does the address of the API lead to the API itself, and not to a proxy or a login page?",
    )
