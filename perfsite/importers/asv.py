"""asv: a results folder, with one file per machine, commit and environment."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.importers.files import load_json
from perfsite.importers.result_files import EnvironmentNames, runs_of
from perfsite.model.run import Environment, Run, Source
from perfsite.sources.document import shorten
from perfsite.sources.formats.asv_benchmarks import Suite
from perfsite.sources.formats.asv_results import Facts, result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NAME: Final = "asv"
TITLE: Final = "airspeed velocity: the results folder of `asv run`"
_NOT_RESULTS: Final = frozenset({"machine.json", "benchmarks.json"})
_HEAD_BYTES: Final = 4096
# JavaScript times of 2001 to 2286: the first after "results" is when the file's first benchmark began.
_STARTED: Final = re.compile(rb'"results".*?\b(1\d{12})\b', re.DOTALL)
_COMMITTED: Final = re.compile(rb'"date":\s*(\d{1,15})')


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
) -> Iterator[Run]:
    """Yield the runs of an asv results folder, or of the folder that holds it as `results`, oldest first.

    Each result file is one run. The environment is named after asv's machine and environment. The order is that of
    the times that a quick look at each file's head finds; no more than one file is held in memory.

    Raises
    ------
    InputError
        Not such a folder, or nothing in it can be read (the latter while the runs are drawn).
    """
    root = _results_folder(path)
    noted = [] if problems is None else problems
    suite = _suite(root / "benchmarks.json", noted)
    return _runs(root, suite, progress, noted)


def _results_folder(path: Path) -> Path:
    if not path.exists():
        raise InputError("there is no such folder", where=str(path), hint="Give asv's results folder.")
    if not path.is_dir():
        raise InputError("is a file", where=str(path), hint="Give asv's results folder: the one with machine folders.")
    for folder in (path, path / "results", path / ".asv" / "results"):
        if (folder / "benchmarks.json").is_file() or any(_machine_folders(folder)):
            return folder
    raise InputError(
        "is not an asv results folder: neither a benchmarks.json nor a folder with a machine.json is in it",
        where=str(path),
        hint="Give the folder that `results_dir` of asv.conf.json names.",
    )


def _machine_folders(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from (entry for entry in sorted(root.iterdir()) if (entry / "machine.json").is_file())


def _runs(root: Path, suite: Suite, progress: Callable[[int, int], None] | None, problems: list[str]) -> Iterator[Run]:
    folder = _Folder(root, suite, problems)
    files = [name for _, name in sorted(_result_files(root))]
    hint = "Give the folder that `results_dir` of asv.conf.json names."
    yield from runs_of(files, folder.run, root=root, hint=hint, progress=progress, problems=problems)
    problems.extend(suite.doubts())


class _Folder:
    """A results folder while its files are read."""

    def __init__(self, root: Path, suite: Suite, problems: list[str]) -> None:
        self.root = root
        self.suite = suite
        self.problems = problems
        self.names = EnvironmentNames()
        self.facts = Facts()
        self.machines: dict[str, Mapping[str, Any]] = {}

    def run(self, name: str) -> Run:
        """Return the run of one file."""
        machine = name.partition("/")[0]
        if machine not in self.machines:
            self.machines[machine] = _machine(self.root / machine / "machine.json", self.problems)

        def tell(benchmark: str, _place: str, problem: str, consequence: str) -> None:
            self.problems.append(f"{name}: {shorten(benchmark)}: {problem} ({consequence})")

        content = load_json(f"{self.root}/{name}", where=name)
        found = result_of(content, self.machines[machine], self.suite, facts=self.facts, where=name, tell=tell)
        return Run(
            time=found.time,
            commit=found.commit,
            environment=Environment(name=self.names.of(found.machine or machine, found.environment), facts=found.facts),
            source=Source(format="asv", tool="asv"),
            measurements=found.columns,
        )


def _suite(path: Path, problems: list[str]) -> Suite:
    """Return what a benchmarks.json says; where it cannot be read, that is noted and the names must do."""
    try:
        content = load_json(path, where=path.name)
    except InputError as error:
        problems.append(f"{error} (units and parameter names are guessed from the benchmarks' names)")
        return Suite({})
    if isinstance(content, dict):
        return Suite(content)
    problems.append(f"{path.name}: is not an object (units and parameter names are guessed)")
    return Suite({})


def _result_files(root: Path) -> Iterator[tuple[int, str]]:
    """Yield (about when it was measured, name under the root) of each result file."""
    try:
        for folder in sorted(entry for entry in root.iterdir() if entry.is_dir()):
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".json") and entry.name not in _NOT_RESULTS and entry.is_file():
                        yield _about(entry.path), f"{folder.name}/{entry.name}"
    except OSError as error:
        raise InputError(
            f"cannot be listed: {error.strerror or error}", where=str(error.filename or root), hint="May you read it?"
        ) from None


def _about(path: str) -> int:
    # Neither a Path nor a file object each: for thousands of files that costs more than reading them.
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return 0
    try:
        head = os.read(descriptor, _HEAD_BYTES)
    except OSError:
        return 0
    finally:
        os.close(descriptor)
    found = _STARTED.search(head) or _COMMITTED.search(head)
    return int(found[1]) if found else 0


def _machine(path: Path, problems: list[str]) -> Mapping[str, Any]:
    where = f"{path.parent.name}/{path.name}"
    try:
        content = load_json(path, where=where)
    except InputError as error:
        problems.append(f"{error} (its facts are left out)")
        return {}
    if isinstance(content, dict):
        return content
    problems.append(f"{where}: is not an object (its facts are left out)")
    return {}
