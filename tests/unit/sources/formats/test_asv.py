"""asv: one result file, with and without what asv keeps beside it, as the importer reads it."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite import importers, sources
from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Status
from perfsite.sources.formats import asv

DATA = Path(__file__).parents[3] / "data" / "asv"
BOX = DATA / "results" / "box"
RESULT = BOX / "75e2fb2b-virtualenv-py3.11-MODEfast.json"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return asv.parse(stream, origin=name)


def beside(name):
    return (BOX / name).open(encoding="utf-8")


def complete():
    with RESULT.open(encoding="utf-8") as stream:
        name, reading = sources.read(stream, origin="result.json", beside=beside)
    assert name == "asv"
    return reading


def parse(results, **rest):
    content = {"commit_hash": "a" * 40, "date": 1_600_000_000_000, "results": results, "version": 2, **rest}
    content.setdefault("result_columns", ["result", "params"])
    return asv.parse(io.StringIO(json.dumps(content)), origin="bench.json")


def rows_of(reading, name):
    return [row for row in reading.measurements if row.benchmark == name]


def test_the_importer_and_the_source_read_the_same():
    (run,) = importers.load("asv").read(DATA / "results")
    reading = complete()
    assert list(run.measurements) == list(reading.measurements)
    assert (run.time, run.commit) == (reading.time, reading.commit)
    assert {**run.environment.facts, "asv.environment": "virtualenv-py3.11-MODEfast"} == reading.facts
    assert run.environment.name == "box-virtualenv-py3.11-MODEfast"


def test_what_stands_beside_the_file_names_units_and_parameters():
    reading = complete()
    assert [row.parameters for row in rows_of(reading, "suite.Strings.time_join")] == [
        {"n": "10", "text": "'a'"},
        {"n": "10", "text": "'<é|>'"},
        {"n": "1000", "text": "'a'"},
        {"n": "1000", "text": "'<é|>'"},
    ]
    (tracked,) = rows_of(reading, "suite.track_rows")
    assert (tracked.value, tracked.metric.unit) == (42, "rows")


def test_a_file_by_itself_is_read_and_said_so():
    reading = recorded("plain.json")
    assert len(reading.measurements) == len(complete().measurements) == 16
    assert "there is no ../benchmarks.json" in reading.warnings[-1]


def test_failures_and_skips_are_measurements():
    reading = complete()
    assert [row.status for row in rows_of(reading, "suite.time_broken")] == [Status.FAILED]
    assert [row.status for row in rows_of(reading, "suite.Strings.time_join")] == ["ok", "ok", "failed", "ok"]
    assert [row.status for row in rows_of(reading, "suite.Skipped.track_speed")] == ["ok", "skipped"]


def test_a_time_has_bounds_and_quartiles_or_samples():
    (row,) = rows_of(complete(), "suite.time_sum")
    assert (row.value, row.lower, row.upper, row.count) == (1.2474599952838616e-05, 1.2271e-05, 1.2878e-05, 16)
    assert row.statistics == {"q1": 1.2282e-05, "q3": 1.263e-05}
    (row,) = rows_of(recorded("with-samples.json"), "suite.time_sum")
    assert (len(row.samples), row.statistics) == (16, None)


def test_memory_is_in_bytes():
    assert [(row.metric.name, row.metric.unit, row.value) for row in rows_of(complete(), "suite.peakmem_bytes")] == [
        ("memory", "B", 27447296.0)
    ]


def test_version_1_keeps_its_further_statistics():
    reading = recorded("version-1.json")
    (row,) = rows_of(reading, "suite.time_sum")
    assert (row.value, row.lower, row.upper, row.count, row.deviation) == (1.2e-05, 1.1e-05, 1.3e-05, 12, 1.1e-06)
    assert row.statistics == {"q1": 1.15e-05, "q3": 1.27e-05, "min": 1e-05, "max": 1.5e-05, "mean": 1.22e-05}
    assert [row.value for row in rows_of(reading, "suite.Strings.time_join")] == [3e-07, 5e-07, None, 1.2e-05]
    assert [row.value for row in rows_of(reading, "suite.time_old")] == [0.25]
    assert [row.status for row in rows_of(reading, "suite.time_broken")] == [Status.FAILED]
    assert reading.time == datetime(2018, 4, 30, 1, 0, tzinfo=UTC)


def test_facts_are_the_machine_s():
    assert complete().facts == {
        "arch": "x86_64",
        "cpu.model": "AMD EPYC",
        "cpu.cores": 2,
        "os": "Linux",
        "kernel": "6.1.0",
        "memory.bytes": 8_000_000 * 1024,
        "runtime.python": "3.11",
        "env.MODE": "fast",
        "asv.environment": "virtualenv-py3.11-MODEfast",
    }


def test_every_bad_place_is_named():
    with pytest.raises(CombinedInputError) as caught:
        parse({"x.time_a": [["fast"], []], "x.time_b": [[1.0], 3], "x.time_c": [[1.0, 2.0, 3.0], [["a", "b"]]]})
    text = str(caught.value)
    for place in (
        "$.results[\"x.time_a\"][0]: expected a number or null, found text 'fast'",
        '$.results["x.time_b"][1]: expected arrays of parameters, found the number 3',
        '$.results["x.time_c"][0]: expected 2 values, one for each combination of parameters, found 3',
    ):
        assert f"bench.json: {place}" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"results": {}}, "holds no benchmark"),
        ({"results": None}, "`results` is missing"),
        ({"commit_hash": "abc"}, "`commit_hash` is no full hash"),
        ({"result_columns": ["params"]}, "`result_columns` names no `result`"),
        ({"date": None}, "neither `date` nor `started_at`"),
    ],
)
def test_a_file_that_lacks_what_it_needs_says_so(change, said):
    with pytest.raises(InputError) as caught:
        parse(**{"results": {"x.time_a": [[1.0], []]}, **change})
    assert said in str(caught.value)
    assert str(caught.value).startswith("bench.json")


def test_a_broken_file_beside_it_is_named():
    companions = {"../benchmarks.json": io.StringIO("{")}
    with RESULT.open(encoding="utf-8") as stream, pytest.raises(InputError, match=r"\.\./benchmarks\.json"):
        asv.parse(stream, origin="result.json", companions=companions)


@pytest.mark.parametrize("key", ["benchmark_version", "ended_at", "results"])
def test_a_head_with_nothing_but_what_is_written_of_many_benchmarks_is_enough(key):
    head = json.dumps({key: {f"module.Class.time_{i:06}": 1_547_082_897_000 for i in range(3000)}})[:65536]
    assert sources.recognise(head) == ["asv"]


@pytest.mark.parametrize("name", ["benchmarks.json", "box/machine.json"])
def test_what_stands_beside_it_is_no_result(name):
    assert sources.recognise((DATA / "results" / name).read_text(encoding="utf-8")) == []
