"""pytest-benchmark: `pytest --benchmark-json FILE`, and the files of `--benchmark-save`."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import SHA, Commit, Direction, Measurement, Metric, Reading
from perfsite.sources.base import Rows, facts_of, metric_of, parse_time, text_of
from perfsite.sources.document import Document, is_storable, shorten, shown, step, storable
from perfsite.sources.entries import Entries
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.run import FactValue

NAME: Final = "pytest-benchmark"
TITLE: Final = "pytest --benchmark-json"
MAKE: Final = "pytest --benchmark-json bench.json"
_HINT: Final = "pytest-benchmark writes it with `--benchmark-json FILE`; was this file edited?"
_STATISTICS: Final = ("min", "max", "mean", "q1", "q3", "iqr", "ld15iqr", "hd15iqr")
_LONGEST_TIMER: Final = 300
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER)


def accepts(head: str) -> bool:
    """Whether a file that begins so is pytest-benchmark's: `benchmarks` with names and stats or options."""
    document = outline(head)
    if not isinstance(document, dict) or "results" in document:
        return False
    benchmarks = objects_in(document.get("benchmarks"))
    if benchmarks:
        return any({"stats", "options", "fullname"} & row.keys() for row in benchmarks) and not any(
            {"real_time", "run_type"} & row.keys() for row in benchmarks
        )
    return "machine_info" in document


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a pytest-benchmark file (all versions since 2.5 of 2015).

    The benchmark's name is pytest's node id (`fullname`) without the part in brackets: unique over test files and
    unaffected by other tests. The parameters are `params`; where pytest-benchmark wrote none or could not write one
    (`UNSERIALIZABLE[…]` holds addresses), the id in the brackets, as `param`. The value is the median, which one
    slow round does not move, else the mean. Numbers in `extra_info` are metrics of their own. `group` is how the
    tool sorts its table and no part of what is measured. Where the file holds no rounds (`--benchmark-save`), the
    tool's quartiles and extremes are kept; throughput (`ops`), total, range and the numbers of outliers follow from the
    rest, and the profile of `--benchmark-cprofile` is no measurement.
    """
    document = Document(origin, hint=_HINT)
    read = Entries(stream, document, key="benchmarks")
    entries = [_Entry(entry, at, document) for at, entry in read]
    rows = Rows(document)
    warnings: list[str] = []
    for entry, parameters in zip(entries, _told_apart(entries), strict=True):
        entry.add(parameters, rows, warnings)
    found = rows.reading()
    root = read.root
    machine = root.get("machine_info")
    commit, branch = _commit(root.get("commit_info"))
    return Reading(
        measurements=found.measurements,
        tool="pytest-benchmark",
        tool_version=text_of(root.get("version")),
        time=parse_time(root.get("datetime"), without_zone=UTC),
        commit=commit,
        branch=branch,
        facts={**(_facts(machine) if isinstance(machine, dict) else {}), **_timer(entries)},
        warnings=tuple(warnings),
    )


class _Entry:
    """One benchmark: what it is called and its measurements, without the rest of its entry."""

    def __init__(self, entry: Mapping[str, Any], at: str, document: Document) -> None:
        self.at = at
        self.document = document
        name = document.text(entry, "name", at, required="fullname" not in entry) or ""
        full = document.text(entry, "fullname", at, required=False) or name
        self.name, self.bracket = _split(name or full.rpartition("::")[2], full)
        self.parameters = _parameters(entry.get("params"), self.bracket)
        self.warnings: list[str] = []
        self._found: list[tuple[str, Metric, float, dict[str, Any]]] = []
        options = entry.get("options")
        timer = options.get("timer") if isinstance(options, dict) else None
        self.timer = timer[:_LONGEST_TIMER] if isinstance(timer, str) else ""
        stats = document.mapping(entry, "stats", at)
        if stats is not None:
            self._read_time(stats, step(at, "stats"))
        if self._found:
            self._read_extra(document.mapping(entry, "extra_info", at, required=False) or {}, step(at, "extra_info"))

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Name and parameters, as far as the entry alone tells them."""
        return self.name, tuple(self.parameters.items())

    def add(self, parameters: Mapping[str, str], rows: Rows, warnings: list[str]) -> None:
        """Add the measurements, under these parameters."""
        warnings += self.warnings
        for place, metric, value, spread in self._found:
            row = Measurement(benchmark=self.name, parameters=parameters, metric=metric, value=value, **spread)
            rows.add(row, place)
            if place == self.at and self.document.is_faulty(place):
                return  # what is wrong with the benchmark itself is not said again of each of its metrics

    def _read_time(self, stats: Mapping[str, Any], at: str) -> None:
        document = self.document
        value = document.number(stats, "median", at, required=False, least=0)
        mean = document.number(stats, "mean", at, required="median" not in stats, least=0)
        deviation = document.number(stats, "stddev", at, required=False, least=0)
        count = document.count(stats, "rounds", at)
        samples = self._samples(stats, at)
        value = mean if value is None else value
        if value is None:
            return
        # The standard deviation of one round is written as 0: it is not known.
        spread = {"count": count, "deviation": deviation if count != 1 else None, "samples": samples or None}
        figures = (
            {}
            if samples or count == 1
            else {key: document.number(stats, key, at, required=False, least=0) for key in _STATISTICS}
        )
        known = {key: figure for key, figure in figures.items() if figure is not None and key in stats}
        self._found.append((self.at, _TIME, value, {**spread, "statistics": known or None}))

    def _read_extra(self, extra: Mapping[str, Any], at: str) -> None:
        for name, number in extra.items():
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not is_storable(name):
                continue
            if abs(number) > 1e300 or math.isnan(number):
                self._warn(f"extra_info '{shorten(name)}' is left out: {shown(number)}")
                continue
            metric = metric_of("extra_info.time" if name == _TIME.name else name, "")[0]
            self._found.append((step(at, name), metric, float(number), {}))

    def _samples(self, stats: Mapping[str, Any], at: str) -> list[float] | None:
        data = stats.get("data")
        if isinstance(data, list) and len(data) > 1 and isinstance(data[-1], str):
            # Published files are sometimes shortened by hand; the first few rounds are not a fair sample.
            self._warn(f"the samples end with {shown(data[-1])} and are left out; the summary counts")
            return None
        return self.document.numbers(stats, "data", at, required=False, least=0)

    def _warn(self, text: str) -> None:
        self.warnings.append(f"{shorten(self.name)}: {text}")


