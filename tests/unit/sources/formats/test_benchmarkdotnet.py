"""BenchmarkDotNet: samples, memory, diagnosers, parameters and jobs of all its JSON exporters."""

import copy
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.errors import InputError, PerfsiteError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import benchmarkdotnet
from perfsite.sources.formats.benchmarkdotnet_names import job_of, split_name, split_parameters

DATA = Path(__file__).parents[3] / "data" / "benchmarkdotnet"
FULL = json.loads((DATA / "SortBench-report-full.json").read_text(encoding="utf-8"))


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return benchmarkdotnet.parse(stream, origin=name)


def parse(root):
    return benchmarkdotnet.parse(io.StringIO(json.dumps(root)), origin="report.json")


def changed(**entry):
    root = copy.deepcopy(FULL)
    root["Benchmarks"] = [root["Benchmarks"][0] | entry]
    return root


def test_the_samples_are_the_original_values_per_operation():
    row, *_ = recorded("SortBench-report-full.json").measurements
    assert (row.metric.name, row.metric.unit, row.count) == ("time", "s", 4)
    assert row.samples == pytest.approx([101.5e-9, 103.25e-9, 102e-9, 104.5e-9])
    assert row.value == pytest.approx(102.625e-9)
    assert row.lower < row.value < row.upper
    assert (row.deviation, row.statistics) == (pytest.approx(1.344e-9, rel=1e-3), None)


def test_parameters_are_whole_even_where_the_tool_shortened_them():
    rows = recorded("SortBench-report-full.json").measurements
    assert rows[0].benchmark == "Sample.SortBench.Sort"
    assert rows[0].parameters == {"N": "100", "Text": "very long and, well, some text"}
    assert rows[7].parameters == {"N": "1000", "Text": "short"}


def test_memory_and_diagnosers_are_metrics_and_stand_there_once():
    rows = recorded("SortBench-report-full.json").measurements[1:7]
    assert [(row.metric.name, row.metric.unit, row.metric.direction, row.value) for row in rows] == [
        ("allocated", "B", Direction.LOWER, 424),
        ("Gen0", "1", Direction.LOWER, 31 / 2048 * 1000),
        ("Gen1", "1", Direction.LOWER, 0),
        ("Gen2", "1", Direction.LOWER, 0),
        ("LockContentionCount", "1", Direction.LOWER, 0.5),
        ("Throughput", "B/s", Direction.HIGHER, 812.5e6),
    ]


def test_a_benchmark_without_statistics_failed():
    reading = recorded("SortBench-report-full.json")
    (row,) = [row for row in reading.measurements if row.status is Status.FAILED]
    assert (row.benchmark, row.metric.name, row.value) == ("Sample.SortBench.Broken", "time", None)
    assert reading.warnings == ("Sample.SortBench.Broken: failed: it has no statistics",)


def test_a_single_iteration_has_no_spread():
    row = recorded("SortBench-report-full.json").measurements[-1]
    assert (row.value, row.count, row.lower, row.deviation, row.samples) == (0.005, 1, None, None, None)


def test_the_job_is_a_parameter_only_where_one_benchmark_ran_in_several():
    times = [row for row in recorded("jobs-report-full-compressed.json").measurements if row.metric.name == "time"]
    assert [row.parameters for row in times] == [{"job": "Runtime=.NET 6.0"}, {"job": "Runtime=.NET 8.0"}]
    assert recorded("SortBench-report-full.json").facts["benchmarkdotnet.job"] == "DefaultJob"


def test_the_oldest_files_have_statistics_or_results_of_single_iterations():
    brief, full = recorded("old-report-brief.json").measurements
    assert (brief.benchmark, brief.value, brief.count) == ("Sample.SortBench.Sort", pytest.approx(102.625e-9), 4)
    assert brief.statistics["p95"] == pytest.approx(104.5e-9)
    assert full.samples == pytest.approx([100e-9, 102e-9])


