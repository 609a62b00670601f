"""From a run without rights into the history: what GitHub says counts, what the artifact says of itself does not."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perfsite.errors import InputError, PerfsiteError
from perfsite.history.branch import BranchStore
from perfsite.workflow.project import open_project
from perfsite.workflow.receive import Wanted, receive
from perfsite.workflow.record import Wish, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Place
    from github_server import GitHubServer

    from perfsite.model.run import Run

RUN = 4711
WORKFLOW = ".github/workflows/benchmarks.yml"
CREATED, UPDATED = "2026-11-21T08:00:00Z", "2026-11-21T08:30:00Z"
RUNNER = {"GITHUB_ACTIONS": "true", "RUNNER_ENVIRONMENT": "github-hosted", "ImageOS": "ubuntu24", "RUNNER_ARCH": "X64"}


@dataclass
class Scene:
    """A repository on a GitHub, its default branch checked out, and pull request 7 from a fork."""

    github: GitHubServer
    project: Place
    theirs: Place
    head: str
    folder: Path
    is_whole: bool = False

    @property
    def main(self) -> str:
        return self.project.git("rev-parse", "main")

    def measured(self, **parts: Any) -> list[dict[str, Any]]:
        """Measure the pull request as its job does, and return the lines, changed as told (`commit__sha="..."`)."""
        bench, event, file = (self.folder / name for name in ("bench.json", "their-event.json", "runs.jsonl"))
        bench.write_text(results(work=[1.0, 1.01, 1.02]), encoding="utf-8")
        event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": self.head}}}), encoding="utf-8")
        env = {
            **RUNNER,
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_RUN_ID": str(RUN),
            "GITHUB_REPOSITORY": self.github.repository,
        }
        file.unlink(missing_ok=True)
        if self.is_whole:
            self.theirs.good("record", str(bench), "--output", str(file), env=env)
        else:
            record(open_project(self.theirs.path), [bench], Wish(output=file), env)
        return [changed(json.loads(line), **parts) for line in file.read_text(encoding="utf-8").splitlines()]

    def run(self, event: str = "pull_request", **more: Any) -> None:
        """Tell the GitHub of a CI run, as it is for a pull request of a fork unless told otherwise."""
        told = {
            "head_branch": "faster",
            "head_repository": "eve/perf",
            "path": WORKFLOW,
            "status": "completed",
            "conclusion": "success",
            "created_at": CREATED,
            "updated_at": UPDATED,
            "pull_requests": [],
        } | more
        told.setdefault("html_url", f"https://github.com/{self.github.repository}/actions/runs/{RUN}")
        owner = told.pop("head_repository")
        made = self.github.run(RUN, **({"head": self.head} | told | {"event": event}))
        made["head_repository"] = None if owner is None else {**made["head_repository"], "full_name": owner}
        self.github.job(RUN, labels=["ubuntu-24.04"])

    def artifact(self, *lines: dict[str, Any], name: str = "perfsite-run") -> bytes:
        """Upload lines as the artifact of the run."""
        content = zipped(*lines)
        self.github.artifact(RUN, name, content)
        return content

    def environ(self, **more: Any) -> dict[str, str]:
        """Return what the job with rights has in its environment."""
        told = {"id": RUN, "run_attempt": 1} | more
        event = {"workflow_run": told, "repository": {"full_name": self.github.repository, "default_branch": "main"}}
        file = self.folder / "event.json"
        file.write_text(json.dumps(event), encoding="utf-8")
        return {**RUNNER, **self.github.environ, "GITHUB_EVENT_PATH": str(file), "GITHUB_EVENT_NAME": "workflow_run"}

    def received(self, *paths: Path, wanted: Wanted | None = None, **event: Any):
        return receive(open_project(self.project.path), paths, wanted or Wanted(), self.environ(**event))

    def refused(self, *paths: Path, wanted: Wanted | None = None, **event: Any) -> str:
        """Insist on one clear error and on nothing stored; return what it says."""
        before = self.history
        with pytest.raises(PerfsiteError) as caught:
            self.received(*paths, wanted=wanted, **event)
        told = f"{caught.value} {caught.value.hint}"
        assert isinstance(caught.value, InputError), told
        assert (caught.value.exit_code, bool(caught.value.where), bool(caught.value.hint)) == (3, True, True), told
        assert self.github.token not in told
        assert self.history == before
        return told

    @property
    def history(self) -> dict[str, bytes]:
        return self.project.snapshot("history") if (self.project.path / "history").exists() else {}


def changed(record: dict[str, Any], **parts: Any) -> dict[str, Any]:
    for path, value in parts.items():
        *above, key = path.split("__")
        place = record
        for part in above:
            place = place[part]
        if value is None:
            place.pop(key, None)
        else:
            place[key] = value
    return record


def results(**seconds: list[float]) -> str:
    return json.dumps({"results": [{"command": name, "times": times} for name, times in seconds.items()]})


def zipped(*lines: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("runs.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    return stream.getvalue()


@pytest.fixture(scope="module")
def prepared(session_place: Callable[[str], Place]) -> tuple[Place, Place, Place, str]:
    """Make the repository, its default branch checked out, and the merge of a fork's pull request checked out."""
    origin = session_place("origin")
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.write(WORKFLOW, "on: pull_request\n")
    origin.git("add", "-A")
    origin.commit("first")
    origin.commit("second", 1)
    origin.git("switch", "-q", "--detach")
    made = []
    for name in ("project", "theirs"):
        made.append(session_place(name))
        made[-1].git("remote", "add", "origin", f"file://{origin.path}")
        made[-1].git("fetch", "-q", "origin")
        made[-1].git("switch", "-q", "main")
    project, theirs = made
    theirs.git("switch", "-qc", "faster")
    head = theirs.commit("make it faster @everyone", 2)
    theirs.git("push", "-q", "origin", f"{head}:refs/pull/7/head")
    theirs.git("switch", "-q", "--detach", "main")
    theirs.git("merge", "-q", "--no-ff", "-m", "merge", head)
    theirs.git("push", "-q", "origin", "HEAD:refs/pull/7/merge")
    return origin, project, theirs, head


