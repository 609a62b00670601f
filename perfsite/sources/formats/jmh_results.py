"""Benchmarks of a JMH run, as its JSON and its tables have them, made measurements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perfsite.model.run import Measurement, Status
from perfsite.sources.base import Rows, describe, in_base, median
from perfsite.sources.document import shorten
from perfsite.sources.formats.jmh_names import primary_metric, secondary_metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(slots=True, kw_only=True)
class Figure:
    """One score with what is known of its spread; `score` is None where JMH could not tell one."""

    at: str
    unit: str
    score: float | None
    samples: list[float] = field(default_factory=list)
    count: int | None = None
    lower: float | None = None
    upper: float | None = None
    statistics: Mapping[str, float] | None = None


@dataclass(slots=True, kw_only=True)
class Result:
    """One benchmark in one mode: its own score and the secondary ones by their names."""

    at: str
    benchmark: str
    mode: str
    parameters: Mapping[str, str]
    threads: int | None = None
    main: Figure | None = None
    secondary: dict[str, Figure] = field(default_factory=dict)


def add_results(results: Sequence[Result], rows: Rows, warnings: list[str]) -> None:
    """Add the measurements of all benchmarks.

    Mode and number of threads are parameters only where a benchmark with the same parameters ran with several.
    """
    alike: dict[tuple[str, tuple[tuple[str, str], ...]], list[Result]] = {}
    for result in results:
        alike.setdefault((result.benchmark, tuple(sorted(result.parameters.items()))), []).append(result)
    for group in alike.values():
        has_modes = len({result.mode for result in group}) > 1
        has_threads = len({result.threads for result in group}) > 1
        for result in group:
            parameters = dict(result.parameters)
            if has_modes:
                parameters.setdefault("mode", result.mode)
            if has_threads and result.threads is not None:
                parameters.setdefault("threads", str(result.threads))
            _add(result, parameters, rows, warnings)


def _add(result: Result, parameters: Mapping[str, str], rows: Rows, warnings: list[str]) -> None:
    main_unit = result.main.unit if result.main else ""
    named: list[tuple[Any, Figure]] = []
    if result.main:
        named.append((primary_metric(result.mode, main_unit), result.main))
    for name, figure in result.secondary.items():
        named.append((secondary_metric(name, figure.unit, mode=result.mode, main_unit=main_unit), figure))
    for (metric, written), figure in named:
        if _is_sum(figure):
            _keep_sum(figure)
        value = median(figure.samples) if figure.samples else figure.score
        spread: dict[str, Any] = {}
        if value is None:
            # A profiler that saw nothing (no collection, so no time of one) writes NaN.
            status = Status.FAILED if figure is result.main else Status.SKIPPED
            if status is Status.FAILED:
                warnings.append(f"{shorten(describe(result.benchmark, parameters))}: failed: JMH has no score for it")
        else:
            status = Status.OK
            spread = {
                "count": figure.count or len(figure.samples) or None,
                "samples": figure.samples if len(figure.samples) > 1 else None,
                "lower": figure.lower,
                "upper": figure.upper,
                "statistics": figure.statistics,
            }
        row = Measurement(
            benchmark=result.benchmark, parameters=parameters, metric=metric, value=value, status=status, **spread
        )
        rows.add(in_base(written, row), figure.at)


def _is_sum(figure: Figure) -> bool:
    """Whether the score is a sum over the iterations, as JMH's for counts and times of collections are."""
    samples = figure.samples
    return figure.score is not None and len(samples) > 1 and not min(samples) <= figure.score <= max(samples)


def _keep_sum(figure: Figure) -> None:
    """Let the sum be the value; what the single iterations add to it becomes statistics."""
    samples = figure.samples
    mean = sum(samples) / len(samples)
    figure.statistics = {"min": min(samples), "median": median(samples), "mean": mean, "max": max(samples)}
    figure.count, figure.samples = len(samples), []


def common(values: Iterable[object]) -> object:
    """Return what all entries say alike; None where they differ or say nothing."""
    found = list(values)
    return found[0] if found and all(value == found[0] for value in found) else None
