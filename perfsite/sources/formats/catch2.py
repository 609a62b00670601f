"""Catch2's console output, since version 2.9 and in version 3.

The tables are those of the tool's `catch_reporter_console.cpp`, with or without `--benchmark-no-analysis`. Names longer
than their column are broken over lines, and Catch2 does not say whether a space stood at a break: it is guessed from
what stands around it. `-r xml` writes names whole and numbers with all digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Reading
from perfsite.model.units import parse_unit
from perfsite.sources.base import Rows
from perfsite.sources.document import Document
from perfsite.sources.formats.catch2_rows import Benchmark, add_benchmarks, keep
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "catch2"
TITLE: Final = "Catch2's console output"
MAKE: Final = "./tests | tee catch2.txt"
_HINT: Final = "Give all that the tests printed; `-r xml` writes the same with more digits."
_TABLE: Final = re.compile(
    r"^benchmark name {1,200}samples {1,40}iterations {1,40}(estimated|est run time|mean)\s*$", re.M
)
_BANNER: Final = re.compile(r"^.{1,1000} is a Catch2? v(\d[\w.-]{0,40})(?: [^\n]{1,200})? host application\.\s*$", re.M)
_RULE: Final = re.compile(r"-{15,}\Z")
_END: Final = re.compile(r"={15,}\Z")
_FAILED: Final = "Benchmark failed ("
_MOST_PARTS: Final = 300
_UNITS: Final = {"ns": "ns", "us": "us", "ms": "ms", "s": "s", "m": "min"}
_NO_NUMBERS: Final = frozenset({"nan", "-nan", "inf", "-inf", "-nan(ind)", "nan(ind)"})
_BREAKS: Final = frozenset(" \t[({<|])}>.,:;*+-=&/\\")


def accepts(head: str) -> bool:
    """Whether a text has the banner of Catch2 or the heading of its tables."""
    text = plain(head)
    return _TABLE.search(text) is not None or _BANNER.search(text) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of Catch2's console output.

    The value of `time` is the mean, with its bounds and the standard deviation; the bounds of that are statistics. A
    benchmark that threw is failed.
    """
    document = Document(origin, hint=_HINT, top="")
    reader = _Reader(document)
    for at, line in read_lines(stream, origin=origin):
        reader.take(at, line.rstrip())
    reader.finish()
    rows = Rows(document)
    warnings: list[str] = []
    add_benchmarks(reader.found, rows, warnings)
    if reader.broken:
        warnings.append(
            f"{reader.broken} names are broken over lines; whether a space stood at a break is guessed, "
            "`-r xml` writes them whole"
        )
    found = rows.reading()
    return Reading(
        measurements=found.measurements, tool="catch2", tool_version=reader.version, warnings=tuple(warnings)
    )


def join_name(parts: Sequence[str]) -> str:
    """Return a name that was broken over lines as one.

    Catch2 breaks at spaces, before opening and after closing brackets and other marks, and else within a word, where
    it adds a hyphen.

    Examples
    --------
    >>> join_name(["Fibonacci 20 with a name that is", "longer than the column for it"])
    'Fibonacci 20 with a name that is longer than the column for it'
    >>> join_name(["a_name_of_one_word_that_is_longer_-", "than_the_column"])
    'a_name_of_one_word_that_is_longer_than_the_column'
    >>> join_name(["ns::sort<std::vector<int>, less<>>", "(first, last)"])
    'ns::sort<std::vector<int>, less<>>(first, last)'
    """
    pieces: list[str] = []
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if following is None or (part.endswith("-") and _BREAKS.isdisjoint(part[:-1])):
            pieces.append(part if following is None else part[:-1])
        else:
            pieces.append(part if _is_code_break(part, following) else f"{part} ")
    return "".join(pieces)


def _is_code_break(before: str, after: str) -> bool:
    word = before.rsplit(None, 1)[-1] if before else ""
    if before.endswith(("::", "/", "\\", "=", "&", "*", "+")) and len(word) > 1:
        return True
    return after[:1] in "([{<" and any(mark in word for mark in ("::", "<", "_", "("))


