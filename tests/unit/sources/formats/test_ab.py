"""ApacheBench: the report in its forms, failed requests, percentiles and the gnuplot file."""

import io
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.sources.formats import ab

DATA = Path(__file__).parents[3] / "data" / "ab"
PLAIN = (DATA / "plain.txt").read_text(encoding="utf-8")


def parse(text):
    return ab.parse(io.StringIO(text), origin="ab.txt")


def figures(text):
    return {row.metric.name: row for row in parse(text).measurements}


def recorded(name):
    return figures((DATA / name).read_text(encoding="utf-8"))


def test_the_benchmark_is_the_path_at_a_number_of_connections():
    reading = parse((DATA / "keepalive.txt").read_text(encoding="utf-8"))
    row = reading.measurements[0]
    assert (row.benchmark, row.parameters) == ("/items?page=2", {"connections": "10"})
    assert (reading.tool, reading.tool_version) == ("ab", "2.3")


def test_every_figure_of_a_report_is_read():
    found = {name: row.value for name, row in figures(PLAIN).items()}
    assert found == {
        "document_length": 512,
        "duration": 0.285,
        "requests": 200,
        "failures": 0,
        "bytes_received": 122600,
        "html_bytes": 102400,
        "requests_per_second": 700.64,
        "time_per_request": pytest.approx(0.005709),
        "time_per_request_concurrent": 0.001427,
        "bytes_per_second": 419.43 * 1024,
        "connect": 0,
        "processing": 0.004,
        "waiting": 0.004,
        "min": 0,
        "mean": 0.005,
        "p50": 0.004,
        "max": 0.032,
        "p66": 0.006,
        "p75": 0.008,
        "p80": 0.008,
        "p90": 0.011,
        "p95": 0.02,
        "p98": 0.032,
        "p99": 0.032,
        "error_rate": 0,
    }


def test_phases_have_their_spread():
    row = figures(PLAIN)["processing"]
    assert (row.count, row.deviation, row.statistics) == (200, 0.006, {"min": 0, "max": 0.032, "mean": 0.005})


@pytest.mark.parametrize(
    ("name", "failures", "rate"),
    [("length.txt", 90, 0.9), ("errors.txt", 25, 0.25), ("non-2xx.txt", 20, 0.2), ("variable.txt", 0, 0)],
)
def test_failed_requests_are_counted_as_a_fraction(name, failures, rate):
    found = recorded(name)
    assert (found["failures"].value, found["error_rate"].value) == (failures, rate)


def test_kinds_of_failures_are_told():
    found = recorded("non-2xx.txt")
    kinds = {name: row.value for name, row in found.items() if name.startswith("failures_")}
    assert kinds == {
        "failures_connect": 0,
        "failures_receive": 0,
        "failures_length": 20,
        "failures_exceptions": 0,
        "failures_status": 20,
    }


def test_answers_that_are_not_2xx_are_errors_even_where_ab_does_not_call_them_failed():
    text = PLAIN.replace("Failed requests:        0", "Failed requests:        0\nNon-2xx responses:      50")
    found = figures(text)
    assert (found["failures"].value, found["failures_status"].value, found["error_rate"].value) == (0, 50, 0.25)


def test_what_was_sent_is_kept():
    found = recorded("post.txt")
    assert (found["bytes_sent"].value, found["bytes_sent_per_second"].value) == (44100, 100.62 * 1024)


def test_a_report_without_medians_tells_means():
    found = recorded("short.txt")
    assert (found["processing"].value, found["mean"].value, found["max"].value) == (0.002, 0.002, 0.021)
    assert "p50" not in found


def test_the_html_table_is_read():
    found = recorded("table.html")
    assert found["requests_per_second"].value == 690.95
    assert (found["max"].value, found["bytes_per_second"].value) == (0.021, 413.63 * 1024)


