"""Recording: which commit a run belongs to, and everything wrong told before anything is stored."""

import json
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, ConfigError, HistoryError, InputError
from perfsite.history.store import DirectoryStore
from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, formats, record


def results(folder, name="bench.json", **seconds):
    rows = [{"command": key, "times": [value]} for key, value in seconds.items()]
    file = Path(folder) / name
    file.write_text(json.dumps({"results": rows}), encoding="utf-8")
    return file


def stored(folder):
    return list(DirectoryStore(Path(folder) / "history").read([]))


def test_a_run_belongs_to_the_commit_that_is_checked_out(repository):
    done = record(open_project(repository.path), [results(repository.path, a=1)], Wish(environment="desk"), {})
    assert done.written == 1
    run = stored(repository.path)[0]
    assert (run.commit.sha, run.branch, run.environment.name) == (repository.head, "main", "desk")


def test_a_commit_can_be_named_in_any_way_git_knows(repository):
    first = repository.head
    repository.commit("second")
    record(open_project(repository.path), [results(repository.path, a=1)], Wish(commit="HEAD~1"), {})
    assert stored(repository.path)[0].commit.sha == first


def test_a_full_sha_may_be_of_a_commit_that_is_not_at_hand(repository):
    record(open_project(repository.path), [results(repository.path, a=1)], Wish(commit="d" * 40), {})
    assert stored(repository.path)[0].commit.sha == "d" * 40


def test_an_abbreviation_that_nobody_knows_is_refused(repository):
    with pytest.raises(ConfigError, match="'abc' is not a commit"):
        record(open_project(repository.path), [results(repository.path, a=1)], Wish(commit="abc"), {})
    assert not (repository.path / "history").exists()


def test_files_of_one_format_are_one_run(repository):
    files = [results(repository.path, "1.json", a=1), results(repository.path, "2.json", b=2)]
    assert record(open_project(repository.path), files, Wish(), {}).written == 1
    assert list(stored(repository.path)[0].measurements.benchmark) == ["a", "b"]


def test_the_same_benchmark_in_two_files_is_an_error(repository):
    files = [results(repository.path, "1.json", a=1), results(repository.path, "2.json", a=2)]
    with pytest.raises(InputError, match=r"'a' .* stands in two of the files") as caught:
        record(open_project(repository.path), files, Wish(), {})
    assert "1.json" in caught.value.where
    assert not (repository.path / "history").exists()


def test_all_bad_files_are_told_together(repository):
    bad = repository.path / "bad.json"
    bad.write_text("{", encoding="utf-8")
    with pytest.raises(CombinedInputError) as caught:
        record(
            open_project(repository.path), [bad, repository.path / "none", results(repository.path, a=1)], Wish(), {}
        )
    assert len(caught.value.errors) == 2
    assert not (repository.path / "history").exists()


@pytest.mark.parametrize("text", ["x" * 20_001, "y" * 1_000_000], ids=["a little", "much"])
def test_a_text_too_long_is_told_with_its_file(repository, text):
    with pytest.raises(InputError, match="20,000 can be stored") as caught:
        record(open_project(repository.path), [results(repository.path, **{text: 1})], Wish(format="hyperfine"), {})
    assert "bench.json" in caught.value.where
    assert len(str(caught.value)) < 500


def test_the_environment_is_the_wish_before_the_settings_before_the_machine(repository):
    project = open_project(repository.path)
    record(project, [results(repository.path, a=1)], Wish(), {"CI": "true"})
    assert stored(repository.path)[0].environment.name.startswith("ci-")
    (repository.path / "site_config").mkdir()
    (repository.path / "site_config" / "perfsite.toml").write_text("environment = 'set'\n", encoding="utf-8")
    record(open_project(repository.path), [results(repository.path, a=2)], Wish(), {})
    record(open_project(repository.path), [results(repository.path, a=3)], Wish(environment="wish"), {})
    assert {run.environment.name for run in stored(repository.path)} >= {"set", "wish"}


