"""pgbench: what `pgbench` prints, versions 8.4 to 18 of PostgreSQL.

Source of the format: `printResults` in `src/bin/pgbench/pgbench.c`, and
https://www.postgresql.org/docs/current/pgbench.html.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows, facts_of, median
from perfsite.sources.document import Document, is_storable, shorten
from perfsite.sources.formats.pgbench_rows import Figures, Part, benchmark_name
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "pgbench"
TITLE: Final = "pgbench of PostgreSQL: what it prints"
MAKE: Final = "pgbench -T 60 -P 5 -r 2>&1 | tee pgbench.txt"
_HINT: Final = "pgbench prints it at the end of a run: `pgbench … | tee FILE`; was this file edited or cut off?"
_START: Final = re.compile(
    r"^(?:transaction type: .{0,9000}\nscaling factor: \d|progress: \d+\.\d+ s, \d+\.\d+ tps, lat |pgbench \(\d)",
    re.MULTILINE | re.ASCII,
)
_BANNER: Final = re.compile(r"pgbench \((\d[\w.]*)[^,]{0,200}(?:, server (\d[\w.]*).{0,200})?\)\Z", re.ASCII)
_NUMBER: Final = r"(\d{1,20}(?:\.\d{1,20})?|nan|-nan|inf)"
_PROGRESS: Final = re.compile(rf"progress: {_NUMBER} s, {_NUMBER} tps, lat {_NUMBER} ms", re.ASCII)
_COUNT: Final = re.compile(
    r"((?:number|total number) of [a-z ]{1,60}):\s{0,9}(\d{1,20})(?:/\d{1,20})?(?: \((.{0,80})\))?\s*\Z", re.ASCII
)
_ABOVE: Final = re.compile(
    rf"number of transactions above the {_NUMBER} ms latency limit: (\d{{1,20}})(?:/(\d{{1,20}}))?", re.ASCII
)
_SCRIPT_COUNT: Final = re.compile(r"(\d{1,20}) transactions \(.{0,40}% of total(?:, tps = (.{1,40}))?\)\s*\Z", re.ASCII)
_FIGURE: Final = re.compile(
    rf"(latency average|latency stddev|initial connection time|average connection time)(?: =|:) {_NUMBER} ms", re.ASCII
)
_LAG: Final = re.compile(rf"rate limit schedule lag: avg {_NUMBER} \(max {_NUMBER}\) ms", re.ASCII)
_TPS: Final = re.compile(rf"tps = {_NUMBER}(?: \((.{{0,60}})\))?\s*\Z", re.ASCII)
_TPS_INSIDE: Final = re.compile(rf"tps = {_NUMBER}\Z", re.ASCII)
_SCRIPT: Final = re.compile(r"SQL script (\d{1,9}): (.+)\Z")
_WEIGHT: Final = re.compile(r"weight(?:: | is )(\d{1,20})", re.ASCII)
_STATEMENTS: Final = re.compile(r"statement latencies in milliseconds(.{0,40}):\s*\Z")
_STATEMENT: Final = re.compile(r"\s+(\d{1,20}\.\d{1,20})\s+(\S.*)\Z", re.ASCII)
_MOST: Final = 20_000
_SETTINGS: Final = {
    "scaling factor": "scale",
    "query mode": "mode",
    "number of clients": "clients",
    "number of threads": "threads",
    "partition method": "partition_method",
    "partitions": "partitions",
    "maximum number of tries": "max_tries",
}
_AMOUNTS: Final = {
    "duration": "pgbench.duration",
    "number of transactions per client": "pgbench.transactions_per_client",
}
_COUNTS: Final = {
    "number of transactions actually processed": "transactions",
    "number of failed transactions": "failures",
    "number of serialization failures": "serialization_failures",
    "number of deadlock failures": "deadlock_failures",
    "number of other failures": "other_failures",
    "number of transactions retried": "retried",
    "total number of retries": "retries",
    "number of transactions skipped": "skipped",
}
_RATES: Final = {
    "failures": "error_rate",
    "skipped": "skipped_rate",
    "retried": "retried_rate",
    "above_latency_limit": "above_latency_limit_rate",
}
_FIGURES: Final = {
    "latency average": "time",
    "latency stddev": "stddev",
    "initial connection time": "initial_connection_time",
    "average connection time": "connection_time",
}


def accepts(head: str) -> bool:
    """Whether a text that begins so is pgbench's: its banner, its progress or the head of its report."""
    return _START.search(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of what pgbench printed, one run or several.

    The script is the benchmark (`<builtin: TPC-B (sort of)>`; the names of 9.5 and before mean the same). What the
    work is are parameters: `scale`, `clients`, `threads`, `mode` (the protocol), partitions, `max_tries` above 1,
    `latency_limit`, and `reconnect` with `-C`. How long it ran are facts. Of several scripts in one run each is a
    benchmark, and all together are `multiple scripts`; both have the mix with its weights as the parameter `scripts`.

    `throughput` is without the time to connect (`excluding connections establishing` before 14), and
    `throughput_with_connecting` the other figure that old versions print; `time` is the mean latency. Progress lines
    (`-P`) are samples of the throughput, their latencies those of `interval_time`. Statements (`-r`) are `time`,
    `failures` and `retries` with the parameter `statement`, and with `position` where a script holds one twice. Rates
    (`error_rate`, `skipped_rate`, …) are computed from the counts, by all transactions that were scheduled, as
    pgbench's percentages are. Runs with the same script and parameters in one file are samples of one measurement;
    their own spread and progress are left out. So are the spread, lag and skips of single progress lines, of which
    the report holds the sums.
    """
    reader = _Reader(Document(origin, hint=_HINT, top=""))
    for at, line in read_lines(stream, origin=origin):
        reader.take(line, at)
    reader.finish_report()
    rows = Rows(reader.document)
    reader.figures.add_to(rows)
    if not rows.measurements and not reader.document.problems:
        reader.document.note("", "holds no report of a run", hint="Did pgbench run to its end? Look at its messages.")
    return Reading(
        measurements=rows.reading().measurements,
        tool="pgbench",
        tool_version=reader.version,
        facts=facts_of(reader.facts),
        warnings=tuple(reader.warnings),
    )


class _Reader:
    """Takes the lines of a file and keeps what they say."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.figures = Figures()
        self.warnings: list[str] = []
        self.facts: dict[str, object] = {}
        self.version: str | None = None
        self._progress: list[tuple[float, float]] = []
        self._report: _Report | None = None
        self._reports = 0

    def take(self, line: str, at: str) -> None:
        """Take one line; what is none of pgbench's is passed over."""
        if banner := _BANNER.match(line):
            self.version, server = banner.groups()
            self.facts.setdefault("postgresql.server", server or self.version)
        elif match := _PROGRESS.match(line):
            self.finish_report()
            if match[2][0].isdigit() and match[3][0].isdigit():
                self._progress.append((float(match[2]), float(match[3])))
        elif line.startswith("transaction type: "):
            self.finish_report()
            if not is_storable(line):
                self.document.note(at, "the name holds half a surrogate pair, which no text file can keep")
            self._report = _Report(line.removeprefix("transaction type: ").strip(), at, self._progress)
            self._progress = []
            self._reports += 1
            self._check(self._reports, "reports", at)
        elif self._report is not None:
            self._report.take(line, at)
            self._check(self._report.size, "scripts and statements", at)

    def _check(self, number: int, what: str, at: str) -> None:
        if number > _MOST:
            self.document.note(at, f"holds more than {_MOST:,} {what}")
            self.document.finish()

    def finish_report(self) -> None:
        """Take the figures of the report so far, if there is one."""
        if self._report is None:
            return
        self._report.add_to(self.figures, self.warnings)
        for name, amount in self._report.amounts.items():
            self.facts.setdefault(name, amount)
        self._report = None


class _Part:
    """The figures of one script, or of all of a run."""

    def __init__(self, name: str, at: str) -> None:
        self.name = benchmark_name(name)
        self.at = at
        self.weight = "1"
        self.figures: dict[str, float] = {}
        self.statements: list[tuple[str, str, list[str]]] = []

    def take(self, line: str) -> bool:
        """Take a line of figures; false where it is none."""
        text = line.strip().removeprefix("- ")
        if match := _COUNT.match(text):
            name = _COUNTS.get(match[1])
            if name:
                self.figures[name] = float(match[2])
                inner = _TPS_INSIDE.match(match[3] or "")
                if inner:
                    self._keep("throughput", inner[1])
            return name is not None
        if match := _SCRIPT_COUNT.match(text):
            self.figures["transactions"] = float(match[1])
            self._keep("throughput", match[2] or "")
        elif match := _FIGURE.match(text):
            self._keep(_FIGURES[match[1]], match[2])
        elif match := _WEIGHT.match(text):
            self.weight = match[1]
        else:
            return False
        return True

    def _keep(self, name: str, text: str) -> None:
        if text[:1].isdigit() and text.replace(".", "", 1).isdigit():
            self.figures[name] = float(text)

    def add_to(self, found: Figures, parameters: Mapping[str, str], progress: list[tuple[float, float]]) -> None:
        """Add the figures of this part."""
        part = Part(self.name, parameters, self.at)
        figures = dict(self.figures)
        transactions, deviation = figures.get("transactions"), figures.pop("stddev", None)
        lag = figures.pop("lag_max", None)
        spreads: dict[str, dict[str, Any]] = {}
        if transactions:
            deviation = deviation if transactions > 1 else None
            spreads["time"] = {"count": int(transactions), "deviation": deviation}
        if len(progress) > 1:
            spreads["throughput"] = {"count": len(progress), "samples": [tps for tps, _ in progress]}
            latencies = [latency for _, latency in progress]
            found.add(part, "interval_time", median(latencies), count=len(latencies), samples=latencies)
        if lag is not None:
            spreads["schedule_lag"] = {"statistics": {"max": lag}}
        for name, value in figures.items():
            found.add(part, name, value, **spreads.get(name, {}))
        total = (transactions or 0) + figures.get("failures", 0) + figures.get("skipped", 0)
        for name, rate in _RATES.items():
            whole = transactions if name == "above_latency_limit" else total
            if name in figures and whole:
                found.add(part, rate, figures[name] / whole)
        self._add_statements(found, parameters)

    def _add_statements(self, found: Figures, parameters: Mapping[str, str]) -> None:
        often = Counter(text for text, _, _ in self.statements)
        for position, (text, at, numbers) in enumerate(self.statements, 1):
            named = {**parameters, "statement": text}
            if often[text] > 1:
                named["position"] = str(position)
            for name, number in zip(("time", "failures", "retries"), numbers, strict=False):
                found.add(Part(self.name, named, at), name, float(number))


class _Report:
    """The report at the end of one run."""

    def __init__(self, kind: str, at: str, progress: list[tuple[float, float]]) -> None:
        self.whole = _Part(kind, at)
        self.scripts: list[_Part] = []
        self.settings: dict[str, str] = {}
        self.amounts: dict[str, str] = {}
        self.progress = progress
        self.is_aborted = False
        self.size = 0
        self._columns: int | None = None

    def take(self, line: str, at: str) -> None:
        """Take one line; what is none of pgbench's report is passed over."""
        part = self.scripts[-1] if self.scripts else self.whole
        if self._columns is not None and (match := _STATEMENT.match(line)):
            *counts, text = match[2].split(None, self._columns)
            if len(counts) == self._columns and all(count.isascii() and count.isdigit() for count in counts):
                self.size += 1
                part.statements.append((text.strip(), at, [match[1], *(count[:20] for count in counts)]))
                return
        self._columns = None
        if match := _SCRIPT.match(line):
            self.size += 1
            self.scripts.append(_Part(match[2].strip(), at))
        elif match := _STATEMENTS.match(line.strip().removeprefix("- ")):
            self._columns = ("failures" in match[1]) + ("retries" in match[1])
        elif match := _TPS.match(line):
            self._take_throughput(match[1], match[2] or "")
        elif match := _LAG.match(line):
            self.whole.figures["schedule_lag"], self.whole.figures["lag_max"] = _float(match[1]), _float(match[2])
        elif match := _ABOVE.match(line):
            self.settings["latency_limit"] = f"{match[1]} ms"
            self.whole.figures["above_latency_limit"] = float(match[2])
        elif line.startswith("Run was aborted"):
            self.is_aborted = True
        elif not part.take(line):
            self._take_setting(line)

    def _take_setting(self, line: str) -> None:
        name, colon, value = line.partition(": ")
        value = value.strip()
        if colon and value and name in _SETTINGS and len(value) <= 100:
            self.settings[_SETTINGS[name]] = value
        elif colon and value and name in _AMOUNTS and len(value) <= 100:
            self.amounts[_AMOUNTS[name]] = value

    def _take_throughput(self, number: str, what: str) -> None:
        if not number[0].isdigit():
            return
        if what.startswith("including connections"):
            self.whole.figures["throughput_with_connecting"] = float(number)
        else:
            self.whole.figures["throughput"] = float(number)
        if what.startswith("including reconnection"):
            self.settings["reconnect"] = "yes"

    def add_to(self, found: Figures, warnings: list[str]) -> None:
        """Add the figures of this run."""
        parameters = {name: value for name, value in self.settings.items() if (name, value) != ("max_tries", "1")}
        if len(self.scripts) > 1:
            parameters["scripts"] = ", ".join(f"{part.name}@{part.weight}" for part in self.scripts)
        names = [part.name for part in self.scripts]
        if len(self.scripts) == 1:
            self.whole.statements += self.scripts[0].statements
        elif self.scripts:
            for i, part in enumerate(self.scripts, 1):
                more = {"script": str(i)} if names.count(part.name) > 1 else {}
                part.add_to(found, {**parameters, **more}, [])
        if "throughput" not in self.whole.figures:
            found.add(Part(self.whole.name, parameters, self.whole.at), "throughput", None)
            warnings.append(f"{shorten(self.whole.name)}: the report has no throughput; counted as failed")
        if self.is_aborted:
            warnings.append(f"{shorten(self.whole.name)}: pgbench says that the run was aborted")
        self.whole.add_to(found, parameters, self.progress)


def _float(text: str) -> float:
    return float(text) if text[0].isdigit() else 0.0
