"""JSON files that are one long array or object: decode one entry at a time, so that memory stays bounded.

The standard reader needs five to ten times the size of a file for its objects. Here only a piece of the text and one
entry are held; each is decoded by the standard reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.errors import InputError
from perfsite.sources.document import shorten, step
from perfsite.sources.loading import (
    empty,
    not_json,
    noting_pairs,
    parse_int,
    raise_doubled,
    read_piece,
    refuse_crowded,
    too_deep,
)

if TYPE_CHECKING:
    from perfsite.sources.document import Document

PIECE: Final = 1 << 20
"""Characters that are read at once."""
_OPEN_NUMBER: Final = re.compile(r"[-+.eE0-9]*\Z")
"""What may follow a value where a number was cut by the end of a piece: `1`, `.5`, `e`."""
_SPACES: Final = re.compile(r"[ \t\n\r]*")
_BRACKET: Final = re.compile(r'"[^"\\]*"|["\[\]{}]')
_IN_STRING: Final = re.compile(r'["\\]')


class Entries:
    """The entries of an array in a JSON document, read once, in order; what stands around them is in `root` then.

    Parameters
    ----------
    document
        Where problems are noted; its top is `$`.
    key
        The key of the root object that holds the array, or all keys on the way to it; None: the root is the array.
        Under another key, or where the root is something else, the problem is noted and there are no entries.

    Attributes
    ----------
    root
        The rest of the root object, complete once all entries were drawn.
    """

    def __init__(self, stream: TextIO, document: Document, *, key: str | Sequence[str] | None) -> None:
        self.root: dict[str, Any] = {}
        self._document = document
        self._keys = (key,) if isinstance(key, str) else tuple(key or ())
        self._text = _Text(stream, document)

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (path, entry) of each entry that is an object; another one is noted as a problem.

        Raises
        ------
        InputError
            Empty, cut off, not JSON, nested absurdly deep, or with a key that stands twice in one object.
        """
        text, document = self._text, self._document
        opening = text.peek()
        if not opening:
            raise empty(document.origin)
        if not self._keys and opening == "[":
            yield from self._array("$")
        elif self._keys and opening == "{":
            yield from self._object(self._keys, "$", self.root)
        else:
            document.expected("$", "an object" if self._keys else "an array", text.value("$"))
        text.end()

    def _object(self, way: Sequence[str], at: str, rest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the entries on the way through an object; its other members are put into `rest`."""
        text, is_there, wanted = self._text, False, way[0]
        opening, kind = ("[", "an array") if len(way) == 1 else ("{", "an object")
        for key in text.keys(at):
            is_there = is_there or key == wanted
            path = step(at, key)
            if key != wanted or text.peek() != opening:
                rest[key] = text.value(path)
            elif opening == "[":
                yield from self._array(path)
            else:
                yield from self._object(way[1:], path, {})
        if not is_there:
            self._document.note(at, f"'{wanted}' is missing")
        elif wanted in rest:
            self._document.expected(step(at, wanted), kind, rest[wanted])

    def _array(self, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
        text = self._text
        text.skip("[")
        if text.peek() == "]":
            text.skip("]")
            return
        i = 0
        while True:
            path = f"{at}[{i}]"
            value = text.value(path)
            if isinstance(value, dict):
                yield path, value
            else:
                self._document.expected(path, "an object", value)
            i += 1
            if text.skip(",]") == "]":
                return


class Members:
    """The members of an object in a JSON document, read once, in order; for names that are keys.

    Parameters
    ----------
    document
        Where problems are noted; its top is `$`. Where the root is no object, the problem is noted and there are no
        members.
    key
        The key of the root object that holds the object; None: it is the root. Whatever else stands under that key is
        left in `root`.
    without
        Keys of the root object whose values, however large, are passed over without being decoded.

    Attributes
    ----------
    root
        The rest of the root object, complete once all members were drawn.
    is_found
        Whether the object with the members was there, known then.
    """

    def __init__(
        self, stream: TextIO, document: Document, *, key: str | None = None, without: frozenset[str] = frozenset()
    ) -> None:
        self.root: dict[str, Any] = {}
        self.is_found = False
        self._document = document
        self._key = key
        self._without = without
        self._text = _Text(stream, document)

    def __iter__(self) -> Iterator[tuple[str, str, Any]]:
        """Yield (path, key, value) of each member; errors as those of `Entries`."""
        text = self._text
        opening = text.peek()
        if not opening:
            raise empty(self._document.origin)
        if opening != "{":
            self._document.expected("$", "an object", text.value("$"))
        elif self._key is None:
            yield from self._object("$")
        else:
            for key in text.keys("$"):
                path = step("$", key)
                if key == self._key and text.peek() == "{":
                    yield from self._object(path)
                elif key in self._without:
                    text.pass_over(path)
                else:
                    self.root[key] = text.value(path)
        text.end()

    def _object(self, at: str) -> Iterator[tuple[str, str, Any]]:
        self.is_found = True
        for key in self._text.keys(at):
            path = step(at, key)
            yield path, key, self._text.value(path)


class _Text:
    """A JSON text read piece by piece."""

    def __init__(self, stream: TextIO, document: Document) -> None:
        self._stream = stream
        self._origin = document.origin
        self._hint = document.hint
        self._twice: list[tuple[int, str]] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=noting_pairs(self._twice), parse_int=parse_int)
        self._buffer = ""
        self._at = 0
        self._lines = 0
        """Line ends before the buffer."""
        self._columns = 0
        """Characters of the buffer's first line that came before it."""
        self._ended = False
        self._more(PIECE)
        self._buffer = self._buffer.removeprefix("\ufeff")

    def peek(self) -> str:
        """Return the next character that is no space, without taking it; empty at the end."""
        while True:
            match = _SPACES.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            self._drop()
            if not self._more(PIECE):
                return ""

    def skip(self, expected: str) -> str:
        """Take the next character, which must be one of these."""
        found = self.peek()
        if not found or found not in expected:
            wanted = " or ".join(f"'{character}'" for character in expected)
            raise self._wrong(f"expecting {wanted}", self._at)
        self._at += 1
        return found

    def keys(self, path: str) -> Iterator[str]:
        """Take an object: yield each key, whose value must be taken before the next one is asked for."""
        seen = set[str]()
        self.skip("{")
        if self.peek() == "}":
            self.skip("}")
            return
        while True:
            if self.peek() != '"':
                raise self._wrong("expecting a key in double quotes", self._at)
            key = str(self.value(path))
            self.skip(":")
            if key in seen:
                place = f"{self._origin}: {path}"
                raise InputError(f"the key '{shorten(key)}' stands twice", where=place, hint=self._hint)
            seen.add(key)
            yield key
            if self.skip(",}") == "}":
                return

    def pass_over(self, path: str) -> None:
        """Take one whole value without decoding it; only that its brackets and strings end is seen."""
        if self.peek() not in {"{", "["}:
            self.value(path)
            return
        depth, in_string = 0, False
        while True:
            match = (_IN_STRING if in_string else _BRACKET).search(self._buffer, self._at)
            if match is None:
                self._at = len(self._buffer)
                self._drop()
                if not self._more(PIECE):
                    raise self._wrong("expecting the end of a value", self._at)
                continue
            mark, self._at = match.group(), match.end()
            if mark == "\\":
                # What it escapes may be in the next piece.
                if self._at == len(self._buffer):
                    self._more(PIECE)
                self._at += 1
            elif mark == '"':
                in_string = not in_string
            elif mark in {"{", "["}:
                depth += 1
            elif mark in {"}", "]"}:
                depth -= 1
                if depth == 0:
                    return

    def value(self, path: str) -> Any:
        """Take one whole value."""
        self.peek()
        self._drop()
        size = PIECE
        while True:
            self._twice.clear()
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                # What goes on in the next piece looks like an error first. Each try doubles the text, so that all of
                # them together cost twice the last.
                if not self._more(size):
                    raise self._wrong(error.msg, error.pos) from None
            except RecursionError:
                raise too_deep(f"{self._origin}: {path}", hint=self._hint) from None
            else:
                if not _OPEN_NUMBER.match(self._buffer, end) or not self._more(size):
                    self._at = end
                    self._drop()
                    raise_doubled(value, path, self._twice, origin=self._origin, hint=self._hint)
                    return value
            size *= 2

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.peek():
            raise self._wrong("extra data", self._at)

    def _more(self, size: int) -> bool:
        piece = "" if self._ended else read_piece(self._stream, origin=self._origin, size=size)
        self._ended = not piece
        self._buffer += piece
        refuse_crowded(self._buffer, origin=self._origin)
        return not self._ended

    def _drop(self) -> None:
        """Forget the text that was taken, once it is most of what is held."""
        if self._at * 2 > len(self._buffer):
            gone = self._buffer[: self._at]
            lines = gone.count("\n")
            self._lines += lines
            self._columns = len(gone) - gone.rfind("\n") - 1 if lines else self._columns + len(gone)
            self._buffer = self._buffer[self._at :]
            self._at = 0

    def _wrong(self, problem: str, at: int) -> InputError:
        before, rest = self._buffer[:at], self._buffer[at:]
        lines = before.count("\n")
        column = len(before) - before.rfind("\n") if lines else self._columns + at + 1
        place = f"{self._origin}: line {self._lines + lines + 1} column {column}"
        return not_json(problem, rest, where=place, hint=self._hint)
