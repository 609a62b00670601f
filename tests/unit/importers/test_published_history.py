"""github-action-benchmark's data.js: entries as runs, suites kept apart, units in one base."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfsite import importers
from perfsite.errors import ConfigError, InputError, PerfsiteError
from perfsite.importers import github_action_benchmark
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import go_bench

DATA = Path(__file__).parents[2] / "data" / "github-action-benchmark" / "import"
SHA = "a" * 40


def entry(*benches, tool="customSmallerIsBetter", **rest):
    commit = {"id": SHA, "message": "Subject\n\nbody", "timestamp": "2023-11-14T22:13:20Z", "author": {"name": "Ada"}}
    return {"commit": commit, "date": 1700000000000, "tool": tool, "benches": list(benches), **rest}


def bench(name="x", value=1, unit="ms", **rest):
    return {"name": name, "value": value, "unit": unit, **rest}


def read(tmp_path, suites, problems=None, **options):
    path = tmp_path / "data.js"
    path.write_text("window.BENCHMARK_DATA = " + json.dumps({"entries": suites}), encoding="utf-8")
    return list(github_action_benchmark.read(path, problems=problems, **options))


def rows(tmp_path, *benches, **options):
    (run,) = read(tmp_path, {"Suite": [entry(*benches, **options)]})
    return list(run.measurements)


def test_a_published_history_is_read_in_the_order_of_time():
    runs = list(github_action_benchmark.read(DATA))
    assert [(run.suite, run.commit.sha[0], run.time.minute) for run in runs] == [
        ("Rust", "b", 15),
        ("Rust", "a", 16),
        ("Python", "a", 17),
        ("Go", "a", 18),
    ]
    assert runs[1].commit.subject == "Second"
    assert runs[1].commit.author == "Ada"
    assert runs[1].commit.time == datetime(2023, 11, 14, 22, 15, tzinfo=UTC)
    assert runs[1].environment.name == "github-actions"
    assert (runs[1].source.format, runs[1].source.tool, runs[1].id) == ("github-action-benchmark", "cargo", None)


def test_a_name_that_two_suites_use_gets_its_suite_before_it():
    names = [list(run.measurements.benchmark) for run in github_action_benchmark.read(DATA)]
    assert names == [["Rust / parse"], ["Rust / parse"], ["Python / parse"], ["BenchmarkFib"] * 3]


def test_units_that_flip_between_runs_end_in_one_base():
    runs = list(github_action_benchmark.read(DATA))
    assert [list(run.measurements.value) for run in runs[:2]] == [[1.5e-6], [2e-6]]


def test_further_metrics_of_a_go_benchmark_are_its_metrics():
    *_, run = github_action_benchmark.read(DATA)
    assert [(row.metric.name, row.value) for row in run.measurements] == [
        ("time", 4e-8),
        ("widgets", 4),
        ("allocated", 16),
    ]


def test_a_rate_of_pytest_has_the_deviation_of_the_rate():
    run = list(github_action_benchmark.read(DATA))[2]
    (row,) = run.measurements
    assert (row.value, row.deviation, row.count) == (100, 10, 40)


@pytest.mark.parametrize(
    ("tool", "unit", "direction"),
    [
        ("customSmallerIsBetter", "Percent", Direction.LOWER),
        ("customBiggerIsBetter", "ms", Direction.HIGHER),
        ("cargo", "ns/iter", Direction.LOWER),
        ("benchmarkjs", "ops/sec", Direction.HIGHER),
        ("pytest", "iter/sec", Direction.HIGHER),
        ("jmh", "ops/s", Direction.HIGHER),
        ("jmh", "ns/op", Direction.LOWER),
        ("go", "MB/s", Direction.HIGHER),
        ("go", "allocs/op", Direction.LOWER),
        ("go", "widgets", Direction.NEITHER),
        ("somethingNew", "furlong", Direction.NEITHER),
    ],
)
def test_the_direction_is_the_owner_s_the_unit_s_or_the_tool_s(tmp_path, tool, unit, direction):
    (row,) = rows(tmp_path, bench(unit=unit), tool=tool)
    assert row.metric.direction is direction


def test_repetitions_under_one_name_are_samples(tmp_path):
    (row,) = rows(tmp_path, bench(value=3), bench(value=1), bench(value=2), tool="googlecpp")
    assert (row.value, row.count, row.samples) == (0.002, 3, [0.003, 0.001, 0.002])


@pytest.mark.parametrize(
    ("tool", "name", "unit", "found"),
    [
        ("go", "BenchmarkSort/n=10/64", "ns/op", ("BenchmarkSort", {"n": "10", "arg0": "64"}, "time")),
        ("go", "BenchmarkSort - MB/s (x.y/z)", "MB/s", ("BenchmarkSort (x.y/z)", {}, "throughput")),
        ("go", "BenchmarkSort (x.y/z) - B/op", "B/op", ("BenchmarkSort (x.y/z)", {}, "allocated")),
        ("googlecpp", "BM_x<a/b>/64/threads:2", "ns/iter", ("BM_x<a/b>", {"arg0": "64", "threads": "2"}, "time")),
        ("jmh", 'a.B.c ( {"n":"1"} )', "ops/ms", ("a.B.c", {"n": "1"}, "throughput")),
        ("jmh", "a.B.c", "us/op", ("a.B.c", {}, "time")),
        ("julia", "fib/20", "ns", ("fib", {"arg0": "20"}, "time")),
        ("benchmarkdotnet", 'A.B.C(n: 1, s: "x")', "ns", ("A.B.C", {"n": "1", "s": "x"}, "time")),
        ("benchmarkluau", "base64", "ms", ("base64", {}, "time")),
        ("pytest", "t.py::test_a[1-b]", "iter/sec", ("t.py::test_a", {"param": "1-b"}, "throughput")),
        ("cargo", "Fibonacci/Iterative/20", "ns/iter", ("Fibonacci/Iterative", {"arg0": "20"}, "time")),
        ("catch2", "Fibonacci 20", "us", ("Fibonacci 20", {}, "time")),
        ("benchmarkjs", "fib(20)", "ops/sec", ("fib(20)", {}, "throughput")),
        ("customSmallerIsBetter", "a/n=1", "ms", ("a/n=1", {}, "time")),
    ],
)  # fmt: skip
def test_names_are_those_that_the_tool_s_own_file_would_give(tmp_path, tool, name, unit, found):
    (row,) = rows(tmp_path, bench(name, unit=unit), tool=tool)
    assert (row.benchmark, row.parameters, row.metric.name) == found


def test_go_benchmarks_that_ran_with_several_gomaxprocs_are_told_apart(tmp_path):
    found = [bench("BenchmarkA", extra="9 times\n4 procs"), bench("BenchmarkA", extra="9 times"), bench("BenchmarkB")]
    assert [(row.benchmark, row.parameters) for row in rows(tmp_path, *found, tool="go")] == [
        ("BenchmarkA", {"gomaxprocs": "4"}),
        ("BenchmarkA", {"gomaxprocs": "1"}),
        ("BenchmarkB", {}),
    ]


def test_aggregates_of_google_benchmark_are_no_benchmarks_of_their_own(tmp_path):
    names = [
        "BM_a/8",
        "BM_a/8",
        "BM_a/8_mean",
        "BM_a/8_stddev",
        "BM_b_mean",
        "BM_b_median",
        "BM_b_stddev",
        "BM_sort_mean",
    ]
    found = rows(tmp_path, *(bench(name, value=i, unit="s/iter") for i, name in enumerate(names)), tool="googlecpp")
    assert [(row.benchmark, row.value, row.count) for row in found] == [
        ("BM_a", 0.5, 2),
        ("BM_b", 5, None),
        ("BM_sort_mean", 7, None),
    ]


def test_a_recorded_run_goes_on_where_the_imported_history_of_the_tool_ended(tmp_path):
    with (DATA.parents[1] / "go-bench" / "packages.txt").open(encoding="utf-8") as stream:
        recorded = go_bench.parse(stream, origin="x").measurements[0]
    name = "BenchmarkSort/kind=random/n=100 (example.com/benches/sorting)"
    (imported,) = rows(tmp_path, bench(name, unit="ns/op"), tool="go")
    assert (imported.benchmark, imported.parameters) == (recorded.benchmark, recorded.parameters)
    assert imported.metric == recorded.metric


def test_a_null_is_failed(tmp_path):
    (row,) = rows(tmp_path, bench(value=None))
    assert (row.status, row.value) == (Status.FAILED, None)


@pytest.mark.parametrize("value", ["70", True, [], float("nan"), float("inf"), 1e305])
def test_a_value_that_is_no_number_costs_itself(tmp_path, value):
    problems = []
    (run,) = read(tmp_path, {"S": [entry(bench("bad", value=value), bench("good"))]}, problems)
    assert list(run.measurements.benchmark) == ["good"]
    assert "benches[0]: 'bad': expected a finite number" in problems[0]


@pytest.mark.parametrize(
    "broken",
    [3, {}, {"benches": []}, entry(), entry("x"), entry(bench(name=3)), {**entry(bench()), "commit": {"id": "abc"}}],
)
def test_an_entry_that_cannot_be_read_costs_itself(tmp_path, broken):
    problems = []
    assert len(read(tmp_path, {"S": [broken, entry(bench())]}, problems)) == 1
    assert "$.entries['S'][0]" in problems[0]


def test_nothing_that_can_be_read_is_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no entry that can be read"):
        read(tmp_path, {"S": [3]})


def test_the_commit_s_time_stands_in_for_a_missing_date(tmp_path):
    (run,) = read(tmp_path, {"S": [entry(bench(), date=None)]})
    assert run.time == run.commit.time


def test_the_environment_can_be_named(tmp_path):
    (run,) = read(tmp_path, {"S": [entry(bench())]}, environment="runner")
    assert run.environment.name == "runner"
    with pytest.raises(ConfigError, match="cannot be an environment's name"):
        read(tmp_path, {"S": []}, environment="a/b")


@pytest.mark.parametrize("place", ["data.js", "dev/bench/data.js"])
def test_a_folder_that_holds_it_will_do(tmp_path, place):
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text(json.dumps({"entries": {"S": [entry(bench())]}}), encoding="utf-8")
    assert len(list(github_action_benchmark.read(tmp_path))) == 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"window.BENCHMARK_DATA = ", b"window.BENCHMARK_DATA = {", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b"x"],
)
def test_something_else_is_refused_at_once(tmp_path, raw):
    path = tmp_path / "data.js"
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        github_action_benchmark.read(path)
    assert "data.js" in str(caught.value)


def test_a_path_that_is_none_says_what_to_give(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as caught:
            github_action_benchmark.read(path)
        assert "gh-pages" in caught.value.hint


def test_a_semicolon_and_a_byte_order_mark_change_nothing(tmp_path):
    path = tmp_path / "data.js"
    text = json.dumps({"entries": {"S": [entry(bench())]}})
    path.write_bytes(b"\xef\xbb\xbfwindow.BENCHMARK_DATA = " + text.encode() + b";\n")
    assert len(list(github_action_benchmark.read(path))) == 1


def test_the_table_knows_both_importers():
    assert {"asv", "github-action-benchmark"} <= set(importers.names())
    assert [importers.load(name).NAME for name in importers.names()] == importers.names()
    with pytest.raises(ConfigError, match="no importer 'x'"):
        importers.load("x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_content_is_read_with_finite_numbers_or_refused(tmp_path, data):
    tool = data.draw(st.sampled_from(["go", "pytest", "catch2", "googlecpp", "customBiggerIsBetter"]))
    changed = copy.deepcopy(entry(bench(range="± 3", extra="2 samples"), tool=tool))
    for node in data.draw(st.lists(st.sampled_from([changed, changed["commit"], changed["benches"][0]]), max_size=3)):
        node[data.draw(st.sampled_from(sorted(node)))] = data.draw(JSON)
    try:
        runs = read(tmp_path, {"S": [changed], "T": data.draw(JSON)}, [])
    except PerfsiteError:
        return
    for run in runs:
        for row in run.measurements:
            assert (row.value is None) == (row.status is not Status.OK)
            json.dumps(
                [
                    row.benchmark,
                    row.value,
                    row.lower,
                    row.upper,
                    row.deviation,
                    row.metric.name,
                    row.metric.unit,
                    run.suite,
                    run.commit.subject,
                    run.source.tool,
                ],
                allow_nan=False,
                ensure_ascii=False,
            ).encode()
