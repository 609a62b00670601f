"""Otava: tables and JSON with a history, histostat logs."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status, stand_in
from perfsite.sources.formats import otava
from perfsite.sources.loose_times import time_of

DATA = Path(__file__).parents[3] / "data" / "otava"


def recorded(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return otava.parse(stream, origin=name)


def parse(text):
    return otava.parse(io.StringIO(text), origin="history.csv")


def values(reading):
    return {(row.benchmark, row.metric.name): row.value for row in reading.measurements}


def test_the_newest_row_is_the_reading_and_the_others_are_earlier():
    reading = recorded("dots.csv")
    assert reading.time == datetime(2026, 1, 3, 2, tzinfo=UTC)
    assert reading.commit.sha == "2f0b1e8c5d7a4f6e9b3c1d2e4f5a6b7c8d9e0f1a"
    assert [run.commit for run in reading.earlier] == [
        stand_in("rev0", time=datetime(2026, 1, 1, 2, tzinfo=UTC)),
        stand_in("rev1", time=datetime(2026, 1, 2, 2, tzinfo=UTC)),
    ]
    assert [run.branch for run in (*reading.earlier, reading)] == ["main", "feature-x", "main"]
    assert reading.facts == {"otava.version": "1.1"}


def test_a_column_is_a_benchmark_and_its_last_word_may_tell_the_unit():
    reading = recorded("dots.csv").earlier[0]
    assert values(reading) == {
        ("metric1", "value"): 201877,
        ("p99_latency_ms", "time"): pytest.approx(7.61e-3),
        ("throughput", "value"): 633.5,
    }
    assert [row.metric.direction for row in reading.measurements] == ["neither", "lower", "higher"]
    assert "'metric1'" in recorded("dots.csv").warnings[0]


def test_an_empty_cell_was_skipped():
    absent = [row for row in recorded("dots.csv").measurements if row.value is None]
    assert [(row.benchmark, row.status) for row in absent] == [("p99_latency_ms", Status.SKIPPED)]


def test_a_column_may_name_the_test():
    reading = recorded("tests.tsv")
    assert values(reading) == {("read | <b>", "p50_ms"): 1.25e-3, ("read | <b>", "errors"): 3}
    assert reading.commit.subject == "v1.1"


def test_without_a_commit_the_newest_has_none_and_earlier_ones_are_known_by_their_time():
    reading = recorded("unix-time.csv")
    assert reading.commit is None
    assert reading.earlier[0].commit.subject == "2024-06-01T10:00:00+00:00"


def test_other_delimiters_and_json_are_read():
    assert values(recorded("semicolons.csv")) == {("metric1", "value"): 198340, ("metric2", "value"): 7.58}
    reading = recorded("history.json")
    assert values(reading) == {("throughput", "value"): 5013, ("p99_latency_ms", "time"): pytest.approx(0.1382)}
    assert (reading.commit.subject, reading.branch, reading.facts) == ("b7d2e45", "main", {"otava.version": "2.1"})


def test_a_histostat_log_is_one_run_with_intervals_as_samples():
    reading = recorded("histostat.csv")
    assert reading.time == datetime(2023, 11, 14, 22, 13, 20, 250000, tzinfo=UTC)
    rows = {(row.benchmark, row.metric.name): row for row in reading.measurements}
    p50 = rows["read.result", "p50"]
    assert p50.samples == [871935e-9, 862207e-9]
    assert p50.value == pytest.approx(867071e-9)
    assert {"p99.9", "p99.99", "min", "max"} <= {metric for _, metric in rows}
    assert (rows["read.errors", "count"].value, rows["read.errors", "p50"].status) == (0, Status.SKIPPED)


def test_all_bad_cells_are_named():
    with pytest.raises(InputError) as caught:
        parse("time,commit,m\nyesterday,a,1\n1609466400,b,fast\n1609466400,c\n1609466400,c,2\n")
    assert "line 2, column 'time': expected a time, found text 'yesterday'" in str(caught.value)
    assert "line 4: expected 3 cells as in the header, found 2" in str(caught.value)
    with pytest.raises(InputError, match=r"line 3, column 'm': expected a number, found text 'fast'"):
        parse("time,commit,m\n1609466400,a,1\n1609466400,b,fast\n")


def test_a_table_without_rows_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse("time,commit,m\n")


@pytest.mark.parametrize(
    "text",
    [
        "Timestamp,User Count,Type,Name\n1609466400,1,,Aggregated\n",
        "timeStamp,elapsed,label\n1609466400000,12,GET\n",
        "time,commit,metric\nsoon,a,1\n",
        "command,mean,stddev\nls,1,2\n",
        "time to first byte,b\n1,2\n",
    ],
)
def test_similar_tables_are_not_otavas(text):
    assert not otava.accepts(text)


@pytest.mark.parametrize(
    "text",
    ["2021-01-01 02:00", "2021/1/1 3:00:00 +01:00", "2021.01.01 03:00:00.000 +0100", "1609466400.0", "1609466400000000",
     "Fri, 01 Jan 2021 02:00:00 +0000", "2021-01-01T02:00:00Z"],
)  # fmt: skip
def test_times_are_understood_as_people_write_them(text):
    assert time_of(text) == datetime(2021, 1, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2021-13-01 00:00", "9" * 25, "2021-01-01 02:00 +99:99", "12", "x" * 100])
def test_what_is_no_time_is_none(text):
    assert time_of(text) is None


def test_a_history_that_is_too_long_for_one_record_is_sent_to_import(monkeypatch):
    monkeypatch.setattr(otava, "MOST_MEASUREMENTS", 5)
    with pytest.raises(InputError, match="more than 5 measurements") as caught:
        parse("time,a,b\n" + "".join(f"{1_600_000_000 + 60 * i},1,2\n" for i in range(3)))
    assert caught.value.hint == "Bring it in with `perfsite import otava`."


def test_in_a_table_of_semicolons_a_comma_is_the_decimal_sign():
    assert values(parse("time;a;b\n1600000000;10,43;-0,125\n")) == {("a", "value"): 10.43, ("b", "value"): -0.125}
    with pytest.raises(InputError, match="expected a number, found text '0,125'"):
        parse('time,a\n1600000000,"0,125"\n')
