"""Show the site on this machine and build it again when the history or a setting changes."""

from __future__ import annotations

import http.server
import logging
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import ConfigError, PerfsiteError
from perfsite.workflow.site import build_site

if TYPE_CHECKING:
    from perfsite.workflow.project import Project

_log = logging.getLogger(__name__)
LOOK_S: Final = 0.5
"""How often the watched files are looked at; cheaper than a watcher's threads for a handful of folders."""

_ROOT: Final = re.compile(r'data-ps-root="(/(?:[^"]*/)?)"')

Signature = tuple[tuple[str, int, int], ...]


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site, with the site's own 404 page, as a static host would answer.

    The 404 page names its files by the path that the site will stand below (`/parser/assets/…`), so that one is
    answered too.
    """

    def translate_path(self, path: str) -> str:
        found = super().translate_path(path)
        if Path(found).exists():
            return found
        base = _base(Path(self.directory))
        return super().translate_path(path[len(base) - 1 :]) if path.startswith(base) else found

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        _log.info(format, *args)


def _base(site: Path) -> str:
    """Return the path below which a built site will stand, as its 404 page says: `/` or `/parser/`."""
    page = site / "404.html"
    match = _ROOT.search(page.read_text(encoding="utf-8", errors="replace")) if page.is_file() else None
    return match[1] if match else "/"


def serve(
    project: Project,
    *,
    address: tuple[str, int],
    watch: bool,
    reopen: Callable[[], Project],
    say: Callable[[str], None],
    stop: threading.Event | None = None,
) -> None:
    """Serve the site until interrupted, which is how it ends and no failure.

    Parameters
    ----------
    address
        Host and port; port 0 takes any free one.
    watch
        Whether to build first and again on every change.
    reopen
        Reads the project's settings anew.
    say
        Takes sentences for the person who watches.
    stop
        Ends the serving when set.
    """
    stop = stop or threading.Event()
    seen = _signature(project) if watch else ()
    if watch:
        say(_built(project, fetch=True))
    if not project.site.is_dir():
        raise ConfigError("there is no site yet", where=str(project.site), hint="run `perfsite build` first")
    try:
        server = http.server.ThreadingHTTPServer(address, partial(_Handler, directory=str(project.site)))
    except OSError as error:
        raise ConfigError(
            f"cannot listen: {error.strerror}", where=f"{address[0]}:{address[1]}", hint="choose another with --port"
        ) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        say(f"serving {project.site} at http://{address[0]}:{server.server_address[1]}/ (Ctrl-C ends it)")
        try:
            while not stop.wait(LOOK_S):
                if watch and (now := _signature(project)) != seen:
                    seen = now
                    try:
                        say(_built(reopen(), fetch=False))
                    except PerfsiteError as error:
                        say(f"not built: {error}")
        except KeyboardInterrupt:
            say("stopped")
        finally:
            server.shutdown()


def _built(project: Project, *, fetch: bool) -> str:
    built = build_site(project, fetch=fetch)
    return f"built {built.pages:,} pages, {built.written:,} files written"


def _watched(project: Project) -> Iterator[Path]:
    yield project.root / "mkdocs.yml"
    for folder in (project.history, project.root / "site_config"):
        if folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _signature(project: Project) -> Signature:
    """Return what tells one state of the watched files from another: names, sizes, times of change."""
    seen = []
    for path in _watched(project):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        seen.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(seen)
