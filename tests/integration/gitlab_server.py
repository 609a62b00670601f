"""GitLab's API on loopback: the few requests that we make, in the forms of docs.gitlab.com/api.

    with GitLabServer() as server:
        server.merge_requests[3] = {"iid": 3, ...}
        gitlab = gitlab_of(server.environ)

State that tests set up and look at: `notes` {number of the merge request: [note]}, `statuses`, `merge_requests`,
`faults` (the next requests that write go wrong; `limits`: those that anybody makes), `asked`. Lists have two a page.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from loopback_hub import serving

TOKEN = "glpat-plantedTokenOfTheTest"
PROJECT = "/api/v4/projects/42"
_PAGE = 2
Answer = tuple[int, Any, dict[str, str]]


class GitLabServer:
    """The project 42 on 127.0.0.1; `token` is whose `user` 7 is, `narrow_token` lacks the scope `api`."""

    def __init__(self) -> None:
        self.notes: dict[int, list[dict[str, Any]]] = {}
        self.merge_requests: dict[int, dict[str, Any]] = {}
        self.paths = {9: "mallory/perf"}
        self.statuses: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.faults: list[Answer | str] = []
        self.limits: list[Answer] = []
        self.lock, self.me = threading.Lock(), 7
        self.token, self.narrow_token = TOKEN, ""
        self.servers: list[Any] = []
        self._ids = 0

    def __enter__(self) -> Self:
        self.api = self.serve(type("Handler", (_Handler,), {"hub": self}))
        self.environ = {
            "CI_API_V4_URL": f"{self.api}/api/v4",
            "CI_PROJECT_ID": "42",
            "GITLAB_TOKEN": TOKEN,
            "GITLAB_CI": "true",
        }
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def serve(self, handler: Any) -> str:
        """Start another server, which ends with this one, and return its address."""
        server, url = serving(handler)
        self.servers.append(server)
        return url

    def note(self, author: int, body: str, *, number: int = 3, **more: Any) -> dict[str, Any]:
        """Add a note to a merge request."""
        self._ids += 1
        made = {"id": self._ids, "body": body, "system": False, "author": {"id": author, "username": "x"}, **more}
        self.notes.setdefault(number, []).append(made)
        return made

    def answer(self, method: str, target: str, body: Any, headers: Any) -> Answer | None:
        """Return status, body and headers; None: the connection ends without an answer."""
        if self.limits:
            return self.limits.pop(0)
        parts = urlsplit(target)
        if self.faults and method != "GET":
            fault = self.faults.pop(0)
            if fault == "done and dropped":
                self.note(self.me, body["body"])
            return None if isinstance(fault, str) else fault
        if self.narrow_token and headers.get("PRIVATE-TOKEN") == self.narrow_token:
            told = "The request requires higher privileges than provided by the access token."
            return 403, {"error": "insufficient_scope", "error_description": told, "scope": "api read_api"}, {}
        if headers.get("PRIVATE-TOKEN") != self.token:
            return 401, {"message": "401 Unauthorized"}, {}
        return self._known(method, parts.path, dict(parse_qsl(parts.query)), body)

    def _known(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if path == "/api/v4/user":
            return 200, {"id": self.me}, {}
        found = re.fullmatch(rf"{PROJECT}/merge_requests/(\d+)(/notes)?(?:/(\d+))?", path)
        if found is not None and int(found[1]) in self.merge_requests:
            return self._of_merge_request(method, found, query, body)
        if (found := re.fullmatch(r"/api/v4/projects/(\d+)", path)) and int(found[1]) in self.paths:
            return 200, {"path_with_namespace": self.paths[int(found[1])]}, {}
        if re.fullmatch(rf"{PROJECT}/repository/commits/[0-9a-f]{{40}}/statuses", path):
            return 200, [one for one in self.statuses[::-1] if one["name"] == query.get("name")], {}
        if re.fullmatch(rf"{PROJECT}/statuses/[0-9a-f]{{40}}", path):
            made = {"status": body["state"], "name": body["name"], "description": body["description"]}
            self.statuses.append(made)
            return 201, made, {}
        return 404, {"message": "404 Not found"}, {}

    def _of_merge_request(self, method: str, found: re.Match[str], query: dict[str, str], body: Any) -> Answer:
        number, path = int(found[1]), found[0]
        if not found[2]:
            return 200, self.merge_requests[number], {}
        there = self.notes.setdefault(number, [])
        if found[3]:
            return _one(method, there, int(found[3]), body)
        if method == "POST":
            return 201, self.note(self.me, body["body"], number=number), {}
        page = int(query.get("page", 1))
        rest = {"Link": f'<{self.api}{path}?page={page + 1}>; rel="next"'} if page * _PAGE < len(there) else {}
        return 200, there[(page - 1) * _PAGE : page * _PAGE], rest


def _one(method: str, notes: list[dict[str, Any]], number: int, body: Any) -> Answer:
    there = [note for note in notes if note["id"] == number]
    if not there:
        return 404, {"message": "404 Not found"}, {}
    if method == "DELETE":
        notes.remove(there[0])
        return 204, None, {}
    there[0]["body"] = body["body"]
    return 200, there[0], {}


class _Handler(BaseHTTPRequestHandler):
    hub: GitLabServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Keep standard error clean."""

    def do_GET(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.hub.lock:
            self.hub.asked.append((self.command, self.path))
            answer = self.hub.answer(self.command, self.path, json.loads(content or b"null"), self.headers)
        if answer is None:
            self.close_connection = True
            return
        status, body, headers = answer
        data = b"" if status == 204 else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # http.server's own names
