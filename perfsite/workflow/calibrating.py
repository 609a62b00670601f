"""Calibrate: several runs of the same code into the history, as evidence of this machine's noise."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.analysis.calibrated import calibrated_floors
from perfsite.errors import ConfigError, InputError
from perfsite.history.calibrations import Calibrations
from perfsite.model.series import SeriesKey
from perfsite.report.calibration import CalibratedRow
from perfsite.workflow.keeping import keep
from perfsite.workflow.record import Wish, read_runs

if TYPE_CHECKING:
    from perfsite.model.run import Run
    from perfsite.workflow.project import Project

_log = logging.getLogger(__name__)
FEWEST, MOST = 2, 100
"""How many runs a calibration may have."""
_GIVEN_UP_S: Final = 24 * 3600
"""A run that takes longer than a day has hung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What a calibration found, and where its runs were stored."""

    rows: tuple[CalibratedRow, ...]
    runs: int
    written: int
    place: str
    sha: str
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return everything for programs."""
        return {
            "version": 1,
            "sha": self.sha,
            "runs": self.runs,
            "written": self.written,
            "place": self.place,
            "series": [row.document() for row in self.rows],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The owner's benchmark command, the result files it writes (none: told by its arguments), and how often it runs.

    `say` takes sentences for the person who waits.
    """

    arguments: Sequence[str]
    results: Sequence[Path]
    times: int
    say: Callable[[str], None]


def calibrate_files(project: Project, files: Sequence[Path], wish: Wish, environ: Mapping[str, str]) -> Calibrated:
    """Store result files, each one run of the same code, as calibration runs.

    Raises
    ------
    ConfigError
        There are not two of them, or they measured different commits.
    InputError
        A file cannot be read; nothing is stored.
    HistoryError
        The history cannot be written.
    """
    if not FEWEST <= len(files) <= MOST:
        raise ConfigError(
            f"{len(files)} files; a calibration needs {FEWEST} to {MOST} runs of the same code",
            hint="give the result file of each run, or let `perfsite calibrate -- COMMAND` make them",
        )
    twice = [file for number, file in enumerate(files) if file.resolve() in {one.resolve() for one in files[:number]}]
    if twice:
        raise ConfigError(
            "is named twice", where=str(twice[0])[:200], hint="equal runs would look as if there were no noise"
        )
    runs: list[Run] = []
    warnings: list[str] = []
    for file in files:
        _take(project, [file], (wish, environ), runs, warnings)
    return _stored(project, runs, wish, warnings)


def calibrate_command(project: Project, command: Command, wish: Wish, environ: Mapping[str, str]) -> Calibrated:
    """Run the owner's command several times and store each run's result files as a calibration run.

    The command is started as it is given, without a shell. What it prints goes to standard error.

    Raises
    ------
    ConfigError
        There is no such command, or nothing tells which files it writes.
    InputError
        The command failed, or wrote nothing that can be read: then nothing is stored.
    HistoryError
        The history cannot be written.
    """
    if not FEWEST <= command.times <= MOST:
        raise ConfigError(f"{command.times} runs", where="--runs", hint=f"choose {FEWEST} to {MOST}")
    if shutil.which(command.arguments[0]) is None:
        raise ConfigError(
            f"there is no command '{command.arguments[0][:200]}'", hint="it is started without a shell; name a program"
        )
    runs: list[Run] = []
    warnings: list[str] = []
    for number in range(1, command.times + 1):
        command.say(f"run {number} of {command.times}: {' '.join(command.arguments)[:200]}")
        before = {file: _written(file) for file in _candidates(command)}
        _run(command, number)
        written = [file for file in _candidates(command) if _written(file) not in (None, before.get(file))]
        if not written:
            raise InputError(
                f"run {number} of the command wrote no result file",
                where=" ".join(command.arguments)[:200],
                hint="name the file it writes with --result FILE",
            )
        _take(project, written, (wish, environ), runs, warnings)
    return _stored(project, runs, wish, warnings)


def _run(command: Command, number: int) -> None:
    """Run the command once; its output is for people, and standard output is the answer's."""
    try:
        done = subprocess.run(
            list(command.arguments), stdin=subprocess.DEVNULL, stdout=2, timeout=_GIVEN_UP_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError("did not end within a day", where=command.arguments[0][:200], hint="does it hang?") from None
    except OSError as error:
        hint = "it is started without a shell; name a program that can be run"
        raise ConfigError(f"cannot be started: {error.strerror}", where=command.arguments[0][:200], hint=hint) from None
    _log.info("run %d ended with exit code %d", number, done.returncode)
    if done.returncode != 0:
        raise InputError(
            f"run {number} of {command.times} ended with exit code {done.returncode}; nothing was stored",
            where=" ".join(command.arguments)[:200],
            hint="see what it printed above",
        )


def _candidates(command: Command) -> list[Path]:
    """Return the files that the command may write its results to: those named, else what its arguments name."""
    if command.results:
        return list(command.results)
    words = [part for word in command.arguments[1:] for part in (word, word.partition("=")[2]) if part]
    paths = [Path(word) for word in words if not word.startswith("-") and len(word) < 4096 and "\0" not in word]
    return list(dict.fromkeys(path for path in paths if path.suffix))


def _written(file: Path) -> tuple[int, int] | None:
    """Return what tells one state of a file from another; None where there is none."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size)


def _take(
    project: Project,
    files: Sequence[Path],
    how: tuple[Wish, Mapping[str, str]],
    runs: list[Run],
    warnings: list[str],
) -> None:
    """Add what one run of the benchmarks wrote; it counts as run later than the one before it."""
    read, told = read_runs(project, list(files), *how)
    warnings.extend(warning for warning in told if warning not in warnings)
    latest = max((run.time for run in runs), default=None)
    runs.extend(replace(run, calibration=True, pull_request=None, time=_after(latest, run.time)) for run in read)


def _after(latest: datetime | None, time: datetime) -> datetime:
    """Return the time of a run, later than the one before it: equal runs of one second are two runs all the same."""
    return time if latest is None or time > latest else latest + timedelta(microseconds=1)


def _stored(project: Project, runs: Sequence[Run], wish: Wish, warnings: list[str]) -> Calibrated:
    shas = {run.commit.sha for run in runs}
    if len(shas) > 1:
        raise ConfigError(
            f"the runs measured {len(shas)} commits: {', '.join(sorted(sha[:8] for sha in shas)[:5])}",
            hint="a calibration is of one; name it with --commit where the files tell none",
        )
    kept = keep(project, push=wish.push)
    appended = kept.store.append(runs)
    return Calibrated(
        rows=_rows(project, runs),
        runs=len(runs),
        written=appended.written,
        place=kept.place,
        sha=min(shas),
        warnings=tuple(warnings),
    )


def _rows(project: Project, runs: Sequence[Run]) -> tuple[CalibratedRow, ...]:
    """Return what these runs alone say of every series."""
    told = Calibrations()
    for run in runs:
        told.add(run)
    rows = []
    for identity in told.identities():
        environment, benchmark, parameters, metric, _ = identity
        found = told.of(identity)
        floor = None
        if found is not None:
            counts = np.array([found.runs])
            floor = float(calibrated_floors(found, counts, project.settings.judging.alpha)[0])
        key = SeriesKey(benchmark=benchmark, parameters=parameters, metric=metric, environment=environment)
        rows.append(CalibratedRow(key=key, found=found, floor=floor))
    return tuple(sorted(rows, key=lambda row: row.key))
