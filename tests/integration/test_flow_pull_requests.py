"""Pull requests as git has them: what each is held against, and that its page says what the check said."""

import csv
import io
import json
import os
from dataclasses import replace

import pytest

from perfsite.history.store import DirectoryStore
from perfsite.workflow.check import CheckWish, check
from perfsite.workflow.commenting import CommentWish, comment
from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, read_runs
from perfsite.workflow.site import build_site

pytestmark = pytest.mark.slow
SLOW = 12
"""From this commit of main on the benchmark takes twice as long."""


def steady(number):
    return 0.1 * (1 + (number * 7 % 5 - 2) / 400)


@pytest.fixture
def main(project):
    """Return a repository of eighteen measured commits, twice as slow from the thirteenth on."""
    project.quickly_recorded([steady(0)] * 3)
    for i in range(1, 18):
        project.commit(f"c{i}", i)
        project.quickly_recorded([steady(i) * (2 if i >= SLOW else 1)] * 3)
    return project


def proposed(place, seconds, *, sha=None, tested=None, number=7):
    """Store a run of a pull request's head, as the publishing job does."""
    file = place.write("bench.json", json.dumps({"results": [{"command": "work", "times": [seconds] * 3}]}))
    runs, _ = read_runs(open_project(place.path), [file], Wish(environment="desk", commit=sha), dict(os.environ))
    run = replace(runs[0], pull_request=number, branch="topic", commit=replace(runs[0].commit, tested=tested))
    DirectoryStore(place.path / "history").append([run])
    return run.commit.sha


