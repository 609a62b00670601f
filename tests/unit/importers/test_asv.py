"""asv: result files of both versions as runs; what is broken costs itself only."""

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfsite.errors import InputError, PerfsiteError
from perfsite.importers import asv
from perfsite.model.run import Direction, Status

SHA = "0123456789abcdef0123456789abcdef01234567"
COLUMNS = [
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
]  # fmt: skip
MACHINE = {
    "machine": "box",
    "arch": "x86_64",
    "cpu": "Fast 9000",
    "num_cpu": "8",
    "os": "Linux 6.1.0-13",
    "ram": "16384",
    "version": 1,
}
BENCHMARKS = {
    "version": 2,
    "suite.time_a": {"type": "time", "unit": "seconds", "params": [], "param_names": [], "version": "1"},
    "suite.track_b": {"type": "track", "unit": "MB", "params": [["1", "2"], ["'x'"]], "param_names": ["n", "kind"]},
    "suite.track_c": {"type": "track", "unit": "unit", "params": [], "param_names": []},
    "suite.peakmem_d": {"type": "peakmemory", "unit": "bytes", "params": [], "param_names": []},
}
PLAIN = [[0.5], [], "v", 1700000000000, 1.0, [0.4], [0.6], [0.45], [0.55], [3], [2], [[0.4, 0.6]]]


def result_file(results, **rest):
    return {
        "commit_hash": SHA,
        "env_name": "conda-py3.12",
        "date": 1600000000000,
        "params": {"machine": "box", "python": "3.12"},
        "python": "3.12",
        "requirements": {"numpy": "2.1"},
        "env_vars": {"OMP_NUM_THREADS": "1"},
        "result_columns": COLUMNS,
        "results": results,
        "durations": {},
        "version": 2,
        **rest,
    }


def write(root, files, *, benchmarks=BENCHMARKS, machine=MACHINE):
    folder = root / "box"
    folder.mkdir(parents=True, exist_ok=True)
    if benchmarks is not None:
        (root / "benchmarks.json").write_text(json.dumps(benchmarks), encoding="utf-8")
    if machine is not None:
        (folder / "machine.json").write_text(json.dumps(machine), encoding="utf-8")
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")
    return root


def one(tmp_path, results, *, benchmarks=BENCHMARKS, **rest):
    problems = []
    write(tmp_path, {"a.json": result_file(results, **rest)}, benchmarks=benchmarks)
    (run,) = asv.read(tmp_path, problems=problems)
    return run, list(run.measurements), problems


def test_a_result_file_is_a_run(tmp_path):
    run, (row,), problems = one(tmp_path, {"suite.time_a": PLAIN})
    assert problems == []
    assert run.time == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert run.commit.sha == SHA
    assert run.commit.time == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    assert run.environment.name == "box-conda-py3.12"
    assert run.source.format == "asv"
    assert run.id is None
    assert (row.benchmark, row.metric.name, row.metric.unit, row.metric.direction) == (
        "suite.time_a",
        "time",
        "s",
        "lower",
    )
    assert (row.value, row.lower, row.upper, row.count, row.samples) == (0.5, 0.4, 0.6, 2, [0.4, 0.6])


def test_the_machine_s_facts_have_perfsite_s_names(tmp_path):
    run, _, _ = one(tmp_path, {"suite.time_a": PLAIN})
    assert run.environment.facts == {
        "arch": "x86_64",
        "cpu.model": "Fast 9000",
        "cpu.cores": 8,
        "os": "Linux",
        "kernel": "6.1.0-13",
        "memory.bytes": 16384 * 1024,
        "runtime.python": "3.12",
        "requirement.numpy": "2.1",
        "env.OMP_NUM_THREADS": "1",
    }


@pytest.mark.parametrize(("ram", "known"), [("4GB", 4 * 10**9), ("16 GiB", 2**34), ("much", "much"), ("", None)])
def test_memory_as_people_write_it_is_bytes_where_it_can_be(tmp_path, ram, known):
    write(tmp_path, {"a.json": result_file({"suite.time_a": PLAIN})}, machine={**MACHINE, "ram": ram})
    (run,) = asv.read(tmp_path)
    assert run.environment.facts.get("memory.bytes") == known


