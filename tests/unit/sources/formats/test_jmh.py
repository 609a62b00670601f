"""JMH: modes, bounds, samples, percentiles and secondary metrics, in its JSON, its text and its CSV."""

import copy
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError, PerfsiteError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import jmh, jmh_csv, jmh_text
from perfsite.sources.formats.jmh_names import primary_metric, split_name

DATA = Path(__file__).parents[3] / "data"
SORT = "org.example.SortBench.sort"


def recorded(source, name):
    with (DATA / source.NAME / name).open(encoding="utf-8", newline="") as stream:
        return source.parse(stream, origin=name)


def document(**metric):
    primary = {"score": 2.0, "scoreUnit": "ns/op", "rawData": [[1.0, 3.0], [2.0]], **metric}
    return [{"benchmark": "a.B.c", "mode": "avgt", "primaryMetric": primary}]


def parse(root):
    return jmh.parse(io.StringIO(json.dumps(root)), origin="jmh.json")


def shape(reading):
    return [(row.benchmark, dict(row.parameters), row.metric.name) for row in reading.measurements]


def test_the_score_has_the_direction_of_its_mode_and_the_iterations_of_all_forks_as_samples():
    row, *_ = recorded(jmh, "profiled.json").measurements
    assert (row.benchmark, row.parameters) == (SORT, {"size": "100", "kind": "random"})
    assert (row.metric.name, row.metric.unit, row.metric.direction) == ("throughput", "1/s", Direction.HIGHER)
    assert row.samples == [10_000, 11_000, 12_000, 10_500]
    assert (row.value, row.count, row.lower, row.upper) == (10_750, 4, 10331.25, 11418.75)


def test_secondary_metrics_come_along_with_the_units_they_mean():
    rows = {row.metric.name: row for row in recorded(jmh, "profiled.json").measurements[:5]}
    assert rows["gc.alloc.rate"].value == 1234.5 * 2**20
    assert rows["gc.alloc.rate"].metric.direction is Direction.NEITHER
    assert (rows["gc.alloc.rate.norm"].value, rows["gc.alloc.rate.norm"].metric.unit) == (24, "B")
    assert rows["gc.time"].status is Status.SKIPPED


def test_a_count_that_is_a_sum_over_the_iterations_is_no_median_of_them():
    rows = {row.metric.name: row for row in recorded(jmh, "profiled.json").measurements[:5]}
    assert (rows["gc.count"].value, rows["gc.count"].count, rows["gc.count"].samples) == (3, 2, None)
    assert rows["gc.count"].statistics == {"min": 1, "median": 1.5, "mean": 1.5, "max": 2}


def test_a_sum_that_one_iteration_made_alone_is_that_sum():
    count = {"score": 3.0, "scoreError": "NaN", "scoreUnit": "counts", "rawData": [[0.0, 0.0, 3.0]]}
    rate = {"score": 1.0, "scoreError": "NaN", "scoreUnit": "MB/sec", "rawData": [[0.0, 0.0, 3.0]]}
    root = document()
    root[0]["secondaryMetrics"] = {"gc.count": count, "gc.alloc.rate": rate}
    rows = {row.metric.name: row for row in parse(root).measurements}
    assert (rows["gc.count"].value, rows["gc.count"].samples) == (3, None)
    assert (rows["gc.alloc.rate"].value, rows["gc.alloc.rate"].samples) == (0, [0, 0, 3 * 2**20])


def test_the_mode_is_a_parameter_only_where_a_benchmark_ran_in_several():
    rows = recorded(jmh, "modes.json").measurements
    times = [row for row in rows if row.metric.name in {"time", "throughput"}]
    assert [row.parameters for row in times] == [{"mode": mode} for mode in ("thrpt", "avgt", "sample", "ss")]
    assert all("mode" not in row.parameters for row in recorded(jmh, "profiled.json").measurements)


def test_percentiles_of_sampled_operations_are_metrics_and_stand_there_once():
    rows = [row for row in recorded(jmh, "modes.json").measurements if row.parameters["mode"] == "sample"]
    assert [row.metric.name for row in rows] == [
        "time", "min", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "p99.999", "p99.9999", "max",
    ]  # fmt: skip
    assert (rows[6].value, rows[6].count) == (pytest.approx(0.1e-3), 400)
    assert rows[0].samples == pytest.approx([2.48e-6, 1.8e-6, 1e-6, 2e-6])


def test_percentiles_of_iterations_are_statistics_where_the_iterations_are_not_there():
    old = recorded(jmh, "old-and-odd.json")
    assert old.measurements[0].statistics["median"] == 10
    assert (old.measurements[0].lower, old.tool_version) == (None, None)
    assert all(row.statistics is None for row in recorded(jmh, "profiled.json").measurements if row.samples)


