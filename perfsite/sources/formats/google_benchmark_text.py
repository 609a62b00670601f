"""Google Benchmark's console output, in colour or not, with counters in columns or as pairs.

The lines are those of the tool's `console_reporter.cc`, versions 1.0 to 1.9; benchmarks, parameters and metrics are the
same as in its JSON, with as many digits as were printed. The unit of a counter that is a rate (`/s`) or a rate turned
round (`s`) is told here only. A prefix (`k`, `M`) means powers of 1000, but powers of 1024 in bytes per second and
before version 1.5; versions up to 1.7 do not tell counters that the owner asked to be in powers of 1024. Lines that are
something else, such as output of the benchmarks, are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows, facts_of, parse_time
from perfsite.sources.document import Document
from perfsite.sources.formats.google_benchmark import cache_fact
from perfsite.sources.formats.google_rows import add_entries
from perfsite.sources.formats.google_text_rows import HEADER, Gathered, Layout, entry_of, layout_of
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NAME: Final = "google-benchmark-text"
TITLE: Final = "Google Benchmark's console output"
MAKE: Final = "./bench | tee bench.txt"
_HINT: Final = "Give all that the program printed; `--benchmark_out=FILE` writes the same as JSON, with all digits."
_HEADER_LINE: Final = re.compile(rf"^{HEADER.pattern}", re.MULTILINE)
_MACHINE: Final = re.compile(r"Run on \((\d{1,9}) X (\d{1,9}(?:\.\d{1,20})?) MHz CPU")
_CACHE: Final = re.compile(r"\s{1,20}L(\d) (Data|Instruction|Unified) (\d{1,9})(?:\.\d{1,9})?\s?K")


def accepts(head: str) -> bool:
    """Whether a text has the header of Google Benchmark's tables."""
    return _HEADER_LINE.search(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of Google Benchmark's console output.

    What makes the value, and what becomes a statistic or a metric, is as in the JSON. A line that breaks off within the
    two times is an error.
    """
    document = Document(origin, hint=_HINT, top="")
    layout: Layout | None = None
    time: datetime | None = None
    found: dict[str, object] = {}
    entries = Gathered(document)
    for at, line in read_lines(stream, origin=origin):
        if not line:
            continue
        if HEADER.match(line):
            layout = layout_of(line)
        elif layout is not None:
            entry = entry_of(line, at, layout, document)
            if entry is not None:
                entries.add(entry)
        else:
            found.update(_facts(line))
            time = time or (parse_time(line[:40]) if line[0].isdigit() else None)
    rows = Rows(document)
    warnings: list[str] = []
    add_entries(entries.entries(), rows, warnings)
    reading = rows.reading()
    return Reading(
        measurements=reading.measurements,
        tool="google-benchmark",
        time=time,
        facts=facts_of(found),
        warnings=tuple(warnings),
    )


def _facts(line: str) -> Mapping[str, object]:
    """Return what a line before the table tells of the machine."""
    if machine := _MACHINE.match(line):
        return {"cpu.cores": int(machine[1]), "cpu.mhz": float(machine[2])}
    if cache := _CACHE.match(line):
        return {cache_fact(cache[2], int(cache[1])): int(cache[3]) * 1024}
    if line.startswith("***WARNING*** CPU scaling is enabled"):
        return {"cpu.scaling": True}
    if line.startswith("***WARNING*** Library was built as DEBUG"):
        return {"google-benchmark.build": "debug"}
    return {}
