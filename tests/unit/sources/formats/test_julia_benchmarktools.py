"""Julia BenchmarkTools: groups, trials, estimates, versions, and PkgBenchmark's files."""

import copy
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.errors import InputError, PerfsiteError
from perfsite.model.run import Status
from perfsite.sources.formats import julia_benchmarktools as julia

DATA = Path(__file__).parents[3] / "data" / "julia-benchmarktools"
TRIALS = json.loads((DATA / "trials.json").read_text(encoding="utf-8"))
PACKAGE = json.loads((DATA / "pkgbenchmark.json").read_text(encoding="utf-8"))


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return julia.parse(stream, origin=name)


def parse(root):
    return julia.parse(io.StringIO(json.dumps(root)), origin="bench.json")


def saved(*values):
    return [{"Julia": "1.10.2", "BenchmarkTools": "1.5.0"}, list(values)]


def trial(**fields):
    return ["Trial", {"times": [1.0, 2.0], "gctimes": [0.0, 0.0], "memory": 8, "allocs": 1, **fields}]


def group(**data):
    return ["BenchmarkGroup", {"data": data, "tags": []}]


def test_a_trial_has_its_samples_and_what_it_allocates():
    rows = recorded("trials.json").measurements[:4]
    assert {(row.benchmark, row.parameters["n"]) for row in rows} == {("linalg/mul!", "64")}
    assert [(row.metric.name, row.metric.unit, row.value, row.count) for row in rows] == [
        ("time", "s", 1500e-9, 3),
        ("gctime", "s", 0, 3),
        ("allocated", "B", 512, None),
        ("allocations", "1", 1, None),
    ]
    assert rows[0].samples == pytest.approx([1500e-9, 1510.5e-9, 1490e-9])


def test_the_name_is_the_path_through_the_groups_and_numbers_in_it_are_parameters():
    assert {(row.benchmark, *row.parameters.values()) for row in recorded("old-estimates.json").measurements} == {
        ("fib", "10"),
        ("fib", "20"),
    }
    assert 'linalg/("lu", 1)' in {row.benchmark for row in recorded("trials.json").measurements}


def test_an_estimate_has_one_value_and_no_count():
    row, *_ = recorded("old-estimates.json").measurements
    assert (row.value, row.count, row.samples) == (246e-9, None, None)


@pytest.mark.parametrize("name", ["old-estimates.json", "trials.json"])
def test_what_has_no_time_failed(name):
    reading = recorded(name)
    (row,) = [row for row in reading.measurements if row.status is Status.FAILED]
    assert (row.metric.name, row.value) == ("time", None)
    assert any("failed: it has no time" in warning for warning in reading.warnings)


def test_judgements_are_left_out_and_told():
    assert "TrialJudgement are left out" in recorded("trials.json").warnings[-1]
    with pytest.raises(InputError, match="holds no trial, only TrialJudgement"):
        parse(saved(group(a=["TrialJudgement", {}])))


def test_the_versions_are_facts():
    reading = recorded("trials.json")
    assert (reading.facts, reading.tool_version) == ({"runtime.julia": "1.10.2"}, "1.0.0")


def test_the_file_of_pkgbenchmark_says_commit_and_machine():
    reading = recorded("pkgbenchmark.json")
    assert reading.commit.sha == "0123456789abcdef0123456789abcdef01234567"
    assert reading.facts == {
        "runtime.julia": "1.6.1",
        "os": "Linux",
        "cpu.model": "Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz",
        "julia.commit": "6aaedecc44",
    }
    assert reading.measurements[0].parameters == {"arg0": "1000"}
    assert parse({**PACKAGE, "commit": "dirty"}).commit is None


def test_a_trial_that_was_saved_by_itself_has_the_name_of_its_type():
    assert parse(saved(trial())).measurements[0].benchmark == "Trial"


def test_deep_groups_are_read():
    root = trial()
    for _ in range(150):
        root = group(g=root)
    assert len(parse(saved(root)).measurements[0].benchmark) == 299


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ([], "$: expected an array of versions and values"),
        ({"julia_commit": 1}, "'benchmarkgroup' is missing"),
        ({**PACKAGE, "benchmarkgroup": "[1, "}, "bench.json: $.benchmarkgroup: line 1"),
        ({**PACKAGE, "benchmarkgroup": "{}"}, "$.benchmarkgroup: expected an array of versions and values"),
        (saved(), "holds no benchmark"),
        (saved(["Parameters", {}]), "holds no trial, only Parameters"),
        (saved(3), "$[1][0]: expected an array of a type and its fields"),
        (saved(["Furlong", {}]), "$[1][0]: expected a type of BenchmarkTools, found text 'Furlong'"),
        (saved(group(a=trial(times=[1.0, "x"]))), "$[1][0][1].data.a[1].times[1]: expected a number, found text 'x'"),
        (saved(group(a=trial(times=None))), "expected an array of numbers, found null"),
        (saved(group(a=trial(memory="x"))), "data.a[1].memory: expected a number"),
        (saved(group(a=["TrialEstimate", {}])), "data.a[1]: 'time' is missing"),
        (saved(group(a=trial()), group(a=trial())), "is there twice"),
        (saved(["BenchmarkGroup", {}]), "$[1][0][1]: 'data' is missing"),
        (saved(group(**{"\0": trial()})), "names without NUL"),
    ],
)
def test_what_cannot_be_read_is_named(root, says):
    with pytest.raises(InputError) as caught:
        parse(root)
    assert says in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("cut", [300, 900])
def test_the_head_of_a_long_file_is_enough(cut):
    text = json.dumps({"benchmarkgroup": PACKAGE["benchmarkgroup"], **PACKAGE})
    assert julia.accepts(text[:cut])
    assert julia.accepts(json.dumps(TRIALS)[:cut])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_value_anywhere_is_read_or_refused(data):
    root = copy.deepcopy(TRIALS)
    leaf = root[1][0][1]["data"]["strings"][1]["data"]["join"]
    nodes = [root, root[1], root[1][0], root[1][0][1], leaf, leaf[1]]
    for node in data.draw(st.lists(st.sampled_from(nodes), max_size=3)):
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        node[key] = data.draw(JSON)
    try:
        parse(root)
    except PerfsiteError:
        return
