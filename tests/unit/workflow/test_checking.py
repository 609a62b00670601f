"""Checking files: which of their runs is on trial, and what is said of what cannot be judged."""

import pytest

from perfsite.history.store import DirectoryStore
from perfsite.model.findings import Rule, Verdict
from perfsite.workflow.check import CheckWish, check
from perfsite.workflow.project import open_project

ROWS = "time,commit,latency_ms\n" + "".join(
    f"2026-01-{day:02d} 10:00:00 +0000,v{day},{10 + day % 2 / 10}\n" for day in range(1, 12)
)


@pytest.fixture
def project(repository):
    return open_project(repository.path)


def test_the_newest_run_of_a_file_with_a_history_is_on_trial_and_nothing_is_stored(project):
    file = project.root / "history.csv"
    file.write_text(ROWS + "2026-01-12 10:00:00 +0000,v12,20\n", encoding="utf-8")
    done = check(project, [file], CheckWish(environment="e"), {})
    (row,) = done.view.rows
    assert (row.verdict, row.rule, round(row.delta, 1)) == (Verdict.REGRESSION, Rule.FAIL, 1.0)
    assert not any("git fetch" in note for note in done.notes)
    assert list(DirectoryStore(project.history).read([])) == []


def test_a_file_with_a_history_and_nothing_new_passes(project):
    file = project.root / "history.csv"
    file.write_text(ROWS, encoding="utf-8")
    (row,) = check(project, [file], CheckWish(environment="e"), {}).view.rows
    assert row.rule is Rule.PASS
