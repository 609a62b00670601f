"""A folder served on the loopback interface as GitHub Pages serves it: sub-path, gzip, redirects, 404.html."""

from __future__ import annotations

import gzip
import hashlib
import sys
import threading
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Not `mimetypes`: it reads tables of the machine, and the pages must not work by accident.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "application/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".jsonl": "application/octet-stream",
    ".map": "application/json; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_COMPRESSED = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "image/svg",
    "application/manifest",
)


@lru_cache(maxsize=512)
def _gzipped(path: Path, _changed_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD of the files below one folder."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, folder: Path, prefix: str) -> None:
        self.folder, self.prefix = folder, prefix
        super().__init__(*arguments)  # type: ignore[arg-type]  # the server's own arguments, handed through

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path + "/" == self.prefix:
            self._redirect(self.prefix)
            return
        if not path.startswith(self.prefix):
            self._send(404, None)
            return
        found = (self.folder / path.removeprefix(self.prefix)).resolve()
        if not found.is_relative_to(self.folder):
            self._send(404, None)
        elif found.is_dir() and not path.endswith("/"):
            self._redirect(quote(path) + "/")
        elif found.is_dir() and (found / "index.html").is_file():
            self._send(200, found / "index.html")
        elif found.is_file() and not path.endswith("/"):
            self._send(200, found)
        elif not path.endswith("/") and found.with_name(found.name + ".html").is_file():
            self._send(200, found.with_name(found.name + ".html"))
        else:
            self._send(404, self.folder / "404.html")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _redirect(self, target: str) -> None:
        query = urlsplit(self.path).query
        self.send_response(301)
        self.send_header("Location", target + (f"?{query}" if query else ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, file: Path | None) -> None:
        if file is None or not file.is_file():
            file, body, kind, packed = None, b"There isn't a page here.\n", "text/plain; charset=utf-8", False
        else:
            kind = _TYPES.get(file.suffix.lower(), "application/octet-stream")
            packed = kind.startswith(_COMPRESSED) and "gzip" in self.headers.get("Accept-Encoding", "")
            body = _gzipped(file, file.stat().st_mtime_ns) if packed else file.read_bytes()
        tag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
        unchanged = status == 200 and self.headers.get("If-None-Match") == tag
        self.send_response(304 if unchanged else status)
        if not unchanged:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        if packed and not unchanged:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        if self.command == "GET" and not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class names it so
        """Say nothing: the browser's own events tell what went wrong."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers hang up in mid-answer when a page is left; everything else is told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # only handed through


@contextmanager
def serving(folder: Path, *, prefix: str = "/project/") -> Iterator[str]:
    """Serve the folder until the block ends and give the URL of its top, which ends in `prefix`."""
    handler = partial(_Handler, folder=folder.resolve(), prefix=prefix)
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
        finally:
            server.shutdown()
            thread.join(timeout=10)
