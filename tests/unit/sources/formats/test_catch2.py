"""Catch2's console: tables with and without analysis, names over several lines, titles, failures."""

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources.formats import catch2, catch2_xml

DATA = Path(__file__).parents[3] / "data" / "catch2"
HEADING = """\
benchmark name                       samples       iterations    estimated
                                     mean          low mean      high mean
                                     std dev       low std dev   high std dev
-------------------------------------------------------------------------------
"""


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return catch2.parse(stream, origin=name)


def parse(text):
    return catch2.parse(io.StringIO(text), origin="tests.txt")


def row(name, mean="10 ns", deviation="1 ns"):
    return f"{name:<37}          20           186     922.56 us \n{mean} 9 ns 11 ns\n{deviation} 0.5 ns 2 ns\n \n"


def test_mean_bounds_and_deviation_come_in_seconds():
    first = recorded("v2.txt").measurements[0]
    assert (first.benchmark, first.metric.name, first.metric.original_unit) == ("Fibonacci 10", "time", "ns")
    assert (first.value, first.lower, first.upper) == (245.643 / 1e9, 243.434 / 1e9, 253.672 / 1e9)
    assert (first.count, first.deviation) == (20, 8.59262 / 1e9)
    assert first.statistics == {"stddev_lower": 1.20355 / 1e9, "stddev_upper": 16.7887 / 1e9}


@pytest.mark.parametrize("version", ["v3.0.1", "v3.0.1 at devel commit: 3a18a688a07e3f7217d7", "v2.0.1-develop.3"])
def test_the_banner_tells_the_version(version):
    reading = parse(f"tests is a Catch2 {version} host application.\n\n{HEADING}{row('a')}")
    assert reading.tool_version == version[1:].split()[0]


def test_each_number_has_its_own_unit():
    long = recorded("v2.txt").measurements[1]
    assert (long.metric.original_unit, long.value, long.deviation) == ("us", 30.2221 / 1e6, 179.42 / 1e9)


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_console_and_xml_name_the_same_benchmarks(version):
    with (DATA.parent / "catch2-xml" / f"{version}.xml").open(encoding="utf-8") as stream:
        xml = catch2_xml.parse(stream, origin="x").measurements
    console = recorded(f"{version}.txt").measurements
    assert {(r.benchmark, tuple(r.parameters.items()), r.status) for r in console} == {
        (r.benchmark, tuple(r.parameters.items()), r.status) for r in xml
    }


def test_a_name_in_several_places_gets_test_case_and_section_as_parameters():
    rows = [r for r in recorded("v2.txt").measurements if r.benchmark == "insert"]
    title = "Containers: insertion of a few numbers, one after the other, as they come"
    assert [r.parameters for r in rows] == [
        {"test_case": f"{title} - std::{kind}<int>", "section": section}
        for kind in ("set", "multiset")
        for section in ("ascending", 'descending <&> "quoted" / inner')
    ]


def test_a_benchmark_that_threw_is_failed():
    reading = recorded("v2.txt")
    assert [r.benchmark for r in reading.measurements if r.status is Status.FAILED] == ["throws"]
    assert "throws: failed: no device <found>" in reading.warnings


def test_an_assertion_that_failed_in_between_does_no_harm():
    assert {"before", "after"} <= {r.benchmark for r in recorded("v3.txt").measurements}


def test_without_analysis_there_is_a_mean_only():
    reading = recorded("v3-no-analysis.txt")
    assert len(reading.measurements) == 14
    first = reading.measurements[0]
    assert (first.value, first.count, first.lower, first.deviation) == (277.394 / 1e9, 5, None, None)
    assert reading.tool_version == "3.11.0"


def test_names_over_several_lines_are_said_to_be_guessed():
    assert "3 names are broken over lines" in recorded("v2.txt").warnings[-1]


def test_what_a_test_prints_between_two_rows_is_no_part_of_a_name():
    reading = parse(HEADING + row("first") + "hello\n" + row("second"))
    assert [r.benchmark for r in reading.measurements] == ["first", "second"]


def test_numbers_at_the_end_of_a_name_belong_to_it():
    assert parse(HEADING + row("fill 16 32")).measurements[0].benchmark == "fill 16 32"


def test_blank_lines_that_an_editor_stripped_and_windows_line_ends_do_no_harm():
    text = (DATA / "v2.txt").read_text(encoding="utf-8")
    stripped = "\r\n".join(line.rstrip() for line in text.splitlines())
    assert len(parse(stripped).measurements) == len(recorded("v2.txt").measurements)


def test_a_benchmark_that_failed_while_it_ran_is_failed():
    started = f"{'slow':<37}          20           186     922.56 us \nBenchmark failed (out of memory)\n\n"
    reading = parse(HEADING + started + row("next"))
    assert [(r.benchmark, r.status) for r in reading.measurements] == [("slow", Status.FAILED), ("next", Status.OK)]
    assert reading.warnings == ("slow: failed: out of memory",)


def test_a_mean_that_is_no_number_is_failed_and_a_deviation_is_not_known():
    reading = parse(HEADING + row("x", mean="nan ns") + row("y", deviation="-nan ns"))
    assert [(r.status, r.deviation) for r in reading.measurements] == [(Status.FAILED, None), (Status.OK, None)]


def test_a_cut_off_table_is_an_error():
    text = (DATA / "v2.txt").read_text(encoding="utf-8")
    cut = text[: text.index("8.59262")]
    with pytest.raises(InputError, match="the benchmark ends without its mean"):
        parse(cut)


def test_what_a_generator_makes_of_one_benchmark_is_told_apart_by_its_order():
    rows = parse(HEADING + row("x") + row("y") + row("x")).measurements
    assert [(r.benchmark, r.parameters) for r in rows] == [
        ("x", {"occurrence": "1"}),
        ("y", {}),
        ("x", {"occurrence": "2"}),
    ]


def test_output_without_benchmarks_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse("x is a Catch v2.13.10 host application.\nAll tests passed\n")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (["one"], "one"),
        (["sorts a vector of one million", "(random) numbers"], "sorts a vector of one million (random) numbers"),
        (["std::unordered_map<std::string,", "int>"], "std::unordered_map<std::string, int>"),
        (["very::deeply::nested::name_space::", "function"], "very::deeply::nested::name_space::function"),
        (["path/to/", "file"], "path/to/file"),
        (["ends well-", "known"], "ends well- known"),
    ],
)
def test_names_are_joined_as_they_were_most_likely(parts, name):
    assert catch2.join_name(parts) == name


LINES = [
    *HEADING.splitlines(),
    *("", " ", "x", "-" * 20, "=" * 20, "a 1 2 3 ns", "1 ns 2 ns 3 s", "nan ns 1 ns -1 m", "  in: it"),
    *("Benchmark failed (x)", "y 1 2 Benchmark failed ("),
]


@given(st.lists(st.sampled_from(LINES)))
def test_nothing_but_the_documented_error_is_raised(lines):
    with contextlib.suppress(InputError):
        assert parse("\n".join(lines)).measurements


def test_hostile_lines_take_no_time():
    with pytest.raises(InputError):
        parse(HEADING + " " * 200_000 + "\n" + "9 " * 100_000 + "\n" + "x\n" * 20_000)
    assert not catch2.accepts("benchmark name" + " " * 60_000)
