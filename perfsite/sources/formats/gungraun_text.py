"""gungraun's console: a header `module::group::function id:arguments`, below it metrics `Instructions: 1734|1650 (…)`.

After gungraun's `gungraun-runner/src/runner/format.rs` and its guide (https://gungraun.github.io/gungraun), and the
first versions of iai-callgrind, which wrote no `|` and the plain name of the function. Left of `|` stands the new run,
right of it the old one. What several processes or threads did (`## pid: …`) is left out where their total follows.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from perfsite.sources.formats.gungraun_metrics import Benchmark, Value, benchmark_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.sources.document import Document

_PATH: Final = re.compile(r"[^\W\d]\w*::[^\W\d]\w*(?:::[^\W\d]\w*)+(?: |\Z)")
_SHORT_PATH: Final = re.compile(r"[^\W\d]\w*(?:::[^\W\d]\w*)?(?: |\Z)")
_HEADLINE: Final = re.compile(r"(?:  |\|=|\| ) ?={7} ([\w-]{1,40}) =")
_PART: Final = re.compile(r"(?:  |\|-)## (.{0,400})")
_LONGEST_HEADER: Final = 4000
_FIRST_LABELS: Final = frozenset(
    {"Instructions", "L1 Data Hits", "L1 Hits", "L2 Hits", "RAM Hits", "Total read+write", "Estimated Cycles"}
)
"""The metrics of the first versions, which wrote no `|` behind them."""
_NO_METRICS: Final = frozenset({"Command", "Baselines", "Details"})


class Console:
    """The lines so far: the benchmark they belong to, and its values."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._header: tuple[str, str] | None = None
        self._above = ""
        self._tool = ""
        self._part: str | None = None
        self._field = ""
        self._is_comparison = False
        self._has_total = False
        self._values: list[Value] = []
        self._current: list[Value] = []

    def take(self, line: str, at: str) -> Iterator[tuple[Benchmark, str, list[Value]]]:
        """Take one line; yields the benchmark before (with its place and values) where a next one begins.

        A header that no metric follows yields its benchmark without values.
        """
        if line[:1].isspace() or line.startswith("|"):
            self._take_indented(line, at)
            return
        if _PATH.match(line):
            yield from self.close()
            self._header = (line, at)
        elif line.strip():
            # With short paths, and where the arguments of the header before end in a line like one, only the first
            # metric tells which line was its header.
            if self._values or self._current:
                yield from self.close()
            elif self._header is not None and not self._tool and len(self._header[0]) < _LONGEST_HEADER:
                self._header = (f"{self._header[0]}\n{line}", self._header[1])
            self._above = line

    def close(self) -> Iterator[tuple[Benchmark, str, list[Value]]]:
        """Yield the benchmark whose lines came last, if there is one."""
        self._end_tool()
        if self._header is not None:
            text, at = self._header
            yield benchmark_of(text), at, self._values
        self._header, self._above, self._tool, self._is_comparison = None, "", "", False
        self._values = []

    def _take_indented(self, line: str, at: str) -> None:
        field, self._field = self._field, ""
        headline = _HEADLINE.match(line)
        if headline:
            self._end_tool()
            self._tool = headline[1]
        elif line[2:].startswith("Comparison with "):
            # What follows sets this benchmark against another one of this run.
            self._is_comparison = True
        elif part := _PART.match(line):
            self._begin_part(part[1])
        elif not self._is_comparison:
            self._take_metric(line, field, at)

    def _begin_part(self, text: str) -> None:
        self._has_total = text.startswith("Total")
        number = re.search(r"part: (\d{1,9})", text)
        self._part = None if self._has_total else number[1] if number else "1"

    def _end_tool(self) -> None:
        """Keep of the tool's parts what its total does not say."""
        if self._has_total:
            self._current = [value for value in self._current if value.part is None]
        elif len({value.part for value in self._current}) == 1:
            self._current = [replace(value, part=None) for value in self._current]
        self._values += self._current
        self._current, self._part, self._has_total = [], None, False

    def _take_metric(self, line: str, field: str, at: str) -> None:
        left, pipe, _ = line[2:].partition("|")
        if left.startswith("  ") and pipe:
            self._take_below(left.split(), field, at)
            return
        label, colon, rest = left.rpartition(":")
        if not colon or left.startswith(" ") or label in _NO_METRICS:
            return
        written = rest.split()
        if not written:
            self._field = "" if pipe else label
        elif (pipe and len(written) == 1) or label in _FIRST_LABELS:
            self._add(label, written[0], at)

    def _take_below(self, words: list[str], field: str, at: str) -> None:
        """Take a line below a metric: the numbers of a label too long for one line, or what perf adds."""
        if not words:
            return
        if field:
            self._add(field, words[-1], at)
        elif self._current and words[0] in {"rse%", "samples"} and words[-1] != "N/A":
            number = self.document.written(words[-1], at, least=0)
            if number is not None:
                last = self._current[-1]
                is_count = words[0] == "samples"
                more = replace(last, count=int(number) or None) if is_count else replace(last, error=number / 100)
                self._current[-1] = more

    def _add(self, label: str, text: str, at: str) -> None:
        if self._header is None:
            if not _SHORT_PATH.match(self._above):
                return
            self._header = (self._above, at)
        label, _, unit = label.partition(" [")
        value = None if text == "N/A" else self.document.written(text, at)
        self._current.append(
            Value(
                label=label.strip(), value=value, at=at, tool=self._tool, unit=unit.rstrip("]") or None, part=self._part
            )
        )
