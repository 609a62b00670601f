"""pytest-benchmark: its storage, `.benchmarks/<machine>/<number>_<name>.json`, one run a file."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from perfsite.errors import InputError
from perfsite.importers.commits import Commits
from perfsite.importers.result_files import EnvironmentNames, opened, run_of, runs_of
from perfsite.sources.document import storable
from perfsite.sources.formats import pytest_benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from perfsite.model.run import Run

NAME: Final = "pytest-benchmark"
TITLE: Final = "pytest-benchmark: its storage folder, .benchmarks"
_STORAGE: Final = ".benchmarks"
_HINT: Final = "Give the storage of pytest-benchmark: .benchmarks, with a folder for each machine in it."
_NUMBER: Final = re.compile(r"(\d{1,15})_")
_SHA: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
) -> Iterator[Run]:
    """Yield the runs of a storage, or of the folder that holds it, machine by machine in the order of their numbers.

    The environment is named after the machine's folder (`Linux-CPython-3.11-64bit`). The commit is the one that the
    file names, else one whose hash stands in the file's name; a run outside of any repository stands by itself.

    Raises
    ------
    InputError
        Not such a folder, or nothing in it can be read (the latter while the runs are drawn).
    """
    noted = [] if problems is None else problems
    if not path.is_dir():
        problem = "is a file" if path.exists() else "there is no such folder"
        raise InputError(problem, where=str(path), hint=_HINT)
    root = path / _STORAGE if (path / _STORAGE).is_dir() else path
    files = _files(root)
    if not files:
        raise InputError("holds no file of pytest-benchmark's storage", where=str(path), hint=_HINT)
    return _runs(root, files, progress, noted)


def _runs(
    root: Path, files: list[Path], progress: Callable[[int, int], None] | None, problems: list[str]
) -> Iterator[Run]:
    commits = Commits()
    read_one = partial(_run, root, commits, EnvironmentNames(), problems)
    yield from runs_of(files, read_one, root=root, hint=_HINT, progress=progress, problems=problems)
    problems.extend(commits.doubts())


def _files(root: Path) -> list[Path]:
    """Return the files of all machines, or of the one whose folder it is."""
    try:
        found = [file for pattern in ("*/*.json", "*.json") for file in root.glob(pattern) if file.is_file()]
    except OSError as error:
        raise InputError(
            f"cannot be listed: {error.strerror or error}", where=str(root), hint="May you read it?"
        ) from None
    return sorted(found, key=lambda file: (file.parent.name, _number(file.name), file.name))


def _number(name: str) -> int:
    match = _NUMBER.match(name)
    return int(match[1]) if match else 0


def _run(root: Path, commits: Commits, names: EnvironmentNames, problems: list[str], file: Path) -> Run:
    machine = file.parent.name if file.parent != root else root.resolve().name
    where = f"{machine}/{file.name}"
    with opened(file, where=where) as stream:
        reading = pytest_benchmark.parse(stream, origin=where)
    problems.extend(f"{where}: {warning}" for warning in reading.warnings)
    named = _SHA.search(file.name)
    commit = reading.commit or commits.of(named[0] if named else storable(file.stem))
    time = reading.time or commit.time
    if time is None:
        raise InputError("neither `datetime` nor the commit tells when it was measured", where=where, hint=_HINT)
    return run_of(reading, source=NAME, environment=names.of(machine), commit=commit, time=time)
