"""Otava (formerly Hunter): the CSV or JSON in which a project keeps its history, one row a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.errors import CombinedInputError, ConfigError, InputError
from perfsite.importers.drafts import watched
from perfsite.model.run import Columns, Environment, Reading, Run, Source, is_environment_name
from perfsite.sources.document import Document, shorten
from perfsite.sources.formats.github_action_benchmark import undirected_warning
from perfsite.sources.formats.otava import readings_of, with_commit
from perfsite.sources.formats.otava_histostat import HEADER, read_histostat
from perfsite.sources.formats.otava_rows import Table
from perfsite.sources.lines import plain
from perfsite.sources.loading import outline, rewound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME: Final = "otava"
TITLE: Final = "Otava (Hunter): its CSV, JSON or histostat file, or a folder of those, one file a test"
ENVIRONMENT: Final = "otava"
"""The environment of all runs: tables name none."""
_HINT: Final = "Give the file that otava.yaml names under `file`, or the folder with all of them."
_SUFFIXES: Final = frozenset({".csv", ".tsv", ".json"})


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
    environment: str = ENVIRONMENT,
) -> Iterator[Run]:
    """Yield every row as a run, in the order of the file; of several files one after the other.

    A commit that is no full sha is kept as a label, a row without one is known by its time. Of a folder with several
    files, each is a test of its own, and benchmarks are called `test / column`.

    Parameters
    ----------
    environment
        The environment's name, one for all runs.

    Raises
    ------
    ConfigError
        The environment's name is not valid.
    InputError
        Not such a file or folder, or nothing in it can be read (the latter while the runs are drawn).
    """
    if not is_environment_name(environment):
        raise ConfigError(
            f"'{shorten(environment)}' cannot be an environment's name",
            hint="Use letters, digits, '.', '_' and '-', at most 100, beginning with a letter or digit.",
        )
    files = _files(path)
    noted = [] if problems is None else problems
    reader = _Reader(noted, environment, are_many=len(files) > 1)
    return watched(reader.read(files, progress), path, noted, told=len(noted), what="row", doubts=reader.doubts)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(file for file in path.glob("*") if file.suffix in _SUFFIXES and file.is_file())
    if not found:
        problem = "holds no CSV or JSON file" if path.is_dir() else "there is no such file or folder"
        raise InputError(problem, where=str(path), hint=_HINT)
    return found


class _Reader:
    """Makes runs of rows, and tells what could not be read."""

    def __init__(self, problems: list[str], environment: str, *, are_many: bool) -> None:
        self.problems = problems
        self.environment = environment
        self.are_many = are_many
        self.undirected: dict[str, None] = {}
        self.labels: dict[str, None] = {}

    def read(self, files: list[Path], progress: Callable[[int, int], None] | None) -> Iterator[Run]:
        for done, file in enumerate(files, start=1):
            try:
                with file.open(encoding="utf-8", newline="") as stream:
                    yield from self._rows(stream, file)
            except CombinedInputError as error:
                self.problems.extend(f"{cause} (left out)" for cause in error.errors)
            except InputError as error:
                self.problems.append(f"{error} (left out)")
            except OSError as error:
                self.problems.append(f"{file.name}: cannot be read: {error.strerror or error} (left out)")
            if progress is not None:
                progress(done, len(files))

    def _rows(self, opened: TextIO, file: Path) -> Iterator[Run]:
        head, stream = rewound(opened, origin=file.name)
        document = Document(file.name, hint=_HINT, top="$" if outline(head) is not None else "")
        table = Table(document)
        is_log = HEADER.search(plain(head)) is not None
        for reading in [read_histostat(stream, document)] if is_log else readings_of(stream, table):
            if document.problems:
                self._tell(document)
            if reading.measurements and reading.time is not None:
                yield self._run(with_commit(reading), file)
        self._tell(document)
        self.undirected |= table.undirected

    def _tell(self, document: Document) -> None:
        self.problems.extend(f"{problem} (left out)" for problem in document.problems)
        document.problems.clear()

    def _run(self, reading: Reading, file: Path) -> Run:
        if reading.time is None or reading.commit is None:
            raise ValueError("a row without a time is no reading")
        columns = Columns.of(reading.measurements)
        if self.are_many:
            columns = replace(columns, benchmark=[f"{file.stem} / {name}" for name in columns.benchmark])
        if reading.commit.subject:
            self.labels[reading.commit.subject] = None
        return Run(
            time=reading.time,
            commit=reading.commit,
            environment=Environment(name=self.environment, facts=reading.facts),
            source=Source(format=NAME, tool=reading.tool),
            measurements=columns,
            branch=reading.branch,
            suite=file.stem if self.are_many else None,
        )

    def doubts(self) -> list[str]:
        """Return what is to be said of labels and directions."""
        doubts = list(undirected_warning(list(self.undirected)))
        if self.labels:
            first = ", ".join(f"'{label[:40]}'" for label in list(self.labels)[:3])
            more = f" and {len(self.labels) - 3} more" if len(self.labels) > 3 else ""
            doubts.append(f"{first}{more} are no full commit shas: each is kept as a label, in the order of time")
        return doubts