@pytest.fixture
def scene(prepared: tuple[Place, Place, Place, str], tmp_path: Path, github_server: GitHubServer) -> Scene:
    _, project, theirs, head = prepared
    shutil.copytree(project.path, tmp_path / "project")
    github_server.pull(7, head=head, fork="eve/perf")
    return Scene(github_server, replace(project, path=tmp_path / "project"), theirs, head, tmp_path)


def stored(scene: Scene) -> list[Run]:
    problems: list[Any] = []
    runs = list(BranchStore(scene.project.path, fresh=True).read(problems))
    assert problems == []
    return runs


def test_a_run_of_a_fork_is_taken_in_by_whole_commands(scene: Scene) -> None:
    scene.is_whole = True
    scene.run()
    lines = scene.measured()
    assert lines[0]["commit"]["sha"] == scene.head
    assert lines[0]["pull_request"] == 7
    scene.artifact(*lines)
    first = json.loads(scene.project.good("receive", "--push", "--json", env=scene.environ()))
    assert (first["written"], first["pull_request"], first["sha"], first["skipped"]) == (1, 7, scene.head, None)
    again = scene.project.good("receive", "--push", env=scene.environ())
    assert "0 runs appended" in again
    assert "1 known already" in again
    run = stored(scene)[0]
    assert (run.pull_request, run.branch, run.environment.name) == (7, "faster", "github-ubuntu24-x86_64")
    assert run.source.url == f"https://github.com/octo/perf/actions/runs/{RUN}/attempts/1"
    assert run.time.isoformat() == "2026-11-21T08:30:00+00:00"  # it was measured later than the run ended: clamped
    assert (run.commit.subject, run.commit.author) == ("make it faster @everyone", "Ada Example")
    assert run.commit.tested == scene.theirs.git("rev-parse", "HEAD")
    scene.project.git("fetch", "-q", "origin", "perf-history")
    files = scene.project.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").split()
    assert files == [".gitattributes", "pull/github-ubuntu24-x86_64/2026-11.jsonl"]


