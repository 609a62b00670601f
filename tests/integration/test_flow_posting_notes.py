"""Release notes posted to a GitHub on loopback: once, in their place, and without a word of what people wrote."""

from __future__ import annotations

import json

import pytest
from planted_project import CULPRIT, plant

from perfsite.cli.main import run
from perfsite.outputs.notes import BEGIN, END, MOST_CHARACTERS

WRITTEN = "# News\r\n\r\n- faster  \r\n<!-- a comment -->\r\n"


@pytest.fixture
def post(repository, github_server, monkeypatch, capsys):
    """Call `perfsite notes` in a project with two tags, as a step of a workflow would."""
    shas = plant(repository, 'site_url = "https://perf.example.org/parser"\n')
    for at, tag in ((CULPRIT - 8, "v1.0"), (CULPRIT + 6, "v1.1")):
        repository.git("tag", tag, shas[at])
    monkeypatch.chdir(repository.path)
    for name, value in github_server.environ.items():
        monkeypatch.setenv(name, value)

    def called(*arguments):
        capsys.readouterr()
        code, told = run(["notes", *arguments]), capsys.readouterr()
        for text in (told.out, told.err):
            assert github_server.token not in text
        return code, told.out, told.err

    return called


def test_the_section_goes_into_the_release_once_and_nothing_else_changes(post, github_server):
    release = github_server.release("v1.1", body=WRITTEN)
    code, out, err = post("v1.1", "--post")
    assert code == 0
    assert f"updated: {release['html_url']}" in err
    ours = out.strip("\n").replace("\n", "\r\n")
    assert release["body"] == f"{WRITTEN}\r\n{BEGIN}\r\n{ours}\r\n{END}\r\n"
    assert "unchanged" in post("v1.1", "--post")[2]
    assert len(github_server.asked("PATCH", f"/releases/{release['id']}")) == 1
    release["body"] += "Thanks to all!\r\n"
    document = json.loads(post("v1.1", "--post", "--heading", "3", "--json")[1])
    assert document["posted"] == {"url": release["html_url"], "outcome": "updated"}
    assert release["body"].startswith(f"{WRITTEN}\r\n{BEGIN}\r\n### Performance\r\n")
    assert release["body"].endswith(f"{END}\r\nThanks to all!\r\n")
    assert release["body"].count(BEGIN) == 1


def test_where_there_is_little_room_the_sentence_stands_for_the_section(post, github_server):
    release = github_server.release("v1.1", body="x" * (MOST_CHARACTERS - 800))
    assert post("v1.1", "--post")[0] == 0
    assert "| group |" not in release["body"]
    assert "[Details](https://perf.example.org/parser/releases/v1.1/)" in release["body"]
    assert len(release["body"]) <= MOST_CHARACTERS
    full = "x" * (MOST_CHARACTERS - 80)
    release["body"] = full
    code, _, err = post("v1.1", "--post")
    assert (code, release["body"]) == (5, full)
    assert "no room in the text of the release" in err


def test_what_cannot_be_posted_is_told(post, github_server, monkeypatch):
    code, _, err = post("v1.1", "--post")
    assert code == 5
    assert "no published release of the tag 'v1.1'" in err
    assert post("v1.0", "HEAD", "--post")[0] == 2
    github_server.release("v1.1", body="")
    github_server.permissions.discard("contents")
    code, _, err = post("v1.1", "--post")
    assert code == 5
    assert "contents: write" in err
    monkeypatch.delenv("GITHUB_TOKEN")
    assert post("v1.1", "--post")[0] == 5


def test_links_that_would_lead_nowhere_are_not_posted(post, github_server, repository):
    (repository.path / "site_config" / "perfsite.toml").unlink()
    release = github_server.release("v1.1", body="mine")
    code, _, err = post("v1.1", "--post")
    assert (code, release["body"]) == (2, "mine")
    assert "--site-url" in err
