"""wrk and wrk2: latency, percentiles, rates, sizes in 1024s, errors, several runs in one file."""

import io
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Status
from perfsite.sources.formats import wrk

DATA = Path(__file__).parents[3] / "data" / "wrk"
RUN = (DATA / "latency.txt").read_text(encoding="utf-8")


def parse(text):
    return wrk.parse(io.StringIO(text), origin="wrk.txt")


def recorded(name):
    return figures(parse((DATA / name).read_text(encoding="utf-8")))


def figures(reading):
    return {row.metric.name: row for row in reading.measurements}


def values(reading):
    return {name: row.value for name, row in figures(reading).items()}


def test_the_benchmark_is_the_path_and_its_parameters_define_the_load():
    reading = parse((DATA / "plain.txt").read_text(encoding="utf-8"))
    assert {row.benchmark for row in reading.measurements} == {"/items?page=2"}
    assert reading.measurements[0].parameters == {"threads": "2", "connections": "10"}
    assert (reading.tool, reading.facts) == ("wrk", {"wrk.duration": "2s"})


def test_every_figure_of_a_run_is_read():
    found = values(parse(RUN))
    assert found == {
        "requests": 8531,
        "duration": 1.1,
        "bytes_received": 5.54 * 1024**2,
        "requests_per_second": 7741.25,
        "bytes_per_second": 5.03 * 1024**2,
        "mean": pytest.approx(0.00139),
        "max": pytest.approx(0.01502),
        "within_deviation": pytest.approx(0.8596),
        "p50": 0.000262,
        "p75": pytest.approx(0.00199),
        "p90": 0.00423,
        "p99": pytest.approx(0.00893),
        "requests_per_second_per_thread": 7800,
        "requests_per_second_within_deviation": pytest.approx(0.6364),
        "failures": 0,
        "error_rate": 0,
    }


def test_the_spread_of_the_latency_stands_beside_its_mean():
    mean = figures(parse(RUN))["mean"]
    assert (mean.count, mean.deviation, mean.metric.original_unit) == (8531, pytest.approx(0.00208), "ms")


def test_rates_of_a_thread_have_their_spread():
    row = figures(parse(RUN))["requests_per_second_per_thread"]
    assert (row.deviation, row.statistics) == (2080, {"max": 11350})


@pytest.mark.parametrize(
    ("name", "failures", "rate"),
    [("non-2xx.txt", 3591, 3591 / 17952), ("socket-errors.txt", 771, 771 / (2316 + 771)), ("timeouts.txt", 8, 8 / 20)],
)
def test_failed_requests_are_counted_as_a_fraction(name, failures, rate):
    found = recorded(name)
    assert found["failures"].value == failures
    assert found["error_rate"].value == pytest.approx(rate)


def test_kinds_of_socket_errors_are_told():
    found = recorded("socket-errors.txt")
    kinds = {name: row.value for name, row in found.items() if name.startswith("failures_")}
    assert kinds == {"failures_connect": 0, "failures_read": 771, "failures_write": 0, "failures_timeout": 0}


def test_what_a_script_prints_after_the_run_is_no_figure():
    assert recorded("script.txt")["requests_per_second"].value == 4761.71


def test_wrk2_has_more_percentiles_and_a_spectrum():
    found = recorded("wrk2.txt")
    assert found["p99.9"].value == pytest.approx(0.00407)
    p50 = found["p50"]
    assert p50.count == 4990
    assert p50.statistics["p97.1875"] > p50.statistics["p10"] > 0
    assert found["min"].value == pytest.approx(0.000377)


def test_the_uncorrected_latency_of_wrk2_is_kept_apart():
    found = recorded("wrk2.txt")
    assert found["uncorrected_p99"].value == pytest.approx(0.00178)
    assert found["uncorrected_mean"].deviation == pytest.approx(0.000322)
    assert found["uncorrected_max"].value < found["max"].value


def test_several_runs_in_one_file_are_several_benchmarks():
    reading = parse(RUN + "\n\n" + RUN.replace("8642/", "8642/other"))
    assert {row.benchmark for row in reading.measurements} == {"/", "/other"}


def test_the_same_url_twice_is_one_error_with_both_places():
    with pytest.raises(InputError) as caught:
        parse(RUN + RUN)
    assert str(caught.value) == (
        "wrk.txt: line 14: the benchmark '/ (threads=1, connections=4)' is there twice, first at line 1"
    )
    assert "--suite" in caught.value.hint


