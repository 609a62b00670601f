"""The loop on GitLab by the jobs that `perfsite init` writes: history, pages, one note, forks, and no secret anywhere.

Nothing is set up but by `perfsite init`, its line in `.gitlab-ci.yml`, and the variables that it asks for.
"""

import json
import re
import subprocess
import sys

import pytest
from clocked_project import CLOCK, SLOWER, SPEED, opened, speed_file
from gitlab_server import TOKEN
from loopback_gitlab import PUSH_TOKEN, LoopbackGitLab
from loopback_hub import git_in
from pipeline_runner import BEFORE, JOB_ONLY, Ask

pytestmark = pytest.mark.slow
JOB = {"GITLAB_CI": "true", "CI": "true"}
BOTH = {"PERFSITE_TOKEN": PUSH_TOKEN, "GITLAB_TOKEN": TOKEN}


@pytest.fixture
def gitlab(tmp_path):
    with LoopbackGitLab(tmp_path / "gitlab") as made:
        yield made
        said = "".join(pipeline.said for pipeline in made.runner.pipelines) + json.dumps(made.notes)
        assert [secret for secret in made.secrets if secret in said] == []
        published = b"".join(file.read_bytes() for file in made.published.rglob("*") if file.is_file())
        assert [secret for secret in made.secrets if secret.encode() in published] == []
        for origin in (tmp_path / "gitlab" / "git").glob("*/*.git"):
            if "perf-history" in git_in(origin, "branch", "--list", "perf-history"):
                kept = git_in(origin, "log", "-p", "--format=fuller", "perf-history")
                assert [secret for secret in made.secrets if secret in kept] == []


@pytest.fixture
def made(gitlab, repository, run_perfsite):
    """Return a function that sets the project up, with a history of as many commits, and these variables."""

    def make(runs=8, **how):
        project = gitlab.project(42, "octo/perf", **how)
        repository.git("remote", "add", "origin", str(project.origin))
        ci = {".gitlab-ci.yml": "include:\n  - local: perfsite.gitlab-ci.yml\n"}
        repository.commit("code", files={"clock.py": CLOCK, ".gitignore": "bench.json\n", **ci, **speed_file(SPEED)})
        command = ("--benchmark-command", "python clock.py", "--result-file", "bench.json")
        done = run_perfsite("init", "--ci", "gitlab", *command, cwd=repository.path)
        assert done.exit_code == 0, done.stderr
        for i in range(runs):
            repository.commit(f"work {i}", files={"work.txt": str(i)})
            subprocess.run([sys.executable, "clock.py"], cwd=repository.path, check=True, timeout=60)
            done = run_perfsite("record", "bench.json", "--push", cwd=repository.path, env=JOB)
            assert done.exit_code == 0, done.stderr
        repository.commit("newest", files={"work.txt": "newest"})
        repository.git("push", "-q", "origin", "main")
        return project

    return make


def proposal(repository, project, number, times, *, subject="take the slower parser"):
    """Commit to a branch, push it into a project's repository, and return its head."""
    repository.git("switch", "-q", "-C", f"topic-{number}", "main")
    head = repository.commit(subject, files=speed_file(times))
    repository.git("push", "-q", "--force", str(project.origin), f"topic-{number}")
    repository.git("switch", "-q", "main")
    return head


def stored(project, pattern=""):
    """Return the runs of the history whose shard fits."""
    if not git_in(project.origin, "branch", "--list", "perf-history"):
        return []
    listed = git_in(project.origin, "ls-tree", "-r", "--name-only", "perf-history").split()
    shards = [name for name in listed if name.endswith(".jsonl") and re.search(pattern, name)]
    return [
        json.loads(line)
        for name in shards
        for line in git_in(project.origin, "show", f"perf-history:{name}").splitlines()
    ]


def statuses(pipeline):
    return {name.removeprefix("perfsite-"): job.status for name, job in pipeline.jobs.items()}


