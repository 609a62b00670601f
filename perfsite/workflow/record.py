"""Record: result files in, one more run in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfsite import capture, sources
from perfsite.errors import ConfigError, InputError
from perfsite.history.checks import MAX_TEXT
from perfsite.model.run import (
    SHA,
    Columns,
    Commit,
    Environment,
    Measurement,
    Reading,
    Run,
    Source,
    is_environment_name,
    stand_in,
)
from perfsite.workflow import codebase
from perfsite.workflow.keeping import appended_text, keep, run_document
from perfsite.workflow.reading import STANDARD_INPUT, mapped_formats, read_all

if TYPE_CHECKING:
    from perfsite.history.checkout import CommitInfo
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller says about the run; None: found out."""

    format: str | None = None
    environment: str | None = None
    suite: str | None = None
    commit: str | None = None
    branch: str | None = None
    push: bool = False
    output: Path | None = None
    """The file that the runs are written into instead of the history, for a job that may write the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `record` did: the runs in the order of their formats, and which of them were there already."""

    runs: tuple[Run, ...]
    written: int
    known: int
    place: str
    warnings: tuple[str, ...]

    def sentences(self) -> list[str]:
        """Return the answer for people."""
        lines = []
        for run in self.runs:
            values = run.measurements.value
            absent = sum(value is None for value in values)
            gone = f", {absent} failed or skipped" if absent else ""
            count = f"{len(values)} measurement{'' if len(values) == 1 else 's'}"
            what = f"{count} of {run.source.format}{gone}"
            lines.append(f"{what} at {run.commit.sha[:8]} in {run.environment.name}")
        return [*lines, appended_text(self.written, self.known, self.place)]

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {
            "version": 1,
            "written": self.written,
            "known": self.known,
            "place": self.place,
            "runs": [run_document(run) for run in self.runs],
        }


def formats(project: Project) -> list[tuple[str, str, str]]:
    """Return name, title and how a file is made, of every format that can be read, the owner's own first."""
    mapped = mapped_formats(project)
    every = [*mapped.items(), *((name, sources.load(name)) for name in sources.known())]
    # What a plug-in does not say is not known; nothing but its two functions is needed.
    return [(name, getattr(source, "TITLE", ""), getattr(source, "MAKE", "")) for name, source in every]


def record(project: Project, files: Sequence[Path], wish: Wish, environ: Mapping[str, str]) -> Recorded:
    """Append what result files say to the history: the project's directory, or with `push` its branch.

    With `output` they go into that file instead, for `perfsite receive`.

    Raises
    ------
    InputError
        A file cannot be read; every bad file is told, and nothing is stored.
    HistoryError
        There is no commit to record for, or the history cannot be written.
    """
    if wish.push and wish.output is not None:
        raise ConfigError(
            "the runs go to the branch or into a file, not both", where="--output", hint="leave out one of the two"
        )
    runs, warnings = read_runs(project, files, wish, environ)
    if wish.output is not None:
        from perfsite.history.parcel import write_runs

        appended, place = write_runs(wish.output, runs), str(wish.output)
    else:
        kept = keep(project, push=wish.push)
        appended, place = kept.store.append(runs), kept.place
    return Recorded(
        runs=tuple(runs), written=appended.written, known=appended.known, place=place, warnings=tuple(warnings)
    )


def read_runs(
    project: Project, files: Sequence[Path], wish: Wish, environ: Mapping[str, str]
) -> tuple[list[Run], list[str]]:
    """Return the runs that result files make, one for each format, and what should be said of them."""
    environment = wish.environment
    if environment is None:
        environment = project.settings.environment or capture.default_environment(environ)
    if not is_environment_name(environment):
        raise ConfigError(
            f"'{environment[:60]}' cannot be an environment's name",
            where="--environment",
            hint="use letters, digits, '.', '_' and '-', at most 100",
        )
    files, readings = read_all(project, files, wish.format)
    if wish.commit is not None and any(reading.earlier for _, reading in readings):
        raise ConfigError(
            "one of the files holds several runs with commits of their own",
            where="--commit",
            hint="leave the option out, or bring the file in with `perfsite import`",
        )
    warnings = [warning for _, reading in readings for warning in reading.warnings]
    found = codebase.checked_out(project, environ)
    facts = capture.environment_facts(environ)
    url, attempt = capture.ci_source(environ)
    runs = []
    for name, group, is_history in _groups(readings):
        first = group[0]
        commit, branch, pull_request = _commit(project, wish, first, warnings, found)
        times = [reading.time for reading in group if reading.time]
        told = {fact: value for reading in group for fact, value in reading.facts.items()}
        runs.append(
            Run(
                time=max(times, default=None) or _written(files),
                commit=commit,
                environment=Environment(name=environment, facts=told if is_history else {**facts, **told}),
                source=_source(name, first) if is_history else _source(name, first, url, attempt),
                measurements=Columns.of(_together(group, files)),
                branch=branch,
                pull_request=pull_request,
                suite=wish.suite or first.suite,
            )
        )
    if any(run.commit.dirty for run in runs):
        warnings.append("the work tree has uncommitted changes: this run is marked and never becomes a baseline")
    return runs, warnings


