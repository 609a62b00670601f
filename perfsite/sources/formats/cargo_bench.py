"""cargo bench (libtest) and criterion.rs's `--output-format bencher`: `test x ... bench: 1,234 ns/iter (+/- 56)`.

After the source of Rust's `test` crate (https://github.com/rust-lang/rust/tree/main/library/test/src/formatters) and
of criterion.rs's BencherReport. A file does not tell which of the two wrote it, so `+/-` is kept as bounds around the
value: libtest means the range of its samples (largest less smallest), criterion.rs their standard deviation. Versions
of Rust before 1.79 wrote whole nanoseconds. The JSON that libtest writes on request (`-Z unstable-options --format
json`) is read as well; its key `mib_per_second` holds the MB/s of the text.

Left out are unit tests: `cargo bench` lists them as ignored. An ignored name counts as a benchmark (skipped) where
cargo says that it runs a file of the folder `benches`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, in_base, metric_of
from perfsite.sources.document import Document, shorten
from perfsite.sources.formats.bench_entry import metric_for
from perfsite.sources.formats.cargo_output import Targets, split_name
from perfsite.sources.lines import plain, read_lines
from perfsite.sources.loading import HEAD_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "cargo-bench"
TITLE: Final = "cargo bench (Rust's libtest), or criterion.rs with --output-format bencher"
MAKE: Final = "cargo bench 2>&1 | tee bench.txt"
_HINT: Final = "`cargo bench` writes lines like `test name ... bench: 1,234 ns/iter (+/- 56)`; was this file edited?"
_BENCH: Final = re.compile(r"^(?:test [^\n]* \.\.\. )?bench: +\d[\d,.]* \S{1,40} \(\+/- ", re.MULTILINE | re.ASCII)
_EVENT: Final = re.compile(r'^\{ ?"type": ?"(?:suite|bench)", ?"(?:event|name)"', re.MULTILINE)
_RESULT: Final = re.compile(r"bench:\s+(\S+) (\S+) \(\+/- (\S+)\)(?: = (\S+) (\S+))?\s*\Z")
_NOISE: Final = (
    "running ", "test ", "Running ", "Finished ", "Compiling ", "Downloading ", "Downloaded ", "Updating ", "Locking ",
    "Blocking ", "Doc-tests ", "Fresh ", "warning: ",
)  # fmt: skip
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER, original_unit="ns/iter")


def accepts(head: str) -> bool:
    """Whether a file that begins so is libtest's, with benchmarks or with nothing but cargo's own lines."""
    text = plain(head)
    if _BENCH.search(text) or _EVENT.search(text):
        return True
    lines = [line.lstrip() for line in text.split("\n") if line.strip()]
    return (
        len(head) < HEAD_CHARACTERS
        and any(line.startswith("test result: ") for line in lines)
        and all(line.startswith(_NOISE) for line in lines)
    )


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of libtest's output; a benchmark that panicked is failed."""
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    output = _Output(Targets(rows), document)
    for at, line in read_lines(stream, origin=origin):
        if line:
            output.take(line, at)
    output.targets.finish()
    found = rows.reading()
    return Reading(measurements=found.measurements, tool="cargo bench", warnings=output.warnings())


