"""What GitLab is asked and told, against a small server of its own; and which host is chosen."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from perfsite.errors import DeliveryError
from perfsite.forges.chosen import forge_of
from perfsite.forges.forge import CheckRun, Conclusion
from perfsite.forges.github import GitHub
from perfsite.forges.gitlab import gitlab_of

MARKER = "<!-- perfsite -->"
HEAD = "a" * 40
TOKEN = "glpat-plantedTokenOfTheTest"
ROOT = "/api/v4/projects/42"


class GitLabServer:
    """The few requests that we make, in the forms of docs.gitlab.com/api: notes, commits, merge requests, users."""

    def __init__(self):
        self.notes, self.statuses, self.asked, self.faults = [], [], [], []
        self.lock, self.me = threading.Lock(), 7
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                """Keep standard error clean."""

            def do_GET(self):
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with hub.lock:
                    hub.asked.append((self.command, self.path))
                    answer = hub.answer(self.command, self.path, json.loads(content or b"null"), self.headers)
                if answer is None:
                    self.close_connection = True
                    return
                status, body, headers = answer
                data = b"" if status == 204 else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (http.server's own names)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.block_on_close = True, False
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.environ = {
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": "42",
            "GITLAB_TOKEN": TOKEN,
            "GITLAB_CI": "true",
        }

    def note(self, author, body, **more):
        made = {
            "id": len(self.notes) + 1,
            "body": body,
            "system": False,
            "author": {"id": author, "username": "x"},
            **more,
        }
        self.notes.append(made)
        return made

    def answer(self, method, target, body, headers):
        if self.faults and method != "GET":
            fault = self.faults.pop(0)
            if fault == "done and dropped":
                self.note(self.me, body["body"])
            return None if isinstance(fault, str) else fault
        if headers.get("PRIVATE-TOKEN") != TOKEN:
            return 401, {"message": "401 Unauthorized"}, {}
        parts = urlsplit(target)
        path, query = parts.path, dict(parse_qsl(parts.query))
        known = {
            "/api/v4/user": {"id": self.me},
            "/api/v4/projects/9": {"path_with_namespace": "mallory/perf"},
            f"{ROOT}/merge_requests/3": REQUEST,
            f"{ROOT}/repository/commits/{HEAD}/statuses": [
                each for each in self.statuses[::-1] if each["name"] == query.get("name")
            ],
        }
        if path in known:
            return 200, known[path], {}
        if path == f"{ROOT}/statuses/{HEAD}":
            made = {"status": body["state"], "name": body["name"], "description": body["description"]}
            self.statuses.append(made)
            return 201, made, {}
        return self.answer_notes(method, path, query, body)

    def answer_notes(self, method, path, query, body):
        if path == f"{ROOT}/merge_requests/3/notes" and method == "GET":
            page = int(query.get("page", 1))
            rest = {"Link": f'<{self.url}{path}?page={page + 1}>; rel="next"'} if page * 2 < len(self.notes) else {}
            return 200, self.notes[(page - 1) * 2 : page * 2], rest
        if path == f"{ROOT}/merge_requests/3/notes":
            return 201, self.note(self.me, body["body"]), {}
        found = re.fullmatch(rf"{ROOT}/merge_requests/3/notes/(\d+)", path)
        there = [note for note in self.notes if found and note["id"] == int(found[1])]
        if not there:
            return 404, {"message": "404 Not found"}, {}
        if method == "DELETE":
            self.notes.remove(there[0])
            return 204, None, {}
        there[0]["body"] = body["body"]
        return 200, there[0], {}


REQUEST = {
    "iid": 3, "sha": HEAD, "diff_refs": {"base_sha": "b" * 40}, "target_branch": "main", "source_branch": "faster",
    "source_project_id": 9, "state": "opened", "author": {"username": "mallory"},
    "web_url": "https://gitlab.example/octo/perf/-/merge_requests/3",
}  # fmt: skip
RUN = CheckRun(name="perfsite", sha=HEAD, conclusion=Conclusion.FAILURE, title="1 regression", summary="s")


@pytest.fixture
def server():
    made = GitLabServer()
    yield made
    made.server.shutdown()
    made.server.server_close()


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
    assert [note["body"] for note in server.notes][-2:] == [f"{MARKER}\nnot ours", f"{MARKER}\ntwo"]


def test_several_notes_of_ours_become_one(gitlab, server):
    for text in ("one", "two", "three"):
        server.note(7, f"{MARKER}\n{text}")
    gitlab.comment(3, f"{MARKER}\nfour", marker=MARKER)
    assert [(note["id"], note["body"]) for note in server.notes] == [(1, f"{MARKER}\nfour")]


@pytest.mark.parametrize("fault", ["done and dropped", "dropped"])
def test_a_note_whose_answer_is_lost_is_posted_once(gitlab, server, fault):
    server.faults.append(fault)
    gitlab.comment(3, f"{MARKER}\none", marker=MARKER)
    assert [note["body"] for note in server.notes] == [f"{MARKER}\none"]


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
