"""Bencher Metric Format: measures, bounds, parameters, named numbers."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.sources import base
from perfsite.sources.formats import bencher

DATA = Path(__file__).parents[3] / "data" / "bencher"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return {(row.benchmark, row.metric.name): row for row in bencher.parse(stream, origin=name).measurements}


def parse(document):
    return bencher.parse(io.StringIO(json.dumps(document)), origin="bench.json").measurements


def test_measures_of_bencher_have_their_units():
    rows = recorded("v0.json")
    time = rows["parse::small", "time"]
    assert (time.value, time.lower, time.upper) == (3247e-9, 3203.5e-9, 3291e-9)
    assert rows["parse::small", "throughput"].metric.unit == "1/s"
    assert rows["/bin/sh -c ./build.sh", "build-time"].value == 87
    assert rows["binary", "file-size"].metric.unit == "B"


def test_the_last_word_of_an_unknown_measure_may_tell_its_unit():
    rows = recorded("v0.json")
    assert (rows["binary", "Max Bytes"].metric.unit, rows["binary", "Max Bytes"].metric.direction) == ("B", "lower")
    assert rows["binary", "latency_p50_ns"].value == 412e-9
    assert parse({"a": {"throughput_ops_ms": {"value": 3}}})[0].metric.unit == "1"


def test_bounds_that_do_not_enclose_the_value_are_none_but_stay():
    row = recorded("v0.json")["noisy", "time"]
    assert (row.lower, row.upper) == (None, None)
    assert row.statistics == {"lower_value": 1.5e-9, "upper_value": 1.5e-9}


def test_entries_with_equal_parameters_are_one_benchmark():
    rows = parse(json.loads((DATA / "v1.json").read_text(encoding="utf-8")))
    found = {(row.metric.name, row.parameters.get("size_mb")): row for row in rows if row.benchmark == "tests::read"}
    assert found.keys() == {
        ("time", "16"),
        ("p50", "16"),
        ("p99", "16"),
        ("throughput", "16"),
        ("throughput_p99", "16"),
        ("p99", "32"),
    }
    time = found["time", "16"]
    assert (time.value, time.deviation, time.statistics) == (42e-9, 2.5e-9, {"min": 38e-9})
    assert found["p99", "32"].value == pytest.approx(120.3e-9)


def test_of_a_name_that_comes_twice_the_later_counts():
    entries = [{"measures": {"latency": {"value": number}}} for number in (1, 2)]
    assert [row.value for row in parse({"a": entries})] == [2e-9]


def test_every_bad_place_is_named():
    with pytest.raises(InputError) as caught:
        parse({"a": {"latency": {"value": "1"}, "b": 3}, "c": 4, "d": [5], "e": {"latency": {}}})
    assert "$.a.latency.value: expected a number, found text '1'" in str(caught.value)
    assert "$.a.b: expected an object, found the number 3" in str(caught.value)
    assert "$.c: expected measures or an array of entries, found the number 4" in str(caught.value)
    assert "$.d[0]: expected an object, found the number 5" in str(caught.value)
    assert "$.e.latency: 'value' is missing" in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        {"metrics": {"checks": {"fails": 0, "passes": 1, "value": 1}}, "root_group": {}},
        {"a": {"latency": 3}},
        {"a": {"mean": {"value": 1, "unit": "ms"}}},
        {"a": {}},
    ],
    ids=json.dumps,
)
def test_similar_documents_are_not_bencher(document):
    assert not bencher.accepts(json.dumps(document))


def test_both_versions_may_stand_in_one_file():
    document = {
        "a": {"latency": {"value": 3}},
        "b": [{"parameters": {"size_mb": 16}, "measures": {"latency": {"value": 42}}}],
    }
    assert bencher.accepts(json.dumps(document))
    assert [(row.benchmark, dict(row.parameters)) for row in parse(document)] == [("a", {}), ("b", {"size_mb": "16"})]


@pytest.mark.parametrize("names", [("lower_bound", "upper_bound"), ("low_value", "high_value")])
def test_bounds_by_their_earlier_and_other_names_are_bounds(names):
    document = {"a": {"latency": {"value": 10, names[0]: 9, names[1]: None}, "throughput": {"value": 1, names[1]: 2}}}
    assert bencher.accepts(json.dumps(document))
    latency, throughput = parse(document)
    assert (latency.lower, latency.upper) == (9e-9, None)
    assert (throughput.lower, throughput.upper) == (None, 2)


def test_a_file_of_too_many_benchmarks_is_refused_before_it_is_read_to_its_end(monkeypatch):
    monkeypatch.setattr(base, "MOST_MEASUREMENTS", 3)
    # Were it read to its end, the error would be that it ends in the middle.
    text = "{" + ",".join(f'"b{i}": {{"m": {{"value": 1}}}}' for i in range(10))
    with pytest.raises(InputError, match=r"b3\.m: more than 3 measurements"):
        bencher.parse(io.StringIO(text), origin="bench.json")