def test_a_run_without_a_single_answer_is_failed():
    text = """Running 1s test @ http://localhost
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.00us    0.00us   0.00us    -nan%
    Req/Sec     0.00      0.00     0.00      -nan%
  Latency Distribution
     50%    0.00us
  0 requests in 1.00s, 0.00B read
  Socket errors: connect 2, read 0, write 0, timeout 0
Requests/sec:      0.00
Transfer/sec:       0.00B
"""
    found = figures(parse(text))
    assert {found[name].status for name in ("mean", "max", "p50")} == {Status.FAILED}
    assert (found["error_rate"].value, found["requests"].value, found["mean"].benchmark) == (1, 0, "/")


def test_the_spellings_of_hyperfoils_wrk_and_thousands_separators_are_read():
    text = """Running 5s test @ http://localhost:35815/10s
  1 threads and 10 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency        5ms       1ms      9ms   70.00%
    Req/Sec    10.00      0.00    10.00    100.00
  1,086,106 requests in 5.008s, 380.00B  read
Requests/sec: 216,874.20
Transfer/sec:  75.88B
"""
    found = figures(parse(text))
    assert (found["requests"].value, found["requests_per_second"].value) == (1_086_106, 216_874.2)
    assert (found["bytes_received"].value, found["requests_per_second_within_deviation"].value) == (380, 1)


def test_times_are_failed_where_every_answer_came_too_late():
    text = RUN.replace("1.39ms    2.08ms  15.02ms   85.96%", "0.00us    0.00us   0.00us    -nan%")
    found = figures(
        parse(text.replace("Requests/sec", "  Socket errors: connect 0, read 0, write 0, timeout 8531\nRequests/sec"))
    )
    assert {found[name].status for name in ("mean", "max", "p50", "p99")} == {Status.FAILED}
    assert found["error_rate"].value == 1


def test_a_run_of_wrk2_that_was_too_short_to_measure_is_skipped():
    text = RUN.replace("1.39ms    2.08ms  15.02ms   85.96%", "-nanus    -nanus   0.00us    0.00%")
    text = text.replace("7.80k     2.08k   11.35k", "-nan      -nan     0.00")
    found = figures(parse(text))
    assert {found[name].status for name in ("mean", "max", "p50", "p99")} == {Status.SKIPPED}
    assert found["requests_per_second"].value == 7741.25


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("7741.25", "fast", "line 12: expected a number, found text 'fast'"),
        ("262.00us", "262.00parsec", "line 7: expected a time, found text '262.00parsec'"),
        ("5.54MB", "5.54XB", "line 11: expected a size, found text '5.54XB'"),
        ("1.39ms", "-1.39ms", "line 4: expected a number not below 0, found the number -1.39"),
        ("Requests/sec", "Requests", "line 1: this run of wrk does not say its requests per second"),
    ],
)
def test_a_figure_that_is_none_is_named_with_its_line(old, new, said):
    with pytest.raises(InputError) as caught:
        parse(RUN.replace(old, new))
    assert said in str(caught.value)


def test_every_bad_line_is_told_at_once():
    with pytest.raises(CombinedInputError) as caught:
        parse(RUN.replace("7741.25", "x").replace("262.00us", "y"))
    assert len(caught.value.errors) == 2


def test_output_that_is_cut_off_says_so():
    with pytest.raises(InputError, match="line 1: this run of wrk has no end: the line 'Transfer/sec' is missing"):
        parse(RUN[: RUN.index("Transfer")])


@pytest.mark.parametrize("change", [str.upper, lambda _: "", lambda text: text.replace("Running", "Walking")])
def test_something_else_is_no_output_of_wrk(change):
    assert not wrk.accepts(change(RUN))
    with pytest.raises(InputError, match="holds no benchmark"):
        parse(change(RUN))


def test_colours_line_ends_of_windows_and_lines_before_do_not_matter():
    noisy = "Compiling…\r\n\x1b[1m" + RUN.replace("\n", "\r\n")
    assert wrk.accepts(noisy)
    assert values(parse(noisy)) == values(parse(RUN))


def test_units_from_microseconds_to_hours_are_read():
    text = RUN.replace("15.02ms", "1.50m").replace("1.10s", "2.00h")
    assert values(parse(text))["max"] == 90
    assert values(parse(text))["duration"] == 7200
