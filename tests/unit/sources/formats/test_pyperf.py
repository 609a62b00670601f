"""pyperf: samples of all runs, memory, units, facts, and the versions of the format."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction, Metric, Status
from perfsite.sources.formats import pyperf

DATA = Path(__file__).parents[3] / "data" / "pyperf"
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
MEMORY = Metric(name="memory", unit="B", direction=Direction.LOWER)


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return pyperf.parse(stream, origin=name)


def parse(*runs, version="1.0", **metadata):
    document = {"version": version, "benchmarks": [{"runs": runs, "metadata": {"name": "x", **metadata}}]}
    return pyperf.parse(io.StringIO(json.dumps(document)), origin="bench.json")


def test_the_values_of_all_runs_are_samples():
    document = json.loads((DATA / "suite.json").read_text(encoding="utf-8"))
    reading = recorded("suite.json")
    times = [row for row in reading.measurements if row.metric == TIME]
    assert [row.benchmark for row in times] == ["join <1000>", "dict|get", "self timed 🕑"]
    written = [[value for run in entry["runs"] for value in run["values"]] for entry in document["benchmarks"]]
    assert [row.samples for row in times] == written
    assert [row.count for row in times] == [12, 12, 12]
    assert times[0].value == pytest.approx((sorted(written[0])[5] + sorted(written[0])[6]) / 2)


def test_calibration_runs_and_warm_ups_are_no_samples():
    time, memory = recorded("timeit.json").measurements
    assert (time.benchmark, time.metric, time.count, memory.metric, memory.count) == (
        "calibrated",
        TIME,
        6,
        MEMORY,
        2,
    )


def test_the_peak_memory_of_every_run_is_a_metric():
    memory = [row for row in recorded("suite.json").measurements if row.metric == MEMORY]
    assert [(row.benchmark, row.count) for row in memory] == [("join <1000>", 3), ("dict|get", 3), ("self timed 🕑", 3)]
    assert memory[0].samples == [19464192.0, 19472384.0, 19472384.0]


def test_the_memory_of_a_command_is_its_own():
    rows = recorded("command.json").measurements
    assert [(row.metric.name, row.value) for row in rows] == [("time", 0.0017899570002555265), ("memory", 12738560.0)]


def test_tracked_memory_is_the_value_and_that_of_the_process_stays_beside_it():
    rows = recorded("track-memory.json").measurements
    assert [(row.metric.name, row.metric.unit, row.value) for row in rows] == [
        ("memory", "B", 12525568.0),
        ("mem_max_rss", "B", 19902464.0),
    ]


@pytest.mark.parametrize(("name", "version"), [("timeit-1.6.1.json", "1.6.1"), ("timeit-2.0.0.json", "2.0.0")])
def test_older_versions_are_read(name, version):
    reading = recorded(name)
    assert reading.tool_version == version
    assert [(row.benchmark, row.metric.name, row.count) for row in reading.measurements] == [
        ("list", "time", 9),
        ("list", "memory", 3),
    ]


def test_the_oldest_versions_called_the_values_samples():
    reading = recorded("perf-0.8.3.json")
    time, memory = reading.measurements
    assert (time.benchmark, time.value, time.count) == ("parse", (0.0225 + 0.0226) / 2, 6)
    assert memory.samples == [11808768.0, 11812864.0]
    assert reading.facts["runtime.python"] == "3.5.2"
    assert reading.facts["runtime.python.revision"] == "0b1c2d3e4f50"


def test_metadata_are_facts_without_names_of_hosts_and_paths():
    facts = recorded("suite.json").facts
    assert facts == {
        "cpu.model": "AMD EPYC",
        "cpu.cores": 2,
        "os": "Linux",
        "kernel": "6.1.0",
        "arch": "x86_64",
        "runtime.python": "3.11.7",
        "pyperf.platform": "Linux-6.1.0-x86_64-with-glibc2.36",
        "pyperf.aslr": "Full randomization",
        "pyperf.description": "perfsite's sample suite",
        "pyperf.loops": 16,
        "pyperf.cpu_config": "idle:haltpoll",
        "pyperf.python_cflags": "-Wsign-compare -DNDEBUG -g -fwrapv -O3 -Wall",
        "pyperf.python_compiler": "GCC 12.2.0",
        "pyperf.timer": "clock_gettime(CLOCK_MONOTONIC), resolution: 1.00 ns",
    }


def test_flags_with_paths_are_left_out():
    assert parse({"values": [1]}, python_cflags="-O2 -I/home/me/include -g").facts == {"pyperf.python_cflags": "-O2 -g"}


@pytest.mark.parametrize(
    ("platform", "facts"),
    [
        ("Windows-10-10.0.19041-SP0", {"os": "Windows"}),
        ("macOS-12.3-arm64-arm-64bit", {"os": "macOS", "arch": "arm64"}),
        ("Linux-5.4.0-1-amd64-x86_64-with-debian", {"os": "Linux", "kernel": "5.4.0-1-amd64", "arch": "x86_64"}),
        ("odd", {"os": "odd"}),
    ],
)
def test_the_system_is_taken_out_of_the_platform(platform, facts):
    assert parse({"values": [1]}, platform=platform).facts == {"pyperf.platform": platform, **facts}


def test_another_python_is_named_as_the_runtime():
    facts = parse({"values": [1]}, python_implementation="pypy", python_version="7.3.1 (Python 3.6.9) (64-bit)").facts
    assert facts == {"runtime.pypy": "7.3.1"}


def test_what_differs_between_runs_or_benchmarks_is_no_fact():
    assert parse({"values": [1], "metadata": {"hooks": "a"}}, {"values": [1], "metadata": {"hooks": "b"}}).facts == {}


def test_the_time_is_not_known_as_pyperf_writes_no_zone_but_an_importer_may_assume_one():
    assert recorded("suite.json").time is None
    document = json.loads((DATA / "suite.json").read_text(encoding="utf-8"))
    assert pyperf.started(document, zone=UTC) == datetime(2026, 11, 22, 2, 13, 32, 580475, tzinfo=UTC)
    assert pyperf.started([], zone=UTC) is None


def test_a_benchmark_with_calibration_only_is_skipped():
    reading = parse({"warmups": [[1, 0.5]]})
    assert [(row.status, row.value) for row in reading.measurements] == [(Status.SKIPPED, None)]
    assert "x: skipped" in reading.warnings[0]


def test_whole_numbers_are_values_without_a_direction():
    (row,) = parse({"values": [3, 5]}, unit="integer").measurements
    assert (row.metric, row.value) == (Metric(name="value", unit="1", direction=Direction.NEITHER), 4)


def test_memory_that_is_the_same_in_all_runs_counts_for_each():
    _, memory = parse({"values": [1]}, {"values": [2]}, {"warmups": [[1, 1]]}, mem_max_rss=7).measurements
    assert memory.samples == [7.0, 7.0]


def test_every_bad_place_is_named():
    with pytest.raises(CombinedInputError) as caught:
        parse({"values": [1, "fast", -1]}, {"values": 3}, unit="furlong", mem_max_rss="much")
    text = str(caught.value)
    for place in (
        "$.benchmarks[0].runs[0].values[1]: expected a number, found text 'fast'",
        "$.benchmarks[0].runs[0].values[2]: expected a number not below 0",
        "$.benchmarks[0].runs[1].values: expected an array of numbers, found the number 3",
        "$.benchmarks[0].metadata.unit: expected one of second, byte, integer, found text 'furlong'",
        "$.benchmarks[0].metadata.mem_max_rss: expected a number, found text 'much'",
    ):
        assert f"bench.json: {place}" in text


@pytest.mark.parametrize("version", [2, "2.0", None, [], True])
def test_a_version_that_is_none_is_an_error(version):
    with pytest.raises(InputError, match=r"\$.version: expected one of 3, 4, 5, 6, 1.0"):
        parse({"values": [1]}, version=version)


def test_a_benchmark_that_is_there_twice_is_an_error():
    entry = {"runs": [{"values": [1]}], "metadata": {"name": "x"}}
    text = json.dumps({"version": "1.0", "benchmarks": [entry, entry]})
    with pytest.raises(InputError, match="'x' is there twice"):
        pyperf.parse(io.StringIO(text), origin="bench.json")


def test_a_file_without_a_name_is_an_error():
    with pytest.raises(InputError, match="'name' is missing"):
        pyperf.parse(
            io.StringIO('{"version": "1.0", "benchmarks": [{"runs": [{"values": [1]}]}]}'), origin="bench.json"
        )


def test_a_suite_without_benchmarks_is_an_error():
    with pytest.raises(InputError, match="holds no benchmark"):
        pyperf.parse(io.StringIO('{"version": "1.0", "benchmarks": []}'), origin="bench.json")