def test_nothing_that_the_artifact_says_of_itself_is_believed(scene: Scene) -> None:
    scene.run()
    lines = scene.measured(
        branch="main",
        environment__name="production",
        commit__time="2036-01-01T00:00:00Z",
        commit__subject="<!-- --> | @everyone",
        commit__author="Mallory",
        commit__parents=["f" * 40],
        commit__tested="e" * 40,
        source__url="https://evil.example/",
        source__attempt=99,
        time="2020-01-01T00:00:00Z",
        id="0" * 32,
        pull_request=None,
    )
    scene.artifact(*lines)
    done = scene.received()
    run = done.runs[0]
    assert (run.pull_request, run.branch, run.environment.name) == (7, "faster", "github-ubuntu24-x86_64")
    assert run.time.isoformat() == "2026-11-21T08:00:00+00:00"
    assert (run.commit.author, run.commit.parents, run.commit.tested) == ("Ada Example", (scene.main,), None)
    assert (run.source.url, run.source.attempt) == (f"https://github.com/octo/perf/actions/runs/{RUN}/attempts/1", 1)
    assert any("production" in warning for warning in done.warnings)
    text = b"".join(scene.history.values()).decode()
    for lie in ("production", "Mallory", "evil.example", "2036-", "2020-", "<!--", "0" * 32):
        assert lie not in text
    shards = [name for name in scene.history if name.endswith(".jsonl")]
    assert shards == ["pull/github-ubuntu24-x86_64/2026-11.jsonl"]


def test_a_wrong_sha_is_refused_with_both(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured(commit__sha="d" * 40))
    told = scene.refused()
    assert "dddddddddddd" in told
    assert scene.head[:12] in told


def test_somebody_elses_pull_request_is_refused_with_its_number(scene: Scene) -> None:
    scene.run()
    scene.github.pull(8, head="c" * 40)
    scene.artifact(*scene.measured(pull_request=8))
    told = scene.refused()
    assert "#8" in told
    assert "#7" in told


def test_two_numbers_at_once_are_refused(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured(), *scene.measured(pull_request=8))
    assert "2 pull requests" in scene.refused()


def test_nobody_brings_numbers_for_a_commit_that_another_pull_request_measured(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured())
    assert scene.received().written == 1
    scene.github.pull(8, head=scene.head, fork="mallory/perf")
    scene.run(head_repository="mallory/perf")
    scene.artifact(*scene.measured(pull_request=8, suite="other"))
    done = scene.received()
    assert (done.written, "head of pull request #7" in str(done.skipped)) == (0, True)


def test_a_pull_request_of_somebody_else_with_the_same_commit_is_not_taken_for_this_one(scene: Scene) -> None:
    scene.run()
    scene.github.pull(3, head=scene.head, fork="mallory/perf")
    scene.artifact(*scene.measured())
    assert scene.received().runs[0].pull_request == 7
    (scene.folder / "again.zip").write_bytes(zipped(*scene.measured(pull_request=3)))
    assert "#3" in scene.refused(scene.folder / "again.zip")


@pytest.mark.parametrize(
    ("event", "branch", "owner", "why"),
    [
        ("push", "main", "eve/perf", "eve/perf, branch main"),  # a fork's branch of the same name
        ("pull_request_target", "main", "octo/perf", "'pull_request_target'"),
        ("repository_dispatch", "main", "octo/perf", "'repository_dispatch'"),
        ("release", "main", "octo/perf", "'release'"),
        ("<!-- @everyone", "main", "octo/perf", "neither"),
    ],
)
def test_what_is_neither_a_pull_request_nor_the_default_branch_is_refused(
    scene: Scene, event: str, branch: str, owner: str | None, why: str
) -> None:
    scene.run(event, head_branch=branch, head_repository=owner)
    scene.artifact(*scene.measured(pull_request=None))
    assert why in scene.refused()


@pytest.mark.parametrize(
    ("event", "branch", "why"),
    [
        ("push", "release/1.0", "branch release/1.0"),
        ("workflow_dispatch", "feature", "branch feature"),
        ("merge_group", "gh-readonly-queue/main/pr-7-abc", "a merge queue"),
    ],
)
def test_what_an_owner_measures_beside_the_default_branch_is_left_out_without_blame(
    scene: Scene, event: str, branch: str, why: str
) -> None:
    scene.run(event, head_branch=branch, head_repository="octo/perf")
    scene.artifact(*scene.measured(pull_request=None))
    done = scene.received()
    assert (done.written, why in str(done.skipped)) == (0, True)
    assert scene.history == {}


