"""Benchmarks of a JMH run, as its JSON and its tables have them, made measurements."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perfsite.model.run import Measurement, Status
from perfsite.sources.base import Rows, describe, in_base, median
from perfsite.sources.document import shorten
from perfsite.sources.formats.jmh_names import primary_metric, secondary_metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
        if _is_sum(figure, is_secondary=figure is not result.main):
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


def _is_sum(figure: Figure, *, is_secondary: bool) -> bool:
    """Whether the score is no mean of the iterations: those of counts, such as of collections, are their sum.

    Of sampled operations the main score is the mean of all, which weighs the iterations by how many they had.
    """
    score, samples = figure.score, figure.samples
    if score is None or len(samples) < 2:
        return False
    mean = sum(samples) / len(samples)
    if is_secondary:
        return not math.isclose(score, mean, rel_tol=1e-6, abs_tol=1e-300)
    return not min(samples) <= score <= max(samples)


def _keep_sum(figure: Figure) -> None:
    """Let the sum be the value; what the single iterations add to it becomes statistics."""
    samples = figure.samples
    mean = sum(samples) / len(samples)
    figure.statistics = {"min": min(samples), "median": median(samples), "mean": mean, "max": max(samples)}
    figure.count, figure.samples = len(samples), []


class Shared:
    """What all entries of a file say alike under some keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._found: dict[str, object] | None = None

    def take(self, entry: Mapping[str, object]) -> None:
        """Take one more entry."""
        told = {key: entry.get(key) for key in self._keys}
        before = self._found
        self._found = told if before is None else {key: v for key, v in before.items() if told[key] == v}

    def told(self, key: str) -> object:
        """Return what all entries say under a key; None where they differ or say nothing."""
        return (self._found or {}).get(key)