def test_the_facts_are_those_of_the_host():
    facts = recorded("SortBench-report-full.json").facts
    assert (facts["os"], facts["cpu.model"], facts["cpu.cores"]) == ("Windows 11", "AMD Ryzen 7 5800X", 16)
    assert (facts["arch"], facts["runtime.dotnet"]) == ("x86_64", ".NET 8.0.1 (8.0.123.58001)")
    assert recorded("old-report-brief.json").facts["cpu.model"] == "Intel(R) Core(TM) i7-4702MQ CPU 2.20GHz"


def test_a_debug_build_is_told():
    root = changed()
    root["HostEnvironmentInfo"] = {"Configuration": "Debug"}
    assert "debug build" in parse(root).warnings[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A.B.C", ("A.B.C", {})),
        ("A.B<Int32>.C(n: 1)", ("A.B<Int32>.C", {"n": "1"})),
        ('A.C(x: [1, 2], c: \'y\', s: "q\\", z")', ("A.C", {"x": "[1, 2]", "c": "y", "s": 'q\\", z'})),
        ("A.C(1, 2)", ("A.C(1, 2)", {})),
        ("A.C(n: 1", ("A.C(n: 1", {})),
    ],
)
def test_a_full_name_is_split(text, found):
    assert split_name(text) == found


def test_the_text_of_parameters_is_split_and_a_long_one_takes_no_time():
    assert split_parameters("N=100&Flag=True") == {"N": "100", "Flag": "True"}
    assert split_parameters("") == {}
    assert len(split_parameters("a=" + "&" * 500_000)["a"]) == 500_000


@pytest.mark.parametrize(
    ("text", "job"),
    [
        ("B.S: DefaultJob", "DefaultJob"),
        ("B.S: DefaultJob [N=1]", "DefaultJob"),
        ("B.S: .NET 8.0(Runtime=.NET 8.0) [N=1]", ".NET 8.0(Runtime=.NET 8.0)"),
        ("B.S: Job-ABC(A=1, B=2)", "A=1, B=2"),
    ],
)
def test_a_job_has_no_random_name(text, job):
    assert job_of(text) == job


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ([], "$: expected an object, found an array"),
        ({"HostEnvironmentInfo": {}}, "'Benchmarks' is missing"),
        ({"Benchmarks": []}, "holds no benchmark"),
        ({"Benchmarks": [{"Statistics": None}]}, "$.Benchmarks[0]: neither 'FullName' nor 'Method' names"),
        (changed(Statistics=3), "$.Benchmarks[0].Statistics: expected an object, found the number 3"),
        (changed(Statistics={"OriginalValues": [1.0, "x"]}), "OriginalValues[1]: expected a number, found text 'x'"),
        (changed(Statistics={"Mean": "fast"}), "$.Benchmarks[0].Statistics.Mean: expected a number"),
        (changed(Memory={"BytesAllocatedPerOperation": "x"}), "Memory.BytesAllocatedPerOperation: expected a number"),
        (changed(Metrics=[{"Value": 1}]), "$.Benchmarks[0].Metrics[0]: 'Descriptor' is missing"),
        (changed(Metrics={}), "$.Benchmarks[0].Metrics: expected an array"),
        ({"Benchmarks": [FULL["Benchmarks"][0]] * 2}, "is there twice, first at $.Benchmarks[0]"),
    ],
)
def test_what_cannot_be_read_is_named(root, says):
    with pytest.raises(InputError) as caught:
        parse(root)
    assert says in str(caught.value)
    assert caught.value.hint


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_value_anywhere_is_read_or_refused(data):
    root = copy.deepcopy(FULL)
    entry = root["Benchmarks"][0]
    nodes = [root, root["HostEnvironmentInfo"], entry, entry["Statistics"], entry["Memory"], entry["Metrics"][2]]
    for node in data.draw(st.lists(st.sampled_from(nodes), max_size=3)):
        node[data.draw(st.sampled_from(sorted(node)))] = data.draw(JSON)
    try:
        parse(root)
    except PerfsiteError:
        return
