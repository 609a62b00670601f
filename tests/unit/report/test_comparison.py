"""Two sides compared: verdicts, medians, the owner's settings, means, and that all forms tell the same numbers."""

from __future__ import annotations

import csv as reader
import io
import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from perfsite.model.findings import Verdict
from perfsite.model.policy import Policy, Severities
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source
from perfsite.model.series import SeriesKey
from perfsite.report.comparison import NEITHER, NO_RATIO, ComparisonView, Side
from perfsite.report.comparison_runs import FEW, MANY, Known, Terms, compare_runs
from perfsite.report.comparison_texts import csv

SPREAD = (0.99, 1.0, 1.01, 0.995, 1.005)


def run(times: dict[str, Any], *, direction: Direction = Direction.LOWER, dirty: bool = False) -> Run:
    """Return a run: of each benchmark one value, or the samples of it."""
    metric = Metric(name="time", unit="s", direction=direction)
    rows = [
        Measurement(benchmark=name, metric=metric, value=float(np.median(told)), samples=list(told))
        if isinstance(told, tuple | list)
        else Measurement(benchmark=name, metric=metric, value=told)
        for name, told in times.items()
    ]
    return Run(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        commit=Commit(sha="a" * 40, dirty=dirty),
        environment=Environment(name="desk", facts={}),
        source=Source(format="table"),
        measurements=Columns.of(rows),
    )


def knowing(*names: str, noise: float = 0.01, **more: Any) -> dict[Any, Known]:
    keys = [(SeriesKey(benchmark=name, metric="time", environment="desk"), "s") for name in names]
    return {key: Known(noise, 31, Policy(), **more) for key in keys}


def compared(base: Run | list[Run], head: Run | list[Run], history: Any = None, **terms: Any) -> dict[str, Any]:
    sides = [one if isinstance(one, list) else [one] for one in (base, head)]
    return compare_runs(*sides, history or {}, Terms(**terms))


def test_what_is_beyond_the_noise_of_few_samples_is_unsure_and_never_no_change() -> None:
    twice = tuple(2 * one for one in SPREAD)
    row = compared(run({"a": SPREAD}), run({"a": twice}))["rows"][0]
    assert row.delta > row.noise
    assert (row.verdict, row.doubts[-1]) == (Verdict.UNSURE, FEW)
    same = compared(run({"a": (1.0,) * 5}), run({"a": (1.5,) * 5}))["rows"][0]
    assert (same.verdict, same.noise) == (Verdict.UNSURE, 0.0)


def test_what_chance_makes_among_so_many_is_unsure_and_never_no_change() -> None:
    names = [f"b{i}" for i in range(200)]
    head = dict.fromkeys(names, 1.0) | {"b0": 1.0535}
    rows = compared(run(dict.fromkeys(names, 1.0)), run(head), knowing(*names))["rows"]
    found = next(row for row in rows if row.key.benchmark == "b0")
    assert found.delta > found.noise
    assert (found.verdict, found.doubts) == (Verdict.UNSURE, (MANY,))


def test_a_metric_of_which_neither_way_is_better_says_that_it_changed() -> None:
    base, head = (run({"a": value}, direction=Direction.NEITHER) for value in (1.0, 3.0))
    row = compared(base, head, knowing("a"))["rows"][0]
    assert (row.verdict, row.doubts) == (Verdict.NO_CHANGE, (NEITHER,))


@pytest.mark.parametrize(("direction", "verdict"), [("lower", "regression"), ("higher", "improvement")])
def test_the_direction_decides_and_the_owners_comes_before_that_of_the_file(direction: str, verdict: str) -> None:
    base, head = run({"a": 1.0}), run({"a": 2.0})
    told = compared(base, head, knowing("a"), directs=lambda *_: Direction(direction))["rows"][0]
    assert (str(told.verdict), told.direction) == (verdict, direction)


