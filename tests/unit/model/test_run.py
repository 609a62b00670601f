"""Runs: columns and measurements are two forms of one thing; samples are thinned evenly; names are safe."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.model.run import (
    MAX_SAMPLES,
    SHA,
    Columns,
    Direction,
    Measurement,
    Metric,
    Status,
    environment_name,
    is_environment_name,
    thin_samples,
)

TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
METRICS = st.builds(
    Metric,
    name=st.sampled_from(["time", "memory"]),
    unit=st.sampled_from(["s", "B"]),
    direction=st.sampled_from(Direction),
    original_unit=st.sampled_from([None, "ns"]),
)


@st.composite
def measurements(draw):
    status = draw(st.sampled_from(Status))
    ok = status is Status.OK
    maybe = st.none() | NUMBERS if ok else st.none()
    samples = draw(st.none() | st.lists(NUMBERS, min_size=1, max_size=4)) if ok else None
    return Measurement(
        benchmark=draw(st.text(max_size=5)),
        metric=draw(METRICS),
        value=draw(NUMBERS) if ok else None,
        parameters=draw(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)),
        status=status,
        count=draw(st.integers(1, 10**6)) if ok else None,
        lower=draw(maybe),
        upper=draw(maybe),
        deviation=draw(maybe),
        samples=samples,
    )


@given(st.lists(measurements(), max_size=4))
def test_columns_and_measurements_hold_the_same(rows):
    columns = Columns.of(rows)
    assert len(columns) == len(rows)
    spread_unknown = [row.deviation is None and row.lower is None and len(row.samples or ()) > 1 for row in rows]
    held = [
        replace(row, deviation=None) if unknown else row for row, unknown in zip(columns, spread_unknown, strict=True)
    ]
    assert held == rows


def test_samples_tell_the_deviation_where_nothing_else_does():
    (row,) = Columns.of([Measurement(benchmark="b", metric=TIME, value=2.0, samples=[1.0, 2.0, 3.0])])
    assert row.deviation == 1.0
    (huge,) = Columns.of([Measurement(benchmark="b", metric=TIME, value=1.0, samples=[1e308, -1e308, 1e308])])
    assert huge.deviation is None


@given(st.lists(measurements(), max_size=4))
def test_each_metric_stands_once_in_columns(rows):
    columns = Columns.of(rows)
    assert len(set(columns.metrics)) == len(columns.metrics)
    assert set(columns.metric) == set(range(len(columns.metrics)))


def test_columns_without_anything_in_them_are_none():
    metric = Metric(name="time", unit="s", direction=Direction.LOWER)
    columns = Columns.of([Measurement(benchmark="a", metric=metric, value=1.0)])
    assert (columns.status, columns.parameters, columns.count, columns.samples) == (None, None, None, None)


def test_the_count_is_that_of_the_samples_taken_not_of_those_kept():
    metric = Metric(name="time", unit="s", direction=Direction.LOWER)
    taken = [float(i) for i in range(1000)]
    (row,) = Columns.of([Measurement(benchmark="a", metric=metric, value=1.0, samples=taken)])
    assert row.count == 1000
    assert row.samples is not None
    assert len(row.samples) == MAX_SAMPLES


@given(st.lists(NUMBERS, max_size=400))
def test_thinned_samples_are_the_samples_with_both_ends(samples):
    kept = thin_samples(samples)
    if len(samples) <= MAX_SAMPLES:
        assert kept == samples
    else:
        assert len(kept) == MAX_SAMPLES
        assert (kept[0], kept[-1]) == (min(samples), max(samples))
        assert list(kept) == sorted(kept)
        assert set(kept) <= set(samples)


@given(st.permutations(range(250)))
def test_thinning_does_not_depend_on_the_order_of_samples(samples):
    assert thin_samples(samples) == thin_samples(range(250))
    assert math.isclose(sum(thin_samples(samples)) / MAX_SAMPLES, 124.5, rel_tol=0.01)


@given(st.text())
def test_any_text_becomes_a_valid_environment_name(text):
    name = environment_name(text)
    assert is_environment_name(name)
    assert environment_name(text) == name


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,60}[A-Za-z0-9]", fullmatch=True))
def test_a_valid_environment_name_stays(name):
    assert not is_environment_name(name) or environment_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "-x", "a/b", "a b", "pull", "PULL", "con.txt", "x.lock", "x.", "a" * 101, "ä", "a\n", "a\x00"],
)
def test_names_that_folders_or_git_refuse_are_no_environment_names(name):
    assert not is_environment_name(name)


@pytest.mark.parametrize("text", ["a" * 40, "0123456789abcdef" * 4])
def test_a_sha_is_40_or_64_lower_hex_digits(text):
    assert SHA.match(text)
    assert not SHA.match(text.upper().replace("0", "F"))
    assert not SHA.match(text + "\n")