def test_null_is_failed_and_nan_is_skipped(tmp_path):
    results = {
        "suite.time_a": [None, [], "v", 1700000000000],
        "suite.peakmem_d": [[math.nan], [], "v", 1700000000001],
        "other.time_x": [[None], []],
    }
    _, rows, problems = one(tmp_path, results)
    assert [(row.status, row.value) for row in rows] == [
        (Status.FAILED, None),
        (Status.SKIPPED, None),
        (Status.FAILED, None),
    ]
    assert problems == []


def test_an_infinity_is_failed_and_told(tmp_path):
    _, (row,), problems = one(tmp_path, {"suite.time_a": [[math.inf], []]})
    assert row.status is Status.FAILED
    assert (
        "suite.time_a: expected a finite number, found a number too large to be one (infinity) (counts as failed)"
        in problems[0]
    )


def test_parameters_come_in_product_order_with_their_names(tmp_path):
    results = {"suite.track_b": [[1.5, None], [["1", "2"], ["'x'"]]]}
    _, rows, _ = one(tmp_path, results)
    assert [(row.parameters, row.value, row.status) for row in rows] == [
        ({"n": "1", "kind": "'x'"}, 1.5e6, Status.OK),
        ({"n": "2", "kind": "'x'"}, None, Status.FAILED),
    ]
    assert (rows[0].metric.unit, rows[0].metric.original_unit) == ("B", "MB")


def test_the_last_parameter_varies_fastest(tmp_path):
    results = {"x.time_y": [[1.0, 2.0, 3.0, 4.0], [["a", "b"], ["c", "d"]]]}
    _, rows, _ = one(tmp_path, results)
    assert [tuple(row.parameters.values()) for row in rows] == [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]
    assert list(rows[0].parameters) == ["param1", "param2"]


def test_more_or_fewer_values_than_parameters_are_told(tmp_path):
    _, rows, problems = one(tmp_path, {"x.time_y": [[1.0], [["a", "b"]]]})
    assert [row.value for row in rows] == [1.0, None]
    assert "expected 2 values, one for each combination of parameters, found 1" in problems[0]


@pytest.mark.parametrize(
    ("name", "metric", "unit", "direction"),
    [
        ("time_x", "time", "s", Direction.LOWER),
        ("timeraw_x", "time", "s", Direction.LOWER),
        ("mem_x", "memory", "B", Direction.LOWER),
        ("peakmem_x", "memory", "B", Direction.LOWER),
        ("track_errors", "value", "1", Direction.LOWER),
        ("track_speed", "value", "1", Direction.HIGHER),
        ("track_x", "value", "1", Direction.NEITHER),
    ],
)
def test_a_benchmark_that_benchmarks_json_lost_is_told_by_its_name(tmp_path, name, metric, unit, direction):
    _, (row,), _ = one(tmp_path, {f"gone.Suite.{name}": [[1.0], []]}, benchmarks=None)
    assert (row.metric.name, row.metric.unit, row.metric.direction) == (metric, unit, direction)


def test_tracked_numbers_without_a_direction_are_told_once(tmp_path):
    _, _, problems = one(tmp_path, {"suite.track_c": [[1.0], []]})
    assert len(problems) == 1
    assert "suite.track_c" in problems[0]
    assert "direction" in problems[0]


def test_version_1_files_are_read(tmp_path):
    content = result_file(
        {
            "suite.time_a": 0.25,
            "suite.peakmem_d": {
                "result": [1000],
                "params": [],
                "samples": [[1000, 1000]],
                "stats": [{"ci_99": [900, 1100], "n": 2}],
            },
            "x.time_p": {"result": [1.0, None], "params": [["a", "b"]]},
            "x.time_f": None,
        },
        started_at={"suite.time_a": 1650000000000},
        version=1,
    )
    del content["result_columns"], content["env_name"]
    write(tmp_path, {"a.json": content})
    problems = []
    (run,) = asv.read(tmp_path, problems=problems)
    rows = list(run.measurements)
    assert problems == []
    assert run.environment.name == "box-py3.12-numpy2.1"
    assert run.time == datetime(2022, 4, 15, 5, 20, tzinfo=UTC)
    assert [row.value for row in rows] == [0.25, 1000, 1.0, None, None]
    assert (rows[1].lower, rows[1].upper, rows[1].count) == (900, 1100, 2)


