"""Luau's bench.py: averages with bounds, least times, drivers, failed tests."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.errors import InputError, PerfsiteError
from perfsite.model.run import Status
from perfsite.sources.formats import luau

DATA = Path(__file__).parents[3] / "data" / "luau"


def recorded(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return luau.parse(stream, origin=name)


def parse(*lines):
    return luau.parse(io.StringIO("\n".join(lines)), origin="bench.txt")


def test_a_test_has_its_average_bounds_and_least_time():
    row, *_ = recorded("one.txt").measurements
    assert (row.benchmark, row.parameters, row.metric.name) == ("base64", {}, "time")
    assert (row.value, row.statistics) == (0.014041, {"min": pytest.approx(0.013831)})
    assert row.upper - row.value == pytest.approx(0.014041 * 0.00636)


def test_a_name_may_hold_what_separates_columns():
    row = recorded("one.txt").measurements[1]
    assert (row.benchmark, row.statistics) == ("n-body: 3 planets | slow", {"min": pytest.approx(0.057903)})


def test_a_test_that_failed_is_named_by_its_file_and_the_sum_of_all_is_none():
    reading = recorded("one.txt")
    assert (reading.measurements[2].benchmark, reading.measurements[2].status) == ("broken", Status.FAILED)
    assert reading.warnings == ("broken: failed",)
    assert "Total" not in {row.benchmark for row in reading.measurements}


def test_the_driver_is_a_parameter_only_where_several_were_compared():
    reading = recorded("compared.txt")
    assert [(row.benchmark, row.parameters["driver"], row.value) for row in reading.measurements] == [
        ("chess", "luau -O1", 0.058412),
        ("chess", "luau -O2", 0.06),
        ("life", "luau -O2", None),
        ("life", "luau -O1", 0.091377),
    ]
    assert recorded("one.txt").facts == {"luau.driver": "luau"}


def test_lines_alone_and_the_table_alone_say_the_same_values():
    text = (DATA / "one.txt").read_text(encoding="utf-8")
    lines, _, table = text.partition("=====")
    values = [row.value for row in recorded("one.txt").measurements]
    assert [row.value for row in parse(*lines.splitlines()).measurements] == values
    found = parse(*table.splitlines()).measurements
    assert [row.value for row in found] == values
    assert found[0].upper == recorded("one.txt").measurements[0].upper


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("SUCCESS: x", "line 1: expected a test with its time"),
        ("SUCCESS: x : fastms +/- 1% on luau", "line 1: expected a number, found text 'fast'"),
        ("SUCCESS: x : 1.5ms +/- wide% on luau", "line 1: expected a number, found text 'wide'"),
        ("SUCCESS: x : -1ms +/- 1% on luau", "not below 0"),
        ("SUCCESS: x : 1ms +/- 1% on a\nSUCCESS: x : 1ms +/- 1% on a", "line 2: the test 'x' is there twice"),
        ("Test | Min | Average | StdDev% | Driver\nx | 1ms", "line 2: expected 5 cells"),
        ("Test | Min | Average | StdDev% | Driver-", "line 1: the column 'Driver' is missing"),
        ("nothing", "holds no benchmark"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line, says):
    with pytest.raises(InputError) as caught:
        parse(line)
    assert says in str(caught.value)
    assert caught.value.hint


def test_a_percentage_that_is_not_a_number_gives_no_bounds():
    (row,) = parse("SUCCESS: x : 0.000ms +/- nan% on luau").measurements
    assert (row.value, row.lower) == (0, None)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_is_read_or_refused(data):
    text = (DATA / data.draw(st.sampled_from(["one.txt", "compared.txt"]))).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text(max_size=8)) + text[at + data.draw(st.integers(0, 20)) :]
    try:
        luau.parse(io.StringIO(text), origin="x")
    except PerfsiteError:
        return