class _Output:
    """The lines so far: which benchmark is open, which failed and why."""

    def __init__(self, targets: Targets, document: Document) -> None:
        self.targets = targets
        self.document = document
        self.failed: dict[str, str] = {}
        self._open: str | None = None
        self._panicked: str | None = None
        self._message_follows = False

    def warnings(self) -> tuple[str, ...]:
        """Return what went wrong outside of the measurements."""
        said = [f"{shorten(name)}: failed{reason}" for name, reason in self.failed.items()]
        return (*said, *self.targets.warnings)

    def take(self, line: str, at: str) -> None:
        """Take one line."""
        if line.startswith("test "):
            self._take_test(line, at)
        elif line.startswith("bench:") and self._open is not None:
            # With --nocapture what the benchmark prints stands between its name and its result.
            self._take_result(self._open, line, at)
        elif line.startswith("{") and '"type"' in line:
            self._take_event(line, at)
        elif line.startswith("---- ") and line.endswith(" stdout ----"):
            self._panicked = line[5 : -len(" stdout ----")]
        elif self._panicked is not None:
            self._take_panic(line)
        else:
            self.targets.heard(line, at)

    def _take_test(self, line: str, at: str) -> None:
        before, dots, outcome = line.rpartition(" ... ")
        if not dots:
            return
        name = before[5:].rstrip()
        self._open = None
        if outcome.startswith("bench:"):
            self._take_result(name, outcome, at)
        elif outcome.startswith("FAILED"):
            self._fail(name, at)
        elif outcome.startswith("ignored"):
            if self.targets.in_benches:
                self._without_value(name, Status.SKIPPED, at)
        else:
            self._open = name

    def _take_result(self, name: str, outcome: str, at: str) -> None:
        self._open = None
        match = _RESULT.match(outcome)
        if match is None:
            self.document.expected(at, "`bench: 1,234 ns/iter (+/- 56)`", outcome)
            return
        value = self.document.written(match[1], at)
        spread = self.document.written(match[3], at, least=0)
        if value is None or spread is None:
            return
        self._measure(name, (value, spread, match[2]), at)
        if match[4] is not None and (rate := self.document.written(match[4], at, least=0)) is not None:
            self._throughput(name, rate, match[5], at)

    def _measure(self, name: str, result: tuple[float, float, str], at: str) -> None:
        value, spread, unit = result
        benchmark, parameters = split_name(name)
        metric, written = metric_for(unit, name=benchmark)
        row = Measurement(
            benchmark=benchmark,
            parameters=parameters,
            metric=metric,
            value=value,
            lower=value - spread,
            upper=value + spread,
        )
        self.targets.add(in_base(written, row), at)

    def _throughput(self, name: str, rate: float, unit: str, at: str) -> None:
        benchmark, parameters = split_name(name)
        metric, written = metric_of("throughput", unit, direction=Direction.HIGHER)
        row = Measurement(benchmark=benchmark, parameters=parameters, metric=metric, value=rate)
        self.targets.add(in_base(written, row), f"{at} (throughput)")

    def _without_value(self, name: str, status: Status, at: str) -> None:
        benchmark, parameters = split_name(name)
        row = Measurement(benchmark=benchmark, parameters=parameters, metric=_TIME, value=None, status=status)
        self.targets.add(row, at)

    def _fail(self, name: str, at: str) -> None:
        self.failed.setdefault(name, "")
        self._without_value(name, Status.FAILED, at)

    def _take_panic(self, line: str) -> None:
        """Take a line of what a failed benchmark printed: the message of its panic, without the place."""
        name = self._panicked or ""
        if self._message_follows:
            self.failed[name] = f": {shorten(line)}"
        elif "panicked at '" in line:
            self.failed[name] = ": " + shorten(line.partition("panicked at '")[2].rpartition("',")[0])
        elif " panicked at " in line:
            self._message_follows = True
            return
        elif not line.startswith("failures:"):
            return
        self._panicked, self._message_follows = None, False

    def _take_event(self, line: str, at: str) -> None:
        """Take a line of libtest's JSON."""
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            self.document.expected(at, "a JSON object of libtest", line)
            return
        if not isinstance(event, dict) or event.get("type") not in {"bench", "test"}:
            return
        if event["type"] == "bench":
            self._take_bench(event, at)
        elif event.get("event") in {"failed", "timeout"} and (name := self.document.text(event, "name", at)):
            self._fail(name, at)

    def _take_bench(self, event: Mapping[str, Any], at: str) -> None:
        name = self.document.text(event, "name", at)
        value = self.document.number(event, "median", at)
        spread = self.document.number(event, "deviation", at, least=0)
        rate = self.document.number(event, "mib_per_second", at, required=False, least=0)
        if name is None or value is None or spread is None:
            return
        self._measure(name, (value, spread, "ns/iter"), at)
        if rate is not None:
            self._throughput(name, rate, "MB/s", at)