def test_the_commit_s_time_stands_in_where_no_benchmark_tells_its_own(tmp_path):
    run, _, _ = one(tmp_path, {"suite.time_a": [[1.0], []]})
    assert run.time == run.commit.time


def test_quartiles_are_kept_where_asv_kept_no_samples(tmp_path):
    _, (with_samples, without), _ = one(tmp_path, {"suite.time_a": PLAIN, "suite.time_q": PLAIN[:11]})
    assert with_samples.statistics is None
    assert without.statistics == {"q1": 0.45, "q3": 0.55}


@pytest.mark.parametrize(
    "odd",
    [
        {"x.time_odd": [[1], [], "v", 1, 1.0, [1], [1], [1], [1], [1], [1], [[1.0]]]},
        {"x.time_odd": [[math.nan], *PLAIN[1:]]},
        {"x.time_odd": [[None], *PLAIN[1:]]},
        {"x.time_odd": [*PLAIN[:11], [[]]]},
        {"x.time_odd": [*PLAIN[:10], [0], PLAIN[11]]},
        {"x.time_odd": [[0.5, 0.5], [["a", "b"]], *PLAIN[2:5]]},
        {"x.time_odd": [*PLAIN[:3], None, *PLAIN[4:]]},
        {"suite.track_b": [[0.5] * 2, [["1", "2"], ["'x'"]]]},
        {"x.time_odd": None},
        {"x.time_odd": 3},
        {"x.time_odd": {}},
        {"x.time_odd": "text"},
    ],
    ids=repr,
)
def test_one_odd_result_changes_nothing_of_the_usual_ones(tmp_path, odd):
    usual = {"suite.time_a": PLAIN, "suite.time_n": [None, [], "v", 1700000000000], "x.time_z": PLAIN}
    _, alone, _ = one(tmp_path / "alone", usual)
    _, beside, _ = one(tmp_path / "beside", {**usual, **odd})
    assert [row for row in beside if row.benchmark in usual] == alone


def test_values_that_read_alike_are_told_apart(tmp_path):
    _, rows, _ = one(tmp_path, {"x.time_y": [[1.0, 2.0, 3.0], [["a", "a", "a (2)"]]]})
    assert [row.parameters["param1"] for row in rows] == ["a", "a (2)", "a (2) (2)"]


def test_a_python_that_is_a_path_is_no_fact(tmp_path):
    run, _, _ = one(tmp_path, {"suite.time_a": PLAIN}, python="/home/me/bin/python3")
    assert "runtime.python" not in run.environment.facts


def test_samples_past_the_limit_are_thinned(tmp_path):
    samples = [float(i) for i in range(500)]
    row = [[1.0], [], "v", 1, 1.0, [0.4], [0.6], [0.45], [0.55], [3], [500], [samples]]
    _, (found,), _ = one(tmp_path, {"suite.time_a": row})
    assert found.samples is not None
    assert (found.count, len(found.samples)) == (500, 100)


@pytest.mark.parametrize("sample", ["x", None, True, math.nan, math.inf, [], 10**400])
def test_samples_that_are_no_numbers_are_left_out_and_told(tmp_path, sample):
    row = [*PLAIN[:11], [[0.4, sample]]]
    _, (found,), problems = one(tmp_path, {"suite.time_a": row})
    assert (found.value, found.samples) == (0.5, None)
    assert "expected samples that are finite numbers (they are left out)" in problems[0]