@pytest.mark.parametrize("owner", ["eve/perf", "octo/perf"])
def test_a_pull_request_is_never_of_the_trend_whatever_its_branch_is_called(scene: Scene, owner: str) -> None:
    pull = scene.github.pull(7, head=scene.head, fork=None if owner == "octo/perf" else owner)
    pull["head"] |= {"ref": "main", "label": f"{owner.partition('/')[0]}:main"}
    scene.run(head_branch="main", head_repository=owner)
    scene.artifact(*scene.measured(pull_request=None, branch="main"))
    assert scene.received().runs[0].pull_request == 7
    assert [name for name in scene.history if name.endswith(".jsonl") and not name.startswith("pull/")] == []


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_the_default_branch_of_the_repository_itself_makes_the_trend(scene: Scene, event: str) -> None:
    scene.run(event, head=scene.main, head_branch="main", head_repository="octo/perf")
    scene.artifact(*scene.measured(pull_request=None, commit__sha=scene.main))
    done = scene.received()
    assert (done.runs[0].pull_request, done.runs[0].commit.sha, done.runs[0].commit.tested) == (None, scene.main, None)
    assert "github-ubuntu24-x86_64/2026-11.jsonl" in scene.history


def test_a_trend_run_that_claims_a_pull_request_is_refused(scene: Scene) -> None:
    scene.run("push", head=scene.main, head_branch="main", head_repository="octo/perf")
    scene.artifact(*scene.measured(commit__sha=scene.main))
    assert "#7" in scene.refused()


def test_a_workflow_that_only_the_pull_request_has_is_refused_whatever_its_name(scene: Scene) -> None:
    scene.run(path=".github/workflows/evil.yml@refs/pull/7/merge", name="Benchmarks")
    scene.artifact(*scene.measured())
    assert "evil.yml" in scene.refused()


def test_the_owner_may_name_the_workflows_that_measure(scene: Scene) -> None:
    scene.project.write("site_config/perfsite.toml", '[receive]\nworkflows = [".github/workflows/other.yml"]\n')
    scene.run()
    scene.artifact(*scene.measured())
    assert "benchmarks.yml" in scene.refused()


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "skipped", None])
def test_a_run_that_did_not_succeed_is_left_out_without_blame(scene: Scene, conclusion: str | None) -> None:
    scene.run(conclusion=conclusion)
    done = scene.received()
    assert done.written == 0
    assert (conclusion or "not ended") in str(done.skipped)
    assert scene.history == {}


def test_a_pull_request_that_moved_on_is_left_out_without_blame(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured())
    scene.github.pulls[7]["head"]["sha"] = "c" * 40
    done = scene.received()
    assert (done.written, scene.head[:12] in str(done.skipped)) == (0, True)
    assert scene.history == {}


def test_a_run_that_was_started_again_since_is_left_out_without_blame(scene: Scene) -> None:
    scene.run(run_attempt=2)
    scene.artifact(*scene.measured())
    assert "attempt 2" in str(scene.received().skipped)
    assert scene.received(run_attempt=2).runs[0].source.attempt == 2


def test_a_run_that_is_measured_again_is_not_waited_for_by_who_was_started_by_an_earlier_attempt(scene: Scene) -> None:
    scene.run(run_attempt=2, status="in_progress", conclusion=None)
    assert "attempt 2" in str(scene.received(wanted=Wanted(wait_s=10)).skipped)


@pytest.mark.parametrize("labels", [["ubuntu-latest"], ["self-hosted"], ["big \x1b[31m runner"]])
def test_labels_that_do_not_tell_the_environment_need_the_owner(scene: Scene, labels: list[str]) -> None:
    scene.run()
    scene.github.jobs[RUN] = []
    scene.github.job(RUN, labels=labels)
    scene.artifact(*scene.measured())
    told = scene.refused()
    assert "\x1b" not in told
    assert "runs-on: ubuntu-24.04" in told
    assert scene.received(wanted=Wanted(environments=("desk",))).runs[0].environment.name == "desk"
    scene.project.write("site_config/perfsite.toml", 'environment = "lab"\n')
    assert scene.received().runs[0].environment.name == "lab"


def test_of_several_environments_an_artifact_may_choose_and_none_besides(scene: Scene) -> None:
    scene.run()
    scene.github.job(RUN, labels=["ubuntu-24.04-arm"])
    line = scene.measured(environment__name="github-ubuntu24-arm64")
    scene.artifact(*line)
    assert scene.received().runs[0].environment.name == "github-ubuntu24-arm64"
    other = scene.folder / "other.zip"
    other.write_bytes(zipped(*scene.measured(environment__name="production")))
    assert "production" in scene.refused(other)


def test_a_calibration_run_is_refused(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured(calibration=True))
    assert "calibration" in scene.refused()


def test_facts_without_end_are_refused(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured(environment__facts={f"f{i}": 1 for i in range(201)}))
    assert "facts" in scene.refused()


