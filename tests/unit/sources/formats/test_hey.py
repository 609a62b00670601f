"""hey and boom: the summary, what failed, percentiles that could not be told, and the CSV of requests."""

import io
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources.formats import hey

DATA = Path(__file__).parents[3] / "data" / "hey"
PLAIN = (DATA / "plain.txt").read_text(encoding="utf-8")
REQUESTS = (DATA / "requests.csv").read_text(encoding="utf-8")


def parse(text):
    return hey.parse(io.StringIO(text), origin="hey.txt")


def figures(text):
    return {row.metric.name: row for row in parse(text).measurements}


def recorded(name):
    return figures((DATA / name).read_text(encoding="utf-8"))


def test_every_figure_of_the_summary_is_read():
    found = {name: row.value for name, row in figures(PLAIN).items()}
    assert found == {
        "requests": 200,
        "duration": 0.0877,
        "max": 0.0147,
        "min": 0.0002,
        "mean": 0.004,
        "requests_per_second": 2279.3107,
        "p10": 0.0006,
        "p25": 0.0009,
        "p50": 0.003,
        "p75": 0.0052,
        "p90": 0.01,
        "p95": 0.0117,
        "p99": 0.0145,
        "DNS+dialup": 0.0001,
        "DNS-lookup": 0,
        "req write": 0.0001,
        "resp wait": 0.0037,
        "resp read": 0,
        "status_200": 200,
        "failures": 0,
        "error_rate": 0,
    }
    assert {row.benchmark for row in parse(PLAIN).measurements} == {"hey"}


def test_a_blank_line_below_a_heading_does_not_matter():
    text = PLAIN.replace("Summary:\n", "Summary:\n   \n")
    assert text != PLAIN
    assert hey.accepts(text)
    assert parse(text).measurements == parse(PLAIN).measurements


def test_parts_of_a_request_have_their_extremes():
    found = figures(PLAIN)
    assert found["resp wait"].statistics == {"min": 0.0002, "max": 0.0147} or found["resp wait"].statistics is None
    assert found["req write"].statistics == {"min": 0, "max": 0.0087}
    # hey writes the extremes of the whole request beside DNS+dialup.
    assert found["DNS+dialup"].statistics is None


def test_sizes_are_read_where_the_server_tells_them():
    found = recorded("errors.txt")
    assert (found["bytes_received"].value, found["size"].value, found["size"].metric.unit) == (17408, 512, "B")


@pytest.mark.parametrize(
    ("name", "failures", "rate"),
    [("status.txt", 40, 0.2), ("errors.txt", 6, 0.15), ("timeouts.txt", 6, 0.5), ("all-failed.txt", 4, 1)],
)
def test_failed_requests_are_counted_as_a_fraction(name, failures, rate):
    found = recorded(name)
    assert (found["failures"].value, found["error_rate"].value) == (failures, rate)


def test_what_failed_is_a_warning():
    reading = parse((DATA / "errors.txt").read_text(encoding="utf-8"))
    assert reading.warnings == ('6 requests failed: Get "http://127.0.0.1:8642/drop": EOF',)


def test_a_percentile_that_hey_could_not_tell_is_skipped():
    found = recorded("timeouts.txt")
    assert found["p75"].value == 0.0539
    assert [found[name].status for name in ("p90", "p95", "p99")] == [Status.SKIPPED] * 3


def test_times_are_failed_where_nobody_answered():
    found = recorded("all-failed.txt")
    assert {found[name].status for name in ("mean", "min", "max", "resp wait")} == {Status.FAILED}
    assert found["requests"].value == 4


def test_the_first_versions_are_read():
    found = recorded("boom.txt")
    assert (found["mean"].value, found["size"].value, found["p99"].value) == (0.8187, 512, 1.5513)
    assert (found["requests"].value, found["error_rate"].value) == (100, 0.25)


def test_requests_of_the_csv_have_the_names_of_the_summary():
    found = figures(REQUESTS)
    assert found.keys() - figures(PLAIN).keys() == set()
    assert "error_rate" not in found
    assert (found["requests"].value, found["status_200"].value) == (120, 120)


def test_requests_of_the_csv_are_the_samples_of_their_median():
    p50 = figures(REQUESTS)["p50"]
    assert len(p50.samples) == p50.count == 120
    assert p50.value == 0.00075
    assert figures(REQUESTS)["p99"].value == 0.0139


def test_percentiles_of_requests_are_the_smallest_value_that_share_reached():
    rows = "".join(f"\n{i / 100}" for i in range(1, 101))
    found = figures(
        f"response-time,DNS+dialup,DNS,Request-write,x{rows.replace(chr(10), ',0,0,0,0' + chr(10))[8:]},0,0,0,0"
    )
    assert [found[f"p{percent}"].value for percent in (10, 25, 90, 99)] == [0.1, 0.25, 0.9, 0.99]
    assert found["p50"].value == 0.505


def test_a_csv_of_older_versions_has_no_statuses():
    lines = [line.rsplit(",", 2)[0] for line in REQUESTS.splitlines()]
    found = figures("\n".join(lines))
    assert "status_200" not in found
    assert "requests_per_second" not in found
    assert found["p50"].value == 0.00075


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.0877 secs", "soon", "line 3: expected a time, found text 'soon'"),
        ("200 responses", "many responses", "expected a number, found text 'many'"),
        ("50% in 0.0030 secs", "50% in", "expected a percentile as in '50% in 0.0012 secs'"),
        ("  Average:", "  Mean:", "line 2: 'Average' is missing in this summary"),
        ("Status code distribution:", "", "line 2: this summary breaks off"),
    ],
)
def test_a_summary_that_is_damaged_says_where(old, new, said):
    with pytest.raises(InputError) as caught:
        parse(PLAIN.replace(old, new))
    assert said in str(caught.value)


def test_a_bad_cell_is_named_with_line_and_column():
    with pytest.raises(InputError) as caught:
        parse(REQUESTS.replace("0.0110,", "fast,", 1))
    assert str(caught.value) == "hey.txt: line 2, column 'response-time': expected a number, found text 'fast'"
    with pytest.raises(InputError, match="line 2, column 'status-code': expected a status code, found text 'OK!'"):
        parse(REQUESTS.replace(",200,", ",OK!,", 1))


def test_two_summaries_in_one_file_are_told_once():
    with pytest.raises(InputError, match="the benchmark 'hey' is there twice, first at line 2") as caught:
        parse(PLAIN + PLAIN)
    assert "--suite" in caught.value.hint


@pytest.mark.parametrize("text", ["", "\n\n", REQUESTS.splitlines()[0], "Summary:\n"])
def test_a_file_without_requests_is_refused(text):
    with pytest.raises(InputError, match="hey"):
        parse(text)
