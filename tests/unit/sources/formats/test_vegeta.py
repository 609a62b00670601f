"""vegeta: reports as text, JSON and plot, of old versions too, and single requests."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Status
from perfsite.sources.formats import vegeta

DATA = Path(__file__).parents[3] / "data" / "vegeta"


def parse(text):
    return vegeta.parse(io.StringIO(text, newline=""), origin="vegeta.txt")


def figures(text, benchmark="vegeta"):
    return {row.metric.name: row for row in parse(text).measurements if row.benchmark == benchmark}


def text_of(name):
    return (DATA / name).read_text(encoding="utf-8")


def test_text_and_json_of_one_attack_tell_the_same():
    told, exact = figures(text_of("report.txt")), figures(text_of("report.json"))
    assert exact.keys() - told.keys() == {"requests_from_0ns", "requests_from_1000000ns", "requests_from_2000000ns"}
    for name, row in told.items():
        assert row.value == pytest.approx(exact[name].value, rel=2e-3, abs=1e-6), name


def test_figures_of_the_json_are_exact():
    document = json.loads(text_of("report.json"))
    found = figures(text_of("report.json"))
    assert found["p95"].value == document["latencies"]["95th"] / 1e9
    assert found["mean"].statistics == {"sum": document["latencies"]["total"] / 1e9}
    assert found["throughput"].value == document["throughput"]
    assert (found["size"].value, found["bytes_sent"].value) == (503.856, 5500)
    assert (found["failures"].value, found["error_rate"].value) == (4, 0.016)
    assert found["requests_from_1000000ns"].value == document["buckets"]["1000000"]


def test_the_time_of_the_attack_is_the_time_of_the_run():
    assert parse(text_of("report.json")).time == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)


def test_what_failed_is_a_warning():
    assert parse(text_of("report.txt")).warnings[0] == "requests failed: 503 Service Unavailable"


def test_a_histogram_below_a_report_is_no_list_of_failures():
    reading = parse(text_of("report.txt") + "\n" + text_of("histogram.txt") + "done\n")
    assert reading.warnings == parse(text_of("report.txt")).warnings
    found = {row.metric.name: row.value for row in reading.measurements}
    assert found["p50"] == figures(text_of("report.txt"))["p50"].value
    assert (found["requests_from_2000000ns"], found["requests_from_6000000ns"]) == (11, 0)


def test_a_histogram_by_itself_has_its_buckets():
    assert vegeta.accepts(text_of("histogram.txt"))
    found = {row.metric.name: row.value for row in parse(text_of("histogram.txt")).measurements}
    assert list(found.values()) == [6, 11, 3, 0]
    with pytest.raises(InputError, match=r"line 3: expected a bucket as in .*, found .*\[2ms, x\]"):
        parse(text_of("histogram.txt").replace("[2ms,    4ms]    11", "[2ms, x] y"))


def test_old_versions_are_read():
    told, exact = figures(text_of("report-v6.txt")), figures(text_of("report-v6.json"))
    assert told["p99"].value == 1.054320335
    assert told["duration"].value == 59.98999991
    assert told["error_rate"].value == 0.005
    assert exact["p99"].value == 1.056713448
    assert told.keys() - exact.keys() == {"status_500"}


def test_a_plot_has_the_usual_percentiles_and_the_rest_as_statistics():
    found = figures(text_of("hdrplot.txt"))
    assert found.keys() == {"requests", "min", "p50", "p75", "p90", "p95", "max"}
    assert found["p50"].statistics["p97.1875"] > found["p95"].value
    assert found["requests"].value == 250


def test_a_plot_that_is_cut_off_says_so():
    text = text_of("hdrplot.txt")
    with pytest.raises(InputError, match=r"this plot breaks off: the percentile 1\.0 is missing"):
        parse("\n".join(text.splitlines()[:20]))


@pytest.mark.parametrize("name", ["requests.jsonl", "requests.csv"])
def test_single_requests_have_the_names_of_the_report(name):
    found = figures(text_of(name))
    assert found.keys() == figures(text_of("report.txt")).keys()
    assert (found["requests"].value, found["failures"].value, found["p50"].count) == (120, 3, 120)
    assert len(found["p50"].samples) == 120
    assert (found["duration"].value, found["wait"].value) == (2.38, 0.000956948)


def test_targets_are_benchmarks_of_their_own():
    rows = parse(text_of("requests.jsonl")).measurements
    assert {row.benchmark for row in rows} == {"vegeta", "GET /items?page=2", "POST /items"}
    assert figures(text_of("requests.jsonl"), "POST /items")["requests"].value == 60


def test_the_name_of_an_attack_is_a_parameter():
    rows = parse(text_of("requests.csv")).measurements
    assert all(row.parameters == {"attack": "50qps"} for row in rows)


def test_requests_of_old_versions_are_read():
    found = figures(text_of("requests-v6.csv"))
    assert (found["requests"].value, found["p50"].value) == (20, pytest.approx(0.0010566265))


def test_more_than_a_hundred_targets_are_one_benchmark():
    line = json.loads(text_of("requests.jsonl").splitlines()[0])
    lines = [json.dumps({**line, "seq": i, "url": f"http://localhost/{i}"}) for i in range(150)]
    rows = parse("\n".join(lines)).measurements
    assert {row.benchmark for row in rows} == {"vegeta"}
    assert rows[0].value == 150


def test_an_error_with_a_line_end_stays_one_request():
    row = '1700000000000000000,0,100,0,0,"first\nsecond",,a,1,GET,http://x/y,\n'
    reading = parse(row + row.replace(",0,100,", ",200,100,").replace('"first\nsecond"', ""))
    assert reading.measurements[0].value == 2
    assert reading.warnings == ("1 requests failed: first\\nsecond",)


def test_a_large_body_does_not_hide_the_figures():
    row = f"1700000000000000000,200,100,0,0,,{'x' * 200_000},a,1,GET,http://x/y,\n"
    assert figures(row)["p50"].value == 1e-7


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1.242ms", "soon", "line 3: expected a duration as vegeta writes it (1m2.5s, 1.2ms), found text 'soon'"),
        ("250, 50.20, 49.39", "250, 50.20", "line 1: expected 3 values (total, rate, throughput)"),
        ("200:246", "200=246", "line 7: expected a status code and how often it came"),
        ("Latencies", "Delays   ", "line 1: this report breaks off: 'Latencies' is missing"),
    ],
)
def test_a_damaged_report_says_where(old, new, said):
    with pytest.raises(InputError) as caught:
        parse(text_of("report.txt").replace(old, new))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("latencies", 3, "$.latencies: expected an object"),
        ("requests", None, "$.requests: expected a number, found null"),
        ("status_codes", {"200": "x"}, '$.status_codes["200"]: expected a number'),
        ("status_codes", {"\ud800": 1}, "the name of the metric 'status_\\ud800' holds what no text file can keep"),
        ("duration", -1, "$.duration: expected a number not below 0"),
    ],
)
def test_a_bad_place_of_the_json_is_named(key, value, said):
    with pytest.raises(InputError) as caught:
        parse(json.dumps({**json.loads(text_of("report.json")), key: value}))
    assert said in str(caught.value)


def test_bad_requests_are_all_told_with_their_lines():
    lines = text_of("requests.jsonl").splitlines()[:4]
    lines[1], lines[2] = lines[1].replace('"code":200', '"code":"x"'), lines[2][:50]
    with pytest.raises(CombinedInputError) as caught:
        parse("\n".join(lines))
    assert [error.where for error in caught.value.errors] == ["vegeta.txt: line 2, code", "vegeta.txt: line 3"]
    with pytest.raises(InputError, match="line 2, latency: expected a number, found text 'x'"):
        parse("1700000000000000000,200,1,0,0,\n1700000000000000000,200,x,0,0,\n")


def test_no_requests_are_no_latencies():
    document = json.loads(text_of("report.json"))
    document.update(requests=0, success=0, status_codes={}, errors=[], earliest="0001-01-01T00:00:00Z", buckets={})
    reading = parse(json.dumps(document))
    found = {row.metric.name: row for row in reading.measurements}
    assert (found["p50"].status, reading.time) == (Status.SKIPPED, None)


def test_two_reports_in_one_file_are_told_once():
    with pytest.raises(InputError, match="the benchmark 'vegeta' is there twice, first at line 1"):
        parse(text_of("report.txt") * 2)
