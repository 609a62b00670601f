"""Bencher, codespeed, Otava: exports of whole histories."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite import importers
from perfsite.errors import ConfigError, InputError
from perfsite.model.run import stand_in
from perfsite.workflow.importing import ImportWish, import_history
from perfsite.workflow.project import open_project

DATA = Path(__file__).parents[2] / "data"
SHA1, SHA2 = "1" * 40, "2" * 40
HISTORIES = [
    ("bencher", "bencher/import/perf.json"),
    ("bencher", "bencher/import"),
    ("codespeed", "codespeed/import/results.json"),
    ("codespeed", "codespeed/import/timeline.json"),
    ("codespeed", "codespeed/import"),
    ("otava", "otava/dots.csv"),
    ("otava", "otava/history.json"),
    ("otava", "otava/histostat.csv"),
    ("otava", "otava"),
]


def read(kind, path):
    problems = []
    return list(importers.load(kind).read(DATA / path, problems=problems)), problems


def rows_of(run):
    return {(row.benchmark, row.metric.name): row for row in run.measurements}


@pytest.mark.parametrize(("kind", "path"), HISTORIES)
def test_importing_twice_adds_nothing(kind, path, tmp_path):
    seen = []
    done = import_history(open_project(tmp_path), kind, DATA / path, progress=lambda *at: seen.append(at))
    assert done.written > 0
    assert seen[-1][0] == seen[-1][1]
    again = import_history(open_project(tmp_path), kind, DATA / path)
    assert (again.written, again.known) == (0, done.written)


def test_points_of_series_are_gathered_by_report():
    runs, problems = read("bencher", "bencher/import/perf.json")
    assert [(run.branch, run.environment.name, run.time.day) for run in runs] == [
        ("main", "Ubuntu-Latest", 2),
        ("main", "Ubuntu-Latest", 3),
        ("main", "Ubuntu-Latest", 4),
        ("feature", "mac", 5),
    ]
    first = rows_of(runs[0])
    time = first["parse | <b>", "time"]
    assert (time.value, time.lower, time.upper) == (100e-9, 90e-9, 110e-9)
    assert first["parse | <b>", "throughput"].value == 5.5e6
    assert rows_of(runs[3])["app", "Binary Size"].metric.unit == "B"
    assert [run.commit.sha for run in runs[:2]] == [SHA1, SHA2]
    assert runs[2].commit == stand_in("main@3", time=runs[2].time)
    assert len(problems) == 1
    assert "'main@3' are no full commit shas" in problems[0]


def test_iterations_of_a_report_are_samples():
    row = rows_of(read("bencher", "bencher/import/perf.json")[0][1])["parse | <b>", "time"]
    assert (row.value, row.count, row.samples) == (122e-9, 2, [120e-9, 124e-9])


def test_reports_of_today_and_of_2023_are_read():
    old, new = read("bencher", "bencher/import/reports.json")[0]
    assert (old.source.tool, new.source.tool) == ("magic", "rust_criterion")
    assert {key: row.value for key, row in rows_of(old).items()} == {
        ("sort", "time"): 8.5e-9,
        ("merge", "time"): 3.5e-9,
    }
    assert rows_of(new)["sort", "time"].upper == 10e-9
    assert new.commit.sha == SHA2


def test_results_sent_to_codespeed_are_gathered_by_commit():
    runs, problems = read("codespeed", "codespeed/import/results.json")
    assert [(run.commit.sha, run.environment.name, run.suite, run.branch) for run in runs] == [
        (SHA1, "big-dog", "pypy", "default"),
        (stand_in("r789").sha, "big-dog", "pypy", "default"),
    ]
    assert runs[0].time == datetime(2026, 1, 2, 10, 2, tzinfo=UTC)
    assert runs[0].commit.time == datetime(2026, 1, 1, 9, tzinfo=UTC)
    rows = rows_of(runs[0])
    time = rows["Richards", "time"]
    assert (time.value, time.deviation, time.statistics) == (456, 1.5, {"min": 450, "max": 460.5})
    assert time.parameters == {"executable": "pypy-c"}
    assert rows["DeltaBlue", "time"].value == 34.5e-3
    assert rows["req | <b>", "throughput"].metric.direction == "higher"
    assert "'r789' are no full commit shas" in problems[0]


def test_a_timeline_is_read_with_deviations_and_quartiles():
    runs, _ = read("codespeed", "codespeed/import/timeline.json")
    assert [run.time.day for run in runs] == [2, 3]
    assert rows_of(runs[1])["float", "time"].deviation == 0.125
    median = rows_of(runs[1])["median", "throughput"]
    assert (median.value, median.statistics) == (10, {"min": 8, "max": 12, "q1": 9, "q3": 11})


def test_a_dump_joins_its_tables_and_tells_what_it_cannot():
    runs, problems = read("codespeed", "codespeed/import/dump.json")
    assert len(runs) == 1
    assert (runs[0].commit.sha, runs[0].environment.name, runs[0].suite) == (SHA1, "Dual-Core", "MyProject")
    assert runs[0].environment.facts == {"cpu.model": "Core 2 Duo", "os": "Linux"}
    assert problems == ["dump.json: $[7]: expected a commitid, found null (left out)"]


def test_every_row_of_a_table_is_a_run():
    runs, problems = read("otava", "otava/dots.csv")
    assert [run.commit.subject for run in runs] == ["rev0", None, "rev1"]
    assert [run.branch for run in runs] == ["main", "main", "feature-x"]
    assert len(problems) == 2


def test_a_folder_of_tables_keeps_its_tests_apart():
    runs, _ = read("otava", "otava")
    names = {name for run in runs for name in run.measurements.benchmark}
    assert {"dots / metric1", "semicolons / metric1", "tests / read | <b>", "histostat / read.result"} <= names


def test_a_bad_row_costs_itself_only(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("time,commit,m\n1609466400,a,1\nsoon,b,2\n1609552800,c,fast\n1609639200,d,4\n", encoding="utf-8")
    problems = []
    runs = list(importers.load("otava").read(file, problems=problems))
    assert [run.commit.subject for run in runs] == ["a", "d"]
    assert problems[:2] == [
        "x.csv: line 3, column 'time': expected a time, found text 'soon' (left out)",
        "x.csv: line 4, column 'm': expected a number, found text 'fast' (left out)",
    ]


@pytest.mark.parametrize("kind", ["bencher", "codespeed", "otava"])
@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[1, null]", '{"results": 3}', '{"results": [{"metrics": [{}, 1]}]}', '{"timelines": [1, {}]}',
     '[{"model": "codespeed.result", "pk": [], "fields": 1}]',
     '[{"commitid": "a", "benchmark": [], "result_value": {}}]',
     '[{"uuid": "x", "start_time": "2026-01-01T00:00:00Z", "results": [[{"measures": [1]}], 2]}]', '"x"', "[[[["],
)  # fmt: skip
def test_what_is_no_such_history_is_one_error(kind, text, tmp_path):
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        list(importers.load(kind).read(file))
    with pytest.raises(InputError):
        list(importers.load(kind).read(tmp_path / "absent"))


def test_odd_values_of_codespeed_entries_never_stop_an_import(tmp_path):
    good = {"commitid": 7, "benchmark": "b", "result_value": 1, "result_date": "2026-01-01"}
    odd = [{**good, key: value} for key in ("lessisbetter", "units", "std_dev", "environment", "executable", "branch")
           for value in ([], {}, None, "x", 1e308, True)]  # fmt: skip
    file = tmp_path / "x.json"
    file.write_text(json.dumps([good, *odd]), encoding="utf-8")
    assert list(importers.load("codespeed").read(file))


def test_the_owner_may_name_the_environment_of_tables(tmp_path):
    project = open_project(tmp_path)
    assert import_history(project, "otava", DATA / "otava/dots.csv", ImportWish(environment="lab")).written == 3
    assert (project.history / "lab").is_dir()
    with pytest.raises(ConfigError, match="cannot be an environment's name"):
        import_history(project, "otava", DATA / "otava/dots.csv", ImportWish(environment="../x"))
    with pytest.raises(ConfigError, match="names its environments itself"):
        import_history(project, "codespeed", DATA / "codespeed/import", ImportWish(environment="lab"))
