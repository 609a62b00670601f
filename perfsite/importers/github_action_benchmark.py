"""github-action-benchmark: the published history, `data.js`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import CombinedInputError, ConfigError, InputError
from perfsite.importers.bench_names import identity_of
from perfsite.importers.bench_rows import rows_of
from perfsite.importers.files import parse_bytes, read_bytes
from perfsite.model.run import SHA, Columns, Commit, Environment, Run, Source, is_environment_name
from perfsite.sources.base import parse_time
from perfsite.sources.document import shorten, shown, storable
from perfsite.sources.formats.github_action_benchmark import undirected_warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME: Final = "github-action-benchmark"
TITLE: Final = "github-action-benchmark: the data.js of its page"
ENVIRONMENT: Final = "github-actions"
"""The environment of all runs where the owner names none: the file does not tell machines apart."""
_PLACES: Final = ("data.js", "data.json", "dev/bench/data.js", "bench/data.js")
_ASSIGNMENT: Final = re.compile(rb"\s*window\.BENCHMARK_DATA\s*=\s*")
_HINT: Final = "Give the data.js of the page, for example dev/bench/data.js of the branch gh-pages."


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
    environment: str = ENVIRONMENT,
) -> Iterator[Run]:
    """Yield every entry of every suite as a run, oldest first.

    The direction is the tool's or the owner's (`customSmallerIsBetter`). A benchmark name that several suites use
    becomes `suite / name`, decided over the whole file, so that suites never mix.

    Parameters
    ----------
    path
        A data.js, the same as plain JSON, or a folder that holds it.
    environment
        The environment's name, one for all runs.

    Raises
    ------
    ConfigError
        The environment's name is not valid.
    InputError
        No such file, not such a file, or no entry in it can be read (the latter while the runs are drawn).
    """
    if not is_environment_name(environment):
        raise ConfigError(
            f"'{shorten(environment)}' cannot be an environment's name",
            hint="Use letters, digits, '.', '_' and '-', at most 100, beginning with a letter or digit.",
        )
    file = _data_file(path)
    raw = read_bytes(file, where=str(file))
    content = parse_bytes(_json_part(raw), where=str(file))
    entries = content.get("entries") if isinstance(content, dict) else None
    if not isinstance(entries, dict):
        raise InputError("is not github-action-benchmark's data: `entries` is missing", where=str(file), hint=_HINT)
    noted = [] if problems is None else problems
    return _runs(_ordered(entries, noted), environment, str(file), progress, noted)


def _data_file(path: Path) -> Path:
    if path.is_dir():
        found = [path / place for place in _PLACES if (path / place).is_file()]
        if not found:
            raise InputError("holds no data.js", where=str(path), hint=_HINT)
        return found[0]
    if not path.exists():
        raise InputError("there is no such file", where=str(path), hint=_HINT)
    return path


def _json_part(raw: bytes) -> bytes:
    """Return the object that the script assigns; plain JSON passes through."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    match = _ASSIGNMENT.match(raw)
    return raw[match.end() :].rstrip().removesuffix(b";") if match else raw


class _Entry:
    """One entry with its suite and the place it stands at."""

    def __init__(self, suite: str, place: str, content: dict[str, Any]) -> None:
        self.suite = suite
        self.place = place
        self.content = content

    @property
    def benches(self) -> list[Any]:
        found = self.content.get("benches")
        return found if isinstance(found, list) else []

    @property
    def tool(self) -> str:
        found = self.content.get("tool")
        return storable(found) if isinstance(found, str) else "unknown"

    @property
    def date(self) -> float:
        date = self.content.get("date")
        return date if isinstance(date, (int, float)) and not isinstance(date, bool) and date == date else 0  # noqa: PLR0124


def _ordered(suites: dict[str, Any], problems: list[str]) -> list[_Entry]:
    found = []
    for suite, entries in suites.items():
        place = f"$.entries[{shorten(suite)!r}]"
        if not isinstance(entries, list):
            problems.append(f"{place}: expected an array, found {shown(entries)} (left out)")
            continue
        for i, entry in enumerate(entries):
            if isinstance(entry, dict):
                found.append(_Entry(storable(suite), f"{place}[{i}]", entry))
            else:
                problems.append(f"{place}[{i}]: expected an object, found {shown(entry)} (left out)")
    return sorted(found, key=lambda entry: entry.date)


def _shared_names(entries: list[_Entry]) -> set[str]:
    """Return the benchmark names that more than one suite uses."""
    suite_of: dict[str, str] = {}
    shared = set()
    for entry in entries:
        for bench in entry.benches:
            name = bench.get("name") if isinstance(bench, dict) else None
            if not isinstance(name, str):
                continue
            benchmark = identity_of(name, str(bench.get("unit", "")), entry.tool)[0]
            if suite_of.setdefault(benchmark, entry.suite) != entry.suite:
                shared.add(benchmark)
    return shared


def _runs(
    entries: list[_Entry],
    environment: str,
    where: str,
    progress: Callable[[int, int], None] | None,
    problems: list[str],
) -> Iterator[Run]:
    shared = _shared_names(entries)
    undirected: dict[str, None] = {}
    count, told = 0, len(problems)
    for done, entry in enumerate(entries, start=1):
        try:
            run = _run(entry, shared, environment, undirected, problems)
        except InputError as error:
            problems.append(f"{error} (left out)")
        else:
            count += 1
            yield run
        if progress is not None:
            progress(done, len(entries))
    if count == 0:
        causes = [InputError(text, hint=_HINT) for text in problems[told:]]
        raise CombinedInputError([InputError("holds no entry that can be read", where=where, hint=_HINT), *causes])
    problems.extend(undirected_warning(list(undirected)))


def _run(entry: _Entry, shared: set[str], environment: str, undirected: dict[str, None], problems: list[str]) -> Run:
    commit = _commit(entry)
    time = _time(entry.content.get("date")) or commit.time
    if time is None:
        raise InputError("neither `date` nor the commit tells when it was measured", where=entry.place)
    tool = entry.tool
    notes: list[str] = []
    measurements = rows_of(entry.benches, tool, notes)
    problems.extend(f"{entry.place}: {note}" for note in notes)
    if not measurements:
        raise InputError("has no measurement", where=entry.place)
    for row in measurements:
        if row.metric.direction == "neither":
            undirected[row.benchmark] = None
    columns = Columns.of(measurements)
    if shared:
        renamed = [f"{entry.suite} / {name}" if name in shared else name for name in columns.benchmark]
        columns = replace(columns, benchmark=renamed)
    return Run(
        time=time,
        commit=commit,
        environment=Environment(name=environment),
        source=Source(format="github-action-benchmark", tool=tool),
        measurements=columns,
        suite=entry.suite,
    )


def _commit(entry: _Entry) -> Commit:
    found = entry.content.get("commit")
    found = found if isinstance(found, dict) else {}
    sha = found.get("id")
    if not isinstance(sha, str) or not SHA.match(sha.lower()):
        raise InputError(f"its commit has no full hash: {shown(sha)}", where=f"{entry.place}.commit.id")
    author = found.get("author")
    name = author.get("name") if isinstance(author, dict) else None
    message = found.get("message")
    subject = message.strip().partition("\n")[0].strip() if isinstance(message, str) else ""
    return Commit(
        sha=sha.lower(),
        time=parse_time(found.get("timestamp")),
        subject=storable(subject) or None,
        author=storable(name) if isinstance(name, str) and name else None,
    )


def _time(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not milliseconds > 0:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
