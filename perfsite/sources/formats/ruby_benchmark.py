"""Ruby: benchmark-ips (console, JSON), the standard library's Benchmark, and benchmark_driver."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Measurement, Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document, shorten
from perfsite.sources.entries import Entries
from perfsite.sources.formats.ruby_console import Console
from perfsite.sources.formats.ruby_rows import THROUGHPUT
from perfsite.sources.lines import plain, read_lines
from perfsite.sources.loading import objects_in, outline, rewound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.run import FactValue

NAME: Final = "ruby-benchmark"
TITLE: Final = "Ruby benchmark-ips, Benchmark.bm and benchmark_driver"
MAKE: Final = "ruby bench.rb | tee bench.txt, or x.json!('bench.json') with benchmark-ips"
_HINT: Final = "benchmark-ips prints `name  1.5k (± 1.2%) i/s`, Benchmark.bm a table of user, system, total and real."
_KNOWN: Final = re.compile(
    r"^[^\n]{0,2000}(?:\(± ?(?:[\d.]{1,20}|NaN|Inf(?:inity)?)%\) i/s\b"
    r"| - {1,40}[\d.]{1,40}[kMBGTQ]? times(?: in \d|[ \t]*$))"
    r"|^[ \t]{0,400}user {1,40}system {1,40}total {1,40}real[ \t]*$"
    r"|^[^\n]{0,2000}\d\.\d{6} {1,20}-?\d{1,12}\.\d{6} {1,20}-?\d{1,12}\.\d{6} \( {0,20}\d{1,12}\.\d{6}\)[ \t]*$"
    r"|^(?:benchmark results \([^()\n]{1,40}\):|# [^\n]{1,200} \([^()\n]{1,40}\)\n\n\|)",
    re.MULTILINE,
)


def accepts(head: str) -> bool:
    """Whether a file that begins so is output of one of Ruby's harnesses, or benchmark-ips' JSON."""
    document = outline(head)
    if document is None:
        return _KNOWN.search(plain(head)) is not None
    return any({"ips", "iterations", "cycles"} <= entry.keys() for entry in objects_in(document))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of Ruby's harnesses, which may stand in one output.

    benchmark-ips (1 and 2): `throughput`, with the standard deviation, or with bounds where it says that it
    bootstrapped (`with 95.0% confidence`). Warm-up and comparison are left out. JSON tells the number of samples.

    Benchmark.bm, .bmbm, .measure: `user`, `system`, `cpu_time` (their total, with children) and `time` (real); the
    rehearsal is left out; reports without a label are numbered.

    benchmark_driver (output compare, simple, markdown): a metric by the runner's unit: `throughput`, `time`,
    `memory`; several Rubies are the parameter `executable`.

    Names that come again in another block of the same output get the line above it as the parameter `suite`.
    """
    head, stream = rewound(stream, origin=origin)
    is_json = outline(head) is not None
    rows = Rows(Document(origin, hint=_HINT, top="$" if is_json else ""))
    warnings: list[str] = []
    facts: dict[str, FactValue] = {}
    if is_json:
        _read_json(stream, rows)
    else:
        console = Console()
        console.read(read_lines(stream, origin=origin))
        _add_lines(console, rows, warnings)
        facts = console.facts
    return Reading(measurements=rows.reading().measurements, tool="ruby", facts=facts, warnings=tuple(warnings))


def _add_lines(console: Console, rows: Rows, warnings: list[str]) -> None:
    times = Counter((line.name, line.executable, line.metric.name) for line in console.lines)
    for line in console.lines:
        parameters = {"executable": line.executable} if line.executable else {}
        if times[line.name, line.executable, line.metric.name] > 1 and line.heading:
            parameters["suite"] = line.heading
        if line.value is None:
            warnings.append(f"{shorten(line.name)}: failed: the harness has no number for it")
        rows.add(line.measurement(parameters, is_margin=console.is_bootstrapped), line.at)


def _read_json(stream: TextIO, rows: Rows) -> None:
    document = rows.document
    for at, entry in Entries(stream, document, key=None):
        name = document.text(entry, "name", at)
        key = "central_tendency" if "central_tendency" in entry else "ips"
        value = document.number(entry, key, at, least=0)
        error = document.number(entry, "error" if "error" in entry else "stddev", at, required=False, least=0)
        if name is not None and value is not None:
            count = _samples(entry)
            deviation = error if count != 1 else None
            row = Measurement(benchmark=name, metric=THROUGHPUT, value=value, count=count, deviation=deviation)
            rows.add(row, at)


def _samples(entry: Mapping[str, Any]) -> int | None:
    """Return how many samples were taken: each runs `cycles` iterations."""
    iterations, cycles = entry.get("iterations"), entry.get("cycles")
    if isinstance(iterations, int) and isinstance(cycles, int) and 0 < cycles <= iterations and not iterations % cycles:
        return iterations // cycles
    return None