def _told_apart(entries: Sequence[_Entry]) -> list[dict[str, str]]:
    """Return the parameters of each entry; what only the id tells apart gets the id as a parameter."""
    seen = Counter(entry.identity for entry in entries)
    return [
        {**entry.parameters, "param": entry.bracket}
        if seen[entry.identity] > 1 and entry.bracket is not None
        else entry.parameters
        for entry in entries
    ]


def _split(name: str, full: str) -> tuple[str, str | None]:
    """Split `tests/x.py::test_a[1-b]` into the node id without brackets and what the brackets hold."""
    opening = name.find("[")
    if opening < 1 or not name.endswith("]") or not full.endswith(name):
        return full, None
    return full[: len(full) - len(name) + opening], name[opening + 1 : -1]


def _parameters(params: object, bracket: str | None) -> dict[str, str]:
    if isinstance(params, dict) and params:
        texts = {name: _parameter_text(value) for name, value in params.items() if is_storable(name)}
        if len(texts) == len(params) and not any("UNSERIALIZABLE[" in text for text in texts.values()):
            return texts
    return {} if bracket is None else {"param": bracket}


def _parameter_text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return storable(text)


def _commit(info: object) -> tuple[Commit | None, str | None]:
    if not isinstance(info, dict):
        return None, None
    branch = text_of(info.get("branch"))
    branch = None if branch is None or branch.startswith("(") else branch
    sha = info.get("id")
    if not isinstance(sha, str) or not SHA.match(sha):
        return None, branch
    dirty = info.get("dirty")
    commit = Commit(sha=sha, time=parse_time(info.get("time")), dirty=dirty if isinstance(dirty, bool) else None)
    return commit, branch


def _facts(machine: Mapping[str, Any]) -> dict[str, FactValue]:
    """Return machine_info under perfsite's names; the host's name is left out, as CI gives a new one every time."""
    cpu = machine.get("cpu")
    cpu = cpu if isinstance(cpu, dict) else {}
    implementation = machine.get("python_implementation")
    runtime = "python" if implementation == "CPython" else str(implementation or "python").lower()
    version = machine.get("python_implementation_version") or machine.get("python_version")
    return facts_of(
        {
            "cpu.model": cpu.get("brand_raw") or cpu.get("brand"),
            "cpu.cores": cpu.get("count"),
            "cpu.mhz": _mhz(cpu.get("hz_advertised") or cpu.get("hz_advertised_raw")),
            "arch": machine.get("machine"),
            "os": machine.get("system"),
            "kernel": machine.get("release"),
            "pytest-benchmark.python_compiler": machine.get("python_compiler"),
            f"runtime.{re.sub(r'[^a-z0-9.-]+', '-', runtime)}": version,
        }
    )


def _mhz(hertz: object) -> float | None:
    """Return the clock rate that py-cpuinfo writes as (digits, power of ten)."""
    if not isinstance(hertz, list) or len(hertz) != 2 or not all(type(part) is int for part in hertz):
        return None
    digits, power = hertz
    return digits * 10.0**power / 1e6 if 0 < digits < 1 << 50 and -20 < power < 20 else None


def _timer(entries: Sequence[_Entry]) -> dict[str, FactValue]:
    """Return what measured the time, where all benchmarks used the same: processor time is another thing."""
    timers = {entry.timer for entry in entries}
    return facts_of({"pytest-benchmark.timer": timers.pop()}) if len(timers) == 1 else {}
