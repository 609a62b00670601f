"""Google Benchmark: repetitions, aggregates, counters, complexity, errors, names."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import google_benchmark
from perfsite.sources.formats.google_names import split_name

DATA = Path(__file__).parents[3] / "data" / "google-benchmark"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return google_benchmark.parse(stream, origin=name)


def parse(*benchmarks, **context):
    document = {"context": context, "benchmarks": benchmarks}
    return google_benchmark.parse(io.StringIO(json.dumps(document)), origin="bench.json")


def row(name="BM_x", real=10, **rest):
    return {"name": name, "real_time": real, "cpu_time": real / 2, "time_unit": "ns", **rest}


def found(reading):
    return {(r.benchmark, tuple(r.parameters.values()), r.metric.name): r for r in reading.measurements}


def test_times_are_in_seconds_and_counters_are_metrics():
    rows = found(recorded("plain.json"))
    real = rows["BM_sort", ("64",), "time"]
    assert real.value == pytest.approx(5.167249779232902e-07, rel=1e-15)
    assert (real.metric.unit, real.metric.original_unit, real.count) == ("s", "ns", 1)
    assert rows["BM_sort", ("64",), "items_per_second"].metric.unit == "1/s"
    assert rows["BM_sort", ("64",), "bytes_per_second"].metric.direction is Direction.HIGHER
    assert rows["BM_counter", (), "cache_misses"].value == 42


def test_repetitions_are_samples_of_one_benchmark():
    rows = found(recorded("repetitions.json"))
    real = rows["BM_sort", ("64",), "time"]
    assert real.count == 5
    assert real.samples is not None
    assert sorted(real.samples)[2] == real.value
    assert real.deviation == pytest.approx(3.818831730172199e-08)
    assert not any("stddev" in name or "mean" in name for name, _, _ in rows)


def test_aggregates_alone_give_median_and_deviation():
    real = found(recorded("aggregates.json"))["BM_counter", (), "time"]
    assert (real.value, real.count, real.samples) == (pytest.approx(5.533482523986737e-10), 5, None)
    assert real.deviation == pytest.approx(1.9538858569636356e-10)


def test_complexity_is_kept_under_its_order():
    rows = found(recorded("plain.json"))
    assert rows["BM_sort", ("NlgN",), "real_coefficient"].parameters == {"big_o": "NlgN"}
    assert rows["BM_sort", ("NlgN",), "rms"].metric.direction is Direction.NEITHER


def test_an_error_is_a_failed_measurement_with_its_reason():
    reading = recorded("plain.json")
    failed = [r for r in reading.measurements if r.status is Status.FAILED]
    assert {(r.benchmark, r.metric.name, r.value) for r in failed} == {
        ("BM_error", "time", None),
        ("BM_error", "cpu_time", None),
    }
    assert reading.warnings == ("BM_error: failed: no device\\twas found",)


def test_a_skipped_benchmark_is_skipped():
    reading = parse(row(skipped=True, skip_message="no GPU"), row("BM_y"))
    assert reading.measurements[0].status is Status.SKIPPED
    assert reading.warnings == ("BM_x: skipped: no GPU",)


def test_the_context_gives_facts_version_and_a_time_with_a_zone():
    reading = parse(row(), date="2026-11-21T23:32:46+01:00", num_cpus=8, host_name="secret", library_version="v1.9.0")
    assert reading.facts == {"cpu.cores": 8}
    assert reading.tool_version == "1.9.0"
    assert reading.time == datetime(2026, 11, 21, 22, 32, 46, tzinfo=UTC)


def test_a_time_without_a_zone_is_not_known():
    assert parse(row(), date="2016-08-02 17:44:46").time is None


def test_old_files_repeat_a_name_for_each_repetition():
    reading = parse(row(real=8), row(real=10), row(real=9), row("BM_x_mean", 9), row("BM_x_stddev", 1))
    assert len(reading.measurements) == 2
    real = reading.measurements[0]
    assert (real.value, real.count, real.deviation) == (9e-9, 3, 1e-9)


def test_a_benchmark_that_is_called_mean_is_no_aggregate():
    assert [r.benchmark for r in parse(row("compute_mean")).measurements] == ["compute_mean"] * 2


def test_the_same_repetition_twice_is_refused():
    with pytest.raises(InputError, match="is there twice"):
        parse(row(repetition_index=0, run_type="iteration"), row(repetition_index=0, run_type="iteration"))


def test_aggregates_of_the_owner_are_statistics():
    reading = parse(row(), row("BM_x_max", 12, run_type="aggregate", aggregate_name="max", run_name="BM_x"))
    assert [r.statistics for r in reading.measurements] == [{"max": 12e-9}, {"max": 6e-9}]


def test_aggregates_in_percent_are_metrics():
    share = {"run_type": "aggregate", "aggregate_name": "spread", "aggregate_unit": "percentage", "run_name": "BM_x"}
    reading = parse(row(), row("BM_x_spread", 0.5, **share))
    assert [(r.metric.name, r.value) for r in reading.measurements] == [
        ("time_spread", 0.5),
        ("time", 1e-8),
        ("cpu_time_spread", 0.25),
        ("cpu_time", 5e-9),
    ]


def test_an_aggregate_that_stands_alone_is_a_metric():
    alone = {"run_type": "aggregate", "run_name": "BM_x"}
    share = row("BM_x_zz", 0.5, **alone, aggregate_name="zz", aggregate_unit="percentage")
    rows = parse(share, row("BM_x_stddev", 3, **alone, made=7)).measurements
    assert [(r.metric.name, r.metric.unit, r.value) for r in rows] == [
        ("time_zz", "1", 0.5),
        ("time_stddev", "s", 3e-9),
        ("cpu_time_zz", "1", 0.25),
        ("cpu_time_stddev", "s", 1.5e-9),
        ("made_stddev", "1", 7),
    ]


def test_an_aggregate_without_its_name_has_it_in_its_own():
    alone = {"run_type": "aggregate", "run_name": "BM_x"}
    time = parse(row("BM_x_median", 5, **alone), row("BM_x_mean", 6, **alone)).measurements[0]
    assert (time.benchmark, time.value, time.statistics) == ("BM_x", 5e-9, {"mean": 6e-9})


def test_the_mean_stays_beside_a_median_where_the_repetitions_were_not_kept():
    time = found(recorded("aggregates.json"))["BM_counter", (), "time"]
    assert time.statistics is not None
    assert list(time.statistics) == ["mean"]
    assert all(r.statistics is None for r in recorded("repetitions.json").measurements)


def test_memory_and_perf_counters_have_the_names_of_the_house():
    reading = parse(row(allocs_per_iter=3.0, max_bytes_used=4096, net_heap_growth=-8, CYCLES=7.0, INSTRUCTIONS=9.0))
    assert [(r.metric.name, r.metric.unit, r.value) for r in reading.measurements[2:]] == [
        ("allocations", "1", 3.0),
        ("memory", "B", 4096),
        ("net_heap_growth", "B", -8),
        ("cycles", "1", 7.0),
        ("instructions", "1", 9.0),
    ]
    assert {r.metric.direction for r in reading.measurements} == {Direction.LOWER}


def test_a_counter_of_the_owner_s_own_keeps_a_name_of_the_house_to_itself():
    assert [r.metric.name for r in parse(row(max_bytes_used=1, memory=2)).measurements[2:]] == [
        "max_bytes_used",
        "memory",
    ]


def test_a_counter_that_is_no_number_is_failed():
    reading = parse(row(rate=float("nan")))
    assert (reading.measurements[2].metric.name, reading.measurements[2].status) == ("rate", Status.FAILED)
    assert reading.warnings == ("BM_x: failed: rate is no finite number",)


def test_a_deviation_that_is_no_number_is_not_known():
    stddev = {"run_type": "aggregate", "aggregate_name": "stddev", "run_name": "BM_x"}
    assert parse(row(), row(), row("BM_x_stddev", float("nan"), **stddev)).measurements[0].deviation is None


def test_the_percent_sign_of_the_first_versions_is_read():
    text = '{"context": {}, "benchmarks": [{"name": "BM_x_RMS", "rms": 5%}]}'
    assert google_benchmark.accepts(text.replace('"name"', '"real_time": 0, "name"'))
    reading = google_benchmark.parse(io.StringIO(text), origin="x.json")
    assert [(r.benchmark, r.metric.name, r.value) for r in reading.measurements] == [("BM_x", "rms", 0.05)]


def test_caches_and_what_the_owner_added_are_facts():
    caches = [{"type": "Data", "level": 1, "size": 32768, "num_sharing": 1}, {"type": "Unified", "level": 2, "size": 9}]
    reading = parse(row(), caches=caches, compiler="gcc 12", load_avg=[1], executable="/home/x", aslr_enabled=True)
    assert reading.facts == {
        "cpu.cache.l1d": 32768,
        "cpu.cache.l2": 9,
        "google-benchmark.compiler": "gcc 12",
        "google-benchmark.aslr_enabled": True,
    }


def test_a_missing_cpu_time_leaves_the_real_time():
    document = row()
    del document["cpu_time"]
    assert [r.metric.name for r in parse(document).measurements] == ["time"]


@pytest.mark.parametrize("unit", ["fortnights", 3, None])
def test_a_time_unit_that_the_tool_does_not_have_is_refused(unit):
    with pytest.raises(InputError, match="time_unit"):
        parse(row(time_unit=unit))


@pytest.mark.parametrize(
    ("name", "base", "parameters"),
    [
        ("BM_x", "BM_x", {}),
        ("BM_x/64/-3", "BM_x", {"arg0": "64", "arg1": "-3"}),
        ("BM_x/n:8/threads:4", "BM_x", {"n": "8", "threads": "4"}),
        ("Fixture/Method/3/real_time", "Fixture/Method/real_time", {"arg0": "3"}),
        ("BM_copy<a/b, int>/1k", "BM_copy<a/b, int>", {"arg0": "1k"}),
        ("Suite/ns::BM_x", "Suite/ns::BM_x", {}),
        ("BM/n:1/n:2", "BM/n:2", {"n": "1"}),
        ("64", "64", {}),
        ("", "", {}),
        ("/", "/", {}),
        ("a>b/3", "a>b", {"arg0": "3"}),
    ],
)
def test_names_are_split_by_the_tool_s_convention(name, base, parameters):
    split = split_name(name)
    assert (split.benchmark, split.parameters) == (base, parameters)


def test_a_deviation_below_0_is_refused():
    stddev = {"run_type": "aggregate", "aggregate_name": "stddev", "run_name": "BM_x"}
    with pytest.raises(InputError, match="made: expected a number not below 0"):
        parse(row(made=1), row("BM_x_stddev", 1, **stddev, made=-1))
