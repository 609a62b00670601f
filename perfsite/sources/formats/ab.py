"""ApacheBench (`ab`): what it prints (also as a table with `-w`), its `-e` CSV and its `-g` gnuplot file.

The format is `support/ab.c` of https://httpd.apache.org. The benchmark is the document path, its parameter the
concurrency level, as `connections`. The CSV and the gnuplot file name neither: there the benchmark is called `ab`; to
keep several URLs apart, record each file by itself, `perfsite record --suite NAME FILE`.

`failures` are the requests that ab calls failed, with their kinds beside them (`failures_length`: the answer was of
another length than the first one; `ab -l` allows that), `failures_status` the answers that are not 2xx,
`failures_write` the write errors. `error_rate` is the larger of failures and answers that are not 2xx, over all
requests, since one answer may be both. The time of whole requests is `min`, `mean`, `p50`, … `max` (ab's row `Total`);
`connect`, `processing` and `waiting` are its parts: medians, or means where ab was told to print no medians (`-S`).
The first `Time per request` is `time_per_request`, the one across all concurrent requests
`time_per_request_concurrent`. ab's kilobytes are 1024 bytes. Percentiles of the CSV past those that ab prints are
statistics of `p50`. The rate of bytes in both directions together is the sum of the two others and left out.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.model.units import Unit
from perfsite.sources.document import Document
from perfsite.sources.formats.http_load import BYTES, PER_SECOND, SECONDS, Figures, Runs, Sample, cell, percentile_name
from perfsite.sources.lines import column_at, plain, read_lines, read_table
from perfsite.sources.loading import rewound

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "ab"
TITLE: Final = "ApacheBench (ab): the printed report, `-e` percentiles and `-g` gnuplot file"
MAKE: Final = "ab -q -n 1000 -c 10 URL > ab.txt"
_HINT: Final = "Give the whole output of ab, to its table of percentiles, or the file of `ab -e` or `ab -g`."
_CSV: Final = "Percentage served,Time in ms"
_TSV: Final = "starttime\tseconds\tctime\tdtime\tttime\twait"
_REPORT: Final = re.compile(r"^[ \t]*(?:This is ApacheBench, Version |Document Path:)", re.MULTILINE)
_BEGIN: Final = re.compile(r"[ \t]*This is ApacheBench, Version ([0-9][0-9A-Za-z.-]{0,20})")
_LABELLED: Final = re.compile(r"[ \t]*([A-Z][A-Za-z0-9/ -]{0,40}):[ \t]*(.*)\Z")
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_KIND: Final = re.compile(r"([A-Z][A-Za-z]{1,20}): (\d{1,18})", re.ASCII)
_KINDS: Final = re.compile(r"[ \t]*\((?:[A-Z][a-z]+: \d+(?:, )?){1,9}\)[ \t]*\Z", re.ASCII)
_PHASE: Final = frozenset({"Connect", "Processing", "Waiting", "Total"})
_PERCENTILE: Final = re.compile(
    r"[ \t]*(\d{1,3}(?:\.\d+)?)%[ \t]+(\S+)(?:[ \t]+\(longest request\))?[ \t]*\Z", re.ASCII
)
_RATE: Final = re.compile(r"[ \t]*(\S+)[ \t]+k[bB]/s[ \t]+(sent|total)[ \t]*\Z")
_NUMBER: Final = re.compile(r"[ \t]*([^\s\[]+)[ \t]*(.*)\Z")
_MS: Final = Unit(base="s", divide=1000)
_KIB: Final = Unit(base="B/s", multiply=1024)
_PLAIN: Final[Mapping[str, tuple[str, Unit, str | None]]] = {
    "Time taken for tests": ("duration", SECONDS, "seconds"),
    "Complete requests": ("requests", Unit(base="1"), None),
    "Failed requests": ("failures", Unit(base="1"), None),
    "Write errors": ("failures_write", Unit(base="1"), None),
    "Non-2xx responses": ("failures_status", Unit(base="1"), None),
    "Keep-Alive requests": ("keep_alive_requests", Unit(base="1"), None),
    "Total transferred": ("bytes_received", BYTES, "bytes"),
    "Total body sent": ("bytes_sent", BYTES, "bytes"),
    "Total POSTed": ("bytes_sent", BYTES, "bytes"),
    "Total PUT": ("bytes_sent", BYTES, "bytes"),
    "HTML transferred": ("html_bytes", BYTES, "bytes"),
    "Requests per second": ("requests_per_second", PER_SECOND, "#/sec"),
    "Transfer rate": ("bytes_per_second", _KIB, "Kbytes/sec"),
}
_FACTS: Final = {
    "Server Software": "ab.server_software",
    "SSL/TLS Protocol": "ab.tls_protocol",
    "Server Temp Key": "ab.tls_key",
}
_NEEDED: Final = ("Complete requests", "Requests per second")
_PERCENTS: Final = (50, 66, 75, 80, 90, 95, 98, 99)


def accepts(head: str) -> bool:
    """Whether a text is ab's report, CSV or gnuplot file."""
    text = plain(head)
    return text.lstrip().startswith((_CSV, _TSV)) or _REPORT.search(text) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of one of ab's files."""
    head, stream = rewound(stream, origin=origin)
    runs = Runs(Document(origin, hint=_HINT, top=""))
    start = plain(head).lstrip()
    reports: list[_Report] = []
    if start.startswith(_CSV):
        _read_percentiles(stream, runs)
    elif start.startswith(_TSV):
        _read_requests(stream, runs)
    else:
        reports = _read_reports(stream, runs)
    found = runs.rows.reading()
    facts: dict[str, str] = {}
    for report in reversed(reports):
        facts.update(report.facts)
    version = reports[0].version if reports else None
    warnings = tuple(dict.fromkeys(warning for report in reports for warning in report.warnings))
    return Reading(measurements=found.measurements, tool="ab", tool_version=version, facts=facts, warnings=warnings)


