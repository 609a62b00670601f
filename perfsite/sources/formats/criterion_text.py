"""criterion.rs's console: `name  time:   [1.2 µs 1.3 µs 1.4 µs]`, of `cargo bench` and of `cargo criterion`.

After https://bheisler.github.io/criterion.rs/book/user_guide/command_line_output.html and criterion.rs's
`src/report.rs`, versions 0.1 to 0.8. The middle number is the estimate (the slope, or the mean where it sampled flat),
the outer ones its bounds; the lines of `--verbose` add mean, median and their bounds. A name that is too long for its
column stands on a line of its own. A benchmark that began and has no time at the end is failed; one that ran under
`--profile-time` is skipped, for then criterion.rs analyses nothing. `--output-format bencher` is the format
`cargo-bench`.

The number of samples stands in the line of progress and in the one about outliers; what neither line says is not
known. Left out: `change:` and its words (against an earlier run), how many outliers there are, R².
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, metric_of
from perfsite.sources.document import Document, shorten
from perfsite.sources.formats.bench_entry import metric_for
from perfsite.sources.formats.cargo_output import Targets, split_name
from perfsite.sources.lines import plain, read_lines

NAME: Final = "criterion-text"
TITLE: Final = "criterion.rs's console output"
MAKE: Final = "cargo bench 2>&1 | tee bench.txt"
_HINT: Final = "criterion.rs writes `name  time:   [1.2 µs 1.3 µs 1.4 µs]`; was this file edited?"
_NUMBER: Final = r"\d[\d.]{0,40}(?:e[+-]?\d{1,4})?"
_THREE: Final = re.compile(rf"\[{_NUMBER} [^\s\]%]{{1,40}} {_NUMBER} [^\s\]%]{{1,40}} {_NUMBER} ", re.ASCII)
_LATER: Final = re.compile(r": (?:Warming up for |Collecting |Profiling for |Analyzing\Z|Loading |Complete \()")
_PROFILED: Final = ": Complete (Analysis Disabled)"
_BITS: Final = {"b/s": "bit/s", "Kb/s": "kbit/s", "Mb/s": "Mbit/s", "Gb/s": "Gbit/s"}
_VERBOSE: Final = re.compile(
    r"(slope|mean|median) {1,20}\[([^\]]{1,200})\] (R\^2|std\. dev\.|med\. abs\. dev\.) {1,40}\[([^\]]{1,200})\]",
    re.ASCII,
)
_COLLECTING: Final = re.compile(r"(.*): Collecting (\d{1,9}) samples ", re.ASCII)
_OUTLIERS: Final = re.compile(r"Found \d{1,9} outliers among (\d{1,9}) measurements", re.ASCII)
_SPREADS: Final = {"std. dev.": "deviation", "med. abs. dev.": "mad"}
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER)
_Interval = tuple[list[float], Metric]
"""Numbers in a base unit, and the metric that their unit stands for."""


def accepts(head: str) -> bool:
    """Whether a file that begins so holds a line with a time of criterion.rs."""
    return any(label == "time" and _THREE.match(rest) for _, label, rest in map(_labelled, plain(head).split("\n")))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of criterion.rs's console output."""
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    output = _Output(Targets(rows), document)
    for at, line in read_lines(stream, origin=origin):
        if line:
            # On a terminal a line of progress is written over by the next.
            output.take(line.rpartition("\r")[2], at)
    output.finish()
    found = rows.reading()
    return Reading(measurements=found.measurements, tool="criterion", warnings=output.warnings())


def _labelled(line: str) -> tuple[str, str, str]:
    """Return what stands before a label, the label (`time`, `thrpt` or nothing), and the interval after it."""
    for label in ("time", "thrpt"):
        place = line.rfind(f"{label}:")
        if place >= 0 and (rest := line[place + len(label) + 1 :].strip()).startswith("["):
            return line[:place], label, rest
    return line, "", ""


