"""hyperfine: times, user and system, memory, exit codes, parameters."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Status
from perfsite.sources.formats import hyperfine

DATA = Path(__file__).parents[3] / "data" / "hyperfine"


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


def test_the_first_versions_have_mean_smallest_and_largest_only():
    row = recorded("v1.0.json").measurements[0]
    assert (row.value, row.count, row.deviation) == (0.101835, None, 0.002512)
    assert row.statistics == {"min": 0.100901, "max": 0.103212}


def test_a_median_without_times_keeps_the_mean_beside_it():
    row = parse(times=None, median=2.0, mean=2.5, min=1.0).measurements[0]
    assert (row.value, row.statistics) == (2.0, {"mean": 2.5, "min": 1.0})


def test_a_parameter_without_its_name_is_called_parameter():
    assert [r.parameters for r in recorded("v1.6.json").measurements[::3]] == [
        {"parameter": "0.1"},
        {"parameter": "0.2"},
    ]


def test_memory_that_could_not_be_measured_is_left_out():
    assert [r.metric.name for r in parse(memory_usage_byte=[0, 0, 0]).measurements] == ["time"]


def test_version_2_has_samples_of_every_metric():
    reading = recorded("v2.json")
    rows = {r.metric.name: r for r in reading.measurements if r.benchmark == "short sleep"}
    assert list(rows) == ["time", "cpu_time", "user", "system", "memory", "instructions"]
    assert (rows["time"].value, rows["time"].samples) == (0.0119, [0.0118, 0.0121, 0.0119])
    assert (rows["memory"].value, rows["memory"].metric.unit) == (1490944, "B")
    assert (rows["instructions"].value, rows["instructions"].metric.unit) == (310211, "1")
    assert rows["user"].parameters == {"n": "1"}


def test_version_2_tells_runs_that_ended_differently_too():
    reading = recorded("v2.json")
    assert {r.status for r in reading.measurements if r.benchmark == "false"} == {Status.FAILED}
    assert reading.warnings == ("false: 1 of 2 runs ended with exit code 1; counted as failed",)


def test_a_summary_of_version_2_stands_for_runs_that_are_not_there():
    reading = recorded("v2-summary.json")
    time, memory = reading.measurements
    assert (time.value, time.count, time.parameters) == (0.0119 / 1e3, 3, {"size": "small"})
    assert time.statistics is not None
    assert list(time.statistics) == ["mean", "min", "max"]
    assert (memory.metric.name, memory.value) == ("memory", 2048)
    assert (reading.tool_version, reading.facts) == ("2.0.0", {"os": "Linux", "arch": "x86_64"})
    assert reading.time == datetime(2026, 2, 28, 12, 34, 56, tzinfo=UTC)


def test_every_bad_place_of_version_2_is_told():
    runs = [
        {"time_wall_clock": {"value": "x", "unit": "second"}, "exit_code": True},
        {"time_user": 3, "time_cpu": "y"},
        7,
    ]
    document = {"results": [{"command": "x", "measurements": runs}]}
    with pytest.raises(CombinedInputError) as caught:
        hyperfine.parse(io.StringIO(json.dumps(document)), origin="b.json")
    assert [str(error).split(": ", 2)[1] for error in caught.value.errors] == [
        "$.results[0].measurements[2]",
        "$.results[0].measurements[0].time_wall_clock.value",
        "$.results[0].measurements[0].exit_code",
        "$.results[0].measurements[1].time_cpu",
    ]


def test_a_unit_that_changes_between_runs_is_refused():
    runs = [{"time_wall_clock": {"value": 1, "unit": unit}} for unit in ("second", "millisecond")]
    document = {"results": [{"command": "x", "measurements": runs}]}
    with pytest.raises(InputError, match="expected the unit of the runs before, 'second', found 'millisecond'"):
        hyperfine.parse(io.StringIO(json.dumps(document)), origin="b.json")
