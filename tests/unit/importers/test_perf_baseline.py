"""Baselines that people wrote by hand: every shape met, what is assumed, what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import InputError
from perfsite.history.events import encode
from perfsite.importers.perf_baseline import read
from perfsite.importers.perf_names import Kind, Named, metric_named, time_group, words
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from perfsite.model.event import BaselinePinned

USUAL = {
    "version": "1.0",
    "timestamp": "2026-01-27T08:30:00Z",
    "commit": "abc123",
    "metrics": {"p50": 45, "p95": 120, "p99": 250, "error_rate": 0.01, "requests_per_sec": 850},
    "notes": "after the cache",
}


@pytest.fixture
def found(tmp_path: Path):
    def read_it(told: object, **more) -> tuple[BaselinePinned, list[str]]:
        file = tmp_path / "perf_baseline.json"
        file.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
        return read(file, **more)

    return read_it


@pytest.fixture
def values(found):
    def of(told: object) -> dict[tuple[str, str], float]:
        return {(one.benchmark, one.metric): one.value for one in found(told)[0].values}

    return of


@pytest.fixture
def refused(found):
    def of(told: object) -> str:
        with pytest.raises(InputError) as caught:
            found(told)
        return str(caught.value).replace(str(caught.value.where).partition(":")[0], "FILE")

    return of


def test_the_usual_file_becomes_a_pinned_baseline(found):
    event, warnings = found(USUAL, environment="ci")
    assert event.time == datetime(2026, 1, 27, 8, 30, tzinfo=UTC)
    assert (event.commit, event.reason, event.source) == ("abc123", "after the cache", "perf_baseline.json")
    assert (event.environment, event.author, event.id) == ("ci", None, None)
    assert [(one.benchmark, one.metric, one.unit, one.direction, one.value) for one in event.values] == [
        ("Aggregated", "p50", "s", Direction.LOWER, 0.045),
        ("Aggregated", "p95", "s", Direction.LOWER, 0.12),
        ("Aggregated", "p99", "s", Direction.LOWER, 0.25),
        ("Aggregated", "error_rate", "1", Direction.LOWER, 0.01),
        ("Aggregated", "requests_per_second", "1/s", Direction.HIGHER, 850.0),
    ]
    assert warnings == [
        "no unit is told for error_rate: taken as a fraction, since it is at most 1",
        "no unit is told for p50, p95, p99: taken as milliseconds; else write the unit, as in 'p95_s'",
    ]


def test_reading_a_file_again_gives_the_same_event(found):
    assert encode(found(USUAL)[0]) == encode(found(USUAL)[0])
    untimed = {"p95_ms": 120}
    event, warnings = found(untimed)
    assert "no time that can be read is told" in warnings[-1]
    assert event.time.tzinfo is UTC
    assert event.time.microsecond == 0


TOTAL = {("Aggregated", "p95"): 0.12}
SHAPES = {
    "at the top": ({"p95": 120}, TOTAL),
    "an amount with its unit": ({"metrics": {"p95": {"value": 0.12, "unit": "s", "target": 1}}}, TOTAL),
    "a text with its unit": ({"p95": "120 ms"}, TOTAL),
    "a text without one": ({"p95": "120"}, TOTAL),
    "the unit beside": ({"metrics": {"latency": {"p95": 120_000, "unit": "us"}}}, TOTAL),
    "the unit of all": ({"unit": "s", "metrics": {"p95": 0.12}}, TOTAL),
    "the unit of each": ({"units": {"p95": "s"}, "p95": 0.12}, TOTAL),
    "the unit in the group's name": ({"latency_s": {"p95": 0.12}}, TOTAL),
    "the unit in the name": ({"measured_p95_us": 120_000}, TOTAL),
    "camel case": ({"p95LatencyMs": 120}, TOTAL),
    "as k6 writes it": ({"http_req_duration": {"p(95)": 120}}, TOTAL),
    "within baseline": ({"baseline": {"metrics": {"p95": 120}}}, TOTAL),
    "global and endpoints": (
        {"global": {"p95_ms": 120}, "endpoints": {"POST /login": {"p95_ms": 90}}},
        TOTAL | {("POST /login", "p95"): 0.09},
    ),
    "endpoints in metrics": ({"metrics": {"/login": {"p95_ms": 90}}}, {("/login", "p95"): 0.09}),
    "endpoints at the top": ({"/a": {"p95_ms": 90}, "/": {"p95_ms": 3}}, {("/a", "p95"): 0.09, ("/", "p95"): 0.003}),
    "a list of endpoints": ({"results": [{"name": "/login", "p95_ms": 90}]}, {("/login", "p95"): 0.09}),
    "nothing but a list": ([{"endpoint": "/login", "p95_ms": 90}], {("/login", "p95"): 0.09}),
    "an endpoint's own groups": (
        {"endpoints": {"/login": {"expected_response_time_ms": {"p95": 90}, "expected_throughput_rps": 5}}},
        {("/login", "p95"): 0.09, ("/login", "requests_per_second"): 5.0},
    ),
    "metrics of an endpoint": ({"programs": [{"name": "a", "metrics": {"p95_ms": 90}}]}, {("a", "p95"): 0.09}),
    "a group of groups": ({"reads": {"cold": {"p95_ms": 9}}}, {("reads/cold", "p95"): 0.009}),
    "an endpoint called one": ({"health_endpoint": {"p95_ms": 9}}, {("health_endpoint", "p95"): 0.009}),
    "a metric of the owner's own": (
        {"metrics": {"spawn": {"value": 29, "unit": "ms"}, "score": {"value": 85, "unit": "points"}}},
        {("Aggregated", "spawn"): 0.029, ("Aggregated", "score"): 85.0},
    ),
    "bytes a second": ({"throughput": {"value": 2, "unit": "MB/s"}}, {("Aggregated", "bytes_per_second"): 2e6}),
    "a minute": ({"requests_per_minute": 120}, {("Aggregated", "requests_per_second"): 2.0}),
    "memory": ({"peak_memory_mb": 2}, {("Aggregated", "memory"): 2e6}),
    "the same twice": ({"p50": 5, "median": 5}, {("Aggregated", "p50"): 0.005}),
    "percent in the name": ({"error_rate_percent": 0.5}, {("Aggregated", "error_rate"): 0.005}),
    "percent in a text": ({"errorRate": "0.5%"}, {("Aggregated", "error_rate"): 0.005}),
    "a ratio": ({"error_ratio": 0.5}, {("Aggregated", "error_rate"): 0.5}),
    "hostile names": ({"<script>../..\u202e": {"p95_ms": 1}}, {("<script>../..\u202e", "p95"): 0.001}),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_that_people_write_is_read(values, name):
    told, expected = SHAPES[name]
    assert values(told) == pytest.approx(expected)


def test_limits_settings_and_counts_are_no_baseline_and_what_is_left_out_is_said(found):
    told = {
        "p95_ms": 120,
        "max_p99_latency_ms": 500,
        "total_requests": 450,
        "thresholds": {"p95_ms": 500},
        "environment": {"cpu": 4},
        "success_rate": 0.99,
        "passed": True,
        "p50_ms": None,
        "p90": {"value": None, "unit": "ms"},
        "note": "p99",
        "timestamp": 1769500000,
    }
    event, warnings = found(told)
    assert [one.metric for one in event.values] == ["p95"]
    assert event.time == datetime.fromtimestamp(1769500000, UTC)
    left = "$.max_p99_latency_ms, $.thresholds, $.environment, $.success_rate, $.p50_ms, $.p90"
    assert warnings == [
        "counts of requests and failures are left out: they depend on how long a test ran",
        f"left out, being null or no metric that is known: {left}",
    ]


@pytest.mark.parametrize(
    ("told", "share", "why"),
    [
        ({"error_rate": 0.5}, 0.5, "a fraction, since it is at most 1"),
        ({"error_rate": 1.5}, 0.015, "percent, since 1.5 is more than all"),
        (
            {"error_rate": 0.5, "total_requests": 450, "failure_count": 2},
            0.005,
            "percent, as 2 failures of 450 requests are 0.444 %",
        ),
        (
            {"error_rate": 0.5, "total_requests": 450, "failure_count": 225},
            0.5,
            "a fraction, as 225 failures of 450 requests are 50 %",
        ),
        (
            {"error_rate": 0.5, "endpoints": {"/login": {"error_rate": 3}}},
            0.005,
            "percent, since 3 is more than all",
        ),
    ],
)
def test_an_error_rate_without_a_unit_is_what_the_file_makes_likely(found, told, share, why):
    event, warnings = found(told)
    assert event.values[0].value == pytest.approx(share)
    assert f"no unit is told for error_rate: taken as {why}" in warnings


def test_an_error_rate_of_zero_needs_no_unit(found):
    event, warnings = found({"error_rate": 0, "date": "2026-01-27"})
    assert event.values[0].value == 0
    assert warnings == []


def test_small_times_without_a_unit_are_pointed_at(found):
    assert "taken as milliseconds (0.172 is 172 µs); else write the unit" in found({"p99": 0.172})[1][0]


def test_what_a_name_does_not_say_is_said(found):
    event, warnings = found({"response_time_ms": 120, "throughput": 5, "date": "2026-01-27"})
    assert [one.metric for one in event.values] == ["mean", "requests_per_second"]
    assert warnings == [
        "no unit is told for requests_per_second: taken as requests a second",
        "$.response_time_ms does not say which statistic it is: taken as the mean",
    ]


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ({"timestamp": "2025-07-21T17:25:02.992637"}, datetime(2025, 7, 21, 17, 25, 2, 992637, tzinfo=UTC)),
        ({"recordedAt": "2026-01-27T10:00:00+02:00"}, datetime(2026, 1, 27, 8, tzinfo=UTC)),
        ({"updated": "2026-01-27"}, datetime(2026, 1, 27, tzinfo=UTC)),
        ({"timestamp": 1769500000.5}, datetime.fromtimestamp(1769500000.5, UTC)),
        ({"timestamp": 1769500000500}, datetime.fromtimestamp(1769500000.5, UTC)),
        ({"_meta": {"captured_at": "2026-01-27T00:00:00Z"}}, datetime(2026, 1, 27, tzinfo=UTC)),
        ({"metrics": {"timestamp": "2026-01-27T00:00:00Z"}}, datetime(2026, 1, 27, tzinfo=UTC)),
    ],
)
def test_times_are_read_however_they_are_written(found, told, time):
    assert found(told | {"p95_ms": 1})[0].time == time


def test_who_and_what_commit_may_stand_in_an_object(found):
    told = {"p95_ms": 1, "git_commit": {"sha": "f" * 40}, "metadata": {"author": "Ada", "description": "why"}}
    event, _ = found(told)
    assert (event.commit, event.author, event.reason) == ("f" * 40, "Ada", "why")
    assert found({"p95_ms": 1, "commit": "unknown"})[0].commit is None


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("", "FILE: is empty"),
        ("{", "FILE: line 1 column 2: the file ends in the middle"),
        ('{"p95": 1, "p95": 2}', "FILE: $: the key 'p95' stands twice"),
        ("3", "FILE: $: expected an object, found the number 3"),
        ({}, "FILE: $: holds no metric that a baseline could be made of"),
        ({"budget": {"p95_ms": 1}}, "left out, being null or no metric that is known: $.budget"),
        ({"p95": "fast"}, "FILE: $.p95: expected a number, alone or with its unit, found text 'fast'"),
        ({"p95": "<500ms"}, "FILE: $.p95: expected a number, alone or with its unit, found text '<500ms'"),
        ({"p95": True}, "FILE: $.p95: expected a number, found true"),
        ({"p95": [1, 2]}, "FILE: $.p95: expected a number, found an array"),
        ({"p95": -1}, "FILE: $.p95: expected a number not below 0, found the number -1"),
        ('{"p95": NaN}', "FILE: $.p95: expected a finite number, found NaN"),
        ('{"p95": 1e999}', "FILE: $.p95: expected a finite number, found a number too large"),
        ({"p95": "1e308 h"}, "FILE: $.p95: the value in s is too large to be a number"),
        ({"p95": {"value": 1, "unit": 7}}, "FILE: $.p95.unit: expected text, found the number 7"),
        ({"p95": {"value": 1, "unit": "MB"}}, "$.p95: expected a unit of time (ms, s, us) for p95, found text 'MB'"),
        ({"p95": "1 parsec"}, "FILE: $.p95: expected a unit of time (ms, s, us) for p95, found text 'parsec'"),
        ({"error_rate": "150 %"}, "FILE: $.error_rate: an error rate of 150 % is more than all requests"),
        ({"p50": 1, "median": 2}, "FILE: $.median: p50 of 'Aggregated' is there twice, first at $.p50"),
        ({"endpoints": {"": {"p95": 1}}}, 'FILE: $.endpoints[""]: the name of the benchmark is empty'),
        ({"endpoints": {"a\0": {"p95": 1}}}, "the name of the benchmark cannot be stored"),
        ({"x" * 20_001: {"p95": 1}}, "the name of the benchmark cannot be stored"),
        ('{"a":' * 30 + "{}" + "}" * 30, "is nested too deeply to be a baseline"),
        ('{"a":' * 100_000, "FILE"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_place(refused, told, said):
    assert said in refused(told)


def test_every_bad_place_is_told_at_once(refused):
    said = refused({"metrics": {"p50": "fast", "p95": False, "/login": {"p99": -3}}})
    assert [line.partition(": ")[2].partition(":")[0] for line in said.splitlines()] == [
        "$.metrics.p50",
        "$.metrics.p95",
        '$.metrics["/login"].p99',
    ]


def test_a_file_that_is_not_there_or_not_text_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "absent.json")
    (tmp_path / "binary.json").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(InputError, match="not a text file"):
        read(tmp_path / "binary.json")


NAMES = {
    "p50": "p50", "P95": "p95", "p99.9": "p99.9", "p99_9": "p99.9", "p999": "p99.9", "p100": "max", "95%": "p95",
    "95th_percentile": "p95", "percentile_95": "p95", "median_response_time": "p50", "avg_response_time": "mean",
    "maxLatency": "max", "min_ms": "min", "baseline_p50_seconds": "p50", "http_req_duration_p95_ms": "p95",
    "p95ms": "p95",
    "rps": "requests_per_second", "Requests/s": "requests_per_second", "req_per_sec": "requests_per_second",
    "throughput": "requests_per_second", "throughput_rps": "requests_per_second", "total_rps": "requests_per_second",
    "requests_per_second": "requests_per_second", "failures_per_second": "failures_per_second",
    "error_rate": "error_rate", "errorRatePct": "error_rate", "failure_ratio": "error_rate",
    "http_req_failed_rate": "error_rate",
    "total_requests": "requests", "failed_requests": "failures", "memory_mb": "memory",
}  # fmt: skip


@pytest.mark.parametrize("key", NAMES)
def test_a_spelling_names_the_metric_of_the_house(key):
    named = metric_named(key)
    assert named is not None
    assert named.metric == NAMES[key]


@pytest.mark.parametrize(
    "key",
    [
        "", "duration", "p95_ms_max", "max_p99_latency_ms", "warning_p50_seconds", "success_rate", "cpu_pct", "p150",
        "latency_stdev_us", "p50_display", "error_rate_threshold", "database_query_time_p95", "rate", "time",
        "iterations", "requests_min", "x" * 10_000,
    ],
)  # fmt: skip
def test_limits_and_other_things_name_no_metric(key):
    assert metric_named(key) is None


@given(st.text(max_size=200))
def test_any_key_can_be_asked_for(key):
    named = metric_named(key)
    assert named is None or isinstance(named.kind, Kind)
    assert isinstance(time_group(key), tuple)
    assert all(words(key))


def test_units_in_names_are_kept():
    assert metric_named("p95_us") == Named("p95", Kind.TIME, "us")
    assert time_group("expected_response_time_ms") == (True, "ms")
    assert time_group("requests") == (False, None)


KEYS = st.sampled_from(
    ["metrics", "endpoints", "/login", "p95", "p50_ms", "median", "error_rate", "rps", "value", "unit", "units", "name",
     "latency_s", "timestamp", "commit", "total_requests", "failures", "thresholds", "metadata", "", "x" * 300]
) | st.text(max_size=5)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.sampled_from(["ms", "s", "120 ms", "0.5%", "2026-01-27", "fast", "\ud800", "\0", "1e308 h"])
    | st.text(st.characters(), max_size=5)
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=30
)


@given(told=DOCUMENTS)
def test_whatever_a_file_holds_it_is_a_baseline_that_can_be_stored_or_an_input_error(tmp_path_factory, told):
    file = tmp_path_factory.getbasetemp() / "any_baseline.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    try:
        event, warnings = read(file)
    except InputError:
        return
    assert event.values
    assert encode(event)
    assert all(text.isprintable() for text in warnings)