def test_names_of_older_versions_lose_their_dots_and_groups_keep_their_methods():
    rows = recorded(jmh, "old-and-odd.json").measurements
    assert [row.metric.name for row in rows] == [
        "throughput", "gc.alloc.rate", "gc.alloc.rate.norm", "gc.count", "gc.time", "throughput", "put", "get", "time",
    ]  # fmt: skip
    assert rows[6].metric.direction is Direction.HIGHER


def test_a_score_that_is_not_a_number_failed():
    reading = recorded(jmh, "old-and-odd.json")
    assert (reading.measurements[-1].status, reading.measurements[-1].value) == (Status.FAILED, None)
    assert reading.warnings == ("org.example.SortBench.empty: failed: JMH has no score for it",)


def test_the_facts_are_what_all_benchmarks_share_and_no_path():
    facts = recorded(jmh, "profiled.json").facts
    assert (facts["runtime.java"], facts["jmh.forks"], facts["jmh.jvmArgs"]) == ("17.0.9", 2, "-Xmx1g")
    assert "/" not in json.dumps(facts)
    assert "jmh.threads" not in recorded(jmh, "old-and-odd.json").facts


def test_without_bounds_the_error_bounds_the_score():
    (row,) = parse(document(scoreError=0.5)).measurements
    assert (row.lower, row.upper, row.value) == (1.5e-9, 2.5e-9, 2e-9)


@pytest.mark.parametrize("text", ["NaN", "+INF", "-INF", float("nan")])
def test_texts_for_no_number_are_not_known(text):
    (row,) = parse(document(scoreError=text, scoreConfidence=[text, text])).measurements
    assert (row.lower, row.upper) == (None, None)


@pytest.mark.parametrize(
    ("mode", "unit", "name", "base", "direction"),
    [
        ("thrpt", "ops/ns", "throughput", "1/s", "higher"),
        ("thrpt", "ops/day", "throughput", "ops/day", "higher"),
        ("avgt", "day/op", "time", "day/op", "lower"),
        ("ss", "hr/op", "time", "s", "lower"),
        ("new", "ns/op", "time", "s", "lower"),
    ],
)
def test_mode_and_unit_tell_the_metric(mode, unit, name, base, direction):
    metric, _ = primary_metric(mode, unit)
    assert (metric.name, metric.unit, metric.direction) == (name, base, direction)


def test_the_name_of_github_action_benchmark_has_the_parameters_of_the_file():
    assert split_name('a.B.c ( {"paramA":"17","paramB":"33"} )') == ("a.B.c", {"paramA": "17", "paramB": "33"})
    for text in ("a.B.c", "a ( {", "a ( {1} )", 'a ( {"x":[1]} )', "a ( {" + "[" * 9000 + "} )"):
        assert split_name(text) == (text, {})


def test_the_console_says_the_same_names_and_numbers_as_the_json():
    reading = recorded(jmh_text, "console.txt")
    assert shape(reading)[:4] == shape(recorded(jmh, "profiled.json"))[:4]
    row = reading.measurements[0]
    assert (row.value, row.count, row.lower, row.upper) == (10_750, 4, 9375, 12375)
    assert row.samples == [10_000, 11_000, 12_000, 10_500]
    assert reading.facts == {
        "jmh.vm": "JDK 17.0.9, OpenJDK 64-Bit Server VM, 17.0.9+9",
        "runtime.java": "17.0.9",
        "jmh.threads": 4,
    }
    assert reading.tool_version == "1.37"


@pytest.mark.parametrize("label", ["Bench.sort", "o.e.far.Bench.sort", "far.Bench.sort"])
def test_a_name_that_the_table_shortens_is_the_one_told_in_full(label):
    full = "".join(f"# Benchmark: org.example.{name}\n" for name in ("far.Bench.sort", "far.Other.sort"))
    table = f"Benchmark Mode Cnt Score Error Units\n{label} avgt 3 1.0 ± 0.1 ns/op\n"
    (row,) = jmh_text.parse(io.StringIO(full + table), origin="t.txt").measurements
    assert row.benchmark == "org.example.far.Bench.sort"


def test_parameters_stand_under_their_names_whatever_is_in_them():
    rows = recorded(jmh_text, "console.txt").measurements
    assert (rows[4].parameters, rows[5].parameters) == ({"kind": "two words", "size": "1000"}, {})


