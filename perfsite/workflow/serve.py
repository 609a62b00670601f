"""Show the site on this machine and build it again when the history or a setting changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfsite.errors import ConfigError, PerfsiteError
from perfsite.workflow import codebase
from perfsite.workflow.kept import Kept, keeping
from perfsite.workflow.preview import Handler, News, Server
from perfsite.workflow.site import build_site

if TYPE_CHECKING:
    from perfsite.workflow.project import Project

LOOK_S: Final = 0.2
"""How often the watched files are looked at; cheaper than a watcher's threads for a handful of folders."""
SETTLE_S: Final = 0.05
"""How long the watched files must rest before a build, so that a burst of changes is one."""
MOST_SETTLE_S: Final = 1.0

Signature = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class _Preview:
    """A project that is built again on every change, the state of its files at the last build, and what is kept."""

    project: Project
    reopen: Callable[[], Project]
    say: Callable[[str], None]
    kept: Kept
    news: News
    seen: Signature = ()

    def first(self) -> None:
        """Build for the first time.

        Raises
        ------
        PerfsiteError
            As of `build_site`: there is nothing to show then.
        """
        self.seen = _signature(self.project)
        self._build(fetch=True)

    def look(self, stop: threading.Event) -> None:
        """Build again where something has changed, once it rests."""
        now = _signature(self.project)
        if now == self.seen:
            return
        end = time.monotonic() + MOST_SETTLE_S
        while not stop.wait(SETTLE_S) and time.monotonic() < end:
            before, now = now, _signature(self.project)
            if before == now:
                break
        self.seen = now
        try:
            self.project = self.reopen()
            self._build(fetch=False)
        except PerfsiteError as error:
            self.say(f"not built: {error}")
            self.news.failed(str(error) + (f"\nhint: {error.hint}" if error.hint else ""))

    def _build(self, *, fetch: bool) -> None:
        began = time.monotonic()
        built = build_site(self.project, fetch=fetch, kept=self.kept)
        took = time.monotonic() - began
        self.say(f"built {built.pages:,} pages in {took:.1f} s, {built.written:,} files written")
        if built.written:
            self.news.built()
        else:
            self.news.failed(None)


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
        Whether to build first and again on every change; pages that a browser shows are then loaded again by
        themselves.
    reopen
        Reads the project's settings anew.
    say
        Takes sentences for the person who watches.
    stop
        Ends the serving when set.
    """
    stop = stop or threading.Event()
    if not watch and not project.site.is_dir():
        raise ConfigError("there is no site yet", where=str(project.site), hint="run `perfsite build` first")
    news = News() if watch else None
    with ExitStack() as stack:
        # The port first: whoever has to choose another should not wait for a build.
        server = stack.enter_context(_listening(address, partial(Handler, directory=str(project.site), news=news)))
        try:
            preview = None
            if news is not None:
                preview = _Preview(project, reopen, say, stack.enter_context(keeping()), news)
                preview.first()
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            say(f"serving {project.site} at http://{address[0]}:{server.server_address[1]}/ (Ctrl-C ends it)")
            if preview is not None:
                preview.kept.site.foresee()
            while not stop.wait(LOOK_S):
                if preview is not None:
                    preview.look(stop)
        except KeyboardInterrupt:
            say("stopped")


def _listening(address: tuple[str, int], handler: Callable[..., Handler]) -> Server:
    try:
        return Server(address, handler)
    except OSError as error:
        raise ConfigError(
            f"cannot listen: {error.strerror}", where=f"{address[0]}:{address[1]}", hint="choose another with --port"
        ) from error


def _watched(project: Project) -> Iterator[Path]:
    yield project.root / "mkdocs.yml"
    for folder in (project.history, project.root / "site_config", project.root / "docs"):
        if folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.is_file())
    yield from codebase.watched(project)


def _signature(project: Project) -> Signature:
    """Return what tells one state of the watched files from another: names, sizes, times of change."""
    seen = []
    for path in _watched(project):
        try:
            stat = path.stat()
        except OSError:
            continue
        seen.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(seen)
