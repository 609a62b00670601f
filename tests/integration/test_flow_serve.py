"""The preview: what a browser is told and given, over real HTTP; and that what it keeps never shows."""

import http.client
import json
import shutil
import threading
import time
from contextlib import contextmanager

import pytest

from perfsite.history.branch import BranchStore
from perfsite.history.store import DirectoryStore
from perfsite.workflow.kept import keeping
from perfsite.workflow.project import open_project
from perfsite.workflow.serve import serve
from perfsite.workflow.site import build_site

pytestmark = pytest.mark.slow
TIMEOUT_S = 60


class Preview:
    """A preview that runs, and how to ask it."""

    def __init__(self, port, said):
        self.port = port
        self.said = said

    def get(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    @property
    def news(self):
        return json.loads(self.get("/.perfsite/news.json")[1])

    def told(self, condition):
        """Wait until the news are such; return them."""
        end = time.monotonic() + TIMEOUT_S
        while not condition(news := self.news):
            assert time.monotonic() < end, (news, self.said)
            time.sleep(0.05)
        return news


@contextmanager
def previewed(place, *, watch=True):
    stop, said, ready = threading.Event(), [], threading.Event()

    def say(text):
        said.append(text)
        if text.startswith("serving"):
            ready.set()

    arguments = {"address": ("127.0.0.1", 0), "watch": watch, "say": say, "stop": stop}
    thread = threading.Thread(
        target=serve, args=(open_project(place.path),), kwargs={**arguments, "reopen": lambda: open_project(place.path)}
    )
    thread.start()
    try:
        assert ready.wait(TIMEOUT_S), said
        yield Preview(int(said[-1].split("127.0.0.1:")[1].split("/")[0]), said)
    finally:
        stop.set()
        thread.join(TIMEOUT_S)
    assert not thread.is_alive()


def fresh(place, tmp_path):
    """Return the site as a build that kept nothing makes it."""
    build_site(open_project(place.path), tmp_path / "fresh", fetch=False)
    return type(place)(tmp_path).snapshot("fresh")


def test_a_new_run_is_shown_and_the_site_is_that_of_a_fresh_build(project, tmp_path):
    for i in range(4):
        project.quickly_recorded([0.1], commit=project.commit(f"c{i}", i))
    with previewed(project) as preview:
        before = preview.told(lambda news: news["built"] == 1)
        assert before == {"version": 1, "built": 1, "problem": None}
        sha = project.commit("new", 9)
        project.quickly_recorded([0.2], commit=sha)
        preview.told(lambda news: news["built"] >= 2)
        assert preview.get(f"/commits/{sha}/")[0] == 200
    assert project.snapshot("site") == fresh(project, tmp_path)


def test_a_run_that_reaches_the_branch_is_shown(project, tmp_path):
    project.quickly_recorded([0.1])
    sha = project.commit("measured elsewhere", 3)
    other = type(project)(tmp_path / "elsewhere")
    shutil.copytree(project.path, other.path)
    shutil.rmtree(other.path / "history")
    other.quickly_recorded([0.1], commit=sha)
    with previewed(project) as preview:
        assert preview.get(f"/commits/{sha}/")[0] == 404
        runs = list(DirectoryStore(other.path / "history").read([]))
        BranchStore(project.path, remote=None).append(runs)
        preview.told(lambda news: news["built"] >= 2)
        assert preview.get(f"/commits/{sha}/")[0] == 200


def test_every_page_asks_for_news_and_no_file_of_the_site_does(project):
    project.quickly_recorded([0.1])
    with previewed(project) as preview:
        for path in ("/", "/index.html", "/commits/", "/nowhere/", "/?find=a"):
            page = preview.get(path)[1]
            assert page.count('<script src="/.perfsite/preview.js" defer></script></body>') == 1, path
        assert preview.get("/.perfsite/preview.js")[1].startswith("/* perfsite serve")
        assert preview.get("/commits/")[0] == 200
        assert preview.get("/data/")[0] == 200
        assert preview.get("/assets/perfsite/")[0] == 404
        assert preview.get("/", "HEAD") == (200, "")
    assert not [path for path, content in project.snapshot("site").items() if b"/.perfsite/" in content]


def test_without_watching_nothing_is_added(project):
    project.quickly_recorded([0.1])
    build_site(open_project(project.path), fetch=False)
    with previewed(project, watch=False) as preview:
        assert ".perfsite/preview.js" not in preview.get("/")[1]
        assert preview.get("/.perfsite/news.json")[0] == 404


def test_what_keeps_the_site_from_being_built_is_told_until_it_is_mended(project):
    project.quickly_recorded([0.1])
    with previewed(project) as preview:
        project.write("site_config/perfsite.toml", "title = 3\n")
        told = preview.told(lambda news: news["problem"])
        assert "title: expected some text" in told["problem"]
        assert "hint: " in told["problem"]
        assert preview.get("/")[0] == 200
        project.write("site_config/perfsite.toml", 'title = "Mended"\n')
        preview.told(lambda news: news["problem"] is None and news["built"] > told["built"])
        assert "Mended" in preview.get("/")[1]
    assert any("not built" in line for line in preview.said)


def test_a_burst_of_runs_is_shown_whole(project):
    project.quickly_recorded([0.1])
    with previewed(project) as preview:
        shas = [project.commit(f"c{i}", i + 1) for i in range(6)]
        for sha in shas:
            project.quickly_recorded([0.1], commit=sha)
        preview.told(lambda _: all(preview.get(f"/commits/{sha}/")[0] == 200 for sha in shas))


def test_whatever_changes_a_kept_build_is_a_fresh_build(project, tmp_path):
    def recorded(i, value, name="work"):
        sha = project.commit(f"c{i}", i)
        project.quickly_recorded([value, value * 1.01, value * 0.99], commit=sha, name=name)

    def torn():
        shard = next((project.path / "history").rglob("*.jsonl"))
        lines = shard.read_bytes().splitlines(keepends=True)
        shard.write_bytes(b"".join(lines[:-2]) + lines[-2][:40] + b"\n" + lines[-1])

    def mangled():
        page = project.path / "site" / "commits" / project.document("data/commits.json")["sha"][-1] / "index.html"
        page.write_text("torn", encoding="utf-8")

    steps = [
        lambda: None,
        lambda: recorded(30, 0.1),
        lambda: recorded(31, 0.15),
        lambda: project.write("site_config/perfsite.toml", 'title = "New"\ncommit_pages = 5\n'),
        lambda: project.write("site_config/docs/notes.md", "# Notes\n\nSome.\n"),
        lambda: project.write(
            "site_config/overrides/perfsite/commit.html.j2",
            '{% extends "perfsite/commit.html.j2" %}{% block runs %}<p>Ours</p>{% endblock %}',
        ),
        lambda: recorded(33, 0.1, name="other"),
        lambda: project.write("site_config/overrides/perfsite/commit.html.j2", "<p>{{ view.sentence }}</p>"),
        mangled,
        torn,
        lambda: project.write("mkdocs.yml", "site_name: Owner's\ntheme:\n  name: material\n"),
    ]
    for i in range(20):
        recorded(i, 0.1 + i % 3 / 1000)
    with keeping() as kept:
        for number, step in enumerate(steps):
            step()
            build_site(open_project(project.path), fetch=False, kept=kept)
            if number == 1:
                kept.site.foresee()
            assert project.snapshot("site") == fresh(project, tmp_path), number
