"""A project that `perfsite init` alone has set up: its own workflows' steps, from benchmark file to published page."""

import json
import os
import re
import subprocess
import sys
import urllib.request

import pytest
from loopback_hub import LoopbackHub

pytestmark = pytest.mark.slow
CLOCK = """import json, random, subprocess, sys
sha = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
chance = random.Random(sha)
rows = []
for name, seconds in json.load(open("speed.json")).items():
    times = [seconds * chance.gauss(1, 0.004) for _ in range(10)]
    rows.append({"command": name, "times": times, "median": sorted(times)[5]})
json.dump({"results": rows}, open("bench.json", "w"))
"""
SPEED = {"parse": 0.12, "print": 0.05}
RUNNER = {"GITHUB_ACTIONS": "true", "ImageOS": "ubuntu24", "RUNNER_ARCH": "X64"}


def speed(**changed):
    return {"speed.json": json.dumps({**SPEED, **changed})}


@pytest.fixture
def hub(tmp_path):
    with LoopbackHub(tmp_path / "hub") as made:
        yield made
    assert made.problems == []
    assert made.overreached() == []


@pytest.fixture
def project(hub, repository, run_perfsite):
    """Return a repository with ten measured commits, set up by `init`, pushed to the hub."""
    repository.git("remote", "add", "origin", str(hub.origin))
    repository.commit("code", files={"clock.py": CLOCK, **speed()})
    command = ("--benchmark-command", "python clock.py", "--result-file", "bench.json", "--site-url", hub.pages.url)
    assert run_perfsite("init", *command, cwd=repository.path).exit_code == 0
    repository.commit("set up perfsite")
    for i in range(9):
        repository.commit(f"work {i}")
        repository.git("push", "-q", "origin", "main")
        subprocess.run([sys.executable, "clock.py"], cwd=repository.path, check=True)
        done = run_perfsite("record", "bench.json", "--push", cwd=repository.path, env=RUNNER)
        assert done.exit_code == 0, done.stderr
    (repository.path / "bench.json").unlink()
    return repository


def jobs(runs):
    return {f"{run.name}/{job.name}": job.result for run in runs for job in run.jobs.values()}


def opened(url):
    with urllib.request.urlopen(url, timeout=10) as page:
        return page.read().decode()


def test_a_pull_request_from_a_fork_that_is_slower_gets_one_comment_with_a_link_that_opens(hub, project):
    runner = hub.runner(secrets={"PERFSITE_SLACK_URL": "json://127.0.0.1:9/planted-secret"})
    project.git("switch", "-q", "-c", "topic")
    head = project.commit("slower", files=speed(parse=0.15))
    project.git("push", "-q", str(hub.origin), "topic")
    runs = hub.proposed(runner, 7, head, fork="eve/perf")
    said = "".join(run.said for run in runs)
    assert jobs(runs) == {
        "perfsite measure/allow": "skipped",
        "perfsite measure/measure": "success",
        "perfsite publish/receive": "success",
        "perfsite publish/publish the site": "success",
        "perfsite publish/tell the pull request": "failure",
        "perfsite publish/trend": "skipped",
    }, said
    (comment,) = hub.comments[7]
    assert "parse" in comment["body"]
    assert re.search(r"\+2[456]\.?\d* %", comment["body"])
    link = f"{hub.pages.url}commits/{head}/"
    assert link in comment["body"]
    assert "parse" in opened(link)
    (check,) = hub.checks
    assert (check["head_sha"], check["conclusion"]) == (head, "failure")
    lines = project.git("-C", str(hub.origin), "ls-tree", "-r", "--name-only", "perf-history")
    assert "history/pull/github-ubuntu24-x86_64/" in lines
    everything = said + json.dumps(hub.comments) + json.dumps(hub.checks)
    assert "planted-secret" not in everything
    assert not any(token in everything for token in hub.tokens)
    assert os.environ.get("GITHUB_TOKEN") is None