def test_infinite_bounds_are_not_known(tmp_path):
    _, (found,), _ = one(
        tmp_path, {"suite.time_a": [[1.0], [], "v", 1, 1.0, [-math.inf], [math.inf], [1], [1], [1], [1]]}
    )
    assert (found.lower, found.upper) == (None, None)


def test_runs_come_in_the_order_of_their_time(tmp_path):
    starts = [1700000300000, 1700000100000, 1700000200000]
    files = {
        f"{i}.json": result_file({"suite.time_a": [*PLAIN[:3], start, *PLAIN[4:]]}) for i, start in enumerate(starts)
    }
    times = [run.time for run in asv.read(write(tmp_path, files))]
    assert times == sorted(times)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        '{"results": 3}',
        '{"results": {}}',
        "\x00",
        "[" * 100_000,
        '{"commit_hash": "abc", "results": {}}',
    ],
)
def test_a_broken_file_costs_that_file(tmp_path, content):
    write(tmp_path, {"good.json": result_file({"suite.time_a": PLAIN}), "bad.json": content})
    problems = []
    assert len(list(asv.read(tmp_path, problems=problems))) == 1
    assert len(problems) == 1
    assert problems[0].startswith("box/bad.json")


def test_nothing_that_can_be_read_is_an_error(tmp_path):
    write(tmp_path, {"bad.json": "{"})
    with pytest.raises(InputError, match="holds no result that can be read") as caught:
        list(asv.read(tmp_path))
    assert "bad.json" in str(caught.value)


def test_the_folder_above_will_do(tmp_path):
    write(tmp_path / "results", {"a.json": result_file({"suite.time_a": PLAIN})})
    assert len(list(asv.read(tmp_path))) == 1


def test_a_machine_file_that_is_broken_costs_its_facts_only(tmp_path):
    write(tmp_path, {"a.json": result_file({"suite.time_a": PLAIN})})
    (tmp_path / "box" / "machine.json").write_text("{", encoding="utf-8")
    problems = []
    (run,) = asv.read(tmp_path, problems=problems)
    assert run.environment.name == "box-conda-py3.12"
    assert "machine.json" in problems[0]


def test_a_path_that_is_none_says_what_to_give_at_once(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(InputError) as caught:
            asv.read(path)
        assert caught.value.hint


def test_progress_counts_every_file(tmp_path):
    seen = []
    write(tmp_path, {"a.json": result_file({"suite.time_a": PLAIN}), "b.json": "{"})
    list(asv.read(tmp_path, progress=lambda done, total: seen.append((done, total))))
    assert seen == [(1, 2), (2, 2)]


def test_environments_that_would_look_the_same_are_told_apart(tmp_path):
    files = {
        f"{i}.json": result_file({"suite.time_a": PLAIN}, env_name=name) for i, name in enumerate(["py 3", "py/3"])
    }
    names = {run.environment.name for run in asv.read(write(tmp_path, files))}
    assert names == {"box-py-3", "box-py-3-2"}


def test_a_name_that_cannot_be_stored_is_left_out_and_told(tmp_path):
    _, rows, problems = one(tmp_path, {"a\0b": [[1.0], []], "suite.time_a": PLAIN})
    assert [row.benchmark for row in rows] == ["suite.time_a"]
    assert "NUL" in problems[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    row=st.lists(JSON, max_size=13), key=st.sampled_from(sorted(result_file({}))), value=JSON, name=st.text(max_size=8)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_content_is_read_with_finite_numbers_or_refused(tmp_path, row, key, value, name):
    changed = result_file({"suite.time_a": row, "suite.track_b": [row, [["1", "2"], ["'x'"]]], name: value})
    if key != "results":
        changed[key] = value
    write(tmp_path, {"a.json": changed})
    try:
        runs = list(asv.read(tmp_path, problems=[]))
    except PerfsiteError:
        return
    for run in runs:
        for found in run.measurements:
            assert (found.value is None) == (found.status is not Status.OK)
            json.dumps(
                [found.benchmark, found.value, found.lower, found.upper, found.samples, dict(run.environment.facts)],
                allow_nan=False,
                ensure_ascii=False,
            ).encode()
