"""JMeter's reports: the dashboard's statistics and the tables."""

import io
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources.formats import jmeter_summary

DATA = Path(__file__).parents[3] / "data" / "jmeter-summary"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return jmeter_summary.parse(stream, origin=name)


def parse(text):
    return jmeter_summary.parse(io.StringIO(text), origin="x")


def values(reading, benchmark):
    return {row.metric.name: row.value for row in reading.measurements if row.benchmark == benchmark}


def test_the_dashboard_has_its_percentiles_rates_and_total():
    found = values(recorded("statistics.json"), "TOTAL")
    assert (found["p50"], found["p90"], found["p95"], found["p99"]) == (0.015, 0.04, 0.055, 0.21)
    assert (found["error_rate"], found["requests_per_second"], found["requests"]) == (0.01, 94.5, 3000)
    assert found["bytes_per_second"] == 31 * 1024


def test_times_of_a_label_without_samples_are_skipped():
    rows = [row for row in recorded("statistics.json").measurements if row.benchmark == "pay <now>"]
    assert {row.metric.name for row in rows if row.status is Status.SKIPPED} == {
        "error_rate", "mean", "p50", "min", "max", "p90", "p95", "p99"
    }  # fmt: skip


def test_the_table_has_what_the_dashboard_has():
    table, dashboard = (values(recorded(name), "open") for name in ("aggregate.csv", "statistics.json"))
    assert table.keys() == dashboard.keys() - {"failures"}
    assert {name: table[name] for name in ("p95", "p99", "error_rate", "bytes_per_second")} == {
        name: dashboard[name] for name in ("p95", "p99", "error_rate", "bytes_per_second")
    }


def test_the_standard_deviation_is_that_of_the_mean():
    rows = {row.metric.name: row for row in recorded("v2_aggregate.csv").measurements if row.benchmark == "TOTAL"}
    assert (rows["mean"].value, rows["mean"].deviation) == (3.458, 5.06319)
    assert (rows["error_rate"].value, rows["p90"].value) == (0.05, 11.139)


@pytest.mark.parametrize(
    ("error", "rate"), [("0.25", 0.25), ("25.00%", 0.25), ("25,00%", 0.25), ("25", 0.25), ("0.5%", 0.005)]
)
def test_error_shares_are_read_in_every_spelling(error, rate):
    text = f'Label,# Samples,Average,Median,Min,Max,Error %,Throughput\na,4,1,1,1,1,"{error}",30.0/min\n'
    found = values(parse(text), "a")
    assert found["error_rate"] == rate
    assert found["requests_per_second"] == 0.5


def test_a_bad_number_is_named():
    with pytest.raises(InputError, match=r"line 2, column 'Average': expected a number, found text 'slow'"):
        parse("Label,# Samples,Average,Throughput\na,4,slow,1\n")


@pytest.mark.parametrize("number", [1e308, 0.5])
def test_a_number_of_samples_that_is_none_is_told(number):
    with pytest.raises(InputError, match=r"x: \$\.open: expected a number of values from 1 to 2\^53, found \d"):
        parse(f'{{"open": {{"transaction": "open", "sampleCount": {number}, "meanResTime": 1.0}}}}')