def test_from_benchmark_file_to_note_history_and_published_page(gitlab, made, repository):
    project = made(**BOTH)
    pipeline = gitlab.pushed(project)
    every = dict.fromkeys(("measure", "record", "pages", "judge"), "success")
    assert statuses(pipeline) == every, pipeline.said
    assert len(stored(project, "^gitlab-")) == 9
    newest = stored(project)[-1]
    assert newest["commit"]["sha"] == gitlab.sha(project)
    assert newest["source"]["url"] == f"{project.url}/-/jobs/{pipeline.id}00", "it is of the job that measured"

    head = proposal(repository, project, 7, SLOWER)
    theirs = ["<!-- perfsite comment perfsite -->\nnot ours", "one", "two"]  # more than a page
    for text in theirs:
        gitlab.note(5, text, number=7)
    pipeline = gitlab.proposed(project, 7, head)
    assert statuses(pipeline) == {
        "measure": "success", "check": "failed", "record": "success", "pages": "success", "note": "success"
    }, pipeline.said  # fmt: skip
    assert pipeline.jobs["perfsite-check"].exit_code == 1
    assert re.search(r"parse.*\+(19|20|21)\.\d %", pipeline.jobs["perfsite-check"].said)
    *others, note = gitlab.notes[7]
    assert [one["body"] for one in others] == theirs
    assert re.search(r"\*\*1 regression\*\*.*parse.*\+(19|20|21)\.\d %", note["body"])
    link = f"{gitlab.pages_url}/commits/{head}/"
    assert link in note["body"], note["body"]
    page = opened(link)
    assert "take the slower parser" in page
    for address in set(re.findall(rf"\]\(({re.escape(gitlab.pages_url)}/[^)\s]*)\)", note["body"])):
        opened(address.partition("?")[0])
    [apart] = stored(project, "^pull/")
    assert (apart["commit"]["sha"], apart["pull_request"], apart["branch"]) == (head, 7, "topic-7")
    assert len(stored(project, "^gitlab-")) == 9

    # Once more, mended: the same note says so.
    head = proposal(repository, project, 7, SPEED | {"new": 0.1}, subject="take the faster parser")
    pipeline = gitlab.proposed(project, 7, head)
    assert statuses(pipeline) == dict.fromkeys(("measure", "check", "record", "pages", "note"), "success"), (
        pipeline.said
    )
    *others, again = gitlab.notes[7]
    assert [one["body"] for one in others] == theirs
    assert again["id"] == note["id"]
    assert head[:8] in again["body"]
    assert "regression" not in again["body"].partition("\n\n")[0]
    opened(f"{gitlab.pages_url}/commits/{head}/")
    assert {project for project, user in gitlab.pushes} == {"octo/perf"}
    assert {user for _, user in gitlab.pushes} == {"perfsite"}


def test_a_schedule_measures_the_default_branch_and_a_tag_or_another_branch_nothing(gitlab, made, repository):
    project = made(runs=1, **BOTH)
    assert set(statuses(gitlab.pushed(project, source="schedule")).values()) == {"success"}
    assert len(stored(project, "^gitlab-")) == 2
    proposal(repository, project, 7, SLOWER)
    sha = gitlab.sha(project, "refs/heads/topic-7")
    assert gitlab.runner.run(project, Ask("push", sha, branch="topic-7")).jobs == {}


def test_a_protected_token_leaves_merge_requests_their_answer_and_stores_nothing(gitlab, made, repository):
    project = made(runs=3, protected=("PERFSITE_TOKEN",), **BOTH)
    pipeline = gitlab.proposed(project, 7, proposal(repository, project, 7, SLOWER))
    assert statuses(pipeline) == {"measure": "success", "check": "failed"}
    assert pipeline.jobs["perfsite-check"].exit_code == 1
    assert gitlab.notes == {}
    assert gitlab.pushes == []
    # Merged all the same: the default branch sees the token, keeps the run, and says so.
    repository.commit("merged", files=speed_file(SLOWER))
    repository.git("push", "-q", "origin", "main")
    pipeline = gitlab.pushed(project)
    every = {"measure": "success", "record": "success", "pages": "success", "judge": "failed"}
    assert statuses(pipeline) == every, pipeline.said
    assert pipeline.jobs["perfsite-judge"].exit_code == 1
    assert "1 regression: parse" in pipeline.jobs["perfsite-judge"].said
    assert stored(project, "^pull/") == []


def test_without_a_token_the_default_branch_says_what_is_missing(gitlab, made):
    project = made(runs=1)
    pipeline = gitlab.pushed(project)
    assert statuses(pipeline) == {"measure": "success", "record": "failed", "pages": "skipped", "judge": "skipped"}
    record = pipeline.jobs["perfsite-record"]
    assert record.exit_code == 4
    assert "PERFSITE_TOKEN is empty" in record.said
    assert "Traceback" not in record.said
    assert len(stored(project)) == 1


