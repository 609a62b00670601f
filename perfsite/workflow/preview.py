"""Answer a browser that looks at a preview: the site's files, and word of every build that ends while it looks."""

from __future__ import annotations

import http.server
import json
import logging
import re
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

_log = logging.getLogger(__name__)
_ROOT: Final = re.compile(r'data-ps-root="(/(?:[^"]*/)?)"')
_OWN: Final = "/.perfsite/"
_NEWS: Final = f"{_OWN}news.json"
_SCRIPT: Final = f"{_OWN}preview.js"
_TAG: Final = f'<script src="{_SCRIPT}" defer></script></body>'.encode()


class News:
    """What browsers are told: how many builds changed the site, and what is wrong with the newest one."""

    def __init__(self) -> None:
        self._built = 0
        self._problem: str | None = None

    def built(self) -> None:
        """Tell that the site was built and differs from before."""
        self._built, self._problem = self._built + 1, None

    def failed(self, problem: str | None) -> None:
        """Tell what keeps the site from being built; None: nothing."""
        self._problem = problem

    def document(self) -> bytes:
        """Return all of it as JSON."""
        return json.dumps({"version": 1, "built": self._built, "problem": self._problem}).encode()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site, with the site's own 404 page, as a static host would answer.

    The 404 page names its files by the path that the site will stand below (`/parser/assets/…`), so that one is
    answered too. Where there are news, every page gets a script that asks for them; the files on disk do not.
    """

    def __init__(self, *arguments: Any, news: News | None = None, **more: Any) -> None:
        self._news = news
        super().__init__(*arguments, **more)

    def do_GET(self) -> None:
        """Answer with the news, the script that asks for them, a page, or any other file."""
        path = self.path.partition("?")[0]
        if self._news is not None and path == _NEWS:
            self._send(self._news.document(), "application/json")
        elif self._news is not None and path == _SCRIPT:
            script = files("perfsite.workflow").joinpath("preview.js").read_bytes()
            self._send(script, "text/javascript; charset=utf-8")
        elif self._news is not None and (page := self._page()) is not None:
            self._send(self._with_script(page.read_bytes()), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def _page(self) -> Path | None:
        """Return the page that is asked for; None where it is another file, or needs a slash at its end."""
        found = Path(self.translate_path(self.path))
        if found.is_dir() and self.path.partition("?")[0].partition("#")[0].endswith("/"):
            found /= "index.html"
        return found if found.suffix == ".html" and found.is_file() else None

    def _with_script(self, page: bytes) -> bytes:
        return page if self._news is None else _TAG.join(page.rsplit(b"</body>", 1))

    def _send(self, content: bytes, kind: str, code: int = HTTPStatus.OK) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def translate_path(self, path: str) -> str:
        """Return the file that a path means, which may begin with the path that the site will stand below."""
        found = super().translate_path(path)
        if Path(found).exists():
            return found
        base = _base(Path(self.directory))
        return super().translate_path(path[len(base) - 1 :]) if path.startswith(base) else found

    def list_directory(self, _path: Any) -> None:
        """Answer that a folder without a page is no page, as static hosts do."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Let browsers ask again every time."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with the site's own page for missing addresses, where it is about one."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        self._send(self._with_script(page.read_bytes()), "text/html; charset=utf-8", code)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Log what was asked."""
        _log.info(format, *args)


class Server(http.server.ThreadingHTTPServer):
    """A server of a preview, whose browsers may go away in the middle of an answer."""

    daemon_threads = True

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """Log what an answer failed of: the next one is none the worse."""
        _log.debug("the answer to %s failed", client_address, exc_info=True)


def _base(site: Path) -> str:
    """Return the path below which a built site will stand, as its 404 page says: `/` or `/parser/`."""
    page = site / "404.html"
    match = _ROOT.search(page.read_text(encoding="utf-8", errors="replace")) if page.is_file() else None
    return match[1] if match else "/"
