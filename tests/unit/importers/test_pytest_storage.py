"""pytest-benchmark's storage: a run for each file, an environment for each machine."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.importers import pytest_benchmark
from perfsite.model.run import SHA, stand_in

DATA = Path(__file__).parents[2] / "data" / "pytest-benchmark"
STORAGE = DATA / "import"
MACHINE = "Linux-CPython-3.11-64bit"


@pytest.fixture
def storage(tmp_path):
    shutil.copytree(STORAGE, tmp_path / ".benchmarks")
    return tmp_path / ".benchmarks"


def saved(**changes):
    content = json.loads((DATA / "saved.json").read_text(encoding="utf-8"))
    return json.dumps({**content, **changes})


def test_every_file_is_a_run_at_its_commit():
    problems = []
    runs = list(pytest_benchmark.read(STORAGE, problems=problems))
    assert problems == []
    assert [run.commit.sha[:8] for run in runs] == ["7c16bdca", "d0e3d602"]
    assert {run.environment.name for run in runs} == {MACHINE}
    assert {(run.source.format, run.source.tool, run.source.version) for run in runs} == {
        ("pytest-benchmark", "pytest-benchmark", "5.3.1")
    }
    assert [len(run.measurements) for run in runs] == [4, 4]
    assert runs[0].branch == "main"
    assert runs[0].time < runs[1].time
    assert runs[0].id is None


@pytest.mark.parametrize("below", ["", ".benchmarks", f".benchmarks/{MACHINE}"])
def test_the_folder_above_and_the_folder_of_one_machine_will_do(storage, below):
    runs = list(pytest_benchmark.read(storage.parent / below))
    assert [run.environment.name for run in runs] == [MACHINE] * 2


def test_machines_are_environments(storage):
    shutil.copytree(storage / MACHINE, storage / "Windows CPython|3.12")
    names = [run.environment.name for run in pytest_benchmark.read(storage)]
    assert names == [MACHINE] * 2 + ["Windows-CPython-3.12"] * 2


def test_files_come_in_the_order_of_their_numbers(storage):
    for number in (10000, 3, 200):
        time = datetime(2026, 12, 1, 0, 0, number % 60, tzinfo=UTC).isoformat()
        (storage / MACHINE / f"{number:04}_x.json").write_text(saved(datetime=time), encoding="utf-8")
    seconds = [run.time.second for run in pytest_benchmark.read(storage)][2:]
    assert seconds == [3, 200 % 60, 10000 % 60]


def test_a_sha_in_the_file_s_name_stands_in_for_one_in_the_file(storage):
    text = saved(commit_info={"error": "no repository"})
    (storage / MACHINE / f"0003_{'c' * 40}_20261122.json").write_text(text, encoding="utf-8")
    assert [run.commit.sha for run in pytest_benchmark.read(storage)][-1] == "c" * 40


def test_a_run_without_a_commit_stands_by_itself_and_that_is_told_once(storage):
    for name in ("0003_before", "0004_after"):
        text = saved(commit_info={"error": "no repository"})
        (storage / MACHINE / f"{name}.json").write_text(text, encoding="utf-8")
    problems = []
    *_, before, after = pytest_benchmark.read(storage, problems=problems)
    assert (before.commit.sha, before.commit.subject) == (stand_in("0003_before").sha, "0003_before")
    assert before.commit.sha != after.commit.sha
    assert SHA.match(after.commit.sha)
    assert len(problems) == 1
    assert "'0003_before', '0004_after' are no full commit shas" in problems[0]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"benchmarks": 3}', "\x00", '{"benchmarks": [{}, {}]}'])
def test_a_broken_file_costs_that_file(storage, content):
    (storage / MACHINE / "0003_bad.json").write_text(content, encoding="utf-8")
    problems = []
    assert len(list(pytest_benchmark.read(storage, problems=problems))) == 2
    assert len(problems) == 1
    assert problems[0].startswith(f"{MACHINE}/0003_bad.json")
    assert "\n" not in problems[0]


def test_a_file_that_tells_no_time_is_left_out(storage):
    (storage / MACHINE / "0003_x.json").write_text(saved(datetime=None, commit_info={}), encoding="utf-8")
    problems = []
    list(pytest_benchmark.read(storage, problems=problems))
    assert "tells when it was measured" in problems[0]


def test_progress_counts_every_file(storage):
    seen = []
    list(pytest_benchmark.read(storage, progress=lambda done, total: seen.append((done, total))))
    assert seen == [(1, 2), (2, 2)]


def test_nothing_that_can_be_read_is_an_error(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "0001_x.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="holds no result that can be read"):
        list(pytest_benchmark.read(tmp_path))


def test_a_path_that_is_none_says_what_to_give_at_once(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(InputError) as caught:
            pytest_benchmark.read(path)
        assert caught.value.hint
