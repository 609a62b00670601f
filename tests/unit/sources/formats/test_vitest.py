"""vitest: the JSON of its versions, and what it prints."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources.formats import vitest

DATA = Path(__file__).parents[3] / "data" / "vitest"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return vitest.parse(stream, origin=name)


def parse(document):
    text = document if isinstance(document, str) else json.dumps(document)
    return vitest.parse(io.StringIO(text), origin="bench.json")


def names(reading, status=Status.OK):
    return {row.benchmark for row in reading.measurements if row.status is status}


BENCHMARKS = {
    "test/math.bench.js > on its own",
    "test/math.bench.js > sums > sum of 100",
    "test/math.bench.js > sums > reduce|<of> 100",
    "test/math.bench.js > sums > inner > sort",
    "test/text.bench.js > sums > sum of 100",
}


@pytest.mark.parametrize(
    "name", ["bench-1.6.json", "bench-2.1.json", "bench-3.2.json", "bench-4.1.json", "console-1.6.txt"]
)
def test_versions_1_to_4_name_a_benchmark_by_file_and_titles(name):
    reading = recorded(name)
    assert names(reading) == BENCHMARKS
    assert names(reading, Status.FAILED) == {"test/text.bench.js > sums > throws"}


def test_the_value_is_the_median_and_statistics_keep_the_rest():
    time, rate = recorded("bench-4.1.json").measurements[:2]
    bench = json.loads((DATA / "bench-4.1.json").read_text(encoding="utf-8"))["files"][0]["groups"][0]["benchmarks"][0]
    assert (time.metric.name, time.value) == ("time", bench["median"] / 1000)
    assert (time.count, time.deviation) == (bench["sampleCount"], bench["sd"] / 1000)
    assert time.statistics["p99.5"] == bench["p995"] / 1000
    assert time.statistics["mean"] == bench["mean"] / 1000
    assert (rate.metric.name, rate.metric.unit, rate.value) == ("throughput", "1/s", bench["hz"])


def test_versions_without_a_median_have_the_mean_and_its_margin():
    time = recorded("bench-1.6.json").measurements[0]
    bench = json.loads((DATA / "bench-1.6.json").read_text(encoding="utf-8"))["files"][0]["groups"][0]["benchmarks"][0]
    assert time.value == bench["mean"] / 1000
    assert time.upper == (bench["mean"] + bench["moe"]) / 1000


def test_version_0_has_samples_and_names_neither_file_nor_outer_titles():
    reading = recorded("report-0.34.json")
    assert "inner > sort" in names(reading)
    assert "on its own" in names(reading)
    assert all(len(row.samples) >= 12 for row in reading.measurements if row.metric.name == "time" and row.samples)


def test_version_5_writes_tests_with_benchmarks_in_them():
    reading = recorded("report-5.1.json")
    assert names(reading) == {
        "math.bench.js > sums > compare sums > sum of 100",
        "math.bench.js > sums > compare sums > reduce|<of> 100",
        "math.bench.js > on its own > stringify <x>",
        "text.bench.js > repeat > repeat",
    }
    assert names(reading, Status.FAILED) == {"text.bench.js > throws"}
    assert names(reading, Status.SKIPPED) == {"text.bench.js > skipped"}
    rate = reading.measurements[1]
    assert rate.deviation is not None


def test_the_console_of_version_5_names_the_same_benchmarks_as_its_json():
    assert names(recorded("console-5.1.txt")) == names(recorded("report-5.1.json"))


def test_a_table_printed_twice_counts_once():
    reading = recorded("console-4.1.txt")
    assert names(reading) == BENCHMARKS - {"test/text.bench.js > sums > sum of 100"}
    assert len(reading.measurements) == 8


def test_the_console_has_times_in_ms_and_exact_rates():
    text = " ✓ a.bench.ts > b 12ms\n     name  hz  min  max  mean  p75  p99  p995  p999  rme  samples\n"
    text += "   · c 1,234.56  0.5006  4.8610  1.1939  0.5947  4.8610  4.8610  4.8610  ±64.75%       17   fastest\n"
    time, rate = parse(text).measurements
    assert (time.benchmark, time.value, time.count) == ("a.bench.ts > b > c", 1.1939e-3, 17)
    assert time.lower == pytest.approx(1.1939e-3 * 0.3525)
    assert rate.value == 1234.56


def test_files_of_one_name_keep_the_folder_that_tells_them_apart():
    stats = {"p50": 1.0}
    tests = [{"benchmarks": [{"name": "t", "tasks": [{"name": "x", "latency": stats}]}]}]
    paths = ["/ci/1/a/index.bench.ts", "/ci/1/b/index.bench.ts"]
    document = {"numTotalTests": 2, "testResults": [{"name": path, "assertionResults": tests} for path in paths]}
    assert names(parse(document)) == {"a/index.bench.ts > t > x", "b/index.bench.ts > t > x"}


def test_every_bad_place_is_named():
    bench = {"name": "a", "mean": "1", "p99": -1}
    document = {"files": [{"filepath": "a.ts", "groups": [{"fullName": "a.ts", "benchmarks": [bench, 3]}]}]}
    with pytest.raises(InputError) as caught:
        parse(document)
    assert "$.files[0].groups[0].benchmarks[0].mean: expected a number, found text '1'" in str(caught.value)
    assert "$.files[0].groups[0].benchmarks[0].p99: expected a number not below 0" in str(caught.value)
    assert "$.files[0].groups[0].benchmarks[1]: expected an object, found the number 3" in str(caught.value)


def test_files_without_a_benchmark_are_an_error():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse({"files": []})


_HEAD = "     name   hz     min     max    mean     p75     p99    p995    p999     rme  samples"
_ROW = "5,952.38  0.0000  0.8000  0.1680  0.2000  0.8000  0.8000  0.8000  ±8.58%      250"


@pytest.mark.parametrize("project", [" chromium  ", "|chromium| "])
def test_the_project_on_the_console_is_no_part_of_a_name(project):
    text = f" ✓ {project}bench/x.bench.ts > sums 408ms\n{_HEAD}\n   · reduce  {_ROW}\n"
    row = parse(text).measurements[0]
    assert (row.benchmark, row.parameters) == ("bench/x.bench.ts > sums > reduce", {})


def test_projects_tell_apart_what_ran_in_several():
    table = f"{_HEAD}\n   · reduce  {_ROW}\n"
    text = f" ✓ |chromium| x.bench.ts > sums 1ms\n{table}   · sort  {_ROW}\n ✓ |firefox| x.bench.ts > sums 1ms\n{table}"
    found = [(row.benchmark, dict(row.parameters)) for row in parse(text).measurements if row.metric.name == "time"]
    assert found == [
        ("x.bench.ts > sums > reduce", {"project": "chromium"}),
        ("x.bench.ts > sums > sort", {}),
        ("x.bench.ts > sums > reduce", {"project": "firefox"}),
    ]


def test_a_report_of_too_many_benchmarks_is_refused_before_it_is_decoded():
    with pytest.raises(InputError, match="more than 250,000 measurements in one file"):
        parse('{"files": [{"groups": [' + '{"rme": 1},' * 250_001)
