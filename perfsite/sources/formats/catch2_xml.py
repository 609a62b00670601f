"""Catch2's XML: `TESTS -r xml`, since version 2.9 (its `BenchmarkResults`) and in version 3.

The elements are those of the tool's `catch_reporter_xml.cpp`. Left out are the results of the assertions, the numbers
of iterations and resamples, and the clock's resolution, which say how it was measured, not what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document
from perfsite.sources.formats.catch2_rows import Benchmark, add_benchmarks, keep
from perfsite.sources.xml_events import opening_tags, read_tags

if TYPE_CHECKING:
    from perfsite.sources.xml_events import Tag

NAME: Final = "catch2-xml"
TITLE: Final = "Catch2's XML report"
MAKE: Final = "./tests -r xml > catch2.xml"
_HINT: Final = "Catch2 writes it with `-r xml`; was this file edited?"
_ROOTS: Final = frozenset({"Catch", "Catch2TestRun"})
_NO_NUMBERS: Final = frozenset({"nan", "-nan", "inf", "-inf", "-nan(ind)", "nan(ind)"})
_OUTLIERS: Final = {
    "lowSevere": "outliers_low_severe",
    "lowMild": "outliers_low_mild",
    "highMild": "outliers_high_mild",
    "highSevere": "outliers_high_severe",
}


def accepts(head: str) -> bool:
    """Whether a file that begins so is XML with Catch2's root element."""
    tags = opening_tags(head)
    return bool(tags) and tags[0].name in _ROOTS


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a Catch2 report.

    The value of `time` is the mean, with its confidence bounds and the standard deviation; the bounds of that and the
    outliers (how many, and which share of the variance they make up) are statistics. A benchmark that threw is failed.
    """
    document = Document(origin, hint=_HINT, top="")
    reader = _Reader(document)
    for tag in read_tags(stream, origin=origin, hint=_HINT):
        if tag.is_open:
            reader.open(tag)
        else:
            reader.close(tag)
    rows = Rows(document)
    warnings: list[str] = []
    add_benchmarks(reader.found, rows, warnings)
    found = rows.reading()
    return Reading(
        measurements=found.measurements, tool="catch2", tool_version=reader.version, warnings=tuple(warnings)
    )


class _Reader:
    """Where in the report we are, and the benchmarks so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Benchmark] = []
        self.version: str | None = None
        self._is_begun = False
        self._test_case = ""
        self._sections: tuple[str, ...] = ()
        self._benchmark: Benchmark | None = None

    def open(self, tag: Tag) -> None:
        """Take what an opening tag says."""
        if not self._is_begun:
            self._is_begun = True
            self.version = tag.attributes.get("catch2-version")
            if tag.name not in _ROOTS:
                self.document.note(tag.at, f"expected the element Catch2TestRun or Catch, found {tag.name}")
        elif tag.name == "TestCase":
            self._test_case = tag.attributes.get("name", "")
        elif tag.name == "Section":
            self._sections = (*self._sections, tag.attributes.get("name", ""))
        elif tag.name == "BenchmarkResults":
            self._begin(tag)
        elif self._benchmark is not None:
            self._take(tag, self._benchmark)

    def close(self, tag: Tag) -> None:
        """Take the end of an element."""
        if tag.name == "Section":
            self._sections = self._sections[:-1]
        elif tag.name == "BenchmarkResults" and self._benchmark is not None:
            if self._benchmark.value is None and self._benchmark.failure is None:
                self.document.note(self._benchmark.at, "the benchmark has neither a mean nor a failure")
            self._benchmark = None

    def _begin(self, tag: Tag) -> None:
        name = tag.attributes.get("name")
        if name is None:
            self.document.note(tag.at, "the attribute 'name' of BenchmarkResults is missing")
        samples = self._number(tag, "samples") if "samples" in tag.attributes else None
        self._benchmark = Benchmark(
            at=tag.at,
            name=name or "",
            test_case=self._test_case,
            sections=self._sections,
            count=int(samples) if samples and samples < 2**53 else None,
        )
        if name is not None:
            keep(self._benchmark, self.found, self.document)

    def _take(self, tag: Tag, benchmark: Benchmark) -> None:
        # Without analysis (`--benchmark-no-analysis`) the confidence is 0 and every spread a 0 that was not measured.
        is_analysed = tag.attributes.get("ci") != "0"
        if tag.name == "mean":
            benchmark.value = self._seconds(tag, "value")
            if benchmark.value is None:
                benchmark.failure = f"its mean is {tag.attributes.get('value')}"
            if is_analysed:
                benchmark.lower = self._seconds(tag, "lowerBound")
                benchmark.upper = self._seconds(tag, "upperBound")
        elif tag.name == "standardDeviation" and is_analysed:
            benchmark.deviation = self._seconds(tag, "value")
            for attribute, name in (("lowerBound", "stddev_lower"), ("upperBound", "stddev_upper")):
                bound = self._seconds(tag, attribute)
                if bound is not None:
                    benchmark.statistics[name] = bound
        elif tag.name == "outliers":
            share = self._number(tag, "variance")
            counts = {name: self._number(tag, attribute) for attribute, name in _OUTLIERS.items()}
            if share:
                benchmark.statistics["outlier_variance"] = share
            benchmark.statistics.update({name: count for name, count in counts.items() if count})
        elif tag.name == "failed":
            benchmark.failure = tag.attributes.get("message", "")

    def _number(self, tag: Tag, attribute: str) -> float | None:
        written = tag.attributes.get(attribute)
        at = f"{tag.at}, {tag.name}.{attribute}"
        if written is None:
            self.document.note(at, "is missing")
            return None
        if written in _NO_NUMBERS:
            return None
        return self.document.written(written, at, least=0)

    def _seconds(self, tag: Tag, attribute: str) -> float | None:
        number = self._number(tag, attribute)
        return None if number is None else number / 1e9
