"""Calibration of what `compare` prints of two files of equal code: the interval holds zero, and hardly any differ."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from noises import normal, recursive

from perfsite.model.findings import Verdict
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source
from perfsite.report.comparison_runs import Terms, compare_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from perfsite.report.comparison import ComparisonRow

TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
PAIRS = 400


def remembering(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return recursive(rng, n, 0.4)


def log_normal(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return 20 * (np.exp(0.3 * rng.normal(size=n)) - 1)


KINDS = {"normal": normal, "log-normal": log_normal, "memory": remembering}


def run(rng: np.random.Generator, kind: str, n: int, centre: Callable[[NDArray[np.float64]], float]) -> Run:
    rows = []
    for i in range(PAIRS):
        samples = 1 + 0.05 * KINDS[kind](rng, n)
        rows.append(Measurement(benchmark=f"b{i}", metric=TIME, value=float(centre(samples)), samples=samples.tolist()))
    return Run(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        commit=Commit(sha="a" * 40),
        environment=Environment(name="desk", facts={}),
        source=Source(format="table"),
        measurements=Columns.of(rows),
    )


def compared(kind: str, n: int, centre: Callable[[NDArray[np.float64]], float]) -> tuple[ComparisonRow, ...]:
    rng = np.random.default_rng(11)
    base, head = (run(rng, kind, n, centre) for _ in range(2))
    rows: tuple[ComparisonRow, ...] = compare_runs([base], [head], {}, Terms())["rows"]
    return rows


@pytest.mark.parametrize("centre", [np.median, np.mean], ids=["medians", "means"])
@pytest.mark.parametrize("n", [10, 30, 100])
@pytest.mark.parametrize("kind", KINDS)
def test_nineteen_of_twenty_intervals_of_equal_code_hold_zero(kind, n, centre):
    rows = compared(kind, n, centre)
    assert np.mean([row.lower <= 0 <= row.upper for row in rows]) >= (0.89 if kind == "memory" else 0.93)


@pytest.mark.parametrize("centre", [np.median, np.mean], ids=["medians", "means"])
@pytest.mark.parametrize("kind", KINDS)
def test_hardly_one_of_a_hundred_pairs_of_equal_code_differs_beyond_its_noise(kind, centre):
    for n in (10, 30, 100):
        rows = compared(kind, n, centre)
        assert np.mean([abs(row.delta) > row.noise for row in rows]) <= 0.01
        judged = sum(row.verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT) for row in rows)
        assert judged <= (0.01 * PAIRS if kind == "memory" else 0)
