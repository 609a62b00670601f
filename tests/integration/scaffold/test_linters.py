"""What `init` writes and what perfsite itself runs pass the linters of workflows, with the ignores that are argued."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from actionlint import actionlint

from perfsite.scaffold.actions import ACTIONS
from perfsite.scaffold.harness import UNKNOWN, Harness
from perfsite.scaffold.render import Plan, github_files, gitlab_files

pytestmark = pytest.mark.slow
HOSTILE = Harness(
    format="pytest-benchmark",
    command=('echo "${BENCHMARK_TIME:-1}" > bench.json', "# it's: [a] {b} & *c"),
    results="out/*.json 'a b'",
    install=("python -m pip install '.[bench]'",),
)
PLANS = {
    "unknown": Plan(harness=UNKNOWN, branch="main", requirement="perfsite==1.0"),
    "full": Plan(
        harness=HOSTILE,
        branch="trunk/1.0+x",
        requirement="perfsite @ https://example.org/perfsite.zip",
        site_url="https://example.org/perf/",
        site_requirements="docs/requirements.txt",
        seed="https://example.org/a/b",
    ),
}
OWN = Plan(
    harness=Harness(
        format="pytest-benchmark",
        command=(
            "make setup",
            ".venv/bin/python -m pytest -q --benchmark-json bench.json \\",
            "  tests/bench/test_bench_{sources,findings,analysis}.py",
        ),
        results="bench.json",
    ),
    branch="main",
    requirement=".",
    seed="perfsite",
)
"""perfsite measures itself; `PERFSITE_GOLDEN=accept` writes its workflows anew from the templates."""
IGNORED = {"dangerous-triggers": {"workflow_run", "issue_comment"}}


def tool(name):
    return str(Path(sys.executable).with_name(name))


def written(folder, files):
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return [folder / path for path in files]


@pytest.fixture(scope="module", params=["own", *PLANS])
def project(request, root, tmp_path_factory):
    """Return a folder with workflows, and their files: perfsite's own, or those that `init` writes."""
    folder = tmp_path_factory.mktemp("linted")
    if request.param == "own":
        shutil.copytree(root / ".github", folder / ".github")
        if (root / "action.yml").exists():
            shutil.copy(root / "action.yml", folder)
        return folder, sorted((folder / ".github" / "workflows").iterdir())
    return folder, written(folder, github_files(PLANS[request.param]))


def test_perfsite_measures_itself_with_the_workflows_that_it_writes(root):
    for path, text in github_files(OWN).items():
        if os.environ.get("PERFSITE_GOLDEN") == "accept":
            (root / path).write_text(text, encoding="utf-8")
        assert (root / path).read_text(encoding="utf-8") == text, f"{path}: `make golden` writes it anew"


def check_schema(name, files, *more):
    command = [tool("check-jsonschema"), "--builtin-schema", name, *more, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_are_what_their_schema_says(project):
    check_schema("vendor.github-workflows", project[1])


@pytest.mark.parametrize("name", PLANS)
def test_jobs_for_gitlab_are_what_their_schema_says(name, tmp_path):
    files = written(tmp_path, gitlab_files(PLANS[name]))
    check_schema("vendor.gitlab-ci", files, "--data-transform", "gitlab-ci")


def test_a_schema_that_is_broken_is_noticed(tmp_path):
    files = written(tmp_path, {"a.yml": "on: push\njobs: {a: {runs-on: x, stepz: []}}\n"})
    with pytest.raises(AssertionError, match="stepz"):
        check_schema("vendor.github-workflows", files)


def zizmor(folder, *more):
    command = [tool("zizmor"), "--offline", "--no-progress", "--quiet", "--format", "json", *more, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    return {(one["ident"], one["locations"][0]["symbolic"]["annotation"]) for one in json.loads(done.stdout)}


def test_zizmor_finds_nothing_unsafe(project):
    assert zizmor(project[0]) == set()


def test_what_zizmor_is_told_to_ignore_is_the_triggers_that_are_argued_and_nothing_else(project):
    folder, files = project
    found = zizmor(folder, "--no-ignores")
    assert {ident for ident, _ in found} <= set(IGNORED)
    comments = [line for file in files for line in file.read_text("utf-8").splitlines() if "zizmor: ignore" in line]
    assert {re.match(r"\s*(\w+):", line)[1] for line in comments} == {
        trigger
        for file in files
        for trigger in IGNORED["dangerous-triggers"]
        if f"\n  {trigger}:" in file.read_text("utf-8")
    }


def test_actionlint_finds_nothing(project):
    assert actionlint(project[1], project[0]) == ""


def test_actionlint_notices_an_output_that_nobody_sets(tmp_path):
    text = "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: 'echo ${{ steps.b.outputs.c }}'}]}}\n"
    files = written(tmp_path, {".github/workflows/a.yml": text})
    assert 'property "b" is not defined' in actionlint(files, tmp_path)


def uses(folder):
    """Yield every line that uses an action, of workflows and of the composite action."""
    for file in [*folder.rglob("*.yml")]:
        yield from re.findall(r"uses: (\S+)( # \S+)?", file.read_text("utf-8"))


def test_every_action_is_pinned_to_the_one_hash_that_was_looked_up(project):
    known = {action.pinned for action in ACTIONS}
    found = {name + comment for name, comment in uses(project[0]) if not name.startswith("./")}
    assert found
    assert found <= known


def test_every_pin_was_seen_in_two_places():
    for action in ACTIONS:
        assert re.fullmatch(r"[0-9a-f]{40}", action.sha)
        assert len(set(action.seen_in)) == 2


def jobs(files):
    for file in files:
        text = yaml.safe_load(file.read_text("utf-8"))
        assert text["permissions"] == {}, f"{file.name}: rights for all jobs"
        for name, job in text["jobs"].items():
            yield f"{file.name}: {name}", job


def test_a_plus_in_the_name_of_the_default_branch_is_no_sign_of_a_filter():
    text = github_files(PLANS["full"])[".github/workflows/perfsite-measure.yml"]
    assert yaml.safe_load(text)[True]["push"]["branches"] == [r"trunk/1.0\+x"]


def test_no_step_hands_a_value_of_others_to_a_shell(project):
    for name, job in jobs(project[1]):
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), f"{name}: {step['run']}"


def test_every_job_has_its_own_rights_a_limit_of_time_and_of_how_many_run(project):
    for name, job in jobs(project[1]):
        assert isinstance(job.get("permissions"), dict), name
        assert job.get("timeout-minutes"), name


def test_nobody_who_checks_out_leaves_credentials_behind(project):
    for name, job in jobs(project[1]):
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name


def test_secrets_are_seen_by_the_one_step_that_sends_alerts(project):
    seen = [(name, step["name"]) for name, job in jobs(project[1]) for step in job["steps"] if "secrets." in str(step)]
    assert {step for _, step in seen} <= {"Alert"}
    assert not any("secrets." in str({**job, "steps": []}) for _, job in jobs(project[1]))