class _Output:
    """The lines so far: the benchmark whose lines come, and those that began."""

    def __init__(self, targets: Targets, document: Document) -> None:
        self.targets = targets
        self.document = document
        self._failed: list[str] = []
        self._began: dict[str, tuple[str, Status]] = {}
        self._counts: dict[str, int] = {}
        self._open: list[Measurement] = []
        self._places: list[str] = []
        self._before = ""

    def take(self, line: str, at: str) -> None:
        """Take one line."""
        before, label, rest = _labelled(line)
        # Intervals in percent are the change against an earlier run.
        if label == "time" and "%" not in rest:
            self._take_time(before.strip(), rest, at)
        elif label == "thrpt" and "%" not in rest:
            self._take_throughput(rest, at)
        elif line.startswith("Benchmarking "):
            self._take_progress(line[len("Benchmarking ") :], at)
        elif self._open and (match := _VERBOSE.match(line)):
            self._take_statistics(match, at)
        elif match := _OUTLIERS.match(line):
            self._open = [replace(row, count=int(match[1])) for row in self._open]
        elif line.lstrip().startswith("Running ") or line.startswith("error: "):
            self._end_target()
            self.targets.heard(line, at)
        if line.strip():
            self._before = line

    def finish(self) -> None:
        """Hand the measurements on."""
        self._end_target()
        self.targets.finish()

    def _end_target(self) -> None:
        """Keep what is open, and as failed what began and came to no time."""
        self._close()
        for name, (at, status) in self._began.items():
            benchmark, parameters = split_name(name)
            row = Measurement(benchmark=benchmark, parameters=parameters, metric=_TIME, value=None, status=status)
            self.targets.add(row, at)
            why = "it was profiled only" if status is Status.SKIPPED else f"it began ({at}) and has no time"
            self._failed.append(f"{shorten(name)}: {status}: {why}")
        self._began = {}

    def warnings(self) -> tuple[str, ...]:
        """Return what went wrong outside of the measurements."""
        return (*self._failed, *self.targets.warnings)

    def _close(self) -> None:
        for i, (row, at) in enumerate(zip(self._open, self._places, strict=True)):
            is_second = i > 0 and len(self._open) > 2 and row.metric.unit == "1/s"
            metric = replace(row.metric, name="elements_per_second") if is_second else row.metric
            self.targets.add(replace(row, metric=metric), at)
        self._open, self._places = [], []

    def _take_progress(self, text: str, at: str) -> None:
        if text.endswith(_PROFILED):
            self._began[text.removesuffix(_PROFILED)] = (at, Status.SKIPPED)
        elif match := _COLLECTING.match(text):
            self._counts[match[1]] = int(match[2])
        elif not _LATER.search(text):
            self._began[text.strip()] = (at, Status.FAILED)

    def _take_time(self, name: str, rest: str, at: str) -> None:
        self._close()
        name = name or self._name_above()
        if not name:
            self.document.note(at, "no name stands before this time, nor on the line above")
            return
        self._began.pop(name, None)
        interval = self._interval(rest, at, 3)
        if interval is None:
            return
        (lower, value, upper), metric = interval
        benchmark, parameters = split_name(name)
        row = Measurement(
            benchmark=benchmark,
            parameters=parameters,
            metric=metric,
            value=value,
            count=self._counts.pop(name, 0) or None,
            lower=lower,
            upper=upper,
        )
        self._open, self._places = [row], [at]

    def _name_above(self) -> str:
        """Return the name on the line above; a line of progress names the benchmark too."""
        if _labelled(self._before)[1]:
            return ""
        text = self._before.strip()
        return _LATER.split(text[len("Benchmarking ") :], maxsplit=1)[0] if text.startswith("Benchmarking ") else text

    def _take_throughput(self, rest: str, at: str) -> None:
        interval = self._interval(rest, at, 3)
        if interval is None or not self._open:
            return
        if len(self._open) > 2:
            self.document.note(at, "a third throughput of one benchmark; criterion.rs writes one or two")
            return
        (lower, value, upper), metric = interval
        metric = replace(metric, name="throughput", direction=Direction.HIGHER)
        time = self._open[0]
        self._open.append(replace(time, metric=metric, value=value, lower=lower, upper=upper, statistics=None))
        self._places.append(at)

    def _take_statistics(self, match: re.Match[str], at: str) -> None:
        """Take a line of `--verbose`: bounds of an estimate and of a spread."""
        statistics = dict(self._open[0].statistics or {})
        named = [(match[1], match[2])]
        if match[3] in _SPREADS:
            named.append((_SPREADS[match[3]], match[4]))
        for name, text in named:
            interval = self._interval(f"[{text}]", at, 2)
            if interval is not None:
                statistics[f"{name}_lower"], statistics[f"{name}_upper"] = interval[0]
        self._open[0] = replace(self._open[0], statistics=statistics)

    def _interval(self, text: str, at: str, size: int) -> _Interval | None:
        """Return `size` numbers in the base unit of what follows each of them."""
        tokens = text[1:].partition("]")[0].split()
        each = len(tokens) // size
        if not each or each * size != len(tokens):
            self.document.expected(at, f"{size} numbers with their units", text)
            return None
        before = len(self.document.problems)
        numbers, metrics = [], []
        for i in range(0, len(tokens), each):
            number = self.document.written(tokens[i], at)
            unit = " ".join(tokens[i + 1 : i + each])
            metric, written = metric_for(_BITS.get(unit, unit))
            metrics.append(metric)
            numbers.append(0.0 if number is None else written.to_base(number))
        if len({metric.unit for metric in metrics}) > 1:
            self.document.expected(at, "numbers of one kind of unit", text)
            return None
        metric = metrics[len(metrics) // 2]
        if metric.unit == "s":
            metric, _ = metric_of("time", metric.original_unit or "s", direction=Direction.LOWER)
        return (numbers, metric) if len(self.document.problems) == before else None