def test_the_html_table_is_read_in_one_line_too():
    text = (DATA / "table.html").read_text(encoding="utf-8")
    start = text.index("<tr >")
    assert figures(text[:start] + text[start:].replace("\n", ""))["max"].value == 0.021


def test_times_below_zero_of_old_versions_are_read():
    found = figures(PLAIN.replace("Waiting:        0", "Waiting:    -5148"))
    assert found["waiting"].statistics["min"] == -5.148


def test_percentiles_of_the_csv_have_the_names_of_the_report():
    found = recorded("percentiles.csv")
    assert found.keys() <= figures(PLAIN).keys()
    assert found["p50"].value == pytest.approx(0.003902)
    assert found["p50"].statistics["p97"] > found["p95"].value


def test_requests_of_the_gnuplot_file_have_the_names_of_the_report():
    found = recorded("requests.tsv")
    assert found.keys() <= figures(PLAIN).keys()
    assert (found["requests"].value, found["p50"].count, found["p50"].value) == (200, 200, 0.004)
    assert (found["processing"].value, found["processing"].statistics["max"]) == (0.004, 0.032)


def test_facts_of_the_server_are_kept_but_not_its_name():
    text = PLAIN.replace("Server Software:        ", "Server Software:        nginx/1.24")
    text = text.replace("Document Path", "SSL/TLS Protocol:       TLSv1.3,X,256\nDocument Path")
    assert parse(text).facts == {"ab.server_software": "nginx/1.24", "ab.tls_protocol": "TLSv1.3,X,256"}


def test_doubts_of_ab_are_warnings():
    line = "WARNING: The median and mean for the waiting time are not within a normal deviation\n"
    reading = parse(
        PLAIN.replace("\nPercentage", f"{line}        These results are probably not that reliable.\n\nPercentage")
    )
    assert reading.warnings == (line.strip(),)


def test_several_reports_in_one_file_are_several_benchmarks():
    other = PLAIN.replace("Document Path:          /", "Document Path:          /<script>alert(1)</script>")
    assert {row.benchmark for row in parse(PLAIN + other).measurements} == {"/", "/<script>alert(1)</script>"}
    with pytest.raises(InputError, match=r"the benchmark '/ \(connections=4\)' is there twice, first at line 1"):
        parse(PLAIN + PLAIN)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("700.64", "many", "expected a number, found text 'many'"),
        ("Connect:        0    0   0.5      0       7", "Connect:        0", "expected 5 times (min, mean, deviation"),
        ("  90%     11", "  90%     soon", "expected a number, found text 'soon'"),
    ],
)
def test_a_damaged_report_says_where(old, new, said):
    with pytest.raises(InputError) as caught:
        parse(PLAIN.replace(old, new))
    assert said in str(caught.value)
    assert "ab.txt: line" in str(caught.value)


@pytest.mark.parametrize("mark", ["Server Software", "Complete", "Requests per", "Waiting", " 100%"])
def test_a_report_that_is_cut_off_says_so(mark):
    with pytest.raises(InputError, match=r"ab\.txt: line 1: this report of ab"):
        parse(PLAIN[: PLAIN.index(mark)])


def test_bad_cells_are_all_told_with_their_places():
    text = "starttime\tseconds\tctime\tdtime\tttime\twait\nx\t1\t0\ta\t1\t1\nx\t1\t0\t1\t-1\t1\n"
    with pytest.raises(CombinedInputError) as caught:
        parse(text)
    assert [error.where for error in caught.value.errors] == [
        "ab.txt: line 2, column 'dtime'",
        "ab.txt: line 3, column 'ttime'",
    ]


def test_a_csv_that_is_cut_off_or_has_a_line_twice_says_so():
    text = (DATA / "percentiles.csv").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="the percentage 99 is missing"):
        parse("\n".join(text.splitlines()[:50]))
    with pytest.raises(InputError, match="line 4: the percentage 1 stands twice"):
        parse(text.replace("\n2,", "\n1,", 1))