def _title(lines: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return test case and sections of the lines between two rules.

    Sections are indented by 2. A line that goes on with the one before is indented to what follows its first `: `.
    """
    texts: list[str] = []
    hanging = 0
    for line in lines:
        indent = len(line) - len(line.lstrip())
        text = line.strip()
        if texts and indent == hanging and (indent > 2 or (len(texts) == 1 and indent == 0)):
            texts[-1] = join_name([texts[-1], text])
        else:
            colon = text.find(": ")
            hanging = indent + (colon + 2 if colon >= 0 else 0)
            texts.append(text)
    return (texts[0], tuple(texts[1:])) if texts else ("", ())


class _Reader:
    """The tables of one output: a line at a time, so that output of any size can be read."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Benchmark] = []
        self.version: str | None = None
        self.broken = 0
        self._where: tuple[str, tuple[str, ...]] = ("", ())
        self._title: list[str] | None = None
        self._is_heading = False
        self._has_analysis = True
        self._width = 0
        self._in_table = False
        self._parts: list[str] = []
        self._begun: Benchmark | None = None

    def take(self, at: str, line: str) -> None:
        """Take one line."""
        if _TABLE.match(line):
            self._is_heading, self._in_table, self._title = True, True, None
            self._has_analysis = not line.endswith("mean")
            self._width = line.index("samples") - (2 if self._has_analysis else 7)
            self._parts = []
        elif _RULE.match(line):
            self._rule()
        elif _END.match(line):
            self.finish()
        elif self._title is not None:
            # A rule that opened no title is followed by anything; a title has a few lines.
            self._title = [*self._title, line] if line and len(self._title) < 50 else None
        elif self._in_table and not self._is_heading:
            self._row(at, line)
        elif self.version is None and (banner := _BANNER.match(line)):
            self.version = banner[1]

    def _rule(self) -> None:
        if self._is_heading:
            self._is_heading = False
        elif self._title:
            self._where = _title(self._title)
            self._title = None
        else:
            self.finish()
            self._title = []

    def finish(self) -> None:
        """End the table, if one is open."""
        if self._begun is not None:
            self.document.note(self._begun.at, "the benchmark ends without its mean", hint="Was the output cut off?")
        self._begun, self._in_table, self._parts = None, False, []

    def _row(self, at: str, line: str) -> None:
        failed = line.find(_FAILED)
        if not line:
            self._parts = []
        elif failed >= 0:
            self._fail(at, line[:failed].rstrip(), line[failed + len(_FAILED) :].removesuffix(")"))
        elif self._begun is not None:
            self._spread(at, line, self._begun)
        else:
            self._begin(at, line)

    def _begin(self, at: str, line: str) -> None:
        words = line.rsplit(None, 4)
        if len(words) < 4 or words[-1] not in _UNITS or not (words[-4] + words[-3]).isdecimal():
            self._parts = [*self._parts[-_MOST_PARTS:], line.strip()]
            return
        benchmark = self._named(at, words[0] if len(words) == 5 else "")
        benchmark.count = int(words[-4]) if len(words[-4]) < 10 else None
        if self._has_analysis:
            self._begun = benchmark
        else:
            benchmark.unit = _UNITS[words[-1]]
            self._mean(benchmark, words[-2], at)

    def _named(self, at: str, last: str) -> Benchmark:
        parts = [last.strip()] if last.strip() else self._parts[-1:]
        # What the tests print between two rows is no part of a name: a line was broken where the next word did not fit.
        for part in reversed(self._parts if last.strip() else self._parts[:-1]):
            if (
                len(part) > self._width
                or len(f"{part} {parts[0].split(None, 1)[0]}".encode(errors="replace")) <= self._width
            ):
                break
            parts.insert(0, part)
        self.broken += len(parts) > 1
        self._parts = []
        test_case, sections = self._where
        benchmark = Benchmark(at=at, name=join_name(parts) if parts else "", test_case=test_case, sections=sections)
        keep(benchmark, self.found, self.document)
        return benchmark

    def _mean(self, benchmark: Benchmark, written: str, at: str) -> None:
        benchmark.value = self._seconds(written, benchmark.unit, at)
        if benchmark.value is None:
            benchmark.failure = f"its mean is {written}"

    def _spread(self, at: str, line: str, benchmark: Benchmark) -> None:
        """Take the second line of a benchmark, the mean and its bounds, or the third, the deviation and its bounds."""
        words = line.split()
        if len(words) != 6 or not _UNITS.keys() >= set(words[1::2]):
            self.document.note(
                at, "expected three times with units", hint="Was the output cut off or mixed with another?"
            )
            self._begun = None
            return
        numbers = [
            self._seconds(number, _UNITS[unit], at) for number, unit in zip(words[::2], words[1::2], strict=True)
        ]
        if benchmark.value is None and benchmark.failure is None:
            benchmark.unit = _UNITS[words[1]]
            self._mean(benchmark, words[0], at)
            benchmark.lower, benchmark.upper = numbers[1], numbers[2]
        else:
            benchmark.deviation = numbers[0]
            for name, number in zip(("stddev_lower", "stddev_upper"), numbers[1:], strict=True):
                if number is not None:
                    benchmark.statistics[name] = number
            self._begun = None

    def _fail(self, at: str, before: str, reason: str) -> None:
        benchmark, self._begun = self._begun, None
        if benchmark is None:
            words = before.rsplit(None, 2)
            # Without analysis, what failed while it ran has its samples and iterations on the line already.
            is_counted = not self._has_analysis and len(words) == 3 and (words[1] + words[2]).isdecimal()
            benchmark = self._named(at, words[0] if is_counted else before)
        benchmark.value, benchmark.failure = None, reason

    def _seconds(self, written: str, unit: str, at: str) -> float | None:
        if written in _NO_NUMBERS:
            return None
        number = self.document.written(written, at, least=0)
        known = parse_unit(unit)
        return None if number is None or known is None else known.to_base(number)
