"""The text of a result file, and the JSON in it: each way it cannot be read is one clear error."""

from __future__ import annotations

import io
import json
import math
import re
from array import array
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NoReturn, TextIO

from perfsite.errors import CombinedInputError, InputError
from perfsite.sources.document import shorten, step

HEAD_CHARACTERS: Final = 64 * 1024
"""How much of a file decides its format."""
_LONGEST_INT: Final = 400
_LONG: Final = 8 * 1024 * 1024
_MOST_NODES: Final = 4_000_000
_MOST_VALUES: Final = 25_000_000
_MANY: Final = 1000
"""So many floats in an array are packed: eight bytes each instead of thirty-two."""


def read_text(stream: TextIO, *, origin: str, size: int = -1) -> str:
    """Return the text of a stream, or an error that says why it is not text.

    A byte order mark at the start is dropped: it changes nothing.

    Raises
    ------
    InputError
        Not UTF-8, or holding NUL characters.
    """
    return read_piece(stream, origin=origin, size=size).removeprefix("\ufeff")


def read_piece(stream: TextIO, *, origin: str, size: int) -> str:
    """Return the next characters of a stream as they are; errors as `read_text`."""
    try:
        text = stream.read(size)
    except UnicodeDecodeError as error:
        refuse_bytes(error, origin=origin)
    if "\0" in text:
        if text.count("\0") * 3 > len(text):
            _refuse_utf16(origin)
        raise InputError("is not a text file (it holds NUL characters)", where=origin, hint="Give a result file.")
    return text


def refuse_bytes(error: UnicodeDecodeError, *, origin: str) -> NoReturn:
    """Raise the error that says why bytes are no text."""
    raw = error.object
    if isinstance(raw, bytes) and raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        _refuse_utf16(origin)
    byte = raw[error.start : error.start + 1].hex()
    raise InputError(
        f"is not a text file (byte 0x{byte} is not UTF-8)",
        where=origin,
        hint="Give the result file that the benchmark tool wrote, not an archive or a binary.",
    ) from None


def _refuse_utf16(origin: str) -> NoReturn:
    raise InputError(
        "is UTF-16, not UTF-8",
        where=origin,
        hint="Save it as UTF-8; in Windows PowerShell: `… | Out-File -Encoding utf8 FILE` instead of `> FILE`.",
    )


def read_json(stream: TextIO, *, origin: str, hint: str, packed: bool = False) -> Any:
    """Return the JSON document of a stream.

    Parameters
    ----------
    packed
        Whether arrays of very many floats shall be `array`s, which `Document.numbers` reads: they cost a quarter.

    Raises
    ------
    InputError
        Empty, cut off, not JSON, nested absurdly deep, or with a key that stands twice in one object.
    """
    return parse_json(read_text(stream, origin=origin), origin=origin, hint=hint, packed=packed)


def parse_json(text: str, *, origin: str, hint: str, packed: bool = False) -> Any:
    """Return the JSON document of a text; `packed` and errors as those of `read_json`."""
    if not text.strip():
        raise empty(origin)
    refuse_crowded(text, origin=origin)
    twice: list[tuple[int, str]] = []
    try:
        pairs = noting_pairs(twice)
        found = json.loads(text, object_pairs_hook=_packing(pairs) if packed else pairs, parse_int=parse_int)
    except json.JSONDecodeError as error:
        place = f"{origin}: line {error.lineno} column {error.colno}"
        raise not_json(error.msg, error.doc[error.pos :], where=place, hint=hint) from None
    except RecursionError:
        raise too_deep(origin, hint=hint) from None
    raise_doubled(found, "$", twice, origin=origin, hint=hint)
    return found


def refuse_crowded(text: str, *, origin: str) -> None:
    """Refuse a JSON text of so many nodes that it would unfold to many times its size in memory: `[[],[],[],…`.

    A hundred benchmarks with a hundred thousand samples each stay below; what a result file of 200 MB holds does too.
    """
    if len(text) < _LONG:
        return
    nodes, values = text.count("[") + text.count("{"), text.count(",")
    if nodes > _MOST_NODES or values > _MOST_VALUES:
        raise InputError(
            f"holds {nodes:,} arrays and objects and {values:,} values at once; at most {_MOST_NODES:,} and "
            f"{_MOST_VALUES:,} are read",
            where=origin,
            hint="Record it in parts, each with its own `--suite`.",
        )


