"""hyperfine: times, user and system, memory, exit codes, parameters."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources import hyperfine

DATA = Path(__file__).parents[2] / "data" / "hyperfine"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return hyperfine.parse(stream, origin=name)


def parse(**result):
    document = {"results": [{"command": "x", "times": [3.0, 1.0, 2.0], **result}]}
    return hyperfine.parse(io.StringIO(json.dumps(document)), origin="bench.json")


def test_time_is_the_median_of_all_runs_with_user_and_system_beside_it():
    rows = recorded("sleep.json").measurements
    assert [(row.benchmark, row.metric.name, row.value) for row in rows[:3]] == [
        ("sleep 0.01", "time", 0.0118350635),
        ("sleep 0.01", "user", 0.0007743333333333331),
        ("sleep 0.01", "system", 0.0006022499999999999),
    ]
    assert rows[0].samples is not None
    assert len(rows[0].samples) == rows[0].count == 12
    assert rows[0].deviation == 0.0025120279496992598


def test_parameters_come_along():
    rows = [row for row in recorded("parameters.json").measurements if row.metric.name == "time"]
    assert [(row.benchmark, row.parameters) for row in rows] == [("count to 1", {"n": "1"}), ("count to 2", {"n": "2"})]


def test_one_run_has_no_deviation():
    assert recorded("once.json").measurements[0].deviation is None


def test_runs_that_all_ended_alike_count_with_a_warning():
    reading = recorded("ignored.json")
    assert all(row.status is Status.OK for row in reading.measurements)
    assert reading.warnings == (
        "false: all 3 runs ended with exit code 1; they are counted, as hyperfine was told to go on",
    )


@pytest.mark.parametrize("codes", [[0, 1, 0], [1, 2, 1], [None, None, None]])
def test_runs_that_ended_differently_or_by_a_signal_are_failed(codes):
    reading = parse(exit_codes=codes, user=1.0)
    assert [(row.status, row.value, row.samples) for row in reading.measurements] == [(Status.FAILED, None, None)] * 2
    assert "counted as failed" in reading.warnings[0]


def test_memory_is_a_metric_of_its_own():
    row = parse(memory_usage_byte=[3000, 1000, 2000]).measurements[1]
    assert (row.metric.name, row.metric.unit, row.value, row.count) == ("memory", "B", 2000, 3)


def test_a_file_without_single_times_has_its_mean():
    document = {"results": [{"command": "x", "mean": 2.5}]}
    reading = hyperfine.parse(io.StringIO(json.dumps(document)), origin="x")
    assert (reading.measurements[0].value, reading.measurements[0].count) == (2.5, None)


def test_the_median_of_an_even_number_of_runs_lies_between_two():
    assert parse(times=[1.0, 2.0, 4.0, 8.0]).measurements[0].value == 3.0


def test_the_example_of_the_style_guide():
    with pytest.raises(InputError) as caught:
        parse(times=[1.0, "fast"])
    assert str(caught.value) == "bench.json: $.results[0].times[1]: expected a number, found text 'fast'"
    assert "was this file edited?" in caught.value.hint


@pytest.mark.parametrize("codes", ["0", [True], [0.5], {"a": 1}])
def test_exit_codes_that_are_none_are_refused(codes):
    with pytest.raises(InputError, match="exit_codes"):
        parse(exit_codes=codes)