class _Report:
    """One report while its lines come in."""

    def __init__(self, document: Document, at: str, version: str | None) -> None:
        self.figures = Figures(document, at)
        self.version = version
        self.facts: dict[str, str] = {}
        self.warnings: list[str] = []
        self.seen: set[str] = set()
        self.header: list[str] = []
        self.percentiles: dict[str, tuple[str, str]] = {}
        self.phases: dict[str, tuple[dict[str, str], str]] = {}

    def read(self, line: str, at: str) -> None:
        """Take one line."""
        figures = self.figures
        if labelled := _LABELLED.match(line):
            self._take(labelled[1], labelled[2].strip(), at)
        elif percentile := _PERCENTILE.match(line):
            self.percentiles.setdefault(percentile_name(float(percentile[1])), (percentile[2], at))
        elif _KINDS.match(line):
            for kind, number in _KIND.findall(line):
                figures.put(f"failures_{kind.lower()}", float(number))
        elif rate := _RATE.match(line):
            number = figures.document.written(rate[1], at, least=0)
            if rate[2] == "sent":
                figures.put("bytes_sent_per_second", number, _KIB, "kb/s")
        elif line.split()[:1] == ["min"]:
            self.header = ["deviation" if "sd" in word else word for word in _words(line)]

    def _take(self, label: str, text: str, at: str) -> None:
        figures = self.figures
        self.seen.add(label)
        if label in {"WARNING", "ERROR"}:
            self.warnings.append(f"{label}: {text[:200]}")
        elif label == "Document Path":
            figures.benchmark = figures.benchmark or text or "/"
        elif label == "Concurrency Level":
            if text:
                figures.parameters["connections"] = text
        elif label == "Document Length":
            if text and text != "Variable":
                figures.put("document_length", self._number(text, at), BYTES)
        elif label == "Time per request":
            concurrent = "across all concurrent" in text
            figures.put(f"time_per_request{'_concurrent' if concurrent else ''}", self._number(text, at), _MS, "ms")
        elif label in _PLAIN:
            name, unit, written = _PLAIN[label]
            figures.put(name, self._number(text, at), unit, written)
        elif label in _FACTS and text:
            self.facts[_FACTS[label]] = text[:200]
        elif label in _PHASE and self.header:
            self._take_phase(label, text, at)

    def _number(self, text: str, at: str) -> float | None:
        match = _NUMBER.match(text)
        if match is None:
            self.figures.document.expected(at, "a number", text)
            return None
        if match[1].lower() in {"nan", "-nan", "inf"}:
            return None
        return self.figures.document.written(match[1], at, least=0)

    def _take_phase(self, label: str, text: str, at: str) -> None:
        texts = text.split()
        if len(texts) == len(self.header):
            self.phases.setdefault(label, (dict(zip(self.header, texts, strict=True)), at))
        else:
            self.figures.document.expected(at, f"{len(self.header)} times ({', '.join(self.header)})", text)

    def finish(self, runs: Runs) -> None:
        """Turn what was read into figures."""
        figures, document = self.figures, self.figures.document
        missing = [label for label in _NEEDED if label not in self.seen]
        if missing or not figures.benchmark:
            what = missing[0] if missing else "Document Path"
            document.note(figures.at, f"this report of ab has no end: '{what}' is missing", hint=_HINT)
            return
        if (self.phases and "Total" not in self.phases) or (self.percentiles and "max" not in self.percentiles):
            document.note(figures.at, "this report of ab breaks off in one of its tables", hint=_HINT)
        for label, (texts, at) in self.phases.items():
            self._put_phase(label, texts, at)
        for name, (text, at) in self.percentiles.items():
            figures.put(name, document.written(text, at, least=0), _MS, "ms")
        requests, failures = figures.value("requests"), figures.value("failures")
        if requests is not None and failures is not None:
            figures.outcome(failures, requests, wrong=max(failures, figures.value("failures_status") or 0))
        runs.add(figures)

    def _put_phase(self, label: str, texts: Mapping[str, str], at: str) -> None:
        figures = self.figures
        # ab 2.0 wrote negative times where its clock was set while it waited.
        numbers: dict[str, Any] = {name: figures.document.written(text, at) for name, text in texts.items()}
        mean = numbers.pop("mean", numbers.pop("avg", None))
        deviation, middle = numbers.pop("deviation", None), numbers.pop("median", None)
        requests = figures.value("requests")
        count = int(requests) if requests else None
        if label == "Total":
            # The table of percentiles below tells the median and the maximum once more.
            figures.put("min", numbers.get("min"), _MS, "ms")
            figures.put("mean", mean, _MS, "ms", count=count, deviation=deviation)
            if middle is not None:
                figures.put("p50", middle, _MS, "ms")
            figures.put("max", numbers.get("max"), _MS, "ms")
            return
        statistics = {name: value for name, value in numbers.items() if value is not None}
        if middle is not None and mean is not None:
            statistics["mean"] = mean
        centre = mean if middle is None else middle
        figures.put(label.lower(), centre, _MS, "ms", count=count, deviation=deviation, statistics=statistics)


