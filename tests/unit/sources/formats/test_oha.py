"""oha: text of several versions, JSON with nulls, percentiles by success, the CSV of requests."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import oha

DATA = Path(__file__).parents[3] / "data" / "oha"


def parse(text):
    return oha.parse(io.StringIO(text), origin="oha.txt")


def figures(text):
    return {row.metric.name: row for row in parse(text).measurements}


def text_of(name):
    return (DATA / name).read_text(encoding="utf-8")


def test_text_and_json_of_one_run_tell_the_same():
    told, exact = figures(text_of("breakdown.txt")), figures(text_of("breakdown.json"))
    assert exact.keys() - told.keys() == {"rps", "first_byte"} | {name for name in exact if "first_byte_p" in name}
    assert told.keys() <= exact.keys()
    for name, row in told.items():
        assert row.value == pytest.approx(exact[name].value, rel=2e-3, abs=1e-7), name
        assert row.metric.direction == exact[name].metric.direction


def test_old_text_and_json_tell_the_same():
    told, exact = figures(text_of("plain-0.5.txt")), figures(text_of("plain-0.5.json"))
    assert told["success_rate"].value == exact["success_rate"].value == 1
    assert told["p99"].value == pytest.approx(exact["p99"].value, abs=5e-5)
    assert exact.keys() - told.keys() == {"rps"}


def test_answers_with_an_error_status_and_no_answers_are_failures():
    found = figures(text_of("breakdown.json"))
    assert (found["requests"].value, found["failures"].value) == (405, 25)
    assert found["error_rate"].value == 25 / 405
    assert found["success_rate"].value == 400 / 405


def test_requests_that_oha_cut_off_itself_are_no_failures():
    reading = parse(text_of("breakdown.txt"))
    found = {row.metric.name: row for row in reading.measurements}
    assert (found["aborted"].value, found["aborted"].metric.direction) == (2, Direction.NEITHER)
    assert reading.warnings == ("5 requests failed: connection closed before message completed",)


def test_percentiles_by_success_are_kept_apart():
    found = figures(text_of("breakdown.json"))
    assert found["successful_p99"].value < found["p99"].value
    assert found["unsuccessful_p50"].value > found["p50"].value


def test_the_rate_over_time_is_its_median_with_the_rest_beside_it():
    document = json.loads(text_of("breakdown.json"))
    rps = figures(text_of("breakdown.json"))["rps"]
    assert (rps.value, rps.deviation) == (document["rps"]["percentiles"]["p50"], document["rps"]["stddev"])
    assert rps.statistics["p99.9"] == document["rps"]["percentiles"]["p99.9"]
    assert rps.statistics["mean"] == document["rps"]["mean"]


def test_null_is_failed_where_nobody_answered():
    found = figures(text_of("all-failed.json"))
    assert {found[name].status for name in ("mean", "p50", "p99.99", "rps", "size", "DNS+dialup")} == {Status.FAILED}
    assert (found["failures"].value, found["error_rate"].value) == (4, 1)


def test_null_is_skipped_where_requests_were_answered():
    document = json.loads(text_of("plain-0.5.json"))
    document["details"]["DNSLookup"] = {"average": 0.0, "fastest": None, "slowest": None}
    assert figures(json.dumps(document))["DNS-lookup"].status is Status.SKIPPED


def test_parts_that_later_versions_add_are_read():
    document = json.loads(text_of("plain-0.5.json"))
    document["details"]["tlsHandshake"] = {"average": 0.25, "fastest": 0.125, "slowest": 0.5}
    row = figures(json.dumps(document))["tlsHandshake"]
    assert (row.value, row.statistics) == (0.25, {"min": 0.125, "max": 0.5})


def test_requests_of_the_csv_have_the_names_of_the_summary():
    found = figures(text_of("requests.csv"))
    assert found.keys() <= figures(text_of("breakdown.json")).keys()
    assert (found["requests"].value, found["p50"].count, found["status_503"].value) == (100, 100, 5)
    # Connections that were open before take no time to open.
    assert (found["DNS+dialup"].count, found["DNS+dialup"].value) == (4, pytest.approx(0.00031))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("summary", "total"), "long", "$.summary.total: expected a number, found text 'long'"),
        (("latencyPercentiles", "p50"), -1, "$.latencyPercentiles.p50: expected a number not below 0"),
        (("latencyPercentiles", "<b>"), 1, "expected percentiles like 'p99.9', found the key '<b>'"),
        (("statusCodeDistribution", "200"), None, '$.statusCodeDistribution["200"]: expected a number, found null'),
        (("details", "DNSLookup"), [], "$.details.DNSLookup: expected an object, found an array"),
        (("rps",), 3, "$.rps: expected an object, found the number 3"),
    ],
)
def test_a_bad_place_of_the_json_is_named(path, value, said):
    document = json.loads(text_of("plain-0.5.json"))
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    with pytest.raises(InputError) as caught:
        parse(json.dumps(document))
    assert said in str(caught.value)


def test_every_missing_part_is_told_at_once():
    with pytest.raises(CombinedInputError) as caught:
        parse('{"summary": {"successRate": 1}}')
    assert len(caught.value.errors) == 3


def test_a_summary_without_its_end_says_so():
    text = text_of("breakdown.txt")
    with pytest.raises(InputError, match="line 1: this summary breaks off"):
        parse(text[: text.index("Status code")])


def test_colours_do_not_matter():
    text = (
        text_of("plain-0.5.txt")
        .replace("  Slowest:", "\x1b[33m  Slowest:")
        .replace("Summary:", "\x1b[1m\x1b[4mSummary:\x1b[0m")
    )
    assert oha.accepts(text)
    assert {n: r.value for n, r in figures(text).items()} == {
        n: r.value for n, r in figures(text_of("plain-0.5.txt")).items()
    }


@pytest.mark.parametrize("text", ["[]", "{}", "3", "", "request-start,DNS,DNS+dialup,Response-delay"])
def test_something_else_is_refused(text):
    with pytest.raises(InputError):
        parse(text)
