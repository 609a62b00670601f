"""pytest-benchmark: names, parameters, centre, samples, machine and commit."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.model.run import Direction, Metric
from perfsite.sources.formats import pytest_benchmark

DATA = Path(__file__).parents[3] / "data" / "pytest-benchmark"
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return pytest_benchmark.parse(stream, origin=name)


def parse(*benchmarks, **rest):
    return pytest_benchmark.parse(io.StringIO(json.dumps({"benchmarks": benchmarks, **rest})), origin="bench.json")


def entry(fullname="a.py::test_x", **rest):
    return {"name": fullname.rpartition("::")[2], "fullname": fullname, "stats": {"median": 2, "mean": 3}, **rest}


def test_the_parameters_are_taken_out_of_the_name():
    rows = [row for row in recorded("plain.json").measurements if row.metric == TIME]
    assert [(row.benchmark, row.parameters) for row in rows] == [
        ("test_speed.py::test_sum", {"n": "1000", "kind": "a"}),
        ("test_speed.py::test_sum", {"n": "10", "kind": "b"}),
        ("test_speed.py::test_object", {"param": "thing"}),
        ("test_speed.py::test_once", {}),
    ]


def test_the_value_is_the_median_with_all_rounds_as_samples():
    row = recorded("plain.json").measurements[0]
    assert row.value == 1.2909000361105427e-05
    assert row.count == 15
    assert row.samples is not None
    assert sorted(row.samples)[7] == row.value


def test_a_file_without_rounds_keeps_their_number_and_deviation():
    row = recorded("saved.json").measurements[0]
    assert (row.value, row.count, row.deviation, row.samples) == (1.69800000549003e-05, 12, 6.705060647495728e-07, None)


@pytest.mark.parametrize("name", ["saved.json", "saved-3.2.3.json"])
def test_a_file_without_rounds_keeps_quartiles_and_extremes(name):
    row = recorded(name).measurements[0]
    assert row.statistics is not None
    assert list(row.statistics) == ["min", "max", "mean", "q1", "q3", "iqr", "ld15iqr", "hd15iqr"]
    assert row.statistics["min"] < row.statistics["q1"] < row.value < row.statistics["q3"] < row.statistics["max"]


@pytest.mark.parametrize("name", ["plain.json", "plain-4.0.0.json"])
def test_rounds_tell_the_quartiles_themselves(name):
    rows = [row for row in recorded(name).measurements if row.metric == TIME]
    assert [row.statistics for row in rows] == [None] * 4
    assert [len(row.samples or ()) for row in rows] == [row.count for row in rows]


def test_the_clock_rate_is_in_megahertz():
    assert recorded("plain-4.0.0.json").facts["cpu.mhz"] == 2596.126
    for odd in ([], [1], "2.6 GHz", [True, 0], [10**400, 0], [1, 400], [-1, 0], None):
        assert "cpu.mhz" not in parse(entry(), machine_info={"cpu": {"hz_advertised": odd}}).facts


def test_timers_that_differ_are_no_fact():
    options = [{"options": {"timer": name}} for name in ("perf_counter", "process_time")]
    assert parse(entry("a.py::x", **options[0]), entry("a.py::y", **options[0])).facts
    assert parse(entry("a.py::x", **options[0]), entry("a.py::y", **options[1])).facts == {}


def test_an_extra_called_time_stays_apart_from_the_time():
    rows = parse(entry(extra_info={"time": 7})).measurements
    assert [(row.metric.name, row.value) for row in rows] == [("time", 2), ("extra_info.time", 7)]


def test_one_round_has_no_deviation():
    row = recorded("saved.json").measurements[-1]
    assert (row.benchmark, row.count, row.deviation) == ("test_speed.py::test_once", 1, None)


def test_numbers_in_extra_info_are_metrics_of_their_own():
    rows = [row for row in recorded("plain.json").measurements if row.metric != TIME]
    assert [(row.metric.name, row.value, row.parameters["n"]) for row in rows] == [
        ("rows", 1000, "1000"),
        ("rows", 10, "10"),
    ]


def test_machine_commit_time_and_version_come_along():
    reading = recorded("plain.json")
    assert reading.tool_version == "5.3.1"
    assert reading.time == datetime(2026, 11, 21, 23, 33, 49, 363073, tzinfo=UTC)
    assert reading.commit is not None
    assert reading.commit.sha == "3e55715cd4b5ac58f45629664ea300ee3ae027a0"
    assert reading.commit.dirty is False
    assert reading.facts == {
        "cpu.model": "AMD EPYC",
        "cpu.cores": 2,
        "arch": "x86_64",
        "os": "Linux",
        "kernel": "6.1.0",
        "runtime.python": "3.11.7",
        "pytest-benchmark.python_compiler": "GCC 12.2.0",
        "pytest-benchmark.timer": "perf_counter",
    }


def test_the_branch_of_a_detached_head_is_not_known():
    info = {"id": "a" * 40, "branch": "(detached head)", "dirty": True}
    reading = parse(entry(), commit_info=info)
    assert reading.branch is None
    assert reading.commit is not None
    assert reading.commit.dirty is True


def test_a_commit_without_a_full_hash_is_not_known():
    assert parse(entry(), commit_info={"id": "unversioned", "error": "no repository"}).commit is None


def test_tests_of_one_name_in_two_files_do_not_collide():
    reading = parse(entry("a.py::test_x"), entry("b.py::test_x"))
    assert [row.benchmark for row in reading.measurements] == ["a.py::test_x", "b.py::test_x"]


def test_parameters_that_read_alike_are_told_apart_by_their_id():
    reading = parse(entry("a.py::test_x[0]", params={"n": 1}), entry("a.py::test_x[1]", params={"n": "1"}))
    assert [row.parameters for row in reading.measurements] == [{"n": "1", "param": "0"}, {"n": "1", "param": "1"}]


def test_brackets_in_an_id_or_a_folder_stay_where_they_are():
    reading = parse(entry("x[1].py::test_y"), entry("x[1].py::test_z[a[0]]"))
    assert [(row.benchmark, row.parameters) for row in reading.measurements] == [
        ("x[1].py::test_y", {}),
        ("x[1].py::test_z", {"param": "a[0]"}),
    ]


def test_the_mean_stands_in_for_a_missing_median():
    assert parse(entry(stats={"mean": 3})).measurements[0].value == 3


def test_the_oldest_files_without_params_and_datetime_zone_are_read():
    old = {"name": "test_x[0]", "fullname": "t.py::test_x[0]", "group": None, "stats": {"mean": 1.0, "rounds": 4}}
    reading = parse(old, version="2.5.0", datetime="2015-08-15T00:01:46.250433")
    assert reading.measurements[0].parameters == {"param": "0"}
    assert reading.time == datetime(2015, 8, 15, 0, 1, 46, 250433, tzinfo=UTC)


def test_samples_shortened_by_hand_are_left_out_with_a_warning():
    reading = parse(entry(stats={"median": 2, "data": [1, 2, "... omitted"], "rounds": 900}))
    assert reading.measurements[0].samples is None
    assert "samples end with text '... omitted'" in reading.warnings[0]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_an_extra_that_is_no_number_is_left_out_with_a_warning(number):
    reading = parse(entry(extra_info={"rss": number}))
    assert len(reading.measurements) == 1
    assert "extra_info 'rss' is left out" in reading.warnings[0]


def test_another_python_is_named_as_the_runtime():
    machine = {"python_implementation": "PyPy", "python_implementation_version": "7.3.12", "python_version": "3.10.12"}
    assert parse(entry(), machine_info=machine).facts == {"runtime.pypy": "7.3.12"}