def test_one_pull_request_does_not_fill_the_history(scene: Scene) -> None:
    scene.project.write(
        "site_config/perfsite.toml", "[receive]\npull_request_megabytes = 1\npull_request_new_series = 9000\n"
    )
    scene.run()
    rows = 9000
    many = {
        "metrics": [{"name": "time", "unit": "s", "direction": "lower"}],
        "benchmark": [f"{'b' * 60}{i}" for i in range(rows)],
        "metric": [0] * rows,
        "value": [1.5] * rows,
    }
    first = scene.artifact(*scene.measured(measurements=many))
    assert len(first) < 200_000
    assert scene.received().written == 1
    other = scene.folder / "other.zip"
    other.write_bytes(zipped(*scene.measured(measurements=many, suite="again")))
    assert "pull_request_megabytes" in scene.refused(other)


def rows_of(*names: str) -> dict[str, Any]:
    metric = {"name": "time", "unit": "s", "direction": "lower"}
    return {"metrics": [metric], "benchmark": list(names), "metric": [0] * len(names), "value": [1.5] * len(names)}


def test_a_pull_request_does_not_fill_the_lists_that_every_page_shares(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured(measurements=rows_of(*(f"b{i}" for i in range(2_001)))))
    assert "2,001 series that the trend does not have" in scene.refused()
    scene.artifact(*scene.measured(measurements=rows_of(*(f"{i:020}" * 1000 for i in range(26)))))
    assert "names of 520," in scene.refused()


def test_the_new_series_of_all_runs_of_a_pull_request_count_together(scene: Scene) -> None:
    scene.project.write("site_config/perfsite.toml", "[receive]\npull_request_new_series = 3\n")
    scene.run()
    scene.artifact(*scene.measured(measurements=rows_of("a", "b", "c")))
    assert scene.received().written == 1
    other = scene.folder / "other.zip"
    other.write_bytes(zipped(*scene.measured(measurements=rows_of("a", "c"), suite="again")))
    assert scene.received(other).written == 1
    other.write_bytes(zipped(*scene.measured(measurements=rows_of("c", "d"), suite="more")))
    assert "pull_request_new_series" in scene.refused(other)


def test_a_pull_request_may_have_as_many_new_series_as_the_trend_has(scene: Scene) -> None:
    scene.project.write("site_config/perfsite.toml", "[receive]\npull_request_new_series = 1\n")
    scene.run()
    scene.artifact(*scene.measured(measurements=rows_of("c")))
    name = scene.received().runs[0].environment.name
    bench = scene.project.write("bench.json", results(a=[1.0], b=[1.0], e=[1.0]))
    record(open_project(scene.project.path), [bench], Wish(environment=name), {})
    other = scene.folder / "other.zip"
    other.write_bytes(zipped(*scene.measured(measurements=rows_of("d", "f"), suite="again")))
    assert scene.received(other).written == 1
    other.write_bytes(zipped(*scene.measured(measurements=rows_of("g"), suite="more")))
    assert "pull_request_new_series" in scene.refused(other)


def test_an_artifact_of_500_mb_is_refused_before_it_is_downloaded(scene: Scene) -> None:
    scene.run()
    scene.github.artifact(RUN, "perfsite-run", b"", size_in_bytes=500_000_000)
    assert "500,000,000 bytes" in scene.refused()
    assert not [asked for asked in scene.github.requests if "/zip" in asked.path or "/store/" in asked.path]


def test_many_artifacts_share_one_limit(scene: Scene) -> None:
    scene.run()
    for i in range(3):
        scene.github.artifact(RUN, f"perfsite-run-{i}", bytes(12 << 20))
    assert "'perfsite-run-2' has 12,582,912 bytes" in scene.refused()


def test_of_artifacts_of_one_name_the_newest_counts(scene: Scene) -> None:
    scene.run()
    scene.artifact(*scene.measured(suite="first attempt"))
    scene.artifact(*scene.measured(suite="second attempt"))
    assert [run.suite for run in scene.received().runs] == ["second attempt"]


def test_a_commit_from_the_future_was_made_when_it_was_measured(scene: Scene) -> None:
    at = {"GIT_AUTHOR_DATE": "2036-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2036-01-01T00:00:00Z"}
    scene.project.git("commit", "-q", "--allow-empty", "-m", "from the future", env=at)
    sha = scene.project.git("rev-parse", "HEAD")
    scene.run("push", head=sha, head_branch="main", head_repository="octo/perf")
    scene.artifact(*scene.measured(pull_request=None, commit__sha=sha))
    assert str(scene.received().runs[0].commit.time) == "2026-11-21 08:30:00+00:00"


