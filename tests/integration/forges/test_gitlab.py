"""What GitLab is asked and told, against a small server of its own; and which host is chosen."""

import re

import pytest
from gitlab_server import TOKEN, GitLabServer

from perfsite.errors import DeliveryError
from perfsite.forges.chosen import forge_of
from perfsite.forges.forge import CheckRun, Conclusion
from perfsite.forges.github import GitHub
from perfsite.forges.gitlab import gitlab_of
from perfsite.forges.http import Bounds

MARKER = "<!-- perfsite -->"
HEAD = "a" * 40


REQUEST = {
    "iid": 3, "sha": HEAD, "diff_refs": {"base_sha": "b" * 40}, "target_branch": "main", "source_branch": "faster",
    "source_project_id": 9, "state": "opened", "author": {"username": "mallory"},
    "web_url": "https://gitlab.example/octo/perf/-/merge_requests/3",
}  # fmt: skip
RUN = CheckRun(name="perfsite", sha=HEAD, conclusion=Conclusion.FAILURE, title="1 regression", summary="s")


@pytest.fixture
def server():
    with GitLabServer() as made:
        made.merge_requests[3] = dict(REQUEST)
        yield made


@pytest.fixture
def gitlab(server):
    made = gitlab_of(server.environ)
    yield made
    made.close()


def test_a_note_is_created_once_and_then_updated(gitlab, server):
    for index in range(5):
        server.note(5, f"remark {index}")
    server.note(5, f"{MARKER}\nnot ours")
    made = gitlab.comment(3, f"{MARKER}\none", marker=MARKER)
    assert (made.outcome, made.url) == ("created", f"{REQUEST['web_url']}#note_7")
    assert gitlab.comment(3, f"{MARKER}\ntwo", marker=MARKER).outcome == "updated"
    assert gitlab.comment(3, f"{MARKER}\ntwo", marker=MARKER).outcome == "unchanged"
    assert [note["body"] for note in server.notes[3]][-2:] == [f"{MARKER}\nnot ours", f"{MARKER}\ntwo"]


def test_several_notes_of_ours_become_one(gitlab, server):
    for text in ("one", "two", "three"):
        server.note(7, f"{MARKER}\n{text}")
    gitlab.comment(3, f"{MARKER}\nfour", marker=MARKER)
    assert [(note["id"], note["body"]) for note in server.notes[3]] == [(1, f"{MARKER}\nfour")]


@pytest.mark.parametrize("fault", ["done and dropped", "dropped"])
def test_a_note_whose_answer_is_lost_is_posted_once(gitlab, server, fault):
    server.faults.append(fault)
    gitlab.comment(3, f"{MARKER}\none", marker=MARKER)
    assert [note["body"] for note in server.notes[3]] == [f"{MARKER}\none"]


def test_a_merge_request_is_told_by_its_host(gitlab):
    told = gitlab.pull_request(3)
    assert (told.number, told.head, told.base, told.target) == (3, HEAD, "b" * 40, "main")
    assert (told.head_branch, told.head_repository, told.is_open, told.author) == (
        "faster",
        "mallory/perf",
        True,
        "mallory",
    )


def test_a_status_is_set_once(gitlab, server):
    assert [gitlab.check(RUN).outcome, gitlab.status(RUN).outcome] == ["created", "unchanged"]
    assert server.statuses == [{"status": "failed", "name": "perfsite", "description": "1 regression"}]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((403, {"error": "insufficient_scope", "error_description": "needs api"}, {}), "insufficient_scope; needs api"),
        ((400, {"message": {"note": ["can't be blank"]}}, {}), "note can't be blank"),
        ((401, {"message": "401 Unauthorized"}, {}), "token is not accepted"),
    ],
)
def test_a_refusal_is_told_in_gitlabs_words_with_the_next_step(gitlab, server, fault, words):
    server.faults.append(fault)
    with pytest.raises(DeliveryError, match=re.escape(words)) as caught:
        gitlab.comment(3, MARKER, marker=MARKER)
    assert caught.value.hint
    assert TOKEN not in f"{caught.value!r}{caught.value.hint}{gitlab!r}"


def test_the_token_of_a_job_is_not_enough_and_that_is_said(server):
    environ = {key: value for key, value in server.environ.items() if key != "GITLAB_TOKEN"} | {
        "CI_JOB_TOKEN": "x" * 20
    }
    with pytest.raises(DeliveryError) as caught:
        gitlab_of(environ)
    assert "CI_JOB_TOKEN, which every job has, cannot write notes" in caught.value.hint


def test_the_host_is_the_one_that_the_environment_speaks_of(server):
    there = forge_of(server.environ)
    assert there.pull_request(3).number == 3
    there.close()
    assert isinstance(forge_of({"GITHUB_REPOSITORY": "octo/perf", "GH_TOKEN": "x" * 20}), GitHub)
    with pytest.raises(DeliveryError, match="where the code is hosted") as caught:
        forge_of({})
    assert "GITHUB_REPOSITORY" in caught.value.hint


def test_a_pipeline_of_a_fork_speaks_to_the_project_of_the_merge_request(server):
    there = gitlab_of(server.environ | {"CI_PROJECT_ID": "77", "CI_MERGE_REQUEST_PROJECT_ID": "42"})
    assert there.comment(3, MARKER, marker=MARKER).outcome == "created"
    there.close()


def test_a_rate_limit_is_waited_for_as_long_as_gitlab_says(server):
    server.limits = [(429, "Retry later\n", {"Retry-After": "7", "Content-Type": "text/plain"})]
    waited = []
    gitlab = gitlab_of(server.environ, bounds=Bounds(sleep=waited.append))
    assert gitlab.comment(3, MARKER, marker=MARKER).outcome == "created"
    assert [7 <= pause_s < 9 for pause_s in waited] == [True]
    gitlab.close()
