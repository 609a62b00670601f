"""Google Benchmark's console: the same as its JSON, in all layouts of all versions."""

import contextlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import InputError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import google_benchmark, google_benchmark_text

DATA = Path(__file__).parents[3] / "data"
HEADER = "Benchmark                 Time             CPU   Iterations UserCounters...\n"


def recorded(name):
    with (DATA / "google-benchmark-text" / name).open(encoding="utf-8") as stream:
        return google_benchmark_text.parse(stream, origin=name)


def parse(*lines, header=HEADER):
    return google_benchmark_text.parse(io.StringIO(header + "".join(f"{line}\n" for line in lines)), origin="b.txt")


def row(name="BM_x", counters="", time=10.0):
    return f"{name:<20} {time:10.1f} ns   {time / 2:10.1f} ns   {1000:10d}{counters}"


def found(reading):
    return {(r.benchmark, tuple(r.parameters.items()), r.metric.name): r for r in reading.measurements}


@pytest.mark.parametrize(
    ("text", "json"), [("plain-1.9.5.txt", "python-1.9.5.json"), ("statistics-1.7.1.txt", "statistics.json")]
)
def test_the_text_says_the_same_as_the_json_of_the_same_run(text, json):
    with (DATA / "google-benchmark" / json).open(encoding="utf-8") as stream:
        whole = found(google_benchmark.parse(stream, origin=json))
    rows = found(recorded(text))
    assert rows.keys() == whole.keys()
    for key, measurement in rows.items():
        other = whole[key]
        assert (measurement.status, measurement.count) == (other.status, other.count)
        assert (measurement.statistics or {}).keys() == (other.statistics or {}).keys()
        if measurement.value is not None and key[2] not in {"made", "rms"}:
            assert measurement.value == pytest.approx(other.value, rel=0.02, abs=1e-9)


def test_rates_and_rates_turned_round_have_units():
    rows = found(recorded("plain-1.9.5.txt"))
    key = ("counters", (("arg0", "64"),))
    assert (rows[*key, "foo_rate"].metric.unit, rows[*key, "foo_rate"].metric.direction) == ("1/s", Direction.HIGHER)
    assert (rows[*key, "foo_inv_rate"].metric.unit, rows[*key, "foo_inv_rate"].metric.direction) == (
        "s",
        Direction.LOWER,
    )
    assert (rows[*key, "tiny"].value, rows[*key, "tiny"].metric.unit) == (pytest.approx(1.23e-5), "1")


def test_counters_in_columns_are_read_with_spaces_in_their_names_and_in_colour():
    rows = found(recorded("tabular-1.9.5.txt"))
    assert {metric for name, _, metric in rows if name == "counters"} == {
        *("time", "cpu_time", "foo", "foo_inv_rate", "foo_rate", "per call", "tiny")
    }
    assert rows["counters", (("arg0", "64"),), "per call"].value == 0.13
    assert {metric for name, _, metric in rows if name == "summing"} == {
        *("time", "cpu_time", "bytes_per_second", "items_per_second")
    }


def test_aggregates_alone_give_median_deviation_and_mean():
    time = found(recorded("aggregates-1.8.0.txt"))["summing", (("arg0", "64"),), "time"]
    assert (time.count, time.samples) == (3, None)
    assert time.deviation is not None
    assert time.statistics is not None
    assert list(time.statistics) == ["mean"]


def test_the_first_versions_wrote_powers_of_1024_and_rates_at_the_end():
    rows = found(recorded("by-hand-1.3.txt"))
    key = ("BM_parse", (("threads", "2"),))
    assert rows[*key, "lines"].value == 1536
    assert rows[*key, "errors"].value == pytest.approx(0.002)
    assert rows[*key, "bytes_per_second"].value == pytest.approx(164.641 * 2**20)
    assert rows[*key, "items_per_second"].value == pytest.approx(1.2 * 2**20)


def test_fits_errors_and_skips_are_as_in_the_json():
    reading = recorded("by-hand-1.3.txt")
    rows = found(reading)
    assert rows["BM_sort", (("big_o", "NlgN"),), "real_coefficient"].value == pytest.approx(0.49e-9)
    assert rows["BM_sort", (("big_o", "NlgN"),), "rms"].value == 0.03
    assert rows["BM_broken", (), "time"].status is Status.FAILED
    skipped = parse("BM_y                 SKIPPED: 'no GPU'", row())
    assert skipped.measurements[0].status is Status.SKIPPED
    assert skipped.warnings == ("BM_y: skipped: no GPU",)


