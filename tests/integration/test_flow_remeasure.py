"""The `/benchmark` comment: only who may write asks for it, and only the pull request's own run starts again."""

from __future__ import annotations

import pytest

from perfsite.errors import DeliveryError, InputError
from perfsite.workflow.project import open_project
from perfsite.workflow.remeasuring import remeasure

HEAD = "a" * 40
MEASURE = ".github/workflows/perfsite-measure.yml"


@pytest.fixture
def hub(github_server):
    github_server.permissions |= {"actions"}
    github_server.people |= {"ada": "write", "eve": "read"}
    github_server.pull(7, head=HEAD, fork="eve/perf")
    ran(github_server, 1)
    return github_server


def ran(hub, number, *, of="eve/perf", branch="faster", **more):
    told = {"path": MEASURE, "status": "completed", "conclusion": "success", "head_branch": branch} | more
    made = hub.run(number, head=HEAD, **told)
    made["head_repository"] = {**made["head_repository"], "full_name": of}


def asked(hub, project, body="/benchmark", *, login="ada", publisher=None):
    event = {"issue": {"number": 7, "pull_request": {}}, "comment": {"body": body, "user": {"login": login}}}
    event["repository"] = {"default_branch": "trunk/1.0"}
    return remeasure(open_project(project.path), event, hub.environ, publisher=publisher)


def test_who_may_write_has_the_run_started_again(hub, project):
    assert asked(hub, project, "/benchmark\r\nplease").pull_request == 7
    assert hub.reruns == [1]


def test_what_takes_it_in_is_started_for_the_attempt_that_it_is_since_github_may_not(hub, project):
    asked(hub, project, publisher="perfsite-publish.yml")
    assert hub.dispatches == [("perfsite-publish.yml", "trunk/1.0", {"run-id": "1", "attempt": "2"})]


def test_where_nothing_is_measured_again_nothing_is_published(hub, project):
    asked(hub, project, login="eve", publisher="perfsite-publish.yml")
    assert hub.dispatches == []


@pytest.mark.parametrize(
    "message",
    [
        "Unable to retry this workflow run because it was created over a month ago",
        "This workflow run cannot be retried",
    ],
)
def test_a_run_that_is_not_started_again_needs_a_push(hub, project, message):
    hub.fail("POST", "/rerun", status=403, body={"message": message})
    with pytest.raises(DeliveryError, match=message) as caught:
        asked(hub, project, publisher="perfsite-publish.yml")
    assert "push" in caught.value.hint
    assert "permissions" not in caught.value.hint
    assert hub.dispatches == []


@pytest.mark.parametrize("login", ["eve", "nobody", "dependabot[bot]", "../ada"])
def test_nobody_else_has(hub, project, login):
    assert "may not write" in asked(hub, project, login=login).refused
    assert hub.reruns == []


@pytest.mark.parametrize("body", ["> /benchmark", "/benchmarks", "/benchmark; id", "please /benchmark", ""])
def test_other_words_ask_for_nothing(hub, project, body):
    assert "does not begin" in asked(hub, project, body).refused
    assert hub.reruns == hub.requests == []


def test_the_run_of_somebody_elses_pull_request_with_the_same_commit_is_left_alone(hub, project):
    ran(hub, 2, of="mallory/perf", created_at="2030-01-01T00:00:00Z")
    ran(hub, 3, branch="other", created_at="2030-01-01T00:00:00Z")
    ran(hub, 4, path=".github/workflows/other.yml", created_at="2030-01-01T00:00:00Z")
    assert asked(hub, project).sha == HEAD
    assert hub.reruns == [1]


def test_a_run_that_waits_for_approval_is_not_started_by_a_comment(hub, project):
    ran(hub, 2, conclusion="action_required", created_at="2030-01-01T00:00:00Z")
    assert "approve it" in asked(hub, project).refused
    assert hub.reruns == []


def test_a_comment_beside_a_pull_request_is_refused(hub, project):
    event = {"issue": {"number": 7}, "comment": {"body": "/benchmark", "user": {"login": "ada"}}}
    with pytest.raises(InputError, match="comment in a pull request"):
        remeasure(open_project(project.path), event, hub.environ)
