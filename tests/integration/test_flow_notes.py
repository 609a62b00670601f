"""Release notes between tags of a real repository: the site's own words, whichever names are given."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from planted_project import CULPRIT, PARSER, plant

from perfsite.cli.main import run
from perfsite.errors import ConfigError, HistoryError
from perfsite.workflow.notes import NotesWish, notes
from perfsite.workflow.project import open_project
from perfsite.workflow.site import prepare_site

SITE = "https://perf.example.org/parser/"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return a folder for what is planted once, and the shas of its commits."""
    return tmp_path_factory.mktemp("planted") / "copy", []


@pytest.fixture
def planted(repository, kept):
    """Return a project with v1.0 before the culprit, v1.1 behind it, and `latest`, which is no version."""
    copy, shas = kept
    if shas:
        shutil.rmtree(repository.path)
        shutil.copytree(copy, repository.path)
        return repository, shas
    shas += plant(repository, f'site_url = "{SITE}"\n')
    for at, tag in ((CULPRIT - 8, "v1.0"), (CULPRIT + 6, "v1.1"), (CULPRIT + 7, "latest")):
        repository.git("tag", tag, shas[at])
    shutil.copytree(repository.path, copy)
    return repository, shas


def told(repository, old=None, new=None, **more):
    return notes(open_project(repository.path), NotesWish(old=old, new=new, **more))


def test_two_tags_are_told_in_the_words_of_the_site(planted):
    repository, shas = planted
    noted = told(repository, "v1.0", "v1.1")
    page = next(view for view in prepare_site(repository.path).releases() if view.tag == "v1.1")
    assert noted.section == page.text
    assert (noted.tag, noted.view.remarks, noted.notes) == ("v1.1", (), ())
    assert f"[Details]({SITE}releases/v1.1/), [every series]({SITE}compare/?base=v1.0&head=v1.1)" in noted.section
    assert f"[{shas[CULPRIT][:8]}]({SITE}commits/{shas[CULPRIT]}/) commit {CULPRIT}: " in noted.section
    assert told(repository, None, "v1.1").section == told(repository).section == noted.section


def test_the_numbers_for_programs_are_those_of_the_page(planted):
    repository, shas = planted
    document = told(repository, "v1.0", "v1.1").document
    moved = next(row for row in document["moved"] if row["benchmark"] == PARSER and row["metric"] == "time")
    assert moved["delta"] == pytest.approx(0.4, abs=0.02)
    assert moved["lower"] < moved["delta"] < moved["upper"]
    assert moved["after"] / moved["before"] - 1 == pytest.approx(moved["delta"])
    assert moved["commits"] == [shas[CULPRIT]]
    assert document["worse"] == len([row for row in document["moved"] if row["verdict"] == "regression"]) > 3
    assert document["from"]["sha"] == shas[CULPRIT - 8]
    json.dumps(document, allow_nan=False)


def test_a_tag_without_a_measurement_says_what_stands_for_it(planted):
    repository, shas = planted
    for subject in ("docs", "more docs"):
        repository.commit(subject)
    repository.git("tag", "v1.2")
    noted = told(repository)
    tip = repository.head
    remark = f"v1.2 ({tip[:8]}) was not measured itself: {shas[-1][:8]}, 2 commits before, stands for it."
    assert noted.view.remarks == (remark,)
    assert "2 commits before, stands for it" in noted.section
    page = next(view for view in prepare_site(repository.path).releases() if view.tag == "v1.2")
    assert (page.text, page.remarks) == (noted.section, noted.view.remarks)
    assert noted.document["to"] == {"name": "v1.2", "sha": shas[-1], "url": "releases/v1.2/"}


def test_branches_commits_and_other_tags_are_compared_too(planted):
    repository, shas = planted
    ahead = told(repository, "v1.0", "HEAD")
    assert ahead.tag is None
    assert ahead.view.url == f"compare/?base=v1.0&head={shas[-1]}"
    assert f"[Details]({SITE}compare/" in ahead.section
    assert "every series" not in ahead.section
    assert told(repository, shas[3][:10], "latest").tag == "latest"
    assert told(repository, shas[3][:10], "latest").view.previous.tag == shas[3][:8]
    assert told(repository, None, "main").view.previous.tag == "v1.1"
    same = told(repository, "v1.1", shas[CULPRIT + 6])
    assert same.view.sentence.startswith("No measured commit tells ")
    assert same.document["moved"] == []


