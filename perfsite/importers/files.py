"""Files of a history that somebody else wrote: read them, or say in one error why not."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any, Final

import orjson

from perfsite.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


MOST_BYTES: Final = 2**30
"""Most bytes of one file of a history: it is held in memory."""


def read_bytes(path: Path | str, *, where: str) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    InputError
        It cannot be opened, is a device or a pipe, or is larger than any history in one file.
    """
    try:
        # Unbuffered, and no Path each: whole files, and thousands of them.
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (see above)
            told = os.fstat(file.fileno())
            if not stat.S_ISREG(told.st_mode):
                raise InputError("is no file", where=where, hint="Name a file that the tool wrote.")
            if told.st_size > MOST_BYTES:
                raise InputError(f"has more than {MOST_BYTES >> 20} MiB", where=where, hint="Import it in parts.")
            return file.read()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=where, hint="Is it there?") from None


def json_files(path: Path, *, hint: str) -> list[Path]:
    """Return a JSON file, or all of a folder in the order of their names.

    Raises
    ------
    InputError
        There is no such file or folder, or no JSON file in it.
    """
    if path.is_file():
        return [path]
    found = sorted(path.glob("*.json")) if path.is_dir() else []
    if not found:
        problem = "holds no JSON file" if path.is_dir() else "there is no such file or folder"
        raise InputError(problem, where=str(path), hint=hint)
    return found


def load_json(path: Path | str, *, where: str) -> Any:
    """Return the JSON document in a file, NaN and infinities included.

    Raises
    ------
    InputError
        Not to be opened, empty, cut off, not UTF-8, not JSON, or nested absurdly deep.
    """
    return parse_bytes(read_bytes(path, where=where), where=where)


def parse_bytes(raw: bytes, *, where: str) -> Any:
    """Return the JSON document in bytes; errors as `load_json`."""
    try:
        return orjson.loads(raw)
    except ValueError:
        # The standard reader says what is wrong, and takes NaN, infinities and a byte order mark.
        return _parse_slowly(raw, where=where)


def _parse_slowly(raw: bytes, *, where: str) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", where=where, hint="Restore the file.") from None
    except json.JSONDecodeError as error:
        if not raw.strip():
            problem = "is empty"
        elif error.pos >= len(error.doc.rstrip()):
            problem = "ends in the middle"
        else:
            problem = f"is not JSON: {error.msg}"
        place = f"{where}: line {error.lineno} column {error.colno}"
        raise InputError(problem, where=place, hint="Restore the file, or let the tool write it again.") from None
    except (RecursionError, ValueError):  # ValueError: a whole number of thousands of digits
        raise InputError("is not a result file: absurdly deep, or a number too long", where=where) from None