def _words(line: str) -> list[str]:
    return line.replace("mean[+/-sd]", "mean sd").split()


def _read_reports(stream: TextIO, runs: Runs) -> list[_Report]:
    document = runs.rows.document
    reports: list[_Report] = []
    in_html = False
    for at, line in read_lines(stream, origin=document.origin):
        if not line or line.isspace():
            continue
        if begin := _BEGIN.match(line):
            in_html = "<i>" in line
            reports.append(_Report(document, at, begin[1]))
            continue
        if not reports and line.lstrip().startswith(("Server Software:", "Document Path:")):
            reports.append(_Report(document, at, None))
        # ab -w writes the same labels and values as cells of an HTML table.
        rows = [html.unescape(_TAG.sub(" ", row)) for row in line.split("</tr>")] if in_html else [line]
        for row in rows if reports else ():
            reports[-1].read(row, at)
    for report in reports:
        report.finish(runs)
    return reports


def _read_percentiles(stream: TextIO, runs: Runs) -> None:
    document = runs.rows.document
    found: dict[str, float] = {}
    for at, row in read_table(stream, document, required=["Percentage served", "Time in ms"]):
        percent = document.written(row["Percentage served"], column_at(at, "Percentage served"), least=0)
        time = document.written(row["Time in ms"], column_at(at, "Time in ms"), least=0)
        if percent is None or time is None:
            continue
        if percent > 100:
            document.expected(column_at(at, "Percentage served"), "a percentage", percent)
        elif percentile_name(percent) in found:
            document.note(at, f"the percentage {percent:g} stands twice")
        else:
            found[percentile_name(percent)] = time
    if not found:
        return
    figures = Figures(document, "line 1", "ab")
    printed = {"min", "max", *(percentile_name(percent) for percent in _PERCENTS)}
    if "p99" not in found:
        document.note("line 1", "this file breaks off: the percentage 99 is missing")
    for name in sorted(found.keys() & printed):
        further = {other: time for other, time in found.items() if other not in printed} if name == "p50" else None
        figures.put(name, found[name], _MS, "ms", statistics=further)
    runs.add(figures)


def _read_requests(stream: TextIO, runs: Runs) -> None:
    document = runs.rows.document
    parts = {"ctime": "connect", "dtime": "processing", "wait": "waiting"}
    samples = {name: Sample() for name in ("ttime", *parts)}
    for at, row in read_table(stream, document, required=list(samples), delimiter="\t"):
        for name, sample in samples.items():
            value = cell(document, row, name, at)
            if value is not None:
                sample.values.append(_MS.to_base(value))
    times = samples.pop("ttime")
    if not times.values:
        return
    figures = Figures(document, "line 1", "ab")
    figures.put("requests", len(times.values))
    times.put_percentiles(figures, _PERCENTS)
    for name, sample in samples.items():
        sample.put_part(figures, parts[name], middle=True)
    runs.add(figures)
