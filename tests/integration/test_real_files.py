"""Every real result file of others is read without an unexplained loss; the report says what was read of each."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from counting import COUNTERS
from lossless import losses, numbers_in

from perfsite import sources
from perfsite.errors import InputError
from perfsite.workflow.reading import Beside

REAL = Path(os.environ.get("PERFSITE_REAL_DATA", "../shared/data"))
RAW = REAL / "raw"
REPORT = Path(__file__).parents[1] / "golden" / "real_files.txt"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not RAW.is_dir(), reason=f"no real data at {REAL} (set PERFSITE_REAL_DATA)"),
]
FILES = sorted(path for path in RAW.rglob("*") if path.is_file()) if RAW.is_dir() else []

# Files that hold no measurements by what they are; they end in one error that says which file to give.
NOTHING = re.compile(r"criterion-json/.*/(benchmark|tukey)\.json$|criterion-json/.*/change/estimates\.json$")
# Formats under another name than the folder of the collection, by the file's path.
NAMED = [
    (r"bencher-metric-format/", "bencher"),
    (r"benchmarkjs/.*/issue16", "catch2"),
    (r"criterion-bencher-text/", "cargo-bench"),
    (r"criterion-json/", "criterion"),
    (r"gab-custom/", "github-action-benchmark"),
    (r"otava-csv/", "otava"),
]


class Reason(NamedTuple):
    """Why numbers at places of some files are no part of a reading."""

    files: str
    places: str
    why: str


REASONS: list[Reason] = [
    Reason(
        r"^benchmarkjs/.*issue16|^catch2/", r"\s{20,}(\d+\s+)*»", "iterations of a sample and the time estimated before"
    ),
    Reason(
        r"^benchmarkjs/.*issue16|^catch2/", r"\.cpp[:(]»|^(test cases|assertions):", "places in the code, and tests run"
    ),
    Reason(r"^(cargo-bench|criterion-text|gungraun)/", r"^(running »|test result:)", "tests run beside the benchmarks"),
    Reason(r"^criterion-bencher-text/", r"Unable to complete|target time|^WARNING|^This feature", "advice to the user"),
    Reason(
        r"^criterion-text/", r"(outliers among|%\) (high|low) (mild|severe))", "outliers, which follow from the samples"
    ),
    Reason(
        r"^criterion-text/",
        r"Collecting |estimated |Warming up for|panicked at|Running unittests|RUST_BACKTRACE",
        "what criterion planned, and messages of the code",
    ),
    Reason(r"^criterion-text/", r"(change|thrpt|time): {1,40}\[[-+]|\(p = |p = »", "the change against an earlier run"),
    Reason(r"^criterion-json/.*sample\.json$", r"", "times and iterations; their quotients are the samples"),
    Reason(r"^gab-custom/", r"^extra: ", "words of the owner's own beside a value"),
    Reason(r"^google-benchmark/", r"^(iterations|num_sharing|level|load_avg|aggregate_name):", "how it was measured"),
    Reason(r"^(gungraun|iai)/", r"\(.*»[-+][\d.]+«[%x]|\[»[-+]", "the change against an earlier run"),
    Reason(r"^gungraun/", r"\d\|»[\d.]+«", "the earlier run"),
    Reason(
        r"^gungraun/",
        r"^(benchmark_exe|command|(parent_)?pid|details|(manifest_|src_)?path|package_id|edition|out_dir|part|thread):",
        "places and processes",
    ),
    Reason(r"^gungraun/", r"(short|long):»\d+«", "arguments behind an id, whose text gungraun calls unstable"),
    Reason(r"^gungraun/", r"(result: |exceeds limit|Regressed)", "gungraun's own verdict"),
    Reason(r"^gungraun/.*no_diff_old", r"^(Float|factor|Int):", "the earlier run"),
    Reason(r"^gungraun/.*ansi", r"\[»[\d;]+|»\d+«m|»\d+\x1b|»\d+«\x1b", "colours of the terminal"),
    Reason(r"^locust/", r"Requests/s,.*»\d+«%", "percentiles in the header, which are names of metrics"),
    Reason(
        r"^pyperf/",
        r"^(cpu_temp|cpu_freq|duration|uptime|load_avg_1min|runnable_threads):",
        "the machine at one moment",
    ),
    Reason(r"^pyperf/", r"^warmups:", "values before the measurement"),
    Reason(
        r"^pyperf/",
        r"^(loops|mem_max_rss|calibrate_loops|recalibrate_loops|python_executable):",
        "calibration, and places",
    ),
    Reason(
        r"^pytest-benchmark/", r"^(min_rounds|max_time|min_time|iterations):", "settings, and iterations of a round"
    ),
    Reason(r"^pytest-benchmark/", r"^(iqr_outliers|stddev_outliers|outliers):", "follows from the samples"),
    Reason(r"^pytest-benchmark/", r"^(ops|total|iqr|q1|q3):", "follows from mean, rounds, samples"),
    Reason(
        r"^pytest-benchmark/benchmark-action",
        r"^(data|python_build):",
        "samples shortened by hand, and a date in words",
    ),
    Reason(
        r"^benchmarkdotnet/", r"^(Nanoseconds|Operations|IterationIndex):", "single runs; their results are samples"
    ),
    Reason(
        r"^benchmarkdotnet/",
        r"^(LowerFence|UpperFence|InterquartileRange|Variance|Skewness|Kurtosis|Margin|Q\d|P\d\d):",
        "follows from the samples",
    ),
    Reason(r"^benchmarkdotnet/", r"^(Title|Hertz|Level):", "when, how finely and how surely was measured is no result"),
    Reason(r"^go-bench/", r"»\d+«\s+[\d.]+ ns/op", "how often Go ran a benchmark is its way to measure, no result"),
    Reason(r"^go-bench/", r"»-\d+«\s+\t", "GOMAXPROCS, a fact, behind a name that ends in no letter"),
    Reason(r"^go-bench/", r"\t»[\d.]+«s$", "how long the tests of a package took"),
    Reason(r"^jmh/", r"^scoreError:", "half of scoreConfidence, which is kept as bounds"),
    Reason(
        r"^jmh/", r"^(0|50|90|95|99)\.\d+: |»99\.9+«\" :", "a percentile of the iterations, which are kept as samples"
    ),
    Reason(r"^julia-benchmarktools/", r"^(evals|seconds|\w+_tolerance|overhead|samples):", "settings of the tuning"),
    Reason(r"^luau/", r"^Total:? ", "a sum over all tests"),
    Reason(
        r"^otava-csv/.*/histostat", r"^#\[StartTime: ", "the words of the date, which stands before them as a number"
    ),
    Reason(r"^otava-csv/.*/histostat", r"^Tag=[^,]*,(»|[^,]*,»)", "start and length of an interval, which is a sample"),
    Reason(r"^otava-csv/.*/histostat", r"^Tag=[^»]*»\d{1,3}(,\d{3})+«", "cells that the audit takes for one number"),
    Reason(r"^vitest/", r"^(totalTime|variance|rme|df):", "follows from mean, deviation, margin of error and count"),
    Reason(r"^vitest/", r"^critical:", "Student's t of the margin of error, which is kept"),
]


def name_of(path):
    text = path.relative_to(RAW).as_posix()
    return next((name for pattern, name in NAMED if re.search(pattern, text)), text.partition("/")[0])


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return sources.read(stream, origin=str(path), beside=Beside(path))


def read_counts(reading):
    rows = [row for part in (*reading.earlier, reading) for row in part.measurements]
    benchmarks = {(row.benchmark, tuple(sorted(row.parameters.items()))) for row in reading.measurements}
    return len(benchmarks), len(rows), sum(len(row.samples or ()) for row in rows)


def _of(found, counted):
    return f"{found}" if counted is None else f"{found} of {counted}"


def explained(path, place):
    text = path.relative_to(RAW).as_posix()
    return any(re.search(reason.files, text) and re.search(reason.places, place) for reason in REASONS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(RAW).as_posix())
def test_a_real_file_is_recognised_and_read_whole(path):
    text = path.read_text(encoding="utf-8")
    if NOTHING.search(path.as_posix()):
        with pytest.raises(InputError, match="no measurement") as caught:
            read(path)
        assert caught.value.hint
        return
    name, reading = read(path)
    assert name == name_of(path)
    counted = COUNTERS["catch2" if name == "catch2" else path.relative_to(RAW).parts[0]](path, text)
    benchmarks, values, samples = read_counts(reading)
    assert benchmarks == counted.benchmarks
    assert counted.values in {None, values}
    assert counted.samples in {None, samples}
    assert [place for place in losses(text, reading) if not explained(path, place)] == []


def test_the_report_of_what_was_read_is_as_it_was_accepted():
    lines = [
        "Real result files: what was read of what another count finds; numbers in the text, and those left out.",
        "",
    ]
    for path in FILES:
        place = path.relative_to(RAW).as_posix()
        if NOTHING.search(place):
            lines.append(f"{place}: no measurements in it")
            continue
        name, reading = read(path)
        text = path.read_text(encoding="utf-8")
        benchmarks, values, samples = read_counts(reading)
        numbers = sum(number != 0 for number, _, _ in numbers_in(text))
        left = len(losses(text, reading))
        has = COUNTERS["catch2" if name == "catch2" else path.relative_to(RAW).parts[0]](path, text)
        lines.append(
            f"{place}: {name}: {benchmarks} of {has.benchmarks} benchmarks, {_of(values, has.values)} values, "
            f"{_of(samples, has.samples)} samples; {numbers} numbers, {left} left out"
        )
    lines += ["", "Left out, and why:"]
    lines += [f"- {reason.files}: {reason.places}: {reason.why}" for reason in REASONS]
    report = "\n".join(lines) + "\n"
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        REPORT.write_text(report, encoding="utf-8")
    assert report == REPORT.read_text(encoding="utf-8"), "run `make golden`, read the difference, commit it"


def test_every_reason_is_needed():
    places = [
        (path, place)
        for path in FILES
        if not NOTHING.search(path.as_posix())
        for place in losses(path.read_text(encoding="utf-8"), read(path)[1])
    ]
    unused = [
        reason
        for reason in REASONS
        if not any(
            re.search(reason.files, path.relative_to(RAW).as_posix()) and re.search(reason.places, place)
            for path, place in places
        )
    ]
    assert unused == []
