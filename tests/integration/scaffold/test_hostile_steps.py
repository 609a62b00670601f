"""What the workflows do with what a stranger decides, where a linter cannot see it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from workflow_expressions import Contexts, Strict, condition, substituted

from perfsite.scaffold.harness import UNKNOWN
from perfsite.scaffold.render import Plan, github_files

FILES = github_files(Plan(harness=UNKNOWN, branch="main", requirement="perfsite"))
HOSTILE = "</pre>![x](https://example.org/x.png) @everyone"


def jobs(name):
    return yaml.safe_load(FILES[f".github/workflows/perfsite-{name}.yml"])["jobs"]


@pytest.mark.parametrize("job", ["pull-request", "trend"])
@pytest.mark.parametrize("number", ["", "7"])
def test_outputs_of_a_step_that_failed_are_not_acted_upon(job, number):
    outputs = Strict("outputs", {"sha": "a" * 40, "pull-request": number})
    for result in ("success", "failure", "cancelled"):
        needs = {"receive": {"result": result, "outputs": outputs}, "site": {"result": "failure", "outputs": {}}}
        contexts = Contexts({"needs": needs}, {"success": False, "failure": True, "always": True, "cancelled": False})
        wanted = result == "success" and (job == "pull-request") == bool(number)
        assert condition(jobs("publish")[job]["if"], contexts) is wanted


def test_a_strangers_comments_do_not_wait_in_place_of_a_maintainers():
    group = jobs("remeasure")["remeasure"]["concurrency"]["group"]

    def of(user, number=7):
        event = {"issue": {"number": number}, "comment": {"user": {"id": user}}}
        return substituted(group, Contexts({"github": {"event": event}}))

    assert len({of(1), of(2), of(1, number=8)}) == 3


@pytest.mark.parametrize(("workflow", "job"), [("publish", "trend"), ("measure", "measure")])
@pytest.mark.parametrize("code", [0, 1, 4])
def test_a_summary_shows_names_as_they_are_and_the_step_ends_as_the_check_does(tmp_path: Path, workflow, job, code):
    tools, summary = tmp_path / "bin", tmp_path / "summary.md"
    tools.mkdir()
    for name, script in {"perfsite": f"echo '{HOSTILE}'; exit {code}", "git": "echo abc"}.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    step = jobs(workflow)[job]["steps"][-1]
    assert "perfsite check" in step["run"]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={"PATH": f"{tools}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": str(summary), "BASELINE_REF": "v1"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == code
    assert summary.read_text(encoding="utf-8").splitlines() == ["~~~~~~text", HOSTILE, "~~~~~~"]
