"""criterion.rs's console: intervals, names on lines of their own, changes, colours, panics."""

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import criterion_text

DATA = Path(__file__).parents[3] / "data" / "criterion-text"


def recorded(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return criterion_text.parse(stream, origin=name)


def parse(text):
    return criterion_text.parse(io.StringIO(text, newline=""), origin="bench.txt")


def found(reading):
    return {(r.benchmark, *r.parameters.values(), r.metric.name): r for r in reading.measurements}


def test_the_middle_number_is_the_value_and_the_outer_ones_its_bounds():
    row = parse("a/n=8             time:   [895.84 ns 1.0174 µs 1.1344 µs]\n").measurements[0]
    assert (row.benchmark, row.parameters, row.metric.unit, row.metric.original_unit) == ("a", {"n": "8"}, "s", "µs")
    assert (row.lower, row.value, row.upper) == (895.84e-9, pytest.approx(1.0174e-6), pytest.approx(1.1344e-6))


def test_a_whole_run_is_read_with_its_sample_sizes():
    rows = found(recorded("plain.txt"))
    assert rows["a name that is longer than the column", "time"].count == 20
    assert rows["Flat/odd name?/sum 1000000", "time"].count == 10
    rate = rows["Sums/xor", "64", "throughput"]
    assert (rate.metric.unit, rate.metric.direction) == ("1/s", Direction.HIGHER)
    assert rows["Sums/4 KiB", "throughput"].metric.unit == "B/s"
    assert len(rows) == 9


def test_changes_colours_and_statistics_do_not_disturb():
    rows = found(recorded("verbose-coloured.txt"))
    assert rows.keys() == found(recorded("plain.txt")).keys()
    statistics = rows["sum 100", "time"].statistics
    assert statistics.keys() == {
        f"{name}_{end}" for name in ("slope", "mean", "median", "deviation", "mad") for end in ("lower", "upper")
    }
    assert 0 < statistics["mean_lower"] < statistics["mean_upper"] < 1e-6


def test_a_benchmark_that_panicked_is_failed_and_names_are_told_apart_by_target():
    reading = recorded("failed.txt")
    rows = found(reading)
    assert rows["out of luck", "time"].status is Status.FAILED
    assert {("sum 100", "broken", "time"), ("sum 100", "sums", "time")} <= rows.keys()
    assert reading.warnings == (
        "out of luck: failed: it began (line 20) and has no time",
        "line 36: error: bench failed, to rerun pass `--bench broken`",
        "line 114: error: 1 target failed:",
    )


def test_a_benchmark_that_was_only_profiled_is_skipped():
    reading = parse("Benchmarking a: Profiling for 1.0000 s\nBenchmarking a: Complete (Analysis Disabled)\n")
    assert [(r.benchmark, r.status) for r in reading.measurements] == [("a", Status.SKIPPED)]
    assert reading.warnings == ("a: skipped: it was profiled only",)


def test_lines_that_a_terminal_writes_over_are_read_as_they_end():
    text = "Benchmarking a: Analyzing\r\x1b[Ka     time:   [1.0 ns 2.0 ns 3.0 ns]\r\n"
    assert parse(text).measurements[0].benchmark == "a"
    named = "Benchmarking b: c: Analyzing\n                        time:   [1.0 ns 2.0 ns 3.0 ns]\n"
    assert parse(named).measurements[0].benchmark == "b: c"


def test_bits_and_two_rates_at_once_are_read():
    text = "a  time: [1 s 2 s 3 s]\n thrpt: [8.0 Kb/s 16 Kb/s 24 Kb/s]\n"
    assert parse(text).measurements[1].value == 2000
    text = "a  time: [1 s 2 s 3 s]\n thrpt: [1.0 Kelem/s 1 Kelem/s 1 Kelem/s]\n thrpt: [1 KiB/s 1 KiB/s 2 KiB/s]\n"
    assert [(r.metric.name, r.value) for r in parse(text).measurements[1:]] == [
        ("elements_per_second", 1000),
        ("throughput", 1024),
    ]


def test_the_same_throughput_twice_and_a_third_are_refused():
    rate = " thrpt: [1.0 Kelem/s 1 Kelem/s 1 Kelem/s]\n"
    with pytest.raises(InputError, match="line 3: the benchmark 'a' is there twice, first at line 2"):
        parse("a  time: [1 s 2 s 3 s]\n" + rate * 2)
    with pytest.raises(InputError, match="a third throughput"):
        parse("a  time: [1 s 2 s 3 s]\n" + rate * 3)


def test_a_custom_measurement_is_a_metric_of_its_own():
    row = parse("a   time:   [1.0 cycles 2.0 cycles 3.0 cycles]\n").measurements[0]
    assert (row.metric.unit, row.metric.direction, row.value) == ("cycles", Direction.LOWER, 2)


def test_every_bad_line_is_told_with_its_place():
    with pytest.raises(CombinedInputError) as caught:
        parse("\n   time: [1 ns 2 ns 3 ns]\na  time: [1 ns x ns 3 ns]\nb  time: [1 ns 2 B 3 ns]\nc  time: [1 2]\n")
    assert [str(error) for error in caught.value.errors] == [
        "bench.txt: line 2: no name stands before this time, nor on the line above",
        "bench.txt: line 3: expected a number, found text 'x'",
        "bench.txt: line 4: expected numbers of one kind of unit, found text '[1 ns 2 B 3 ns]'",
        "bench.txt: line 5: expected 3 numbers with their units, found text '[1 2]'",
    ]


@pytest.mark.parametrize(
    "name", ["<script>", "../..", "a|b", "\N{GRINNING FACE}", "\u202ea", "lifetime: x", "x" * 10_000]
)
def test_hostile_names_arrive_as_they_are(name):
    assert parse(f"{name}   time:   [1.0 ns 2.0 ns 3.0 ns]\n").measurements[0].benchmark == name
    assert parse(f"{name}\n    time:   [1.0 ns 2.0 ns 3.0 ns]\n").measurements[0].benchmark == name


@pytest.mark.parametrize(
    "text",
    ["", "time:   [+1% +2% +3%]", "  time: [a b c]", "change: [1 ns 2 ns 3 ns]", "time: 3 s", "test a ... bench: 1"],
)
def test_other_texts_are_not_recognised(text):
    assert not criterion_text.accepts(text)


LINES = [line for path in sorted(DATA.glob("*.txt")) for line in path.read_text(encoding="utf-8").splitlines()]


@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=30), st.integers(0, 80))
def test_no_text_raises_anything_but_the_documented_error(lines, cut):
    text = "\n".join(lines)
    text = text[: max(len(text) - cut, 0)].replace("\0", "")
    criterion_text.accepts(text)
    with contextlib.suppress(InputError):
        parse(text)
