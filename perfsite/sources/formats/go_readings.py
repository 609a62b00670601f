"""Samples of Go benchmarks, gathered from a file, as readings: what tells them apart, and the facts beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from perfsite.model.run import SHA, Commit, Direction, Measurement, Reading, Status, stand_in
from perfsite.sources.base import Rows, describe, facts_of, in_base, median, parse_time
from perfsite.sources.document import Document, shorten, storable
from perfsite.sources.formats.go_names import metric_for, split_name, with_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_FACTS: Final = {"cpu": "cpu.model", "pkg": "go.package"}
_SYSTEMS: Final = {"linux": "Linux", "darwin": "Darwin", "windows": "Windows", "freebsd": "FreeBSD"}
_ARCHITECTURES: Final = {"amd64": "x86_64", "386": "x86"}
_COMMIT: Final = ("commit", "commit-time", "branch")
_TIMES: Final = ("upload-time", "date", "time", "runstamp")
_VERSIONS: Final = ("go", "toolchain", "go-version", "goversion")
_LONGEST_FACT: Final = 300


class Told(Protocol):
    """What the file says besides its samples."""

    document: Document
    directions: dict[str, Direction]
    units: dict[tuple[str, str], str]
    unbuilt: list[str]


class Sample:
    """The repetitions of one benchmark under one configuration: all its units' values."""

    __slots__ = ("at", "configuration", "name", "package", "processes", "reason", "status", "values")

    def __init__(self, at: str, configuration: int, name: str, processes: str | None) -> None:
        self.at = at
        self.configuration = configuration
        self.name = name
        self.processes = processes
        self.package: str | None = None
        self.values: dict[str, list[float | None]] = {}
        self.status = Status.OK
        self.reason = ""

    def add(self, unit: str, value: float | None) -> None:
        """Keep one value; None where it was no finite number."""
        self.values.setdefault(unit, []).append(value)

    def end(self, status: Status, reason: str) -> None:
        """Say that the benchmark, or a repetition of it, failed or was skipped."""
        self.status = status
        self.reason = reason

    def merge(self, other: Sample) -> None:
        """Take the values of a sample of the same benchmark."""
        for unit, values in other.values.items():
            self.values.setdefault(unit, []).extend(values)
        if other.status is not Status.OK:
            self.end(other.status, other.reason)


@dataclass(frozen=True, slots=True)
class _Identity:
    benchmark: str
    parameters: tuple[tuple[str, str], ...]

    def more(self, parameters: Mapping[str, str]) -> _Identity:
        known = dict(self.parameters)
        added = {f"config.{key}" if key in known else key: value for key, value in parameters.items()}
        return _Identity(self.benchmark, (*self.parameters, *added.items()))


def readings(samples: Sequence[Sample], configurations: Sequence[Mapping[str, str]], told: Told) -> list[Reading]:
    """Return one reading for each commit that the file names, oldest first; mostly there is one.

    Raises
    ------
    InputError
        What was noted, or that no benchmark is there.
    """
    by_commit: dict[str, list[Sample]] = {}
    for sample in samples:
        by_commit.setdefault(configurations[sample.configuration].get("commit", ""), []).append(sample)
    if not by_commit:
        Rows(told.document).reading()
    found = [_reading(part, configurations, told) for part in by_commit.values()]
    if all(reading.time for reading in found):
        found.sort(key=_time_of)
    return found


def _time_of(reading: Reading) -> datetime:
    if reading.time is None:
        raise ValueError("a reading without a time has no place in the order of time")
    return reading.time


def _reading(samples: Sequence[Sample], configurations: Sequence[Mapping[str, str]], told: Told) -> Reading:
    used = [configurations[i] for i in dict.fromkeys(sample.configuration for sample in samples)]
    rows = Rows(told.document)
    processes = dict.fromkeys(sample.processes for sample in samples if sample.values)
    warnings = [f"{shorten(package)}: none of its benchmarks ran" for package in told.unbuilt]
    for identity, sample in _told_apart(samples, configurations).items():
        _read_sample(identity, sample, rows, told.directions, warnings)
    measurements = rows.reading().measurements
    common = {key: _joined(used, key) for key in dict.fromkeys(key for config in used for key in config)}
    commit = common.get("commit", "")
    committed = parse_time(common.get("commit-time"))
    times = [parse_time(common.get(key)) for key in _TIMES]
    return Reading(
        measurements=measurements,
        tool="go",
        tool_version=_version(common),
        time=next((time for time in times if time), None) or committed,
        commit=_commit(commit, committed),
        branch=storable(common["branch"]) if common.get("branch") else None,
        facts=_facts(common, list(processes), told),
        warnings=tuple(warnings),
    )


def _commit(text: str, time: datetime | None) -> Commit | None:
    if not text:
        return None
    return Commit(sha=text.lower(), time=time) if SHA.match(text.lower()) else stand_in(storable(text), time=time)