def test_a_tag_of_another_branch_is_told_by_where_it_left(planted):
    repository, shas = planted
    repository.git("switch", "-q", "-c", "maintenance", shas[CULPRIT - 8])
    repository.git("-c", "user.name=Ada", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "backport")
    repository.git("tag", "v1.0.1")
    repository.git("switch", "-q", "main")
    noted = told(repository, "v1.0.1", "v1.1")
    assert "is not on the default branch" in noted.view.remarks[0]
    assert shas[CULPRIT - 8][:8] in noted.view.remarks[0]


def test_the_first_release_is_compared_with_nothing(planted):
    repository, _ = planted
    noted = told(repository, None, "v1.0")
    assert noted.document["from"] is None
    assert noted.section.startswith("## Performance\n\nv1.0 is the first release with measurements: 4 benchmarks. [Det")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("v1.1", "v1.0", "'v1.0' came before 'v1.1'"),
        ("v1.0", "v9", "there is no commit or tag 'v9'"),
        ("v1.0", "--upload-pack=touch x", "there is no commit or tag"),
        ("v1.0", "", "there is no commit or tag"),
    ],
)
def test_names_that_mean_nothing_here_are_told(planted, old, new, problem):
    with pytest.raises(ConfigError) as caught:
        told(planted[0], old, new)
    assert caught.value.problem.startswith(problem)
    assert caught.value.hint


def test_a_shallow_clone_names_the_fetch_instead_of_calling_a_release_the_first(planted, tmp_path):
    repository, _ = planted
    repository.git("add", "--force", "history")
    repository.commit("with its history")
    repository.git("tag", "v1.2")
    shallow = tmp_path / "shallow"
    repository.git("clone", "-q", "--depth=1", "--branch=v1.2", f"file://{repository.path}", str(shallow))
    for names in ((None, None), (None, "v1.2"), ("v1.1", "v1.2")):
        with pytest.raises(ConfigError) as caught:
            notes(open_project(shallow), NotesWish(old=names[0], new=names[1]))
        assert "git fetch --tags --unshallow origin" in caught.value.hint
        assert "fetch-depth: 0" in caught.value.hint


def test_without_any_run_there_is_nothing_to_tell(repository):
    with pytest.raises(HistoryError, match="no run to tell of"):
        told(repository)


def test_without_tags_the_error_says_that_any_names_do(repository):
    plant(repository)
    with pytest.raises(ConfigError) as caught:
        told(repository)
    assert "notes FROM TO" in caught.value.hint
    assert told(repository, "HEAD~9", "HEAD").notes[0].startswith("the site's address is not known")


def test_hostile_tags_and_subjects_stay_text(repository):
    shas = plant(repository, f'site_url = "{SITE}"\n')
    repository.git("tag", "v1.0", shas[CULPRIT - 8])
    hostile = "v1.1-<b>@everyone|`x`"
    repository.git("tag", hostile, shas[CULPRIT + 6])
    section = told(repository, "v1.0", hostile).section
    assert "<b>" not in section
    assert "@everyone" not in section


def test_the_command_answers_in_every_form(planted, capsys, monkeypatch):
    monkeypatch.chdir(planted[0].path)

    def answered(*arguments):
        code, told = run(["notes", *arguments]), capsys.readouterr()
        return code, told.out, told.err

    code, out, err = answered("v1.0", "v1.1")
    assert (code, err) == (0, "")
    assert out.startswith("## Performance\n\n")
    text = answered("v1.1", "--format", "text")[1]
    assert "Regressions" in text
    assert f"{SITE}releases/v1.1/" in text
    bare = answered("--heading", "0", "--site-url", "https://a.example/b")[1]
    assert not bare.startswith("#")
    assert "(https://a.example/b/releases/v1.1/)" in bare
    assert answered("--heading", "3", "--title", "Speed <b>", "-o", "n.md") == (0, "", "note: n.md: markdown\n")
    assert Path("n.md").read_text("utf-8").startswith("### Speed &lt;b&gt;\n")
    assert json.loads(answered("--json")[1])["version"] == 1


@pytest.mark.parametrize("arguments", [("a", "b", "c"), ("--site-url", "x"), ("--json", "--format", "text")])
def test_wrong_calls_are_told(planted, run_perfsite, arguments):
    done = run_perfsite("notes", *arguments, cwd=planted[0].path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "hint: " in done.stderr or "web address" in done.stderr
