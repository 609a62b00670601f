"""Turn runs into series: one pass over the runs, arrays all the way, memory of a few numbers a measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.history.calibrations import Calibrations
from perfsite.history.points import Points, Rows, RunColumns
from perfsite.history.timeline import RunFacts, Timeline
from perfsite.model.machine import Machine, same_machines
from perfsite.model.run import Columns, Commit, Direction, FactValue, Metric, Run
from perfsite.model.series import SeriesKey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.history.order import Order
    from perfsite.model.calibration import Calibration


@dataclass(slots=True)
class _Template:
    """The columns of the last run of an environment and the series numbers they led to.

    Consecutive runs measure the same benchmarks, so that comparing two lists replaces a look-up for every row.
    """

    columns: Columns
    numbers: NDArray[np.int32]


class Fold:
    """Fold runs, one at a time, into what a timeline needs; runs come in any order and are not kept.

    A pull request's run is made by whoever opened it. It gives points that stand aside, and nothing else: what it says
    of a commit, a metric or a suite counts only as long as no run of the trend speaks of it, and what it says of noise
    and machines never does.
    """

    def __init__(self) -> None:
        self.commits: dict[str, Commit] = {}
        self._commit_numbers: dict[str, int] = {}
        self._numbers: dict[tuple[str, str, tuple[tuple[str, str], ...], str, str], int] = {}
        self._keys: list[SeriesKey] = []
        self._metrics: list[Metric] = []
        self._told_aside: set[int | str] = set()
        self._machines: list[Machine] = []
        self._machine_of_facts: dict[int, Machine] = {}
        self._templates: dict[tuple[str, bool], _Template] = {}
        self._runs: list[RunFacts] = []
        self._dirty: list[bool] = []
        self._artifacts: dict[str, int] = {}
        self._artifact_of_run: list[int] = []
        self._rows: list[Rows] = []
        self._facts: dict[str, Mapping[str, FactValue]] = {}
        self._calibrations = Calibrations()
        self._suites: dict[str, list[NDArray[np.int32]]] = {}

    def add(self, run: Run) -> None:
        """Take one run in; `run.id` must be known. A calibration run is evidence of noise, and no point of a trend."""
        is_aside = run.pull_request is not None
        if run.calibration:
            if not is_aside:
                self._calibrations.add(run)
            return
        sha = run.commit.sha
        number = self._commit_numbers.setdefault(sha, len(self._commit_numbers))
        self._commit(run, is_aside=is_aside)
        columns = run.measurements
        status = columns.status or ()
        self._runs.append(
            RunFacts(
                id=run.id or "",
                commit=number,
                environment=run.environment.name,
                time=run.time,
                source=run.source,
                suite=run.suite,
                branch=run.branch,
                pull_request=run.pull_request,
                facts=self._shared(run.environment.facts),
                measurements=len(columns),
                failed=sum(s == "failed" for s in status),
                skipped=sum(s == "skipped" for s in status),
            )
        )
        self._dirty.append(bool(run.commit.dirty))
        self._machines.append(self._machine(run.environment.facts))
        artifact = run.artifact
        self._artifact_of_run.append(
            -1 if artifact is None else self._artifacts.setdefault(artifact, len(self._artifacts))
        )
        numbers = self._series(columns, run.environment.name, is_aside=is_aside)
        if run.suite and not is_aside:
            measured = self._suites.setdefault(run.suite, [])
            # Runs that measure the same share one array; those of many environments take turns.
            if not any(numbers is known for known in measured[-8:]):
                measured.append(numbers)
        self._rows.append(Rows.of(numbers, columns))

    def _commit(self, run: Run, *, is_aside: bool) -> None:
        """Take in what a run says of its commit: the first of the trend's that knows it counts, then any other."""
        sha = run.commit.sha
        told = self.commits.get(sha)
        if told is not None and is_aside and sha not in self._told_aside:
            return
        over = self._speaks_over(sha, is_aside=is_aside)
        if told is None or over or (told.subject is None and run.commit.subject is not None):
            self.commits[sha] = run.commit if run.commit.time else replace(run.commit, time=run.time)
        elif told.dirty and not run.commit.dirty:
            self.commits[sha] = replace(told, dirty=run.commit.dirty)
        if told is None and is_aside:
            self._told_aside.add(sha)

    def _speaks_over(self, what: int | str, *, is_aside: bool) -> bool:
        """Whether a run of the trend is the first to speak of what only pull requests' runs told."""
        if is_aside or what not in self._told_aside:
            return False
        self._told_aside.discard(what)
        return True

    @property
    def proposed(self) -> list[str]:
        """Return the commits that were measured for pull requests, the newest run first."""
        runs = [(run.time, run.commit) for run in self._runs if run.pull_request is not None]
        shas = list(self._commit_numbers)
        return list(dict.fromkeys(shas[number] for _, number in sorted(runs, reverse=True)))

    def _shared(self, facts: Mapping[str, FactValue]) -> Mapping[str, FactValue]:
        """Return one object for equal facts: thousands of runs name the same machine."""
        return self._facts.setdefault(repr(sorted(facts.items())), facts)

    def _machine(self, facts: Mapping[str, FactValue]) -> Machine:
        """Return the machine that facts tell of; thousands of runs share one."""
        shared = id(self._shared(facts))
        if shared not in self._machine_of_facts:
            self._machine_of_facts[shared] = Machine.of(facts)
        return self._machine_of_facts[shared]

    def _series(self, columns: Columns, environment: str, *, is_aside: bool) -> NDArray[np.int32]:
        last = self._templates.get((environment, is_aside))
        if last is not None and _same_rows(last.columns, columns):
            return last.numbers
        numbers = np.fromiter(
            (self._number(columns, i, environment, is_aside) for i in range(len(columns))), np.int32, len(columns)
        )
        self._templates[environment, is_aside] = _Template(columns, numbers)
        return numbers

    def _number(self, columns: Columns, i: int, environment: str, is_aside: bool) -> int:
        given = columns.parameters[i] if columns.parameters else None
        parameters = tuple(sorted(given.items())) if given else ()
        metric = columns.metrics[columns.metric[i]]
        # The base unit belongs to the identity here: values in bytes cannot continue a series in seconds.
        identity = (environment, columns.benchmark[i], parameters, metric.name, metric.unit)
        number = self._numbers.setdefault(identity, len(self._keys))
        if number == len(self._keys):
            self._keys.append(
                SeriesKey(
                    benchmark=columns.benchmark[i],
                    parameters=parameters,
                    metric=metric.name,
                    environment=environment,
                )
            )
            self._metrics.append(metric)
            if is_aside:
                self._told_aside.add(number)
        elif self._speaks_over(number, is_aside=is_aside) or (
            self._metrics[number].direction is Direction.NEITHER and (not is_aside or number in self._told_aside)
        ):
            self._metrics[number] = metric
        return number

    def timeline(self, order: Order) -> Timeline:
        """Return the timeline of everything that was added, its commits in the order given."""
        position = {commit.sha: i for i, commit in enumerate(order.commits)}
        place = np.empty(len(self._commit_numbers), np.int32)
        for sha, number in self._commit_numbers.items():
            place[number] = position[sha]
        off = {position[sha]: why for sha, why in order.off_trend.items()}
        runs = [replace(run, commit=int(place[run.commit])) for run in self._runs]
        labels, machines = _labelled(runs, self._machines)
        facts = RunColumns(
            np.array([run.commit for run in runs], np.int32),
            np.array(labels, np.int32),
            ~np.array(self._dirty, np.bool_),
            np.array([run.time.timestamp() for run in runs], np.float64),
            np.array(self._artifact_of_run, np.int32),
            np.array([run.pull_request is not None or run.commit in off for run in runs], np.bool_),
        )
        points = Points.gather(self._rows, facts)
        named = sorted(range(len(self._keys)), key=lambda i: (self._keys[i], self._metrics[i].unit))
        renumber = np.empty(len(named), np.int32)
        renumber[named] = np.arange(len(named), dtype=np.int32)
        points.series = renumber[points.series] if named else points.series
        keys = [self._keys[i] for i in named]
        metrics = [self._metrics[i] for i in named]
        ok = np.isfinite(points.values)
        measurements = len(ok)
        absent = points.pick(~ok)
        absent.cut(~absent.aside | ~np.isin(absent.commits, facts.commits[~facts.aside]))
        beside = points.pick(ok & points.aside)
        points.cut(ok & ~points.aside)
        trend, again = points.merged()
        # A commit that was merged as it is has runs of both kinds; then the trend's are what it measured.
        beside.cut(~beside.is_in(trend))
        aside, more = beside.merged()
        runs.sort(key=lambda run: (run.commit, run.environment, run.time, run.id))
        return Timeline(
            commits=order.commits,
            places=order.places,
            off_trend=off,
            runs=tuple(runs),
            series=tuple(trend.split(keys, metrics)),
            aside={i: series for i, series in enumerate(aside.split(keys, metrics)) if len(series)},
            labels=machines,
            absent=_absent(absent),
            measurements=measurements,
            failed=sum(run.failed for run in runs),
            skipped=sum(run.skipped for run in runs),
            calibrations=self._calibrated(renumber),
            reruns=again.joined(more),
            suites=self._suited(renumber),
        )

    def _suited(self, renumber: NDArray[np.int32]) -> dict[str, tuple[int, ...]]:
        """Return the numbers of the series that the runs of each suite measured, sorted."""
        named = sorted(self._suites.items())
        return {name: tuple(np.unique(renumber[np.concatenate(told)]).tolist()) for name, told in named}

    def _calibrated(self, renumber: NDArray[np.int32]) -> dict[int, Calibration]:
        """Return what calibration runs say of the series that there are, by their number in the timeline."""
        if not self._calibrations:
            return {}
        told = {int(renumber[i]): self._calibrations.of(identity) for identity, i in self._numbers.items()}
        return {number: found for number, found in sorted(told.items()) if found is not None}