def test_a_series_that_no_history_knows_is_judged_by_the_owners_policy() -> None:
    sample = tuple(np.random.default_rng(3).normal(1, 0.01, 30).tolist())
    base, head = run({"a": sample}), run({"a": tuple(1.05 * one for one in sample)})
    assert str(compared(base, head)["rows"][0].verdict) == "regression"
    lax = Policy(severities=Severities(minor=0.1, major=0.2, critical=0.3))
    assert str(compared(base, head, judges=lambda *_: lax)["rows"][0].verdict) == "no-change"


def test_several_runs_of_a_side_are_their_median_and_one_with_uncommitted_changes_does_not_count_beside_them() -> None:
    base = [run({"a": value}) for value in (1.0, 1.2, 9.0)]
    head = [run({"a": 1.3}), run({"a": 5.0}, dirty=True)]
    row = compared(base, head, knowing("a"))["rows"][0]
    assert (row.before, row.after) == (1.2, 1.3)
    assert compared(base, [run({"a": 5.0}, dirty=True)], knowing("a"))["rows"][0].after == 5.0


def test_the_noise_is_no_less_than_the_floors_of_both_sides_together() -> None:
    plain, wide = (
        compared(run({"a": 1.0}), run({"a": 1.1}), knowing("a", floor=floor))["rows"][0] for floor in (math.nan, 0.2)
    )
    assert str(plain.verdict) == "regression"
    assert wide.noise == pytest.approx(math.expm1(math.sqrt(2) * math.log1p(0.2)))
    assert str(wide.verdict) == "unsure"
    assert (plain.lower, plain.upper) == (wide.lower, wide.upper)


def test_a_ratio_beyond_all_numbers_is_large() -> None:
    row = compared(run({"a": 1e-320}), run({"a": 1e300}), knowing("a"))["rows"][0]
    assert (row.delta, row.upper, str(row.verdict)) == (None, None, "regression")


def test_zeros_and_what_is_below_have_no_ratio_and_one_value_has_no_noise() -> None:
    base = run({"zero": 0.0, "below": -1.0, "one": 1.0, "gone": 1.0})
    told = compared(base, run({"zero": 1.0, "below": 2.0, "one": 3.0, "new": 1.0}), knowing("zero", "below"))
    rows = {row.key.benchmark: row for row in told["rows"]}
    assert {name: (row.delta, row.lower) for name, row in rows.items()} == {
        "zero": (None, None),
        "below": (None, None),
        "one": (2.0, None),
    }
    assert rows["zero"].doubts == rows["below"].doubts == (NO_RATIO,)
    assert {row.verdict for row in rows.values()} == {Verdict.UNSURE}
    assert [key.benchmark for key in told["added"] + told["removed"]] == ["new", "gone"]
    assert [mean.mean.count for mean in told["means"]] == [1]


def test_a_mean_of_benchmarks_that_share_the_bad_moments_of_a_run_is_known_less_well() -> None:
    names = [f"b{i}" for i in range(50)]
    base, head = run(dict.fromkeys(names, 1.0)), run(dict.fromkeys(names, 1.01))
    alone, alike = (compared(base, head, knowing(*names, together=share))["means"][0].mean for share in (0.0, 0.5))
    assert alone.delta == pytest.approx(0.01) == pytest.approx(alike.delta)
    assert alone.lower > 0 > alike.lower


def test_the_table_has_every_digit_of_the_document() -> None:
    base = run({"a": SPREAD, "b": 1.0, "c": 0.1})
    told = compared(base, run({"a": tuple(one / 3 for one in SPREAD), "b": 7.0, "c": 0.0}), knowing("b"))
    view = ComparisonView(base=Side(name="x", what="x"), head=Side(name="y", what="y"), **told)
    document = json.loads(json.dumps(view.document()))["rows"]
    table = list(reader.DictReader(io.StringIO(csv(view))))
    for row, line in zip(document, table, strict=True):
        for name in ("before", "after", "delta", "lower", "upper", "noise", "effect"):
            assert (float(line[name]) if line[name] else None) == row[name]
        assert (line["verdict"], line["doubts"]) == (row["verdict"], "; ".join(row["doubts"]))
