"""A folder of pyperf files: commits from pyperformance, from names, or labels in their place."""

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import ConfigError, InputError
from perfsite.importers import pyperf, result_files
from perfsite.model.run import stand_in

DATA = Path(__file__).parents[2] / "data" / "pyperf"
COLLECTION = DATA / "import"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(COLLECTION, tmp_path / "results")
    return tmp_path / "results"


def suite(*, date="2024-05-06 07:08:09.000001", **metadata):
    run = {"values": [0.5, 0.25], "metadata": {"date": date}}
    common = {"name": "x", "unit": "second", "perf_version": "2.6.3", **metadata}
    return json.dumps({"benchmarks": [{"runs": [run]}], "metadata": common, "version": "1.0"})


def imported(folder, name, text, **options):
    for file in folder.iterdir():
        file.unlink()
    (folder / name).write_text(text, encoding="utf-8")
    problems = []
    (run,) = pyperf.read(folder, problems=problems, **options)
    return run, problems


def test_pyperformance_tells_the_commit(folder):
    runs = {run.commit.sha: run for run in pyperf.read(folder)}
    run = runs["0123456789abcdef0123456789abcdef01234567"]
    assert run.commit.time == datetime(2024, 1, 2, 10, 0, tzinfo=UTC)
    assert (run.branch, run.environment.name) == ("main", "pyperf")
    assert (run.source.format, run.source.tool, run.source.version) == ("pyperf", "pyperf", "2.10.0")
    assert run.environment.facts["pyperf.performance_version"] == "1.10.0"
    assert len(run.measurements) == 2


def test_a_release_is_a_label_and_that_is_told_once(folder):
    problems = []
    runs = list(pyperf.read(folder, problems=problems))
    labels = [run.commit for run in runs if run.commit.subject]
    assert [commit.subject for commit in labels] == ["py3.12", "py3.13"]
    assert labels[0].sha == stand_in("py3.12").sha
    assert [text for text in problems if "full commit shas" in text] == [
        "'py3.12', 'py3.13' are no full commit shas: each is kept as a label of its own, in the order of time"
    ]
    assert len([text for text in problems if "without their zone" in text]) == 1


@pytest.mark.parametrize(
    ("name", "sha"),
    [
        (f"2024-01-02-main-{'c' * 20}{'1' * 20}.json", "c" * 20 + "1" * 20),
        ("2024-01-02_10-00-main-0123456789ab.json", stand_in("0123456789ab").sha),
        ("bm-20220131-linux-x86_64-python-main-3.11.0a4-1a2b3c4.json", stand_in("1a2b3c4").sha),
        ("bm-20220131-3.11.json", stand_in("bm-20220131-3.11").sha),
        ("py3.13.json", stand_in("py3.13").sha),
    ],
)
def test_a_sha_in_the_file_s_name_counts_where_the_file_names_none(folder, name, sha):
    run, _ = imported(folder, name, suite())
    assert run.commit.sha == sha


def test_the_time_is_that_of_the_last_run_taken_for_utc(folder):
    run, _ = imported(folder, "py3.13.json", suite())
    assert run.time == datetime(2024, 5, 6, 7, 8, 9, 1, tzinfo=UTC)


def test_the_commit_s_time_stands_in_for_a_missing_one(folder):
    text = suite(date=None, commit_id="a" * 40, commit_date="2024-01-02T03:04:05+01:00")
    run, problems = imported(folder, "x.json", text)
    assert run.time == run.commit.time == datetime(2024, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert problems == []


def test_compressed_files_are_read(folder):
    (folder / "py3.14.json.gz").write_bytes(gzip.compress(suite().encode()))
    subjects = [run.commit.subject for run in pyperf.read(folder)]
    assert "py3.14" in subjects
    assert len(subjects) == 5


def test_runs_come_in_the_order_of_their_time_in_folders_too(folder):
    for name, day in (("a", "03"), ("b", "01"), ("c", "02")):
        (folder / name).mkdir()
        (folder / name / "x.json").write_text(suite(date=f"2024-05-{day} 00:00:00.000001"), encoding="utf-8")
    times = [run.time for run in pyperf.read(folder)]
    assert times == sorted(times)
    assert len(times) == 7


def test_one_file_is_a_collection_too(folder):
    assert [run.commit.subject for run in pyperf.read(folder / "py3.12.json")] == ["py3.12"]


def test_the_owner_names_the_environment(folder):
    assert {run.environment.name for run in pyperf.read(folder, environment="speed")} == {"speed"}
    with pytest.raises(ConfigError, match="cannot be an environment's name"):
        pyperf.read(folder, environment="a/b")


def test_files_of_several_hosts_are_told(folder):
    for name in ("a", "b"):
        (folder / f"{name}.json").write_text(suite(hostname=name), encoding="utf-8")
    problems = []
    list(pyperf.read(folder, problems=problems))
    assert "come from 3 hosts" in problems[-1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.json", b"{"),
        ("bad.json", b"[]"),
        ("bad.json", b'{"version": "1.0", "benchmarks": [{}, {}]}'),
        ("bad.json.gz", b"\x1f\x8b cut"),
        ("bad.json.gz", gzip.compress(b"{}")),
        ("bad.json.gz", gzip.compress(suite().encode())[:-20]),
        ("bad.json", suite(date="then").encode()),
        ("bad.json", b"\xff\xfe"),
    ],
    ids=["cut", "an array", "nameless", "no gzip", "no pyperf", "cut gzip", "no time", "no text"],
)
def test_a_broken_file_costs_that_file(folder, name, content):
    (folder / name).write_bytes(content)
    problems = []
    assert len(list(pyperf.read(folder, problems=problems))) == 4
    told = [text for text in problems if text.startswith(name)]
    assert len(told) == 1
    assert told[0].endswith("(left out)")
    assert "\n" not in told[0]


def test_a_file_that_unpacks_without_end_is_left_out(folder, monkeypatch):
    monkeypatch.setattr(result_files, "MOST_UNPACKED", 1 << 20)
    (folder / "bomb.json.gz").write_bytes(gzip.compress(b" " * (2 << 20)))
    problems = []
    assert len(list(pyperf.read(folder, problems=problems))) == 4
    assert "unpacks to more than 1 MiB" in problems[0]


def test_progress_counts_every_file(folder):
    seen = []
    list(pyperf.read(folder, progress=lambda done, total: seen.append((done, total))))
    assert seen == [(n, 4) for n in range(1, 5)]


def test_nothing_that_can_be_read_is_an_error(tmp_path):
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="holds no result that can be read"):
        list(pyperf.read(tmp_path))


def test_a_path_that_is_none_says_what_to_give_at_once(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as caught:
            pyperf.read(path)
        assert caught.value.hint
