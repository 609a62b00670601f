"""github-action-benchmark's custom JSON: units, ranges, direction."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Direction
from perfsite.sources.formats import github_action_benchmark
from perfsite.sources.formats.bench_entry import count_of, spread_of

DATA = Path(__file__).parents[3] / "data" / "github-action-benchmark"


def parse(*entries):
    return github_action_benchmark.parse(io.StringIO(json.dumps(entries)), origin="bench.json")


def test_values_and_ranges_reach_base_units():
    with (DATA / "custom.json").open(encoding="utf-8") as stream:
        rows = github_action_benchmark.parse(stream, origin="custom.json").measurements
    assert [(r.metric.name, r.metric.unit, str(r.metric.direction), r.value, r.lower, r.upper) for r in rows] == [
        ("time", "s", "lower", 0.0125, 0.012, 0.013),
        ("throughput", "1/s", "higher", 2000, 1980, 2020),
        ("size", "B", "lower", 65536, 64512, 66560),
        ("value", "1", "neither", 0.5, 0.475, 0.525),
    ]


def test_a_direction_that_nobody_told_is_neither_with_a_warning():
    reading = parse({"name": "a", "unit": "furlong", "value": -1}, {"name": "b", "unit": "x", "value": 2})
    assert [r.metric.direction for r in reading.measurements] == [Direction.NEITHER] * 2
    assert "not known of 'a', 'b'" in reading.warnings[0]
    assert "direction" in reading.warnings[0]


def test_an_unknown_unit_is_its_own_base_and_metric():
    metric = parse({"name": "a", "unit": "frames", "value": 3}).measurements[0].metric
    assert (metric.name, metric.unit, metric.original_unit) == ("frames", "frames", None)


def test_the_name_tells_the_direction_where_the_unit_does_not():
    rows = parse({"name": "error count", "unit": "", "value": 3}, {"name": "cache hits", "unit": "", "value": 3})
    assert [r.metric.direction for r in rows.measurements] == [Direction.LOWER, Direction.HIGHER]


def test_a_range_that_is_no_text_is_refused():
    with pytest.raises(InputError, match=r"\$\[0\]\.range: expected text or a number, found an array"):
        parse({"name": "a", "unit": "s", "value": 3, "range": [1]})


@pytest.mark.parametrize(
    ("written", "lower", "upper"),
    [("± 300", 700, 1300), ("+/- 1,000", 0, 2000), ("±10%", 900, 1100), ("1.5e1", 985, 1015), (3, 997, 1003)],
)
def test_a_range_bounds_the_value(written, lower, upper):
    assert spread_of(written, 1000) == {"lower": lower, "upper": upper}


@pytest.mark.parametrize("written", [None, "", "fast", "1-2", "±", "9" * 400, True, float("nan"), "± nan"])
def test_a_range_that_says_nothing_is_left_out(written):
    assert spread_of(written, 1000) == {}


def test_a_standard_deviation_in_seconds_becomes_that_of_the_rate():
    assert spread_of("stddev: 0.001", 100, tool="pytest") == {"deviation": 10}


def test_a_range_whose_unit_was_lost_says_nothing():
    assert spread_of("± 373.112", 7.6, tool="catch2") == {}


@pytest.mark.parametrize(
    ("extra", "tool", "count"),
    [
        ("94 samples", "benchmarkjs", 94),
        ("100 samples\n362 iterations", "catch2", 100),
        ("mean: 13.1 usec\nrounds: 29984", "pytest", 29984),
        ("iterations: 3\nforks: 2\nthreads: 1", "jmh", 6),
        ("3852480 times\n4 procs", "go", None),
        ("iterations: 3946180\ncpu: 177 ns\nthreads: 1", "googlecpp", None),
        ("0 samples", "catch2", None),
        (None, "pytest", None),
        ("rounds: " + "9" * 50, "pytest", None),
    ],
)
def test_extra_text_tells_the_number_of_samples(extra, tool, count):
    assert count_of(extra, tool=tool) == count


def test_a_value_of_null_is_a_benchmark_that_failed():
    text = '[{"name": "a", "unit": "ms", "value": null}, {"name": "b", "unit": "ms", "value": 1}]'
    reading = github_action_benchmark.parse(io.StringIO(text), origin="x")
    assert [(row.benchmark, row.status, row.value) for row in reading.measurements] == [
        ("a", "failed", None),
        ("b", "ok", 1e-3),
    ]
    assert reading.warnings == ("a: failed: its value is null",)
