"""Locust: statistics per endpoint, over its versions."""

import io
import os
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction, Status
from perfsite.sources import recognise
from perfsite.sources.formats import locust

DATA = Path(__file__).parents[3] / "data" / "locust"
REAL = Path(os.environ.get("PERFSITE_REAL_DATA", "../shared/data")) / "raw" / "locust"
HEADER = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Requests/s,50%,99.9%,100%"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return locust.parse(stream, origin=name)


def parse(*rows, header=HEADER):
    return locust.parse(io.StringIO("\r\n".join([header, *rows])), origin="x_stats.csv")


def values(reading, benchmark="Aggregated"):
    return {row.metric.name: row.value for row in reading.measurements if row.benchmark == benchmark}


def test_every_endpoint_and_all_together_have_every_figure_in_seconds():
    reading = recorded("v0.14_stats.csv")
    assert list(dict.fromkeys(row.benchmark for row in reading.measurements)) == [
        "/", "/bad", "/order", "slow, with a comma", "Aggregated"
    ]  # fmt: skip
    found = values(reading, "slow, with a comma")
    assert found["requests"] == 105
    assert found["requests_per_second"] == 17.51
    assert (found["p50"], found["p95"], found["p99.999"], found["p100"]) == (0.033, 0.037, 0.039, 0.039)
    assert (found["median"], found["mean"], found["min"], found["max"]) == (0.033, 0.033, 0.031, 0.038)
    assert (found["error_rate"], found["size"], found["failures_per_second"]) == (0, 120, 0)
    assert len(found) == 22


def test_an_error_rate_is_failures_by_requests():
    assert values(recorded("v0.14_stats.csv"))["error_rate"] == 39 / 355
    assert values(recorded("v0.14_stats.csv"), "/bad")["error_rate"] == 1


def test_versions_before_0_9_did_not_count_failures_among_the_requests():
    assert values(parse("GET,/a,1,3,5,5,1.0,5,5,5"), "/a")["error_rate"] == 0.75


def test_the_method_is_a_parameter_and_the_sum_has_none():
    rows = {(row.benchmark, row.parameters.get("method")) for row in recorded("v2.47_stats.csv").measurements}
    assert ("/order", "POST") in rows
    assert ("Aggregated", None) in rows


def test_identities_are_the_same_over_all_versions():
    names = ["v2.47_stats.csv", "v1.4_stats.csv", "v0.14_stats.csv", "v0.12_requests.csv", "v0.12_distribution.csv"]
    identities = [
        {(row.benchmark, tuple(row.parameters.items())) for row in recorded(name).measurements} for name in names
    ]
    assert all(found == identities[0] for found in identities)


def test_the_two_files_of_old_versions_tell_nothing_twice():
    seen = [
        {(row.benchmark, row.metric.name) for row in recorded(name).measurements}
        for name in ("v0.12_requests.csv", "v0.12_distribution.csv")
    ]
    assert not seen[0] & seen[1]


def test_total_of_the_oldest_versions_is_aggregated_but_an_endpoint_of_that_name_is_not():
    reading = parse('"GET","Total",1,0,5,5,1.0,5,5,5', '"None","Total",1,0,5,5,1.0,5,5,5')
    assert {row.benchmark for row in reading.measurements} == {"Total", "Aggregated"}


def test_what_locust_does_not_know_is_skipped():
    reading = parse("GET,/a,0,0,0,0,0.0,N/A,N/A,N/A")
    status = {row.metric.name: row.status for row in reading.measurements}
    assert status["requests"] is Status.OK
    assert {status[name] for name in ("p50", "median", "mean", "p99.9", "error_rate")} == {Status.SKIPPED}


def test_directions_are_those_of_a_load_test():
    directions = {row.metric.name: row.metric.direction for row in recorded("v2.47_stats.csv").measurements}
    assert directions["requests_per_second"] is Direction.HIGHER
    assert directions["requests"] is Direction.NEITHER
    assert {directions[name] for name in ("p95", "mean", "failures", "error_rate")} == {Direction.LOWER}


def test_every_bad_cell_is_named_at_once():
    with pytest.raises(CombinedInputError) as caught:
        parse("GET,/a,x,0,5,5,1.0,5,5,5", "GET,/b,1,0,-5,5,1.0,5,5,5", "GET,/c,1,0")
    assert [str(error) for error in caught.value.errors] == [
        "x_stats.csv: line 2, column 'Request Count': expected a number, found text 'x'",
        "x_stats.csv: line 3, column 'Median Response Time': expected a number not below 0, found the number -5.0",
        "x_stats.csv: line 4: expected 10 cells as in the header, found 4",
    ]


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("Method,Name,Error,Occurrences,First Seen,Last Seen", "GET,/a,boom,3,x,y", "_failures.csv"),
        ("Count,Message,Traceback,Nodes", "1,boom,trace,local", "_exceptions.csv"),
    ],
)
def test_the_files_beside_it_are_recognised_and_say_which_to_give(header, row, said):
    assert recognise(header) == ["locust"]
    with pytest.raises(InputError, match=said) as caught:
        parse(row, header=header)
    assert "_stats.csv" in caught.value.hint


def test_a_table_of_anything_else_is_not_locusts():
    assert recognise("name,requests,median,mean,p50,p100") == []
    assert recognise("label,requests,mean,requests_per_second") == []


def test_a_file_without_rows_says_so():
    with pytest.raises(InputError, match="holds no row of statistics"):
        parse()


def test_requests_that_each_have_a_name_of_their_own_are_refused():
    rows = (f"GET /a/{i},1,5,5" for i in range(10_001))
    with pytest.raises(InputError, match="more than 10,000 endpoints"):
        parse(*rows, header="Name,# requests,50%,100%")


@pytest.mark.skipif(not REAL.exists(), reason="the real data is not here")
def test_real_files_of_others_are_read():
    for path in REAL.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            found = values(locust.parse(stream, origin=path.name))
        assert {"p50", "p95", "p99", "error_rate", "requests_per_second"} <= found.keys()