def noting_pairs(twice: list[tuple[int, str]]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Return what makes objects of pairs, noting (id of the object, key) of each key that stands twice in one."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) != len(items):
            seen = set[str]()
            key = next(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            twice.append((id(made), key))
        return made

    return pairs


def _packing(
    pairs: Callable[[list[tuple[str, Any]]], dict[str, Any]],
) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Return what makes objects of pairs as another does, with long lists of floats packed."""

    def packed(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = pairs(items)
        for key, value in items:
            if isinstance(value, list) and len(value) > _MANY and set(map(type, value)) == {float}:
                made[key] = array("d", value)
        return made

    return packed


def raise_doubled(found: Any, path: str, twice: list[tuple[int, str]], *, origin: str, hint: str) -> None:
    """Raise the keys that stand twice, each with its place in a value, if there are any."""
    if not twice:
        return
    ids = dict(twice)
    places = [
        InputError(f"the key '{shorten(ids[id(node)])}' stands twice", where=f"{origin}: {place}", hint=hint)
        for place, node in _walk(found, path)
        if id(node) in ids
    ]
    raise places[0] if len(places) == 1 else CombinedInputError(places)


def parse_int(digits: str) -> float:
    """Read whole numbers; those that no double can hold become infinity, which the checks then name."""
    return int(digits) if len(digits) <= _LONGEST_INT else math.inf


def empty(origin: str) -> InputError:
    """Return the error for a file with nothing in it."""
    return InputError("is empty", where=origin, hint="Did the benchmark tool finish? Look at its output.")


def too_deep(where: str, *, hint: str) -> InputError:
    """Return the error for a document nested absurdly deep."""
    return InputError("is nested too deeply to be a result file", where=where, hint=hint)


def not_json(problem: str, rest: str, *, where: str, hint: str) -> InputError:
    """Return the error for a text that is no JSON from `rest` on."""
    if not rest.strip() or problem.startswith("Unterminated string"):
        return InputError(
            "the file ends in the middle", where=where, hint="Was it cut off? Let the benchmark tool write it again."
        )
    near = shorten(rest[:30])
    return InputError(f"is not JSON: {problem[:1].lower()}{problem[1:]} at '{near}'", where=where, hint=hint)


def _walk(root: Any, top: str) -> list[tuple[str, Any]]:
    """Return all objects of a document with their paths, in its order; iterative, since files may be deep."""
    found: list[tuple[str, Any]] = []
    todo: list[tuple[str, Any]] = [(top, root)]
    while todo:
        path, node = todo.pop()
        if isinstance(node, dict):
            found.append((path, node))
            todo.extend((step(path, key), value) for key, value in reversed(node.items()))
        elif isinstance(node, list):
            todo.extend((step(path, i), value) for i, value in reversed(list(enumerate(node))))
    return found


_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]|"', re.DOTALL)


@lru_cache(maxsize=2)
def outline(head: str) -> Any:
    """Return what the start of a JSON file says so far, closing what is still open; None if it is not JSON.

    Every format looks at it and none changes it, so it is made once.

    Examples
    --------
    >>> outline('{"results": [{"command": "ls", "times": [1, 2')
    {'results': [{'command': 'ls', 'times': [1]}]}
    """
    text = head.removeprefix("\ufeff")
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text, parse_int=parse_int)
    except (ValueError, RecursionError):
        pass
    stack: list[str] = []
    cut = 0
    for match in _MARK.finditer(text):
        mark = match.group()
        if mark == '"':
            break
        if mark in "[{":
            stack.append("]" if mark == "[" else "}")
        elif mark in "]}":
            if not stack or stack.pop() != mark:
                return None
        elif mark != ",":
            continue
        cut = match.end() if mark != "," else match.start()
    try:
        return json.loads(text[:cut] + "".join(reversed(stack)), parse_int=parse_int)
    except (ValueError, RecursionError):
        return None


def objects_in(values: object) -> list[dict[str, Any]]:
    """Return the objects of an array, for a look at what kind they are; none where it is no array.

    All of them: the first may be the broken one, and its format must still be known to say what is broken.
    """
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def rewound(stream: TextIO, *, origin: str) -> tuple[str, TextIO]:
    """Return the head of a stream and a stream that begins at its start again, seekable or not."""
    if stream.seekable():
        start = stream.tell()
        head = read_text(stream, origin=origin, size=HEAD_CHARACTERS)
        stream.seek(start)
        return head, stream
    text = read_text(stream, origin=origin)
    return text[:HEAD_CHARACTERS], io.StringIO(text)
