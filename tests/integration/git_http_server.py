"""Git over HTTP on loopback, by git's own `http-backend`: with a login, refusals, and connections that end early.

    with GitServer(folder) as server:
        made = server.repository("octo/perf")           # a bare repository, as GitHub serves one
        url = server.url("octo/perf")                   # http://127.0.0.1:…/octo/perf.git

`server.login` = (user, password) makes it ask for them; `server.faults` says what goes wrong next, see `Fault`;
`server.requests` has what was asked, with headers.
"""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Fault:
    """How the next requests whose method and target fit (a regular expression) go wrong.

    With `status` they are refused. With `read` so many bytes of the request are taken and the connection ends: the
    server died while it received. With `sent` the request is done, and the connection ends after so many bytes of the
    answer: it died before it could say so.
    """

    pattern: str
    status: int | None = None
    read: int | None = None
    sent: int | None = None
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"no\n"


class GitServer:
    """All bare repositories of a folder, on 127.0.0.1."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.login: tuple[str, str] | None = None
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def repository(self, name: str) -> Path:
        """Make a bare repository that gives what GitHub gives: parts of it, and any commit by its sha."""
        path = self.root / f"{name}.git"
        path.parent.mkdir(parents=True, exist_ok=True)
        _git("init", "-q", "--bare", "-b", "main", str(path))
        for key in ("http.receivepack", "uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            _git("-C", str(path), "config", key, "true")
        return path

    def url(self, name: str) -> str:
        """Return the address of a repository."""
        return f"{self.base}/{name}.git"

    def hook(self, name: str, kind: str, script: str) -> None:
        """Give a repository a hook; the one there was is replaced."""
        file = self.root / f"{name}.git" / "hooks" / kind
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)

    def fault(self, method: str, target: str) -> Fault | None:
        """Return how a request goes wrong; None: it does not."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.pattern, f"{method} {target}"):
                    fault.times -= 1
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that gives up is part of many tests."""


class GitHandler(BaseHTTPRequestHandler):
    """Asks git's own program; who may do what is settled by whoever inherits from this."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Keep standard error clean."""

    def body(self) -> bytes:
        """Read the request to its end."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def backend(self, root: Path, path: str, body: bytes, *, user: str) -> tuple[int, dict[str, str], bytes]:
        """Return git's answer (status, headers, content); nobody pushes without a user."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
            "GIT_PROJECT_ROOT": str(root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": urlsplit(self.path).query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_USER": user,
        }
        for variable, name in (("HTTP_CONTENT_ENCODING", "Content-Encoding"), ("GIT_PROTOCOL", "Git-Protocol")):
            if name in self.headers:
                environ[variable] = self.headers[name]
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environ, capture_output=True, timeout=60, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
        return int(told.pop("Status", "200").split()[0]), told, content

    def answer(self, status: int, headers: dict[str, str], content: bytes, *, most: int | None = None) -> None:
        """Send an answer; with `most` the connection ends after so many bytes of its content."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:most])
        if most is not None:
            self.cut()

    def cut(self) -> None:
        """End the connection as a process that dies does."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


class _Handler(GitHandler):
    hub: GitServer

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.hub.lock:
            self.hub.requests.append((self.command, self.path, headers))
        fault = self.hub.fault(self.command, self.path)
        if fault is not None and fault.read is not None:
            self.rfile.read(min(fault.read, int(headers.get("content-length", fault.read))))
            self.cut()
            return
        body = self.body()
        if fault is not None and fault.status is not None:
            self.answer(fault.status, fault.headers, fault.body)
        elif self.hub.login is not None and not _fits(headers.get("authorization", ""), *self.hub.login):
            self.answer(401, {"WWW-Authenticate": 'Basic realm="GitHub"'}, b"Authentication failed\n")
        else:
            self.answer(
                *self.backend(self.hub.root, urlsplit(self.path).path, body, user="tester"),
                most=None if fault is None else fault.sent,
            )

    do_POST = do_GET  # noqa: N815 (http.server's own names)


def _fits(header: str, user: str, password: str) -> bool:
    scheme, _, told = header.partition(" ")
    return scheme.lower() == "basic" and told == base64.b64encode(f"{user}:{password}".encode()).decode()


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True, timeout=60)