def test_about_a_power_of_ten_is_that_number():
    rows = recorded(jmh_text, "console.txt").measurements
    assert [(row.metric.name, row.value) for row in rows[5:]] == [
        ("time", 2.5e-6),
        ("p50", 1e-6),
        ("max", 1e-4),
    ]


def test_older_tables_and_decimal_commas_are_read():
    old = recorded(jmh_text, "old.txt").measurements
    assert [(row.count, row.metric.name) for row in old] == [(4, "time"), (4, "throughput"), (4, "gc.time")]
    assert old[0].upper == pytest.approx(6.138e-6)
    comma = recorded(jmh_text, "comma.txt").measurements
    assert [(row.metric.name, row.value) for row in comma[:2]] == [("time", pytest.approx(0.112772)), ("min", 0.098042)]


def test_the_csv_has_parameters_threads_and_secondary_metrics():
    rows = recorded(jmh_csv, "result.csv").measurements
    assert (rows[0].parameters, rows[0].count, rows[0].upper) == ({"kind": "random", "size": "100"}, 4, 12375)
    assert (rows[1].metric.name, rows[1].value, rows[1].lower) == ("gc.alloc.rate.norm", 24, None)
    assert rows[3].parameters == {}
    assert [row.parameters for row in recorded(jmh_csv, "comma.csv").measurements] == [
        {"threads": "4"},
        {"threads": "1"},
    ]


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ({}, "expected an array, found an object"),
        ([], "holds no benchmark"),
        ([3], "$[0]: expected an object"),
        ([{"benchmark": "x", "mode": "avgt"}], "'primaryMetric' is missing"),
        (document(score="fast"), "$[0].primaryMetric.score: expected a number, found text 'fast'"),
        (document(rawData=[[1, "x"]]), "$[0].primaryMetric.rawData[0][1]: expected a number"),
        (document(rawData=[3]), "$[0].primaryMetric.rawData[0]: expected an array of iterations"),
        (document(rawDataHistogram=[[[[1, -1]]]]), "rawDataHistogram[0][0][0][1]: expected a number not below 0"),
        (document(rawDataHistogram=[[[1]]]), "rawDataHistogram[0][0][0]: expected a pair"),
        (document(scorePercentiles={"x": 1}), 'scorePercentiles.x: expected a number'),
        (document(scoreUnit=None), "scoreUnit: expected text, found null"),
        ([*document(), *document()], "there twice, first at $[0].primaryMetric"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(root, says):
    with pytest.raises(InputError) as caught:
        parse(root)
    assert says in str(caught.value)
    assert caught.value.hint


def test_all_faults_are_told_at_once():
    with pytest.raises(CombinedInputError) as caught:
        parse(document(score="a", scoreError="b", rawData="c"))
    assert len(caught.value.errors) == 3


@pytest.mark.parametrize(
    "row", ["X.y avgt 3 fast ns/op", "X.y avgt ns/op ns/op", "X.y avgt ± ns/op", "X.y avgt -3 1.0 ± 0.1 ns/op"]
)
def test_a_row_of_the_table_without_a_number_is_named(row):
    with pytest.raises(InputError, match=r"t\.txt: line 2: "):
        jmh_text.parse(io.StringIO(f"Benchmark Mode Cnt Score Error Units\n{row}\n"), origin="t.txt")


def test_a_cell_without_a_number_is_named_with_its_column():
    text = '"Benchmark","Mode","Threads","Samples","Score","Unit"\n"x","avgt",1,1,fast,"ns/op"\n'
    with pytest.raises(InputError, match="line 2, column 'Score': expected a number, found text 'fast'"):
        jmh_csv.parse(io.StringIO(text), origin="t.csv")


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_any_damage_is_read_or_refused(data):
    source, name = data.draw(
        st.sampled_from([(jmh_text, "console.txt"), (jmh_csv, "result.csv"), (jmh_text, "old.txt")])
    )
    text = (DATA / source.NAME / name).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text(max_size=8)) + text[at + data.draw(st.integers(0, 20)) :]
    try:
        source.parse(io.StringIO(text), origin="x")
    except PerfsiteError:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_value_anywhere_is_read_or_refused(data):
    root = copy.deepcopy(ROOT)
    nodes = [root[0], root[2], root[0]["primaryMetric"], root[2]["primaryMetric"], root[2]["secondaryMetrics"]]
    for node in data.draw(st.lists(st.sampled_from(nodes), max_size=3)):
        node[data.draw(st.sampled_from(sorted(node)))] = data.draw(JSON)
    try:
        parse(root)
    except PerfsiteError:
        return


ROOT = json.loads((DATA / "jmh" / "modes.json").read_text(encoding="utf-8"))
