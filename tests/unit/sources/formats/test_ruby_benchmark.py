"""Ruby: benchmark-ips, the standard library's Benchmark, benchmark_driver."""

import io
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources.formats import ruby_benchmark

DATA = Path(__file__).parents[3] / "data" / "ruby-benchmark"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return ruby_benchmark.parse(stream, origin=name)


def parse(text):
    return ruby_benchmark.parse(io.StringIO(text), origin="bench.txt")


def rows_of(name):
    return {(row.benchmark, row.metric.name): row for row in recorded(name).measurements}


def test_console_and_json_of_benchmark_ips_give_the_same_benchmarks():
    console, document = rows_of("ips-2.7.txt"), rows_of("ips-2.7.json")
    assert console.keys() == document.keys()
    assert ("a name far longer than twenty characters", "throughput") in console
    for key, row in console.items():
        assert row.value == pytest.approx(document[key].value, rel=1e-3)
        assert row.deviation == pytest.approx(document[key].deviation, rel=5e-3)
    assert document["sum of 100", "throughput"].count == 21


def test_bootstrapped_errors_are_bounds_and_ruby_is_a_fact():
    reading = recorded("ips-2.14.txt")
    row = reading.measurements[0]
    assert (row.value, row.lower, row.upper) == (1448, pytest.approx(1420.488), pytest.approx(1475.512))
    assert row.deviation is None
    assert reading.facts == {"runtime.ruby": "3.3.6", "ruby.jit": "YJIT", "arch": "arm64", "os": "darwin21"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("  a  2155.0 (±3.2%) i/s -      10890 in   5.058s", 2155), ("  a  1.5B (± 0.0%) i/s  (0.67 ns/i)", 1.5e9)],
)
def test_older_and_newer_spellings_of_a_rate_are_read(text, value):
    row = parse(text).measurements[0]
    assert (row.benchmark, row.value, row.metric.unit, row.metric.direction) == ("a", value, "1/s", "higher")


def test_a_table_has_four_times_of_each_report():
    rows = rows_of("bm.txt")
    assert {metric for _, metric in rows} == {"user", "system", "cpu_time", "time"}
    assert rows["for:", "user"].value == 0.013686
    assert rows["up | to", "time"].value == 0.019667


def test_the_rehearsal_is_left_out():
    rows = rows_of("bmbm.txt")
    assert len(rows) == 12
    assert rows["sort!", "time"].value == 0.050367


def test_reports_without_a_label_are_numbered():
    names = list(dict.fromkeys(row.benchmark for row in recorded("caption.txt").measurements))
    assert names == ["for:", "times:", "upto:", ">total:", ">avg:", "report 1", "report 2", "report 3"]


def test_several_rubies_are_a_parameter():
    rows = recorded("driver-compare.txt").measurements
    assert [(row.benchmark, row.parameters, row.value) for row in rows[:2]] == [
        ("join", {"executable": "2.4.1"}, 2.661e6),
        ("join", {"executable": "2.5.0"}, 2.863e6),
    ]
    assert rows[3].status is Status.FAILED


def test_the_runner_decides_the_metric():
    row = recorded("driver-memory.txt").measurements[0]
    assert (row.benchmark, row.metric.name, row.metric.unit, row.value) == ("empty", "memory", "B", 9.192e6)
    text = "Calculating -------------------------------------\n               empty      0.087 s -     20.000M times\n"
    assert parse(text).measurements[0].metric.name == "time"


@pytest.mark.parametrize("name", ["driver-simple.txt", "driver-markdown.txt"])
def test_tables_of_benchmark_driver_are_read(name):
    rows = recorded(name).measurements
    assert [(row.benchmark, row.parameters["executable"]) for row in rows[:2]] == [
        ("empty", "2.4.2"),
        ("empty", "2.5.0"),
    ]
    assert len(rows) == 4


def test_blocks_that_share_names_are_told_apart_by_their_headings():
    block = "Warming up ---\n  a 1 i/100ms\nCalculating ---\n  a  10.0 (± 1%) i/s - 5\n\nComparison:\n a: 10.0 i/s\n\n"
    rows = parse(f"Strings\n{block}Symbols\n{block}").measurements
    assert [row.parameters for row in rows] == [{"suite": "Strings"}, {"suite": "Symbols"}]


def test_a_name_that_comes_twice_is_an_error():
    line = "  a  10.0 (± 1.0%) i/s - 5\n"
    with pytest.raises(InputError, match="is there twice, first at line 1"):
        parse(line + line)


def test_memory_reports_are_not_read():
    text = "Calculating -------------------------------------\n   a    40.000  memsize (     0.000  retained)\n"
    assert not ruby_benchmark.accepts(text)
    with pytest.raises(InputError, match="holds no benchmark"):
        parse(text)


def test_bad_numbers_in_json_are_all_named():
    with pytest.raises(InputError) as caught:
        parse('[{"name": "a", "ips": "x", "iterations": 1, "cycles": 1}, {"name": 3, "ips": -1}]')
    assert "$[0].ips: expected a number, found text 'x'" in str(caught.value)
    assert "$[1].name: expected text, found the number 3" in str(caught.value)
    assert "$[1].ips: expected a number not below 0" in str(caught.value)


def test_columns_of_one_name_are_an_error():
    with pytest.raises(InputError, match=r"line 3, column 2: the benchmark .* is there twice"):
        parse("benchmark results (i/s):\n   2.5  2.5\na  1.0  2.0\n")


def test_the_warm_up_of_version_1_is_left_out():
    text = (
        "Calculating -------------------------------------\n"
        "             toml-rb    73.000  i/100ms\n"
        "-------------------------------------------------\n"
        "             toml-rb    726.229  (± 3.7%) i/s -      7.300k\n"
    )
    (row,) = parse(text).measurements
    assert (row.benchmark, row.metric.name, row.value) == ("toml-rb", "throughput", 726.229)


def test_a_suite_is_the_line_between_rules_and_an_endless_error_is_none():
    text = "".join(
        f"=====\n{title}\n=====\nruby 3.4.1 [x86_64-linux]\nWarming up ------\n  metka  6.0 i/100ms\n"
        f"Calculating ------\n  metka  6.183k (± {error}%) i/s  (161.73 μs/i) - 31.392k in 5.07s\n\n"
        for title, error in (("QUERY", "9.8"), ("WRITE", "Inf"))
    )
    found = [(dict(row.parameters), row.value, row.deviation) for row in parse(text).measurements]
    assert found == [
        ({"suite": "QUERY"}, 6183, pytest.approx(605.934)),
        ({"suite": "WRITE"}, 6183, None),
    ]
    assert ruby_benchmark.accepts("  gutentag  176.751 (± Inf%) i/s\n")
