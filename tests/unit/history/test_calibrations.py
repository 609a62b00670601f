"""Calibration runs: evidence of noise beside the trend, never a point of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import HistoryError
from perfsite.history.calibrations import calibrate
from perfsite.history.codec import decode, encode
from perfsite.history.order import arrange
from perfsite.history.query import Fold
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

SECONDS = Metric(name="time", unit="s", direction=Direction.LOWER)
START = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = json.loads(resources.files("perfsite.history").joinpath("run.schema.json").read_text())


def run(number: int, value: float, *, calibration: bool = False, cpu: str = "a", name: str = "work", commit: int = 1):
    row = Measurement(benchmark=name, metric=SECONDS, value=value, count=10, deviation=0.1 * value)
    made = Run(
        time=START + timedelta(minutes=number),
        commit=Commit(sha=f"{commit:040x}", time=START),
        environment=Environment(name="ci", facts={"cpu.model": cpu}),
        source=Source(format="table"),
        measurements=Columns.of([row]),
        calibration=calibration,
    )
    return decode(encode(made), where="")


def timeline(*runs: Run):
    fold = Fold()
    for one in runs:
        fold.add(one)
    return fold.timeline(arrange(fold.commits, (), (), "main"))


def test_a_calibration_run_comes_back_as_one_and_any_other_line_stays_as_it_was():
    marked = run(0, 1.0, calibration=True)
    assert marked.calibration
    line = encode(marked)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(line))
    assert json.loads(line)["calibration"] is True
    assert "calibration" not in encode(replace(marked, calibration=False, id=None))
    with pytest.raises(HistoryError, match=r"\$\.calibration"):
        decode(line.replace('"calibration":true', '"calibration":1'), where="")


def test_calibration_runs_are_in_no_trend_no_run_list_and_no_count():
    plain = timeline(run(0, 1.0), run(1, 1.1, commit=2))
    told = timeline(
        run(0, 1.0), *[run(i, 5.0 + i, calibration=True, commit=3) for i in range(5)], run(1, 1.1, commit=2)
    )
    assert [commit.sha for commit in told.commits] == [commit.sha for commit in plain.commits]
    assert told.runs == plain.runs
    assert told.series[0].values.tolist() == [1.0, 1.1]
    assert told.measurements == 2
    assert plain.calibrations == {}
    assert told.calibrations[0].runs == 5


def test_the_noise_is_that_around_the_mean_of_each_commit_and_machine():
    sessions = [[(1.0, math.nan), (1.02, math.nan)], [(2.0, math.nan), (2.04, math.nan)]]
    found = calibrate(sessions)
    assert found.degrees == 2
    assert found.deviation == pytest.approx(math.sqrt(2) * 0.01 / 1.01)
    machines = [run(i, 1.0 + 0.02 * (i % 2), calibration=True, cpu="ab"[i // 2]) for i in range(4)]
    assert timeline(run(9, 1.0), *machines).calibrations[0].degrees == 2


def test_what_runs_tell_of_themselves_is_the_usual_standard_error():
    found = timeline(run(9, 1.0), *[run(i, 1.0 + 0.01 * i, calibration=True) for i in range(3)]).calibrations[0]
    assert found.within == pytest.approx(0.1 / math.sqrt(10))


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 0.0], [1.0, -1.0], [0.0, 1.0]])
def test_without_two_runs_and_a_ratio_nothing_is_told(values):
    assert calibrate([[(value, math.nan) for value in values]]) is None


def test_equal_runs_have_no_noise_and_series_without_a_trend_get_none():
    assert calibrate([[(3.0, math.nan)] * 5]).deviation == 0.0
    assert timeline(*[run(i, 1.0, calibration=True) for i in range(3)]).series == ()


@given(
    values=st.lists(st.floats(1e-300, 1e308), min_size=2, max_size=8),
    error=st.none() | st.floats(0, 1e308, allow_nan=False),
)
def test_values_of_any_size_give_a_finite_answer(values, error):
    found = calibrate([[(value, math.nan if error is None else error) for value in values]])
    assert math.isfinite(found.deviation)
    assert found.within is None or math.isfinite(found.within)


def test_a_scale_of_any_size_changes_nothing():
    values = np.random.default_rng(2).lognormal(0, 0.05, 6)
    one, other = (calibrate([[(float(v) * scale, math.nan) for v in values]]) for scale in (1.0, 1e-9))
    assert other.deviation == pytest.approx(one.deviation)
