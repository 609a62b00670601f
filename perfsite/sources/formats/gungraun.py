"""gungraun (before: iai-callgrind): its console output, and its JSON summaries among whatever else stands there.

Read are the console of all its tools (Callgrind, Cachegrind, DHAT, Memcheck, Helgrind, DRD, perf; `gungraun_text`)
and the summaries of `--output-format=json` and `pretty-json` or `--save-summary` (`gungraun_json`), between the
messages of cargo and lines of any kind. Console and JSON give a benchmark the same name, parameters and metrics: the
console's words, or perfsite's own where it has one. Of DHAT, `allocated` are the bytes and `allocations` the blocks
allocated over the whole run, `memory` the bytes in use at the peak.

Instructions, estimated cycles, accesses, misses, branches, errors and allocations are better low, also `RAM Hits`
(accesses that no cache answers); hits of a cache are neither, for they fall with the instructions and rise where the
cache works better; of rates the `L1 Hit Rate` is better high. Rates are written as percentages.

Left out: the old run beside each value and all changes against it, comparisons between benchmarks, detected
regressions, flamegraphs, and, where the id alone tells benchmarks apart, the arguments behind it (see `split_name`). A
metric that only the old run has is skipped, as is a benchmark whose tools have no metrics (Massif, BBV). A summary
that is cut off is an error at the end of the file; where others follow, the run went on, and it is a warning with its
place.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document, shorten, storable
from perfsite.sources.formats.cargo_output import NOTHING, Targets
from perfsite.sources.formats.gungraun_json import is_summary, read_summary
from perfsite.sources.formats.gungraun_metrics import Benchmark, Value, row_of, without_metrics
from perfsite.sources.formats.gungraun_text import Console
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "gungraun"
TITLE: Final = "gungraun (iai-callgrind): console output or --output-format=json"
MAKE: Final = "cargo bench 2>&1 | tee gungraun.txt"
_HINT: Final = "gungraun writes `  Instructions:  1734|N/A (*********)` or a JSON object per benchmark; was it edited?"
_METRIC: Final = re.compile(
    r"^(?:  |\| )[^\s|][^|\n]{0,200}?: {1,200}(?:\d[\d.,]{0,40}|N/A)\|(?:\d[\d.,]{0,40}|N/A) ", re.MULTILINE | re.ASCII
)
_OLD_METRICS: Final = re.compile(
    r"^  Instructions: {1,200}\d[\d,]{0,40}(?: {1,200}\([^\n|]*)?\n  L1 (?:Data )?Hits: ", re.MULTILINE | re.ASCII
)
_KEYS: Final = ('"module_path"', '"benchmark_exe"', '"baselines"')


def accepts(head: str) -> bool:
    """Whether a file that begins so holds metrics of gungraun's console or one of its summaries."""
    text = plain(head)
    if _METRIC.search(text) or _OLD_METRICS.search(text):
        return True
    return all(key in text for key in _KEYS[:2])


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of gungraun's output."""
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    output = _Output(Targets(rows), document)
    for at, line in read_lines(stream, origin=origin):
        if line:
            output.take(line, at)
    output.finish()
    found = rows.reading()
    return Reading(
        measurements=found.measurements,
        tool="gungraun",
        facts={"gungraun.summary": output.version} if output.version else {},
        warnings=(*output.warnings, *output.targets.warnings),
    )


class _Output:
    """The lines so far, split into the console's and JSON objects of one line or many."""

    def __init__(self, targets: Targets, document: Document) -> None:
        self.targets = targets
        self.document = document
        self.warnings: list[str] = []
        self.version = ""
        self._console = Console(document)
        self._object: list[str] = []
        self._indent = ""
        self._began = ""
        self._cut: str | None = None
        self._empty: list[tuple[Benchmark, str]] = []
        self._modules: set[str] = set()

    def take(self, line: str, at: str) -> None:
        """Take one line."""
        if self._object:
            if line.startswith(self._indent + " ") or not line.strip():
                self._object.append(line)
                return
            if line.rstrip() in {self._indent + "}", self._indent + "},"}:
                self._take_object("\n".join([*self._object, "}"]), self._began)
                self._object = []
                return
            self._cut_off()
        text = line.strip()
        if text == "{":
            self._object, self._indent, self._began = [line], line[: len(line) - len(line.lstrip())], at
        elif text.startswith("{"):
            self._take_object(text, at)
        elif not self.targets.heard(line, at):
            self._take_benchmarks(line, at)

    def finish(self) -> None:
        """Hand on what is still open, and tell what is cut off."""
        if self._object:
            self._cut_off()
        for benchmark, at, values in self._console.close():
            self._add(benchmark, at, values)
        for benchmark, at in self._empty:
            # Only a benchmark file can print a header; other lines may look like one.
            if benchmark.path.partition("::")[0] in self._modules:
                self._add_nothing(benchmark, at)
        if self._cut is not None:
            self.document.note(
                self._cut, "a summary begins here and is cut off", hint="Let the benchmarks run again to their end."
            )
        self.targets.finish()

    def _cut_off(self) -> None:
        if any(key in line for line in self._object for key in _KEYS):
            self._note_cut(self._began)
        self._object = []

    def _note_cut(self, at: str) -> None:
        self._tell_cut()
        self._cut = at

    def _tell_cut(self) -> None:
        """Make a warning of a cut-off summary after which the run went on."""
        if self._cut is not None:
            self.warnings.append(f"{self._cut}: a summary begins here and is cut off; the benchmark is left out")
        self._cut = None

    def _take_object(self, text: str, at: str) -> None:
        """Take what looks like a JSON object; one that is not gungraun's is none of its business."""
        try:
            root: Any = json.loads(text)
        except (ValueError, RecursionError):
            if any(key in text for key in _KEYS):
                self._note_cut(at)
            return
        if not is_summary(root):
            return
        self._tell_cut()
        version = root.get("version")
        if isinstance(version, str):
            self.version = storable(version)
        summary = read_summary(root, f"{at}: $", self.document)
        if summary is None:
            return
        benchmark, values = summary
        if values:
            self._add(benchmark, at, values)
        else:
            self._add_nothing(benchmark, at)

    def _take_benchmarks(self, line: str, at: str) -> None:
        for benchmark, place, values in self._console.take(line, at):
            self._add(benchmark, place, values)

    def _add(self, benchmark: Benchmark, at: str, values: Sequence[Value]) -> None:
        if not values:
            self._empty.append((benchmark, at))
            return
        self._modules.add(benchmark.path.partition("::")[0])
        # Ids are the owner's, and nothing makes them unique.
        apart = {"arguments": benchmark.arguments} if benchmark.arguments else NOTHING
        for value in values:
            self.targets.add(row_of(benchmark, value), value.at, apart=apart)

    def _add_nothing(self, benchmark: Benchmark, at: str) -> None:
        self.warnings.append(f"{at}: {shorten(str(benchmark))}: skipped: no metric was written for it")
        self.targets.add(without_metrics(benchmark), at)
