"""Locust's history: the seconds of a run are samples."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.sources.formats import locust_history

DATA = Path(__file__).parents[3] / "data" / "locust-history"
HEADER = (
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,99%,Total Request Count,Total Failure Count,"
    "Total Average Response Time"
)


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return locust_history.parse(stream, origin=name)


def parse(*rows):
    return locust_history.parse(io.StringIO("\n".join([HEADER, *rows])), origin="x.csv")


def rows_of(reading, benchmark="Aggregated"):
    return {row.metric.name: row for row in reading.measurements if row.benchmark == benchmark}


def test_rates_are_the_median_of_the_seconds_in_which_users_ran():
    found = rows_of(
        parse(
            "100,0,,Aggregated,0.0,0.0,N/A,N/A,0,0,0",
            "101,2,,Aggregated,0.0,0.0,5,9,3,0,6",
            "102,2,,Aggregated,8.0,1.0,6,10,11,1,7",
            "103,2,,Aggregated,9.0,2.0,7,11,20,3,8",
        )
    )
    assert found["requests_per_second"].value == 8.0
    assert list(found["requests_per_second"].samples) == [0.0, 8.0, 9.0]
    assert found["failures_per_second"].value == 1.0


def test_counts_and_figures_of_all_requests_are_the_last_rows():
    found = rows_of(parse("101,2,,Aggregated,1.0,0.0,5,9,3,0,6", "102,3,,Aggregated,8.0,1.0,6,10,20,5,8"))
    assert found["requests"].value == 20
    assert found["error_rate"].value == 0.25
    assert found["mean"].value == 0.008
    assert (found["p50"].value, found["p50"].samples) == (0.006, None)
    assert (found["users"].value, list(found["users"].samples)) == (3, [2, 3])


def test_with_the_full_history_percentiles_are_those_of_the_last_seconds():
    found = rows_of(recorded("v2.47_full_stats_history.csv"), "/order")
    assert found["p50"].count == len(found["p50"].samples) > 1
    assert found["p50"].parameters == {"method": "POST"}
    assert "users" not in found


def test_the_run_has_the_first_rows_time():
    reading = recorded("v0.14_stats_history.csv")
    assert reading.time == datetime.fromtimestamp(1795313828, UTC)
    assert reading.facts == {"locust.seconds": 5.0}
    assert rows_of(reading)["requests"].value == 355


def test_a_bad_time_and_a_bad_rate_are_both_named():
    with pytest.raises(InputError) as caught:
        parse("soon,1,,Aggregated,fast,0,5,9,3,0,6", "1e30,1,,Aggregated,1,0,5,9,3,0,6")
    text = str(caught.value)
    assert "line 2, column 'Timestamp'" in text
    assert "line 2, column 'Requests/s'" in text
    assert "a time in seconds since 1970" in text
