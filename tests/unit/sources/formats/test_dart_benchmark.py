"""Dart's benchmark_harness: scores of its emitters, detailed reports, JSON results."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.sources.formats import dart_benchmark

DATA = Path(__file__).parents[3] / "data" / "dart-benchmark"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return dart_benchmark.parse(stream, origin=name).measurements


def parse(text):
    return dart_benchmark.parse(io.StringIO(text), origin="bench.txt").measurements


def test_a_run_time_is_a_time_and_the_flavor_a_parameter():
    rows = recorded("classic.txt")
    assert [(row.benchmark, row.parameters["flavor"], row.value) for row in rows] == [
        ("Template", "aot", pytest.approx(5.620051244379949e-9)),
        ("List<int> | sort", "aot", 1234.5e-6),
        ("Template", "jit", pytest.approx(1.568472448997197e-7)),
        ("List<int> | sort", "jit", 1e-3),
    ]
    assert {(row.metric.name, row.metric.unit, row.metric.original_unit) for row in rows} == {("time", "s", "us")}


def test_output_without_the_bench_command_has_no_flavor():
    row = parse("Template(RunTime): 2.0 us.\n")[0]
    assert (row.benchmark, row.parameters, row.value) == ("Template", {}, 2e-6)


def test_counters_and_metrics_of_the_owner_are_metrics():
    found = {(row.benchmark, row.metric.name): (row.value, row.metric.direction) for row in recorded("perf.txt")}
    assert found == {
        ("Template", "cycles"): (412.5, "lower"),
        ("Template", "MajorPageFaults"): (0.0, "lower"),
        ("Template", "totalIterations"): (1300000.0, "neither"),
        ("Template", "time"): (pytest.approx(1.5e-7), "lower"),
        ("Parser", "Throughput"): (81.5e6, "higher"),
    }


def test_a_detailed_report_has_its_spread():
    row = recorded("detailed.txt")[0]
    assert (row.benchmark, row.value, row.count) == ("JsonParse", 4.785e-3, 415)
    assert row.deviation == pytest.approx(4.812e-3 * 0.0213)
    assert row.statistics == {"mean": 4.812e-3, "min": pytest.approx(4.703e-3)}
    assert recorded("detailed.txt")[1].benchmark == "Dart: two words"


def test_json_results_have_samples_variants_and_facts():
    with (DATA / "results.json").open(encoding="utf-8") as stream:
        reading = dart_benchmark.parse(stream, origin="results.json")
    row = reading.measurements[0]
    assert (row.benchmark, row.parameters) == ("ListSum", {"variant": "forEach", "platform": "aot"})
    assert (row.value, row.count, row.samples) == (100.5e-6, 4, [99e-6, 100e-6, 101e-6, 104e-6])
    assert row.statistics == {"mean_lower": 98.1e-6, "mean_upper": pytest.approx(103.9e-6)}
    assert reading.warnings == ("ListSum: did not come to a steady state while warming up",)
    assert reading.facts == {"os": "linux", "runtime.dart": "3.10.0"}


def test_lines_of_a_phone_log_are_read():
    assert parse("I/flutter (12345): Template(RunTime): 2.0 us.\n")[0].benchmark == "Template"


def test_a_score_that_is_no_number_is_an_error_with_its_line():
    with pytest.raises(InputError, match=r"line 2: expected a number and a unit, found text 'fast us.'"):
        parse("A(RunTime): 2.0 us.\nB(RunTime): fast us.\n")


def test_a_name_that_comes_twice_is_an_error():
    with pytest.raises(InputError, match="is there twice, first at line 1"):
        parse("A(RunTime): 2.0 us.\nA(RunTime): 3.0 us.\n")


def test_other_lines_with_brackets_are_not_dart():
    assert not dart_benchmark.accepts("main.cpp(12): error: 3\nfoo(bar): 4 ms\n")
    assert not dart_benchmark.accepts(json.dumps([{"name": "x", "samples": []}]))


def test_the_first_of_several_units_counts_and_numbers_may_have_commas():
    rows = parse(
        "Apply 1000 changes(RunTime): 954.5 us | 0.9545 ms | 0.000955 s\nTemplate(RunTime): 142,266.5 us.\n"
        "Text(Size): 10044 bytes handler blob | 10144 bytes total\n"
    )
    assert [(row.benchmark, row.value) for row in rows] == [
        ("Apply 1000 changes", pytest.approx(954.5e-6)),
        ("Template", pytest.approx(0.1422665)),
    ]