def _source(name: str, reading: Reading, url: str | None = None, attempt: int | None = None) -> Source:
    return Source(format=name, tool=reading.tool, version=reading.tool_version, url=url, attempt=attempt)


def _groups(readings: Sequence[tuple[str, Reading]]) -> list[tuple[str, list[Reading], bool]]:
    """Return (format, readings that make one run together, whether they are a part of a history), newest last.

    Together are those of one format, and of one commit where the files tell it. A file that holds several runs makes
    each of them a run of its own, which knows nothing of the job that records it: the next job finds it known.
    """
    groups: dict[tuple[object, ...], tuple[str, list[Reading], bool]] = {}
    for i, (name, reading) in enumerate(readings):
        for j, part in enumerate((*reading.earlier, reading)):
            sha = part.commit.sha if part.commit else None
            key = (name, i, j) if reading.earlier else (name, sha)
            groups.setdefault(key, (name, [], bool(reading.earlier)))[1].append(part)
    return list(groups.values())


def _together(readings: Sequence[Reading], files: Sequence[Path]) -> list[Measurement]:
    """Return the measurements of all files of a format; the same one in two files is an error."""
    seen: set[tuple[str, tuple[tuple[str, str], ...], str, str]] = set()
    rows = []
    for reading in readings:
        for row in reading.measurements:
            key = (row.benchmark, tuple(sorted(row.parameters.items())), row.metric.name, row.metric.unit)
            if key in seen:
                raise InputError(
                    f"'{row.benchmark[:80]}' ({row.metric.name}) stands in two of the files",
                    where=", ".join(str(file) for file in files),
                    hint="record repeated runs one after the other; runs of one commit are aggregated",
                )
            seen.add(key)
            _fits(row, files)
            rows.append(row)
    if not rows:
        raise InputError(
            "no measurement in it", where=", ".join(str(file) for file in files), hint="run the benchmarks first"
        )
    return rows


def _fits(row: Measurement, files: Sequence[Path]) -> None:
    """Refuse a text that no record holds while it can still be told by the name of its file."""
    for text in (row.benchmark, row.metric.name, row.metric.unit, *row.parameters, *row.parameters.values()):
        if len(text) > MAX_TEXT:
            raise InputError(
                f"the text '{text[:60]}…' of a benchmark has {len(text):,} characters; {MAX_TEXT:,} can be stored",
                where=", ".join(str(file) for file in files),
                hint="give the benchmark a shorter name or parameter",
            )


def _written(files: Sequence[Path]) -> datetime:
    """Return when the newest file was written: the tool told no time, and recording again must find the run known.

    What comes from standard input was written now.
    """
    if STANDARD_INPUT in files:
        return datetime.now(UTC).replace(microsecond=0)
    return datetime.fromtimestamp(max(int(file.stat().st_mtime) for file in files), UTC)


def _commit(
    project: Project, wish: Wish, reading: Reading, warnings: list[str], found: CommitInfo | None
) -> tuple[Commit, str | None, int | None]:
    """Return the commit that was measured: the one named, else the file's own, else the one checked out."""
    told = reading.commit
    branch = wish.branch or (found.branch if found else None) or reading.branch
    pull_request = found.pull_request if found else None
    if wish.commit is not None:
        commit = codebase.resolve(project, wish.commit)
        if commit is None and SHA.match(wish.commit):
            commit = Commit(sha=wish.commit)
        if commit is None:
            raise ConfigError(
                f"'{wish.commit[:60]}' is not a commit of this repository",
                where="--commit",
                hint="give all 40 digits of a sha, or a name that `git rev-parse` knows",
            )
        return commit, branch, pull_request
    if found is not None:
        if told is not None and told.sha not in (found.commit.sha, found.commit.tested):
            here, label = found.commit.sha[:12], _label(told)
            text = f"the file measured {label or told.sha[:12]} and is recorded for it; checked out is {here}"
            if not any("and is recorded for it" in warning for warning in warnings):
                warnings.append(text)
            known = codebase.resolve(project, label or told.sha) or told
            return replace(known, dirty=told.dirty), reading.branch or branch, pull_request
        return found.commit, branch, pull_request
    if told is not None:
        return told, branch, pull_request
    raise codebase.no_commit(project)


def _label(commit: Commit) -> str | None:
    """Return what a tool called a commit whose sha it did not know; git may know it: a tag, or a short sha."""
    subject = commit.subject
    return subject if subject and commit.sha == stand_in(subject).sha else None
