"""A GitHub on loopback: it keeps what it is told, and every exchange is held against GitHub's own description.

    with GitHubServer() as server:
        server.pull(7, head="a" * 40)
        github = github_of(server.environ)
        github.comment(7, "<!-- mine -->\\nhello", marker="<!-- mine -->")
        assert [comment["body"] for comment in server.comments[7]] == ["<!-- mine -->\\nhello"]

The fixture `github_server` (tests/integration/conftest.py) does the `with`, and fails a test in whose course an
exchange was not as GitHub describes it (`server.problems`). `server.environ` is what a workflow's step would have:
GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_ACTIONS.

- State that tests set up and look at: `comments` {number: [comment]}, `pulls`, `checks`, `annotations`, `statuses`,
  `runs`, `jobs`, `artifacts`, `issues`, `releases`, `people`, `merge_bases`; methods `pull`, `run`, `job`, `artifact`,
  `issue`, `release`, `foreign_comment` add to it in GitHub's own form.
- `server.become(login, kind)`: whose the token is: `actions` (the default: github-actions[bot]), `app` or `person`.
- `server.permissions`: what the token may write; take one away and GitHub's 403 comes.
- `server.fail(method, path, ...)`: the next requests that fit go wrong; see `Fault`.
- `server.requests`: what was asked, with headers and bodies.
- `server.on_reply`: called with each request that was done, before its answer is sent; it may wait for other requests.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

from github_description import example, violations
from github_routes import ROUTES, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = "ghs_plantedTokenOfTheTest"
ALL_PERMISSIONS = frozenset({"checks", "contents", "issues", "pull-requests", "statuses"})


@dataclass
class Fault:
    """How the next requests that fit go wrong.

    `kind`: `answer` (status, headers, body as given), `drop` (the connection ends without an answer), `hang` (nothing
    comes until the server stops), `truncate` (half of the body), `drip` (a byte of the body in each `pause_s`).
    `raw`: `body` is written as it is, status line and all, and the connection ends.
    `is_done`: what was asked is done all the same.
    """

    method: str
    path: str
    kind: str = "answer"
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | dict[str, Any] | list[Any] | str = field(default_factory=dict)
    is_done: bool = False
    times: int = 1
    pause_s: float = 0.05


@dataclass(frozen=True)
class Asked:
    """One request that came; the names of its headers in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class GitHubServer:
    """One repository, `octo/perf`, on 127.0.0.1; `blobs` is the address of the store of files on another port."""

    repository = "octo/perf"
    token = TOKEN

    def __init__(
        self, *, page_size: int = 100, certificate: tuple[Path, Path] | None = None, is_enterprise: bool = False
    ) -> None:
        """`certificate`: the files of a certificate and its key, to speak https.

        `is_enterprise`: the addresses are those of GitHub Enterprise Server, `/api/v3/…` and `/api/graphql`.
        """
        self.certificate, self.is_enterprise = certificate, is_enterprise
        self.lock = threading.RLock()
        self.page_size = page_size
        self.login, self.kind, self.has_graphql = "github-actions[bot]", "actions", True
        self.permissions = set(ALL_PERMISSIONS)
        self.is_visible = True
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.pulls: dict[int, dict[str, Any]] = {}
        self.checks: list[dict[str, Any]] = []
        self.annotations: dict[int, list[dict[str, Any]]] = {}
        self.statuses: dict[str, list[dict[str, Any]]] = {}
        self.runs: dict[int, dict[str, Any]] = {}
        self.reruns: list[int] = []
        self.dispatches: list[tuple[str, str, dict[str, str]]] = []
        self.jobs: dict[int, list[dict[str, Any]]] = {}
        self.artifacts: dict[int, list[dict[str, Any]]] = {}
        self.files: dict[int, bytes] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.releases: dict[int, dict[str, Any]] = {}
        self.people: dict[str, str] = {}
        self.merge_bases: dict[tuple[str, str], str] = {}
        self.commits_of_forks: set[str] = set()
        self.requests: list[Asked] = []
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        self.on_reply: Callable[[Asked], None] = lambda _asked: None
        self.stopping = threading.Event()
        self._ids = 100
        self._servers: list[ThreadingHTTPServer] = []

    def __enter__(self) -> Self:
        self.url = self._serve(_Api) + ("/api/v3" if self.is_enterprise else "")
        self.blobs = self._serve(_Blobs)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, handler: type[BaseHTTPRequestHandler]) -> str:
        server = _Server(("127.0.0.1", 0), type("Handler", (handler,), {"hub": self}))
        if self.certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*self.certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self._servers.append(server)
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{server.server_address[1]}"

    @property
    def environ(self) -> dict[str, str]:
        """What a step of a workflow has in its environment."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_TOKEN": self.token,
        }

    def new_id(self) -> int:
        with self.lock:
            self._ids += 1
            return self._ids

    def become(self, login: str, kind: str) -> None:
        """Make the token somebody else's: `kind` is `actions`, `app` or `person`."""
        self.login, self.kind = login, kind

    def fail(self, method: str, path: str, **how: Any) -> Fault:
        """Make the next requests whose path contains `path` (a regular expression) go wrong."""
        fault = Fault(method, path, **how)
        self.faults.append(fault)
        return fault

    def asked(self, method: str, path: str) -> list[Asked]:
        """Return the requests whose path ends as given."""
        return [asked for asked in self.requests if asked.method == method and asked.path.endswith(path)]

    # What exists: each in the form of GitHub's own example.

    def pull(
        self, number: int, /, *, head: str, base: str = "b" * 40, fork: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Add a pull request: of a branch here, or of `fork` (`owner/name`), whose commits GitHub does not list."""
        made = example("pulls/get") | {"requested_teams": [], "number": number, "state": "open"} | more
        made["html_url"] = f"https://github.com/{self.repository}/pull/{number}"
        made["head"] |= {"sha": head, "ref": "faster"}
        made["base"] |= {"sha": base, "ref": "main", "repo": made["base"]["repo"] | {"full_name": self.repository}}
        made["head"]["repo"] = {**(made["head"]["repo"] or {}), "full_name": fork or self.repository}
        made["head"]["label"] = f"{(fork or self.repository).partition('/')[0]}:faster"
        if fork is not None:
            self.commits_of_forks.add(head)
        self.pulls[number] = made
        self.comments.setdefault(number, [])
        return made

    def run(self, run_id: int, *, head: str, **more: Any) -> dict[str, Any]:
        """Add a workflow run, with no jobs and no artifacts yet."""
        made = example("actions/get-workflow-run") | {"id": run_id, "head_sha": head, "event": "pull_request"} | more
        self.runs[run_id] = made
        self.jobs.setdefault(run_id, [])
        self.artifacts.setdefault(run_id, [])
        return made

    def job(self, run_id: int, *, labels: list[str], **more: Any) -> dict[str, Any]:
        """Add a job to a run."""
        made = example("actions/list-jobs-for-workflow-run")["jobs"][0]
        made |= {"id": self.new_id(), "run_id": run_id, "labels": labels, "created_at": "2020-01-20T17:42:40Z"} | more
        self.jobs[run_id].append(made)
        return made

    def artifact(self, run_id: int, name: str, content: bytes, **more: Any) -> dict[str, Any]:
        """Add an artifact to a run: `content` is its zip file."""
        made = example("actions/list-workflow-run-artifacts")["artifacts"][0]
        made |= {"id": self.new_id(), "name": name, "size_in_bytes": len(content), "expired": False}
        made |= {"digest": f"sha256:{hashlib.sha256(content).hexdigest()}"} | more
        self.artifacts[run_id].append(made)
        self.files[made["id"]] = content
        return made

    def issue(self, number: int, **more: Any) -> dict[str, Any]:
        """Add an issue."""
        made = example("issues/create") | {"number": number, "labels": [], "state": "open", "body": ""} | more
        made.pop("pull_request", None)
        made["html_url"] = f"https://github.com/{self.repository}/issues/{number}"
        self.issues[number] = made
        self.comments.setdefault(number, [])
        return made

    def release(self, tag: str, **more: Any) -> dict[str, Any]:
        """Add a release."""
        made = example("repos/get-latest-release") | {"id": self.new_id(), "tag_name": tag, "body": ""} | more
        self.releases[made["id"]] = made
        return made

    def foreign_comment(self, number: int, login: str, body: str) -> dict[str, Any]:
        """Add a comment that somebody else wrote."""
        made = example("issues/create-comment") | {"id": self.new_id(), "body": body}
        made["user"] |= {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}
        made["html_url"] = f"https://github.com/{self.repository}/pull/{number}#issuecomment-{made['id']}"
        self.comments.setdefault(number, []).append(made)
        return made


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that gives up is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    hub: GitHubServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms between its headers and its body

    def log_message(self, *_: object) -> None:
        """Keep standard error clean."""

    def taken(self) -> tuple[Asked, bytes, Fault | None]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.path
        if self.hub.is_enterprise:
            target = target.removeprefix("/api/v3") if target.startswith("/api/v3/") else target.removeprefix("/api")
        asked = Asked(self.command, target, headers, json.loads(body) if body else None)
        with self.hub.lock:
            self.hub.requests.append(asked)
            for fault in self.hub.faults:
                if fault.times > 0 and fault.method == asked.method and re.search(fault.path, asked.path):
                    fault.times -= 1
                    return asked, body, fault
        return asked, body, None

    def reply(self, status: int, headers: dict[str, str], content: bytes, fault: Fault | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Transfer-Encoding" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if fault is not None and fault.kind == "truncate":
            content = content[: len(content) // 2]
            self.close_connection = True
        if fault is not None and fault.kind == "drip":
            for byte in content:
                self.wfile.write(bytes([byte]))
                if self.hub.stopping.wait(fault.pause_s):
                    return
            return
        self.wfile.write(content)

    def cut(self) -> None:
        """End the connection without an answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


class _Api(_Handler):
    def do_GET(self) -> None:
        asked, body, fault = self.taken()
        reply = Reply(200)
        if fault is None or fault.is_done or fault.kind in {"truncate", "drip"}:
            with self.hub.lock:
                reply = self._answered(asked, body)
            self.hub.on_reply(asked)
        if fault is not None and fault.kind == "hang":
            self.hub.stopping.wait(30)
        if fault is not None and fault.kind in {"hang", "drop"}:
            self.cut()
            return
        if fault is not None and fault.kind == "raw" and isinstance(fault.body, bytes):
            self.wfile.write(fault.body)
            self.cut()
            return
        if fault is not None and fault.kind == "answer":
            content = fault.body if isinstance(fault.body, bytes) else _content(fault.body)
            self.reply(fault.status, {"Content-Type": "application/json"} | fault.headers, content)
            return
        content = b"" if reply.body is None else _content(reply.body)
        self.reply(
            reply.status, reply.headers | ({"Content-Type": "application/json"} if content else {}), content, fault
        )

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 (http.server's own names)

    def _answered(self, asked: Asked, body: bytes) -> Reply:
        """Do what was asked, and hold question and answer against GitHub's description."""
        try:
            reply = self._routed(asked)
        except RefusalError as refusal:
            reply = Reply(refusal.status, {"message": refusal.message, "documentation_url": "https://docs.github.com"})
        reply = _paged(self.hub, asked, reply)
        if asked.path != "/graphql":
            content = None if reply.body is None else _content(reply.body)
            headers = {"Content-Type": "application/json"} | reply.headers
            self.hub.problems += violations(asked.method, asked.target, body, reply.status, headers, content)
        return reply

    def _routed(self, asked: Asked) -> Reply:
        hub = self.hub
        for name, wanted in (("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")):
            if asked.path != "/graphql" and asked.headers.get(name) != wanted:
                hub.problems.append(f"{asked.method} {asked.path}: {name} is {asked.headers.get(name)}")
        if not asked.headers.get("user-agent"):
            raise RefusalError(
                403, "Request forbidden by administrative rules. Please make sure it has a User-Agent header"
            )
        if asked.headers.get("authorization") != f"Bearer {hub.token}":
            raise RefusalError(401, "Bad credentials")
        path, prefix = asked.path, f"/repos/{hub.repository}"
        if path.startswith("/repos/") and (not hub.is_visible or not f"{path}/".startswith(f"{prefix}/")):
            raise RefusalError(404, "Not Found")
        query = dict(parse_qsl(urlsplit(asked.target).query))
        for method, pattern, permission, function in ROUTES:
            match = re.fullmatch(pattern, path.removeprefix(prefix) or "/repository")
            if match is None or method != asked.method:
                continue
            if permission and not hub.permissions.intersection(permission.split("|")):
                raise RefusalError(403, "Resource not accessible by integration")
            status, value, *headers = function(hub, *match.groups(), query=query, body=asked.body)
            return Reply(status, value, headers[0] if headers else {})
        raise RefusalError(404, "Not Found")


class _Blobs(_Handler):
    """The store of artifacts: another origin, whose addresses are signed and which must never see a token."""

    def do_GET(self) -> None:
        asked, _, fault = self.taken()
        if "authorization" in asked.headers:
            self.hub.problems.append("the store of files was sent a token")
        content = self.hub.files.get(int(asked.path.rpartition("/")[2]), b"")
        if fault is not None and fault.kind == "answer":
            self.reply(fault.status, fault.headers, fault.body if isinstance(fault.body, bytes) else b"")
        elif fault is not None and fault.kind in {"drop", "hang"}:
            self.cut()
        else:
            self.reply(200, {"Content-Type": "application/zip"}, content, fault)


def _paged(hub: GitHubServer, asked: Asked, reply: Reply) -> Reply:
    """Cut a list into pages, with GitHub's own Link header."""
    key = next(
        (
            name
            for name in ("jobs", "artifacts", "check_runs", "workflow_runs")
            if isinstance(reply.body, dict) and name in reply.body
        ),
        None,
    )
    whole = reply.body[key] if key else reply.body
    if asked.method != "GET" or not isinstance(whole, list):
        return reply
    parts = urlsplit(asked.target)
    query = dict(parse_qsl(parts.query))
    page, size = int(query.get("page", 1)), min(int(query.get("per_page", 30)), hub.page_size)
    headers = dict(reply.headers)
    if page * size < len(whole):
        rest = "&".join(f"{name}={value}" for name, value in parse_qsl(parts.query) if name != "page")
        here = f"{hub.url}{parts.path}?{rest}&page="
        headers["Link"] = f'<{here}{page + 1}>; rel="next", <{here}{-(-len(whole) // size)}>; rel="last"'
    cut = whole[(page - 1) * size : page * size]
    return Reply(reply.status, reply.body | {key: cut} if key else cut, headers)


def _content(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
