"""Histories that are folders of result files: one run a file, and a file that cannot be read costs itself only."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO, TYPE_CHECKING, Final, TextIO, TypeVar

from perfsite.errors import CombinedInputError, InputError
from perfsite.importers.files import read_bytes
from perfsite.model.run import Columns, Environment, Run, Source, environment_name
from perfsite.sources.base import tidied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from perfsite.model.run import Commit, Reading

_T = TypeVar("_T")
GZIP: Final = b"\x1f\x8b"
MOST_UNPACKED: Final = 2**28
"""Most bytes of a compressed file: what its few bytes unpack to is not bounded by anything else."""


def runs_of(
    files: Sequence[_T],
    read: Callable[[_T], Run],
    *,
    root: Path,
    hint: str,
    progress: Callable[[int, int], None] | None,
    problems: list[str],
) -> Iterator[Run]:
    """Yield the run of each file; one that cannot be read is told in `problems`.

    Raises
    ------
    InputError
        None of them can be read.
    """
    count, told = 0, len(problems)
    for done, file in enumerate(files, start=1):
        try:
            run = read(file)
        except CombinedInputError as error:
            problems.append(f"{error.errors[0]} and {len(error.errors) - 1} more problems (left out)")
        except InputError as error:
            problems.append(f"{error} (left out)")
        else:
            count += 1
            yield run
        if progress is not None:
            progress(done, len(files))
    if count == 0:
        causes = [InputError(text, hint=hint) for text in problems[told:]]
        raise CombinedInputError([InputError("holds no result that can be read", where=str(root), hint=hint), *causes])


def opened(path: Path, *, where: str) -> TextIO:
    """Return a file as text, unpacked where it is compressed with gzip.

    Raises
    ------
    InputError
        It cannot be opened or unpacked.
    """
    raw = read_bytes(path, where=where)
    if raw.startswith(GZIP):
        raw = unpacked(io.BytesIO(raw), where=where, hint="Is it a result file?")
    return io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", newline="")


def unpacked(raw: IO[bytes], *, where: str, hint: str) -> bytes:
    """Return what a gzip stream unpacks to; `hint` is what to do where that is too much.

    Raises
    ------
    InputError
        It cannot be unpacked, or is larger than MOST_UNPACKED then.
    """
    try:
        with gzip.GzipFile(fileobj=raw) as packed:
            content = packed.read(MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be unpacked: {error}", where=where, hint="Was it cut off?") from None
    if len(content) > MOST_UNPACKED:
        raise InputError(f"unpacks to more than {MOST_UNPACKED >> 20} MiB", where=where, hint=hint)
    return content


def run_of(reading: Reading, *, source: str, environment: str, commit: Commit, time: datetime) -> Run:
    """Return what one file says as a run; `source` is the name of its format."""
    reading = tidied(reading)
    return Run(
        time=time,
        commit=commit,
        environment=Environment(name=environment, facts=reading.facts),
        source=Source(format=source, tool=reading.tool, version=reading.tool_version),
        measurements=Columns.of(reading.measurements),
        branch=reading.branch,
        suite=reading.suite,
    )


class EnvironmentNames:
    """Environment names for the places that a history tells apart, different for different places."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()

    def of(self, *place: str) -> str:
        """Return the name of a place; a number at the end tells apart those that would look the same."""
        if place not in self._names:
            wanted = environment_name("-".join(part for part in place if part))
            name, number = wanted, 1
            while name.lower() in self._taken:
                number += 1
                name = f"{wanted[:95]}-{number}"
            self._taken.add(name.lower())
            self._names[place] = name
        return self._names[place]
