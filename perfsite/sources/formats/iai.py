"""iai: the console output of benchmarks that https://github.com/bheisler/iai runs under Cachegrind.

Each benchmark is its name and five lines of counts; what stands in brackets is the change against an earlier run and
is left out. Fewer instructions, estimated cycles and accesses to memory are better; accesses that the caches answer
are neither: they fall with the instructions, and rise where the caches work better.
"""

from __future__ import annotations

import re
from typing import Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document
from perfsite.sources.formats.cargo_output import Targets, split_name
from perfsite.sources.lines import plain, read_lines

NAME: Final = "iai"
TITLE: Final = "iai's console output (instructions and cache accesses)"
MAKE: Final = "cargo bench 2>&1 | tee iai.txt"
_HINT: Final = "iai writes a name and five lines such as `  Instructions:  1735`; was this file edited?"
_BENCHMARK: Final = re.compile(r"^  Instructions: +[\d,]+(?: \([^\n|]*)?\n  L1 Accesses: ", re.MULTILINE | re.ASCII)
_LAST: Final = "Estimated Cycles"
_METRICS: Final = {
    "Instructions": Metric(name="instructions", unit="1", direction=Direction.LOWER),
    "L1 Accesses": Metric(name="L1 Accesses", unit="1", direction=Direction.NEITHER),
    "L2 Accesses": Metric(name="L2 Accesses", unit="1", direction=Direction.NEITHER),
    "RAM Accesses": Metric(name="RAM Accesses", unit="1", direction=Direction.LOWER),
    _LAST: Metric(name=_LAST, unit="1", direction=Direction.LOWER),
}


def accepts(head: str) -> bool:
    """Whether a file that begins so holds a benchmark of iai."""
    return _BENCHMARK.search(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of iai's output; one that is cut off within a benchmark is an error."""
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    targets = Targets(rows)
    before, name, last, at = "", "", "", ""
    for at, line in read_lines(stream, origin=origin):
        label, colon, rest = line[2:].partition(":")
        if colon and label in _METRICS and line.startswith("  "):
            name, last = (before if before else name), label
            before = ""
            _read_metric(name, label, rest, at, targets)
        elif line and not targets.heard(line, at) and line.strip():
            before = line.strip()
    if last and last != _LAST:
        document.note(at, f"the file ends in the middle of '{name}'", hint="Was it cut off? Let the tool run again.")
    targets.finish()
    return Reading(measurements=rows.reading().measurements, tool="iai", warnings=tuple(targets.warnings))


def _read_metric(name: str, label: str, rest: str, at: str, targets: Targets) -> None:
    document = targets.rows.document
    number = document.written(rest.partition("(")[0].strip(), at, least=0)
    if number is None:
        return
    benchmark, parameters = split_name(name)
    row = Measurement(benchmark=benchmark, parameters=parameters, metric=_METRICS[label], value=number)
    targets.add(row, at)