def test_an_empty_environment_is_refused_not_replaced(repository):
    with pytest.raises(ConfigError, match="cannot be an environment's name"):
        record(open_project(repository.path), [results(repository.path, a=1)], Wish(environment=""), {})


def test_outside_of_a_repository_a_run_needs_a_commit(tmp_path):
    with pytest.raises(HistoryError, match="not a git repository"):
        record(open_project(tmp_path), [results(tmp_path, a=1)], Wish(), {})
    with pytest.raises(ConfigError, match="--push needs a git repository"):
        record(open_project(tmp_path), [results(tmp_path, a=1)], Wish(commit="d" * 40, push=True), {})


def test_every_format_has_a_name_and_a_title(tmp_path):
    assert {name for name, title, make in formats(open_project(tmp_path)) if title and make} >= {
        "pytest-benchmark",
        "hyperfine",
        "google-benchmark",
        "github-action-benchmark",
    }


TABLE = "time,commit,latency_ms\n" + "".join(
    f"2026-01-{day:02d} 10:00:00 +0000,v{day},{10 + day % 2}\n" for day in range(1, 12)
)
JOB = {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r"}


def test_a_file_with_a_history_recorded_by_two_jobs_is_stored_once(repository):
    file = repository.path / "history.csv"
    file.write_text(TABLE, encoding="utf-8")
    project = open_project(repository.path)
    first = record(project, [file], Wish(environment="e"), {**JOB, "GITHUB_RUN_ID": "1", "ImageOS": "ubuntu22"})
    again = record(project, [file], Wish(environment="e"), {**JOB, "GITHUB_RUN_ID": "2", "ImageOS": "ubuntu24"})
    assert (first.written, again.written, again.known) == (11, 0, 11)
    file.write_text(TABLE + "2026-01-12 10:00:00 +0000,v12,10\n", encoding="utf-8")
    assert record(project, [file], Wish(environment="e"), {**JOB, "GITHUB_RUN_ID": "3"}).written == 1


def test_a_commit_cannot_be_named_for_a_file_with_a_history(repository):
    file = repository.path / "history.csv"
    file.write_text(TABLE, encoding="utf-8")
    with pytest.raises(ConfigError, match="several runs with commits of their own"):
        record(open_project(repository.path), [file], Wish(commit="HEAD"), {})


def test_runs_for_another_job_go_into_a_file_and_not_into_the_history(repository):
    file = repository.path / "out" / "runs.jsonl"
    wish = Wish(environment="desk", output=file)
    done = record(open_project(repository.path), [results(repository.path, a=1)], wish, {})
    assert (done.written, done.known, done.place) == (1, 0, str(file))
    assert not (repository.path / "history").exists()
    line = json.loads(file.read_text(encoding="utf-8"))
    assert (line["version"], line["commit"]["sha"], line["environment"]["name"]) == (1, repository.head, "desk")


def test_a_file_of_runs_takes_the_next_suite_too_and_each_run_once(repository):
    file = repository.path / "runs.jsonl"
    wish = Wish(environment="desk", output=file)
    first, second = results(repository.path, "1.json", a=1), results(repository.path, "2.json", b=2)
    record(open_project(repository.path), [first], wish, {})
    record(open_project(repository.path), [second], wish, {})
    assert record(open_project(repository.path), [first], wish, {}).known == 1
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2


def test_a_file_of_runs_that_was_cut_off_loses_that_line_only(repository):
    file = repository.path / "runs.jsonl"
    file.write_text('{"version":1,"id":"', encoding="utf-8")
    record(open_project(repository.path), [results(repository.path, a=1)], Wish(output=file), {})
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[1])["version"] == 1


def test_runs_go_to_the_branch_or_into_a_file_but_not_both(repository):
    wish = Wish(output=repository.path / "runs.jsonl", push=True)
    with pytest.raises(ConfigError, match="not both"):
        record(open_project(repository.path), [results(repository.path, a=1)], wish, {})


def test_a_file_of_runs_that_cannot_be_written_says_so(repository):
    wish = Wish(output=repository.path)
    with pytest.raises(HistoryError, match="cannot be written"):
        record(open_project(repository.path), [results(repository.path, a=1)], wish, {})