def on_page(place, sha):
    """Return value, baseline, noise and verdict of the only series of a commit's page."""
    build_site(open_project(place.path))
    file = place.path / "site" / "commits" / sha / "data.csv"
    row = next(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    return [float(row[name]) for name in ("value", "baseline", "noise_floor")], row["verdict"]


def in_check(place, revision):
    checked = check(open_project(place.path), [], CheckWish(commit=revision), {})
    row = checked.view.rows[0]
    return [row.value, row.baseline, row.noise_floor], str(row.verdict), checked


def agrees(place, sha):
    """Return the check of a stored head, after comparing it with the page."""
    numbers, verdict, checked = in_check(place, sha)
    shown, word = on_page(place, sha)
    assert shown == pytest.approx(numbers, rel=1e-3)
    assert word == verdict
    return checked


def test_a_head_is_held_against_where_it_left_main_however_young_it_is(main):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    head = main.commit("topic", 100)
    proposed(main, 0.13)
    main.git("switch", "-q", "main")
    checked = agrees(main, head)
    assert checked.base.subject == "c9"
    row = checked.view.rows[0]
    assert row.baseline == pytest.approx(0.1, rel=0.01)
    assert checked.view.fails(strict=False)


def test_what_main_did_before_the_branch_is_not_the_branchs_doing(main):
    main.git("switch", "-q", "-c", "topic")
    head = main.commit("topic", 100)
    proposed(main, 0.2)
    checked = agrees(main, head)
    assert checked.view.rows[0].standing
    assert not checked.view.fails(strict=False)
    assert checked.base.subject == "c17"


def test_files_and_the_stored_run_of_the_same_head_get_one_answer(main):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    main.commit("topic", 100)
    file = main.write("bench.json", json.dumps({"results": [{"command": "work", "times": [0.13] * 3}]}))
    before = check(open_project(main.path), [file], CheckWish(environment="desk"), {}).view.rows
    head = proposed(main, 0.13)
    after = check(open_project(main.path), [], CheckWish(commit=head), {}).view.rows
    assert [row.cells for row in after] == [row.cells for row in before]


def test_a_single_stored_run_is_a_baseline(project):
    project.quickly_recorded([0.1] * 3)
    project.git("switch", "-q", "-c", "topic")
    head = project.commit("topic", 5)
    proposed(project, 0.2)
    project.git("switch", "-q", "main")
    checked = check(open_project(project.path), [], CheckWish(commit=head), {})
    assert checked.view.rows[0].baseline == pytest.approx(0.1)
    assert checked.view.fails(strict=False)
    assert any("threshold decided alone" in doubt for doubt in checked.view.rows[0].doubts)


def test_a_head_that_was_merged_is_held_against_where_it_began(main):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    head = main.commit("topic", 12)
    proposed(main, 0.13)
    main.git("switch", "-q", "main")
    main.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    checked = agrees(main, head)
    assert checked.base.subject == "c9"


def test_a_branch_that_merged_main_is_held_against_the_newest_it_holds(main):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    main.commit("one", 5)
    main.git("merge", "-q", "-m", "criss", "main~2")
    main.git("switch", "-q", "main")
    main.git("merge", "-q", "--no-ff", "-m", "cross", "topic~1")
    main.git("switch", "-q", "topic")
    head = main.commit("two", 30)
    proposed(main, 0.2)
    main.git("switch", "-q", "main")
    assert agrees(main, head).base.subject == "c15"


def test_a_rebased_branch_moves_with_its_new_head(main):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    old = main.commit("topic", 100)
    proposed(main, 0.13)
    main.git("rebase", "-q", "--keep-empty", "main")
    new = main.git("rev-parse", "HEAD")
    proposed(main, 0.2)
    main.git("switch", "-q", "main")
    assert agrees(main, old).base.subject == "c9"
    assert agrees(main, new).base.subject == "c17"


def test_an_unrelated_history_is_no_contender_that_fails(main):
    main.git("switch", "-q", "--orphan", "other")
    head = main.commit("other", 100)
    proposed(main, 5.0)
    main.git("switch", "-q", "main")
    checked = check(open_project(main.path), [], CheckWish(commit=head), {})
    assert not checked.view.fails(strict=False)
    assert any("where it left main" in note for note in checked.notes)


def test_a_tag_and_a_short_sha_name_a_measured_commit(main):
    main.git("tag", "v1", "HEAD~9")
    by_tag, by_sha = (in_check(main, name)[2] for name in ("v1", main.git("rev-parse", "--short=9", "HEAD~9")))
    assert by_tag.view == by_sha.view
    assert by_tag.base.subject == "c7"
    shown, verdict = on_page(main, by_tag.view.sha)
    assert (shown, verdict) == (
        pytest.approx(in_check(main, "v1")[0], rel=1e-3),
        str(by_tag.view.rows[0].verdict),
    )


def test_another_base_can_be_named(main):
    fast = check(open_project(main.path), [], CheckWish(commit="main", base="main~8"), {})
    assert fast.base.subject == "c9"
    assert fast.view.rows[0].delta == pytest.approx(1.0, abs=0.05)
    assert fast.view.fails(strict=False)


def published(place, main, clone, *options):
    """Push main and the pull request's head to a bare remote; return a fresh clone of main with the same history."""
    bare = place("origin.git", git=False)
    bare.git("init", "-q", "--bare", "--initial-branch=main")
    main.git("push", "-q", str(bare.path), "main", "topic:refs/pull/7/head")
    made = clone(bare, "publisher", *options)
    for name, content in main.snapshot("history").items():
        made.write(f"history/{name}", content.decode())
    return made


@pytest.mark.parametrize("options", [(), ("--depth", "1"), ("--single-branch",)], ids=["full", "shallow", "single"])
def test_a_fork_whose_head_no_clone_has_is_found_at_the_remote_and_nothing_here_changes(place, main, clone, options):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    main.commit("one", 40)
    head = main.commit("two", 50)
    proposed(main, 0.13)
    made = published(place, main, clone, *options)
    before = (made.git("for-each-ref"), (made.path / ".git" / "config").read_bytes(), made.git("count-objects", "-v"))
    shallow = made.git("rev-parse", "--is-shallow-repository")
    checked = agrees(made, head)
    assert checked.base.subject == "c9"
    assert checked.view.fails(strict=False)
    after = (made.git("for-each-ref"), (made.path / ".git" / "config").read_bytes(), made.git("count-objects", "-v"))
    assert after == before
    assert made.git("rev-parse", "--is-shallow-repository") == shallow
    assert main.git("rev-parse", "topic") == head


def test_a_head_that_nobody_has_is_held_against_what_is_older_and_fails_no_rule(place, main, clone):
    main.git("switch", "-q", "-c", "topic")
    main.commit("topic", 100)
    made = published(place, main, clone)
    gone = proposed(made, 5.0, sha="e" * 40)
    checked = check(open_project(made.path), [], CheckWish(commit=gone), {})
    assert not checked.view.fails(strict=False)
    assert any("is not in this clone" in note and "git fetch" in note for note in checked.notes)


def test_a_branch_in_a_shallow_clone_is_judged_as_in_a_whole_one(place, main, clone):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    main.commit("topic", 100)
    made = published(place, main, clone, "--depth", "1")
    made.git("fetch", "-q", "--depth", "1", "origin", "refs/pull/7/head")
    made.git("checkout", "-q", "FETCH_HEAD")
    file = made.write("bench.json", json.dumps({"results": [{"command": "work", "times": [0.13] * 3}]}))
    checked = check(open_project(made.path), [file], CheckWish(environment="desk"), {})
    assert checked.base.subject == "c9"
    assert checked.view.fails(strict=False)
    assert not any("does not show" in note for note in checked.notes)


def test_a_clone_with_a_branch_of_its_own_keeps_it_and_learns_of_the_fork(place, main, clone):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    head = main.commit("topic", 40)
    proposed(main, 0.13)
    made = published(place, main, clone)
    made.git("switch", "-q", "-c", "mine", "HEAD~8")
    mine = made.commit("never pushed", 60)
    proposed(made, 0.13, number=8)
    made.git("switch", "-q", "main")
    assert agrees(made, mine).base.subject == "c9"
    assert agrees(made, head).base.subject == "c9"


def test_a_run_that_claims_to_be_of_the_year_one_is_no_crash(place, main, clone):
    main.git("switch", "-q", "-c", "topic", "HEAD~8")
    head = main.commit("topic", 40)
    proposed(main, 0.13)
    made = published(place, main, clone)
    for shard in (made.path / "history" / "pull").rglob("*.jsonl"):
        run = json.loads(shard.read_text(encoding="utf-8"))
        run["commit"]["time"] = "0001-01-01T00:00:00Z"
        shard.write_text(json.dumps(run) + "\n", encoding="utf-8")
    checked = check(open_project(made.path), [], CheckWish(commit=head), {})
    assert checked.base.subject == "c9"


def told(place, sha):
    return comment(open_project(place.path), CommentWish(commit=sha), {})


def test_a_branch_that_mends_what_main_broke_is_told_so(main):
    main.git("switch", "-q", "-c", "topic")
    head = main.commit("mend", 100)
    proposed(main, 0.1)
    main.git("switch", "-q", "main")
    checked = agrees(main, head)
    (row,) = checked.view.rows
    assert str(row.verdict) == "no-change"
    assert row.mended == pytest.approx(-0.5, abs=0.01)
    assert "Back from an earlier regression: work (−50.0 %)." in checked.view.sentence
    made = told(main, head)
    assert made.view.lead == "1 earlier regression mended"
    assert "work time is back at the level before (−50.0 % from the regressed level, noise ±" in made.view.rest
    assert "without change" not in made.view.sentence
    assert "❌" not in made.markdown
    assert made.view.groups[0].rows[0].is_notable


def test_a_branch_that_is_neither_here_nor_there_mends_nothing(main):
    main.git("switch", "-q", "-c", "topic")
    head = main.commit("other", 100)
    proposed(main, 0.2)
    main.git("switch", "-q", "main")
    assert check(open_project(main.path), [], CheckWish(commit=head), {}).view.mended == []
    assert "mended" not in told(main, head).markdown


def test_a_file_of_a_mended_branch_says_what_its_stored_run_will(main):
    main.git("switch", "-q", "-c", "topic")
    main.commit("mend", 100)
    file = main.write("bench.json", json.dumps({"results": [{"command": "work", "times": [0.1] * 3}]}))
    (row,) = check(open_project(main.path), [file], CheckWish(environment="desk"), dict(os.environ)).view.rows
    assert row.mended == pytest.approx(-0.5, abs=0.01)
