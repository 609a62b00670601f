"""Units: known ones reach their base exactly, unknown ones stay, printing keeps three digits."""

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perfsite.model.run import Direction
from perfsite.model.units import Unit, format_number, format_pair, format_value, guess_direction, parse_unit, scale_for

FINITE = st.floats(min_value=-1e300, max_value=1e300, allow_nan=False)


@pytest.mark.parametrize(
    ("written", "value", "base", "expected"),
    [
        ("ns", 254, "s", 2.54e-7),
        ("ns/iter", 3, "s", 3e-9),
        ("us", 7.5, "s", 7.5e-6),
        ("µs", 1, "s", 1e-6),
        ("usec", 1, "s", 1e-6),
        ("msec", 2, "s", 0.002),
        ("Seconds", 2, "s", 2),
        ("min", 2, "s", 120),
        ("ms per request", 5, "s", 0.005),
        ("MiB/s", 2, "B/s", 2 * 2**20),
        ("kB/min", 6, "B/s", 100),
        ("Megabytes", 150, "B", 150e6),
        ("mb", 1, "B", 1e6),
        ("Mbps", 8, "B/s", 1e6),
        ("MBps", 8, "B/s", 8e6),
        ("Gbit/s", 1, "B/s", 125e6),
        ("B/op", 16, "B", 16),
        ("ops/sec", 9, "1/s", 9),
        ("k ops/s", 9, "1/s", 9000),
        ("ops/ms", 9, "1/s", 9000),
        ("Hz", 3, "1/s", 3),
        ("req/s", 3, "1/s", 3),
        ("Gelem/s", 2, "1/s", 2e9),
        ("Percent", 50, "1", 0.5),
        ("", 3, "1", 3),
    ],
)
def test_a_known_unit_reaches_its_base(written, value, base, expected):
    unit = parse_unit(written)
    assert unit is not None
    assert unit.base == base
    assert unit.to_base(value) == expected


@pytest.mark.parametrize(
    "written", ["furlong", "Mb", "m/s", "ns/op\t 4.000 aux", "a/b/c", "/", "per", "allocs/op", "B/B", "s/s", "<b>"]
)
def test_a_unit_that_is_not_known_is_not_guessed(written):
    assert parse_unit(written) is None


@given(st.text(max_size=20))
def test_any_text_is_a_unit_or_none(text):
    unit = parse_unit(text)
    assert unit is None or unit.base in {"s", "B", "1", "1/s", "B/s"}


@given(st.text(max_size=20))
def test_blanks_around_a_unit_mean_nothing(text):
    assert parse_unit(f" {text}\t") == parse_unit(text)


@given(st.integers(min_value=-(2**40), max_value=2**40))
def test_nanoseconds_are_divided_and_so_correctly_rounded(value):
    assert Unit(base="s", divide=10**9).to_base(value) == float(f"{value}e-9")


@pytest.mark.parametrize(
    ("metric", "unit", "expected"),
    [
        ("time", "s", Direction.LOWER),
        ("anything", "B", Direction.LOWER),
        ("throughput", "1/s", Direction.HIGHER),
        ("tokens", "tokens/s", Direction.HIGHER),
        ("errors", "1/s", Direction.LOWER),
        ("cache_misses", "1", Direction.LOWER),
        ("hits", "1", Direction.HIGHER),
        ("allocs/op", "allocs/op", Direction.LOWER),
        ("n", "1", Direction.NEITHER),
        ("temperature", "K", Direction.NEITHER),
    ],
)
def test_the_direction_comes_from_the_unit_and_then_the_name(metric, unit, expected):
    assert guess_direction(metric, unit) is expected


@given(FINITE, st.sampled_from(["s", "B", "B/s", "1", "1/s", "furlong"]))
def test_every_number_can_be_printed_and_keeps_its_size(value, unit):
    size, name = scale_for(value, unit)
    assert size > 0
    text = format_value(value, unit)
    assert text
    number = float(text.removesuffix(name).strip() if name else text)
    assert math.isclose(number * size, value, rel_tol=0.006, abs_tol=1e-300)


@given(FINITE, st.sampled_from(["s", "B", "1/s"]))
def test_printing_is_the_same_but_for_the_sign(value, unit):
    assert format_value(-abs(value), unit).removeprefix("-") == format_value(abs(value), unit).removeprefix("-")


def test_what_is_no_number_is_a_dash():
    assert [format_value(value, "s") for value in (None, math.nan, math.inf)] == ["–", "–", "–"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "s", "0 s"),
        (0.00123456, "s", "1.23 ms"),
        (2.5e-10, "s", "250 ps"),
        (61.5, "s", "61.5 s"),
        (1536, "B", "1.5 KiB"),
        (5_300_000, "1/s", "5.3 M/s"),
        (0.5, "1/s", "0.5/s"),
        (1234, "1", "1234"),
        (12, "furlong", "12 furlong"),
    ],
)
def test_values_read_as_people_write_them(value, unit, text):
    assert format_value(value, unit) == text


def test_whole_numbers_stand_in_full_up_to_a_million():
    assert [format_number(n) for n in (999, 123456, 1e6)] == ["999", "123456", "1e+06"]


@pytest.mark.parametrize(
    ("before", "after", "unit", "told"),
    [
        (9.96e-3, 12e-3, "s", "9.96 ms → 12.0 ms"),
        (25.3e-6, 25e-6, "s", "25.3 µs → 25.0 µs"),
        (75e-6, 129e-6, "s", "75.0 µs → 129 µs"),
        (103e-9, 11.7e-6, "s", "103 ns → 11.7 µs"),
        (10e-3, 12e-3, "s", "10 ms → 12 ms"),
        (1.0, 1.25, "s", "1.00 s → 1.25 s"),
        (512.0, 2048.0, "B", "512 B → 2.00 KiB"),
        (8.0, 12.0, "1", "8 → 12"),
        (8.000000000000002, 12.0, "USD", "8 USD → 12 USD"),
        (0.05, 0.125, "1", "0.0500 → 0.125"),
        (-5.0, -4.25, "1", "-5.00 → -4.25"),
        (0.0, 1.25e-3, "s", "0 s → 1.25 ms"),
        (1e20, 1.25, "1", "1e+08 T → 1.25"),
        (None, 0.5, "s", "– → 500 ms"),
        (math.nan, math.inf, "s", "– → –"),
    ],
)
def test_values_side_by_side_have_as_many_digits(before, after, unit, told):
    assert " → ".join(format_pair(before, after, unit)) == told


def without_last_zeros(text):
    return re.sub(r"(\.\d*?)0+(?!\d)", r"\1", text).replace(". ", " ").removesuffix(".")


@given(FINITE, FINITE, st.sampled_from(["s", "B", "B/s", "1/s", "1", "USD"]))
@example(100.0, 9995001.0, "1/s")
def test_a_pair_says_the_same_numbers_as_its_values(before, after, unit):
    for told, value in zip(format_pair(before, after, unit), (before, after), strict=True):
        alone = format_value(value, unit)
        assert without_last_zeros(told) == without_last_zeros(alone)