def test_bytes_per_second_were_in_powers_of_1024_before_they_said_so():
    rows = found(parse(row(counters=" bytes_per_second=2M/s items_per_second=2M/s made=2Ki")))
    assert rows["BM_x", (), "bytes_per_second"].value == 2 * 2**20
    assert rows["BM_x", (), "items_per_second"].value == 2e6
    assert rows["BM_x", (), "made"].value == 2048


def test_the_lines_before_the_table_tell_the_machine_and_the_time():
    reading = recorded("statistics-1.7.1.txt")
    assert reading.time is not None
    assert reading.time.tzinfo is UTC
    assert reading.time > datetime(2026, 1, 1, tzinfo=UTC)
    assert reading.facts["cpu.mhz"] == 2596.13
    assert reading.facts["cpu.cache.l1d"] == 32768
    assert reading.facts["google-benchmark.build"] == "debug"


def test_output_of_the_benchmarks_between_the_lines_is_left_out():
    assert len(parse("loading data …", row(), "done: 5 files", "", "---").measurements) == 2


def test_a_line_that_breaks_off_is_an_error():
    with pytest.raises(InputError, match="line 2: expected a name, two times with units"):
        parse(row()[:36])


def test_a_number_that_is_none_is_an_error_with_its_line():
    with pytest.raises(InputError, match=r"line 3: expected a number, found text '1\.2\.3'"):
        parse(row(), "BM_y   1.2.3 ns  1.0 ns  10")


def test_lines_of_one_name_are_repetitions():
    time = parse(row(time=8), row(time=10), row(time=9)).measurements[0]
    assert (time.value, time.count, time.samples) == (9e-9, 3, [8e-9, 10e-9, 9e-9])


def test_repetitions_that_are_not_next_to_each_other_are_one_sample():
    lines = [row("BM_a", " n=1", 10.0), row("BM_b", " n=1", 1.0), row("BM_a", " n=3", 20.0), row("BM_b", " n=1", 3.0)]
    ends = [row(f"BM_{name}_{ending}", " n=2", 2.0) for name in "ab" for ending in ("mean", "median", "stddev")]
    reading = parse(*lines, *ends)
    rows = {(r.benchmark, r.metric.name): r for r in reading.measurements}
    assert len(rows) == 6
    assert rows["BM_a", "time"].samples == [10.0 / 1e9, 20.0 / 1e9]
    assert (rows["BM_a", "n"].samples, rows["BM_b", "time"].samples) == ([1, 3], [1.0 / 1e9, 3.0 / 1e9])
    assert rows["BM_a", "cpu_time"].deviation == 1.0 / 1e9


def test_a_benchmark_that_is_named_like_an_aggregate_is_none():
    names = ["BM_x", "BM_y_mean", "BM_z", "BM_z", "BM_z_big", "BM_z_big"]
    assert {r.benchmark for r in parse(*map(row, names)).measurements} == set(names)


def test_a_table_without_lines_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse()


def test_labels_are_no_counters():
    assert [r.metric.name for r in parse(row(counters=" n=5 size = big, k=x")).measurements] == [
        "time",
        "cpu_time",
        "n",
    ]


def test_names_of_any_length_and_kind_stay_as_they_are():
    name = "BM_<script>|é🦄" + "x" * 9_000
    assert parse(row(name)).measurements[0].benchmark == name


WORDS = [
    *(
        "BM_x",
        "12",
        "3.5",
        "ns",
        "%",
        "us",
        "N",
        "(1)",
        "NlgN",
        "a=1k",
        "b=2/s",
        "=",
        "x=nan",
        "5k/s",
        "1MB/s",
        "2 items/s",
    ),
    *("ERROR OCCURRED: 'x'", "_mean", "nan", "1e400", "-5", "Iterations"),
]


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=8), st.sampled_from(["", " a b  cc"])
)
def test_nothing_but_the_documented_error_is_raised(lines, columns):
    header = HEADER.replace(" UserCounters...", columns)
    with contextlib.suppress(InputError):
        assert parse(*lines, row(), header=header).measurements


def test_hostile_lines_take_no_time():
    hostile = [
        " " * 300_000,
        "1 ns " * 60_000,
        " a=1" * 60_000,
        "1" * 300_000,
        " ERROR OCCURRED: '" * 20_000,
        "=" * 300_000,
    ]
    with contextlib.suppress(InputError):
        parse(*hostile, row())
    assert not google_benchmark_text.accepts("Benchmark" + " " * 60_000)
