"""Receivers that alerts are really sent to: a webhook, and a service behind a proxy with TLS, all on loopback."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Received:
    """One request: where it went, as which host, and its body."""

    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Webhook:
    """A server that keeps what it is sent and answers `status`, after `wait_s`."""

    status: int = 200
    wait_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """What is answered first, one after the other."""
    received: list[Received] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def handler_of(webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            webhook.received.append(Received(self.headers.get("Host", ""), self.path, dict(self.headers), body))
            time.sleep(webhook.wait_s)
            self.send_response(webhook.statuses.pop(0) if webhook.statuses else webhook.status)
            for name, value in webhook.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"answered")

        def do_CONNECT(self) -> None:
            """Be the host that is asked for: a proxy at whose other end this very server speaks TLS."""
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            assert webhook.tls is not None
            plain = self.rfile, self.wfile
            with webhook.tls.wrap_socket(self.connection, server_side=True) as connection:
                with connection.makefile("rb") as self.rfile, connection.makefile("wb", 0) as self.wfile:
                    self.handle_one_request()
                self.rfile, self.wfile = plain

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def listening(webhook: Webhook) -> Iterator[Webhook]:
    """Serve a webhook on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(webhook))
    server.daemon_threads = True
    webhook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield webhook
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def certificate(folder: Path, *hosts: str) -> Path:
    """Make a certificate, which is its own authority, for some hosts; return the file with its key behind it."""
    file, key = folder / "certificate.pem", folder / "key.pem"
    names = ",".join(f"DNS:{host}" for host in hosts)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=receivers",
         "-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(file)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return file


def speaking_tls(file: Path) -> ssl.SSLContext:
    """Return what a server with that certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, file.with_name("key.pem"))
    return context
