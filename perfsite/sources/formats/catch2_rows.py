"""The benchmarks of a Catch2 run, from its XML or its console output, as measurements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from perfsite.model.run import Measurement, Status
from perfsite.sources.base import MOST_MEASUREMENTS, metric_of
from perfsite.sources.document import is_storable, shorten, storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.sources.base import Rows
    from perfsite.sources.document import Document

BETWEEN_SECTIONS: Final = " / "


@dataclass(slots=True, kw_only=True)
class Benchmark:
    """One benchmark as Catch2 tells it: where it stands, its mean and spread in seconds, or why it failed.

    `unit` is the one the mean was written in; `value` is None where the benchmark failed.
    """

    at: str
    name: str
    test_case: str = ""
    sections: tuple[str, ...] = ()
    unit: str = "ns"
    value: float | None = None
    count: int | None = None
    lower: float | None = None
    upper: float | None = None
    deviation: float | None = None
    statistics: dict[str, float] = field(default_factory=dict)
    failure: str | None = None

    @property
    def place(self) -> tuple[str, str, tuple[str, ...]]:
        """Name, test case and sections."""
        return self.name, self.test_case, self.sections


def keep(benchmark: Benchmark, found: list[Benchmark], document: Document) -> None:
    """Keep one more benchmark of a file; raises where there are more than can be stored."""
    if len(found) >= MOST_MEASUREMENTS:
        document.note(
            benchmark.at,
            f"more than {MOST_MEASUREMENTS:,} benchmarks in one file",
            hint="Record it in parts, each with its own `--suite`.",
        )
        document.finish()
    found.append(benchmark)


def add_benchmarks(found: Sequence[Benchmark], rows: Rows, warnings: list[str]) -> None:
    """Add the metric `time` of every benchmark.

    A benchmark goes by its own name. Where a name comes again in another test case or section, `test_case` and
    `section` become parameters of all that have it, as far as they differ. Where it comes again in the same place,
    as it does with Catch2's generators (`GENERATE(10, 100)`), which run a test case once for each value and tell none
    of them, `occurrence` is its number in the file.
    """
    seen: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
    total = Counter(benchmark.place for benchmark in found)
    differ: dict[str, tuple[set[str], set[tuple[str, ...]]]] = {}
    for benchmark in found:
        cases, sections = differ.setdefault(benchmark.name, (set(), set()))
        cases.add(benchmark.test_case)
        sections.add(benchmark.sections)
    for benchmark in found:
        cases, sections = differ[benchmark.name]
        parameters = dict[str, str]()
        if len(cases) > 1 and benchmark.test_case:
            parameters["test_case"] = benchmark.test_case
        if len(sections) > 1 and benchmark.sections:
            parameters["section"] = BETWEEN_SECTIONS.join(benchmark.sections)
        seen[benchmark.place] += 1
        if total[benchmark.place] > 1:
            parameters["occurrence"] = str(seen[benchmark.place])
        if not all(is_storable(text) for text in (benchmark.name, *parameters.values())):
            rows.document.note(benchmark.at, "a name holds a NUL or half a surrogate pair, which no text file can keep")
            continue
        if benchmark.value is None:
            warnings.append(f"{shorten(benchmark.name)}: failed: {shorten(storable(benchmark.failure or 'no value'))}")
        rows.add(_row(benchmark, parameters), benchmark.at)


def _row(benchmark: Benchmark, parameters: dict[str, str]) -> Measurement:
    metric, _ = metric_of("time", benchmark.unit)
    is_failed = benchmark.value is None
    # One sample has no spread, whatever zeros stand there.
    is_spread = not is_failed and benchmark.count != 1
    return Measurement(
        benchmark=benchmark.name,
        parameters=parameters,
        metric=metric,
        value=benchmark.value,
        status=Status.FAILED if is_failed else Status.OK,
        count=None if is_failed else benchmark.count,
        lower=benchmark.lower if is_spread else None,
        upper=benchmark.upper if is_spread else None,
        deviation=benchmark.deviation if is_spread else None,
        statistics=(benchmark.statistics or None) if is_spread else None,
    )