def test_a_merged_result_is_told_of_the_head_of_its_branch(gitlab, made, repository):
    project = made(runs=3, **BOTH)
    head = proposal(repository, project, 7, SLOWER)
    repository.commit("meanwhile", files={"other.txt": "x"})
    repository.git("push", "-q", "origin", "main")
    who = ("-c", "user.name=GitLab", "-c", "user.email=g@example.org")
    tree = git_in(project.origin, "merge-tree", "--write-tree", "main", head).split()[0]
    tested = git_in(project.origin, *who, "commit-tree", "-p", "main", "-p", head, "-m", "Merge", tree).strip()
    pipeline = gitlab.proposed(project, 7, head, merged=tested)
    assert statuses(pipeline)["note"] == "success", pipeline.said
    assert pipeline.jobs["perfsite-check"].exit_code == 1
    [apart] = stored(project, "^pull/")
    assert (apart["commit"]["sha"], apart["commit"]["tested"]) == (head, tested)
    assert f"/commits/{head}/" in gitlab.notes[7][0]["body"]


def forked(gitlab, project, repository, **variables):
    """Return a fork, of main alone, with a commit of its own, and that commit."""
    fork = gitlab.project(77, "eve/perf", **variables)
    git_in(fork.origin, "fetch", "-q", str(project.origin), "+refs/heads/main:refs/heads/main")
    return fork, proposal(repository, fork, 8, SLOWER, subject="from a fork")


@pytest.mark.parametrize("is_private", [False, True])
def test_a_fork_is_judged_in_its_own_project_with_nothing_of_the_parents(gitlab, made, repository, is_private):
    project = made(runs=3, **BOTH)
    fork, head = forked(gitlab, project, repository)
    gitlab.is_private = is_private
    pipeline = gitlab.proposed(project, 8, head, fork=fork)
    check = pipeline.jobs["perfsite-check"]
    if is_private:
        # The history cannot be seen: said, and nothing fails that cannot be known.
        assert statuses(pipeline) == {"measure": "success", "check": "success"}
        assert "cannot be read" in check.said
    else:
        assert statuses(pipeline) == {"measure": "success", "check": "failed"}
        assert check.exit_code == 1, check.said
    assert "Traceback" not in pipeline.said
    assert gitlab.notes == {}
    assert gitlab.pushes == []
    assert stored(project, "^pull/") == []


def test_a_forks_pipeline_in_the_parent_writes_nothing_either(gitlab, made, repository):
    project = made(runs=3, **BOTH)
    fork, head = forked(gitlab, project, repository)
    pipeline = gitlab.proposed(project, 8, head, fork=fork, at=project)
    assert statuses(pipeline) == {"measure": "success", "check": "failed"}
    assert gitlab.notes == {}
    assert gitlab.pushes == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {"message": "401 Unauthorized"}, {}), "the token is not accepted"),
        ((403, {"error": "insufficient_scope"}, {}), "role Reporter"),
        ((429, "Retry later\n", {"Retry-After": "3600", "Content-Type": "text/plain"}), "Run this again after"),
    ],
)
def test_a_note_that_is_refused_fails_its_own_job_and_no_other(gitlab, made, repository, answer, words):
    project = made(runs=1, **BOTH)
    gitlab.limits = [answer] * 5
    pipeline = gitlab.proposed(project, 7, proposal(repository, project, 7, SPEED))
    assert statuses(pipeline) == {
        "measure": "success", "check": "success", "record": "success", "pages": "success", "note": "failed"
    }  # fmt: skip
    note = pipeline.jobs["perfsite-note"]
    assert note.exit_code == 5
    assert words in note.said
    assert gitlab.notes == {}


def test_every_variable_that_is_read_is_one_of_gitlabs(root):
    texts = [(root / "perfsite" / "scaffold" / "files" / "perfsite.gitlab-ci.yml").read_text("utf-8")]
    readers = ("capture.py", "history/checkout.py", "forges/gitlab.py", "workflow/address.py")
    texts += [(root / "perfsite" / name).read_text("utf-8") for name in readers]
    read = {name for text in texts for name in re.findall(r"\b(?:CI_[A-Z0-9_]+|GITLAB_CI)\b", text)}
    assert read - BEFORE - JOB_ONLY == set()