def _told_apart(samples: Sequence[Sample], configurations: Sequence[Mapping[str, str]]) -> dict[_Identity, Sample]:
    """Return the sample of each benchmark; those of one name differ by package, GOMAXPROCS or configuration.

    The package stands in every name as soon as the file has several, so that a name does not depend on whether
    another package has a benchmark of the same name.
    """
    for sample in samples:
        sample.package = configurations[sample.configuration].get("pkg") or sample.package
    packages = {sample.package for sample in samples if sample.package}
    named: dict[_Identity, list[Sample]] = {}
    for sample in samples:
        benchmark, parameters = split_name(sample.name)
        if len(packages) > 1 and sample.package:
            benchmark = with_package(benchmark, sample.package)
        named.setdefault(_Identity(benchmark, tuple(parameters.items())), []).append(sample)
    found: dict[_Identity, Sample] = {}
    for identity, alike in named.items():
        processes = len({sample.processes for sample in alike}) > 1
        keys = _distinguishing([configurations[sample.configuration] for sample in alike]) if len(alike) > 1 else []
        for sample in alike:
            more = {key: configurations[sample.configuration].get(key, "-") for key in keys}
            if processes:
                more["gomaxprocs"] = sample.processes or "1"
            exact = identity.more(more)
            if exact in found:
                found[exact].merge(sample)
            else:
                found[exact] = sample
    return found


def _distinguishing(configurations: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the keys by whose values configurations differ, as `toolchain: old` and `toolchain: new` do.

    Times tell repetitions and no variants; neither do sentences, which are noise of some other tool.
    """
    keys = dict.fromkeys(key for config in configurations for key in config)
    found = []
    for key in keys:
        values = {config.get(key, "-") for config in configurations}
        if key in {*_COMMIT, *_TIMES, "pkg"} or len(values) < 2:
            continue
        if key in {"cpu", "goos", "goarch"} or not any(any(c.isspace() for c in value) for value in values):
            found.append(key)
    return found


def _read_sample(
    identity: _Identity, sample: Sample, rows: Rows, directions: Mapping[str, Direction], warnings: list[str]
) -> None:
    parameters = dict(identity.parameters)
    name = shorten(describe(identity.benchmark, parameters))

    def add(unit: str, value: float | None, **rest: Any) -> None:
        metric, written = metric_for(unit, direction=directions.get(unit))
        row = Measurement(benchmark=identity.benchmark, parameters=parameters, metric=metric, value=value, **rest)
        rows.add(in_base(written, row), sample.at)

    if sample.status is not Status.OK:
        reason = f": {shorten(sample.reason)}" if sample.reason else ""
        what = f"a repetition {'failed' if sample.status is Status.FAILED else 'was skipped'}" if sample.values else ""
        warnings.append(f"{name}: {what or sample.status}{reason}")
        if not sample.values:
            add("ns/op", None, status=sample.status)
    for unit in list(sample.values):
        # Given up here, since all of a large file would else be held twice.
        values = sample.values.pop(unit)
        good = [value for value in values if value is not None]
        if len(good) < len(values):
            warnings.append(
                f"{name}: {len(values) - len(good)} of {len(values)} values in {shorten(unit)} are not finite"
            )
        if good:
            add(unit, median(good), count=len(good), samples=good if len(good) > 1 else None)
        else:
            add(unit, None, status=Status.FAILED)


def _joined(configurations: Sequence[Mapping[str, str]], key: str) -> str:
    """Return the value of a key, several with commas between; nothing where they are too many to be a fact."""
    values: dict[str, None] = {}
    size = 0
    for config in configurations:
        value = config.get(key)
        if value is not None and value not in values:
            size += len(value) + 2
            if size > _LONGEST_FACT and values:
                return ""
            values[value] = None
    return ", ".join(values)


def _version(common: Mapping[str, str]) -> str | None:
    found = next((common[key] for key in _VERSIONS if common.get(key, "").startswith("go1")), None)
    return storable(found.split()[0]).removeprefix("go") if found else None


def _facts(common: Mapping[str, str], processes: Sequence[str | None], told: Told) -> Mapping[str, Any]:
    """Return the configuration under perfsite's names; what has no such name is `go.<key>`."""
    facts: dict[str, object] = {"runtime.go": _version(common)}
    for key, value in common.items():
        if key == "goos":
            facts["os"] = _SYSTEMS.get(value, value)
        elif key == "goarch":
            facts["arch"] = _ARCHITECTURES.get(value, value)
        elif key not in _COMMIT:
            facts[_FACTS.get(key, f"go.{storable(key)}")] = value[:_LONGEST_FACT]
    if any(processes):
        numbers = [number or "1" for number in processes]
        facts["go.gomaxprocs"] = int(numbers[0]) if len(numbers) == 1 else ", ".join(numbers[:20])
    for (unit, key), value in told.units.items():
        if key == "assume":
            facts[f"go.assume.{storable(unit)}"] = value
    return facts_of(facts)