def test_without_an_artifact_of_ours_those_there_are_are_listed(scene: Scene) -> None:
    scene.run()
    scene.github.artifact(RUN, "coverage", b"x")
    told = scene.refused()
    assert "'coverage'" in told
    assert "perfsite-run" in told


def test_names_that_mean_harm_are_stored_as_names_and_obeyed_by_nothing(scene: Scene) -> None:
    scene.run()
    names = ["@everyone <!-- --> | \x1b[31m`x`", "\u202eevil", "[x](javascript:alert(1))", "n" * 20_000]
    many = {
        "metrics": [{"name": "time", "unit": "s", "direction": "lower"}],
        "benchmark": names,
        "metric": [0] * len(names),
        "value": [1.5] * len(names),
    }
    scene.artifact(*scene.measured(measurements=many))
    done = scene.project.perfsite("receive", env=scene.environ())
    assert done.code == 0, done.err
    assert not {"\x1b", "\u202e"} & set(done.out + done.err)
    line = next(content for name, content in scene.history.items() if name.endswith(".jsonl"))
    assert json.loads(line)["measurements"]["benchmark"] == names


def test_an_artifact_that_means_harm_is_one_error_and_exit_code_3(scene: Scene) -> None:
    scene.run()
    path = scene.folder / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../.git/hooks/pre-commit", "#!/bin/sh")
        archive.writestr("runs.jsonl", "{}")
    done = scene.project.perfsite("receive", str(path), env=scene.environ())
    assert (done.code, done.out, scene.history) == (3, "", {})
    assert re.fullmatch(r"error: .*evil\.zip: holds .*pre-commit.*\nhint: nothing was stored.*\n", done.err)


def test_what_is_wrong_with_the_token_or_the_run_is_told(scene: Scene) -> None:
    scene.run()
    environ = scene.environ()
    without = {name: value for name, value in environ.items() if name != "GITHUB_TOKEN"}
    missing = scene.project.perfsite("receive", env={**without, "GITHUB_TOKEN": ""})
    assert (missing.code, "GITHUB_TOKEN" in missing.err, "Traceback" in missing.err) == (5, True, False)
    wrong = scene.project.perfsite("receive", env={**environ, "GITHUB_TOKEN": "ghs_anotherPlantedToken"})
    assert (wrong.code, "ghs_anotherPlantedToken" in wrong.out + wrong.err) == (5, False)
    gone = scene.project.perfsite("receive", "--run-id", "1", env=environ)
    assert (gone.code, "Traceback" in gone.err) == (5, False)
    unnamed = scene.project.perfsite("receive", env={**environ, "GITHUB_EVENT_PATH": ""})
    assert (unnamed.code, "--run-id" in unnamed.err) == (2, True)
    assert scene.history == {}


# The kernel charges a process with the peak of the one that started it, but not what it maps for itself (VmHWM).
PEAK = """
import pathlib, re, runpy, sys
sys.argv = ["perfsite", *sys.argv[1:]]
try:
    runpy.run_module("perfsite", run_name="__main__")
finally:
    told = pathlib.Path("/proc/self/status").read_text()
    print("peak", int(re.search(r"VmHWM:\\s*(\\d+) kB", told)[1]) // 1024, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is told elsewhere otherwise")
@pytest.mark.parametrize("kind", ["arrives larger than it was said to be", "unpacks to 500 MB", "one line of brackets"])
def test_memory_stays_bounded_whatever_arrives(scene: Scene, kind: str) -> None:
    scene.run()
    if kind == "arrives larger than it was said to be":
        scene.github.artifact(RUN, "perfsite-run", bytes(500 << 20), size_in_bytes=1000, digest=None)
    else:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("runs.jsonl", "w") as file:
            if kind == "unpacks to 500 MB":
                for _ in range(500):
                    file.write(b" " * (1 << 20))
            else:
                file.write(b'{"version":1,"a":[' + b"{}," * (2 << 20) + b"{}]}\n")
        scene.github.artifact(RUN, "perfsite-run", stream.getvalue())
    done = subprocess.run(
        [sys.executable, "-c", PEAK, "receive"],
        cwd=scene.project.path,
        env={**os.environ, **scene.environ()},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode in (3, 5), done.stderr
    assert "Traceback" not in done.stderr
    assert int(done.stderr.split()[-1]) < 200, done.stderr
    assert scene.history == {}