def _absent(points: Points) -> dict[int, tuple[int, ...]]:
    """Return the commits of points that have no value, by the number of their series."""
    gone: dict[int, set[int]] = {}
    for number, commit in zip(points.series.tolist(), points.commits.tolist(), strict=True):
        gone.setdefault(number, set()).add(commit)
    return {number: tuple(sorted(commits)) for number, commits in gone.items()}


def _labelled(runs: Sequence[RunFacts], machines: Sequence[Machine]) -> tuple[list[int], tuple[Machine, ...]]:
    """Return (label of each run, what the labels stand for); -1 where nothing is known of a run's machine.

    Which machines of an environment are the same is told by the runs of the trend alone. A pull request's machine is
    then one of these, or another.
    """
    of_environment: dict[str, set[Machine]] = {}
    for run, machine in zip(runs, machines, strict=True):
        found = of_environment.setdefault(run.environment, set())
        if machine.is_known and run.pull_request is None:
            found.add(machine)
    same = {name: same_machines(found) for name, found in of_environment.items()}
    numbers: dict[Machine, int] = {}
    labels = [
        numbers.setdefault(same[run.environment][machine], len(numbers))
        if machine.is_known and run.pull_request is None
        else -1
        for run, machine in zip(runs, machines, strict=True)
    ]
    beside: dict[tuple[str, Machine], Machine] = {}
    for i, (run, machine) in enumerate(zip(runs, machines, strict=True)):
        if machine.is_known and run.pull_request is not None:
            place = run.environment, machine
            if place not in beside:
                trend = same[run.environment]
                stand_in = same_machines({*trend, machine})[machine]
                beside[place] = trend.get(stand_in, stand_in)
            labels[i] = numbers.setdefault(beside[place], len(numbers))
    return labels, tuple(numbers)


def _same_rows(a: Columns, b: Columns) -> bool:
    return (
        a.benchmark == b.benchmark and a.metric == b.metric and a.metrics == b.metrics and a.parameters == b.parameters
    )
