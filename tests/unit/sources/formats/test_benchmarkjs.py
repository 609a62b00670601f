"""benchmark.js: lines of its console output, and suites as JSON."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources.formats import benchmarkjs

DATA = Path(__file__).parents[3] / "data" / "benchmarkjs"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return benchmarkjs.parse(stream, origin=name)


def parse(text):
    return benchmarkjs.parse(io.StringIO(text), origin="bench.txt")


def test_a_line_is_a_rate_with_its_margin_as_bounds():
    row = parse("fib(10) x 1,431,759 ops/sec ±0.74% (93 runs sampled)\n").measurements[0]
    assert (row.benchmark, row.metric.name, row.metric.unit) == ("fib(10)", "throughput", "1/s")
    assert (row.value, row.count, row.metric.direction) == (1431759, 93, "higher")
    assert row.lower == pytest.approx(1431759 * 0.9926)
    assert row.upper == pytest.approx(1431759 * 1.0074)


def test_console_and_json_of_a_run_give_the_same_benchmarks():
    console, suite = recorded("console-2.1.txt"), recorded("suite-2.1.json")
    rates = [row for row in suite.measurements if row.metric.name == "throughput"]
    assert [row.benchmark for row in console.measurements] == [row.benchmark for row in rates]
    for said, exact in zip(console.measurements, rates, strict=True):
        assert said.status is exact.status
        if exact.value is not None:
            assert said.value == pytest.approx(exact.value, rel=0.01)
            assert said.count == exact.count


def test_json_has_the_samples_and_the_time_of_the_run():
    suite = recorded("suite-2.1.json")
    time = suite.measurements[1]
    assert (time.benchmark, time.metric.name, time.metric.unit) == ("sum of 100", "time", "s")
    assert time.samples is not None
    assert len(time.samples) == time.count == 6
    assert time.value == sorted(time.samples)[2] / 2 + sorted(time.samples)[3] / 2
    assert suite.time is not None


def test_a_benchmark_that_threw_is_failed():
    rows = recorded("console-1.0.txt").measurements
    assert [row.benchmark for row in rows if row.status is Status.FAILED] == ["throws"]
    assert parse("a x 1 ops/sec ±1% (2 runs sampled)\nb: TypeError: no\n").measurements[1].status is Status.FAILED


def test_a_name_may_hold_what_separates_it_from_its_numbers():
    assert recorded("console-2.1.txt").measurements[1].benchmark == "join x <many> ± strings"


@pytest.mark.parametrize("sign", ["±", "+-", "+/-", "\ufffd", "Â±", "┬▒"])
def test_the_sign_of_the_margin_may_be_garbled(sign):
    text = f"a x 81.61 ops/sec {sign}1.70% (1 run sampled)"
    assert benchmarkjs.accepts(text)
    assert parse(text).measurements[0].value == 81.61


def test_times_per_operation_keep_their_unit():
    row = parse("a × 12.5 µs/op ±1% (3 runs sampled)").measurements[0]
    assert (row.metric.name, row.metric.direction, row.value) == ("time", "lower", 12.5e-6)


def test_suites_of_one_output_that_share_names_are_told_apart_by_their_headings():
    line = "native x 10 ops/sec ±1% (9 runs sampled)\nFastest is native\n"
    rows = parse(f"Array#map\n{line}Array#filter\n{line}other x 1 ops/sec ±1% (9 runs sampled)").measurements
    assert [(row.benchmark, row.parameters) for row in rows] == [
        ("native", {"suite": "Array#map"}),
        ("native", {"suite": "Array#filter"}),
        ("other", {}),
    ]


def test_a_name_that_comes_twice_without_headings_is_an_error():
    line = "native x 10 ops/sec ±1% (9 runs sampled)\n"
    with pytest.raises(InputError, match="is there twice, first at line 1"):
        parse(line + line)


def test_output_without_a_benchmark_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse("npm start\nthis x line says nothing\n")


def test_bad_places_in_json_are_all_named():
    text = json.dumps([{"name": "a", "hz": "fast", "stats": {"rme": 1}}, {"name": "b", "hz": 1, "stats": []}])
    with pytest.raises(InputError) as caught:
        parse(text)
    assert "$[0].hz: expected a number, found text 'fast'" in str(caught.value)
    assert "$[1].stats: expected an object, found an array" in str(caught.value)


def test_a_long_line_of_separators_takes_no_time():
    text = " x 1" * 500_000 + "\na x 1 ops/sec ±1% (9 runs sampled)"
    assert len(parse(text).measurements) == 1
    assert not benchmarkjs.accepts(text[:65536])


def test_bench_node_tells_times_of_single_runs_after_the_line():
    text = "a x 1,000 ops/sec +/- 0.01% (1,100 runs sampled)\tmin..max=(0.5ms ... 2ms) p75=750.5us p99=1.5ms\n"
    text += "b x 10 ops/sec (2 runs sampled) v8-never-optimize=true\n>> c × 3 ops/sec ±1% (9 runs sampled)"
    rate, time, plain, grunt = parse(text).measurements
    assert (rate.value, rate.count) == (1000, 1100)
    assert (time.metric.name, time.value) == ("time", 1e-3)
    assert time.statistics == {"min": 5e-4, "max": 2e-3, "p75": 750.5e-6, "p99": 1.5e-3}
    assert (plain.benchmark, plain.value, plain.lower) == ("b", 10, None)
    assert grunt.benchmark == "c"


def test_in_markdown_a_suite_is_the_heading_over_the_fence():
    text = (
        "## return.js\n```text\nreturning null x 1,323 ops/sec ±1.18% (83 runs sampled)\n```\n"
        "## private.js\n```\nreturning null x 7,533 ops/sec ±0.43% (90 runs sampled)\n```\n"
    )
    assert [dict(row.parameters) for row in parse(text).measurements] == [
        {"suite": "return.js"},
        {"suite": "private.js"},
    ]


def test_a_benchmark_of_a_suite_that_is_no_object_is_told():
    benchmark = '{"name": "a", "hz": 1, "stats": {"rme": 1}}'
    with pytest.raises(InputError, match=r'\$\["1"\]: expected an object, found the number 3'):
        parse(f'{{"0": {benchmark}, "1": 3, "length": 2}}')


def test_a_line_that_only_sets_others_apart_is_no_suite():
    line = "add x 4,340,190 ops/sec ±0.50% (7 runs sampled)\n"
    text = f"big\n----\n{line}----\nFastest is add\n====\nsmall\n----\n{line}"
    assert [row.parameters["suite"] for row in parse(text).measurements] == ["big", "small"]
