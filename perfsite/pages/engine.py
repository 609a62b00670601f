"""Render the few real pages and one shell per kind of page with MkDocs: all that knows MkDocs, beside its plugin."""

from __future__ import annotations

import io
import logging
import os
import re
import tempfile
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfsite.errors import ConfigError
from perfsite.pages import slots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File, Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

_HERE = Path(__file__).parent / "shells"
_SHELL = """---
title: {title}
description: {description}
hide: [{hide}]{more}
---

{content}
"""
_PAGES = [url for url in slots.TITLES if url not in (slots.FRONT, slots.METHODS)]
_PLAIN_PLUGINS = {"search", "material/search", "perfsite"}
_driving: ContextVar[bool] = ContextVar("perfsite_driving", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shells:
    """What the engine made: where the overview stands, the site's URL where it is known, and what MkDocs warned of."""

    staging: Path
    overview: str
    site_url: str | None
    site_name: str
    """As text: to a theme it is HTML."""
    notes: tuple[str, ...]
    overrides: Path | None
    """The owner's folder of template overrides, where there is one."""
    sources: tuple[Path, ...] = ()
    """The owner's folders that MkDocs made it of."""
    is_plain: bool = False
    """Whether nothing but those folders and the configuration can have had a part in it."""


def is_driving() -> bool:
    """Whether `build_shells` is at work, so that the MkDocs plugin leaves the stamping to its caller."""
    return _driving.get()


def build_shells(project: Path, staging: Path, *, title: str, epoch: int, site_url: str | None = None) -> Shells:
    """Render the project's own pages and perfsite's shells into an empty folder.

    Parameters
    ----------
    project
        Folder of the project; its `mkdocs.yml` is used, else a default configuration with `site_config/docs` and
        `site_config/overrides` where they exist.
    staging
        Folder that MkDocs may empty.
    title
        Name of the site where no `mkdocs.yml` gives one.
    epoch
        Seconds since 1970 that stand for "now", so that the same history gives the same bytes.
    site_url
        Where the site will stand, where the configuration does not say.

    Raises
    ------
    ConfigError
        Where the configuration or a page of the owner cannot be built; MkDocs' own words are the problem.
    """
    token = _driving.set(True)
    try:
        with _environment(epoch), _captured() as log, tempfile.TemporaryDirectory(prefix="perfsite-docs-") as empty:
            config = _load(project, staging, title=title, empty=Path(empty), log=log)
            if config.site_url is None and site_url:  # an empty text in mkdocs.yml says that there is none
                config.site_url = f"{site_url.rstrip('/')}/"
            _build(config, project, log)
    finally:
        _driving.reset(token)
    return describe(config, notes=tuple(log.warnings))


def describe(config: MkDocsConfig, *, notes: tuple[str, ...] = ()) -> Shells:
    """Return what stamping must know of a site that MkDocs has built."""
    overview = next(url for url in reversed(slots.OVERVIEWS) if _is_shell(Path(config.site_dir) / url / "index.html"))
    custom = Path(config.theme.custom_dir) / "perfsite" if config.theme.custom_dir else None
    return Shells(
        staging=Path(config.site_dir),
        overview=overview,
        site_url=(config.site_url or "").rstrip("/") + "/" if config.site_url else None,
        site_name=unescape(str(config.site_name)),
        notes=notes,
        overrides=custom if custom and custom.is_dir() else None,
        sources=(Path(config.docs_dir), *([Path(config.theme.custom_dir)] if config.theme.custom_dir else [])),
        is_plain=_is_plain(config),
    )


def _is_plain(config: MkDocsConfig) -> bool:
    """Whether a site is made of its configuration and the owner's pages alone: no other plugin, hook or file."""
    own = Path(config.config_file_path)
    inherits = own.is_file() and re.search(r"^INHERIT\s*:", own.read_text("utf-8", errors="replace"), re.MULTILINE)
    elsewhere = "pymdownx.snippets" in config.markdown_extensions or bool(config.hooks) or bool(inherits)
    return not elsewhere and set(config.plugins) <= _PLAIN_PLUGINS


def add_assets(config: MkDocsConfig) -> None:
    """Let every page of the site load perfsite's style sheet and script, and the shells find their template."""
    config.extra_css = [*config.extra_css, *(path for path in slots.STYLES if path not in config.extra_css)]
    config.extra_javascript = [
        *config.extra_javascript,
        *(path for path in slots.SCRIPTS if path not in config.extra_javascript),
    ]
    if (own := str(_HERE / "theme")) not in config.theme.dirs:
        config.theme.dirs.append(own)


def add_pages(files: Files, config: MkDocsConfig) -> Files:
    """Add perfsite's pages and shells to a site's files and its navigation.

    The overview is the front page unless the owner has one; then it stands at `performance/`. An owner's page on the
    methods replaces perfsite's.

    Raises
    ------
    ConfigError
        Where an owner's page has the URL of one of perfsite's.
    """
    from mkdocs.structure.files import InclusionLevel

    for file in [*files]:
        if file.src_uri.startswith("perfsite/") and file.src_uri.endswith(".j2"):
            files.remove(file)  # the owner's templates are read by perfsite, not published by the theme
    taken = {file.url.removesuffix("index.html").removeprefix("./"): file for file in files.documentation_pages()}
    own_front = "" in taken
    overview = slots.OVERVIEWS[own_front]
    pages = {overview: "Performance" if own_front else "Overview", **{url: slots.TITLES[url] for url in _PAGES}}
    for url in (*pages, slots.EMBED, *slots.SHELLS):
        if url in taken:
            raise ConfigError(
                f"this page has the address of one of perfsite's: {url}",
                where=taken[url].src_uri,
                hint=f"Rename it; perfsite needs {', '.join((*_PAGES, slots.EMBED))} for itself.",
            )
    for url, title in pages.items():
        files.append(_page(config, url, title=title, inclusion=InclusionLevel.UNDEFINED))
    for url in slots.SHELLS:
        files.append(_page(config, url, title=slots.TITLE, inclusion=InclusionLevel.NOT_IN_NAV))
    if slots.METHODS not in taken:
        text = (_HERE / "methods.md").read_text(encoding="utf-8")
        files.append(_generated(config, slots.METHODS, text, InclusionLevel.UNDEFINED))
        pages[slots.METHODS] = slots.TITLES[slots.METHODS]
    _extend_nav(config, files, pages, own_front=own_front)
    return files


def mark_tab(page: Page, nav: Navigation) -> None:
    """Let the theme show, on a shell, the list that its pages belong to as the place where the reader is."""
    homes = {shell.removesuffix(f"{slots.NAME}/") + "index.md": f"{shell}index.md" for shell in slots.SHELLS}
    lists = [item for item in nav.pages if item.file.src_uri in homes and item is not page]
    for item in lists:
        item.active = False  # of the shell before; it takes the mark off the sections above, too
    page.active = True
    for item in lists:
        if homes[item.file.src_uri] == page.file.src_uri:
            item.active = True


def _extend_nav(config: MkDocsConfig, files: Files, pages: Mapping[str, str], *, own_front: bool) -> None:
    """Put perfsite's pages first where the site is theirs, else in a section of their own at the end.

    An owner who names perfsite's pages (`commits/index.md`) in a navigation of their own has placed them: it stays.
    """
    placed = set() if config.nav is None else set(_sources_in(config.nav))
    if config.nav is not None:
        mine = {url: title for url, title in pages.items() if f"{url}index.md" not in placed}
        if len(pages) - len(mine) <= ("index.md" in placed):
            config.nav = [*config.nav, {"Performance": _nav(mine, slots.OVERVIEWS[own_front])}]
        else:
            _leave_out(files, mine)
        return
    nav = _nav(pages, slots.OVERVIEWS[own_front])
    from mkdocs.utils import nest_paths

    owners = nest_paths(file.src_uri for file in files.documentation_pages() if file.src_uri not in _sources(files))
    config.nav = [*owners, {"Performance": nav}] if own_front else [*nav, *owners]


def _leave_out(files: Files, pages: Mapping[str, str]) -> None:
    """Mark pages that the owner did not place as meant to be out of the navigation, so that nothing warns of them."""
    from mkdocs.structure.files import InclusionLevel

    for url in pages:
        if file := files.get_file_from_path(f"{url}index.md"):
            file.inclusion = InclusionLevel.NOT_IN_NAV


def _nav(pages: Mapping[str, str], overview: str) -> list[Any]:
    """Return pages as a navigation: a tab for each group, which is a section where it has several pages."""
    nav: list[Any] = []
    for tab, urls in slots.NAV:
        places = [overview if url == slots.FRONT else url for url in urls]
        entries = [{pages[url]: f"{url}index.md"} for url in places if url in pages]
        nav += [{tab: entries}] if len(entries) > 1 else entries
    return nav


def _sources_in(nav: Any) -> Iterator[str]:
    """Yield the files that a navigation names, however deep."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, list | dict):
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from _sources_in(entry)


def _sources(files: Files) -> set[str]:
    return {file.src_uri for file in files.documentation_pages() if getattr(file, "perfsite", False)}


def _page(config: MkDocsConfig, url: str, *, title: str, inclusion: Any) -> File:
    tabs = "navigation.tabs" in (config.theme.get("features") or [])
    hide = "navigation, toc" if tabs else "toc"
    more = "\ntemplate: perfsite-shell.html" if url in slots.SHELLS else ""
    text = _SHELL.format(title=title, description=slots.DESCRIPTION, content=slots.CONTENT, hide=hide, more=more)
    return _generated(config, url, text, inclusion)


def _generated(config: MkDocsConfig, url: str, text: str, inclusion: Any) -> File:
    from mkdocs.structure.files import File

    file = File.generated(config, f"{url}index.md", content=text, inclusion=inclusion)
    file.perfsite = True
    return file


def _is_shell(path: Path) -> bool:
    return path.is_file() and slots.CONTENT in path.read_text(encoding="utf-8")


def _load(project: Path, staging: Path, *, title: str, empty: Path, log: _Log) -> MkDocsConfig:
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError

    own = project / "mkdocs.yml"
    try:
        if own.is_file():
            missing_docs = None if _has_docs(own) else str(empty)
            config = load_config(config_file=str(own), site_dir=str(staging), docs_dir=missing_docs)
        else:
            config = _default(project, staging, title=title, empty=empty)
    except (Abort, ConfigurationError) as error:
        raise _failure(error, own, log) from error
    if "perfsite" not in config.plugins:
        config.plugins["perfsite"] = _make_plugin(config)
    return config


def _default(project: Path, staging: Path, *, title: str, empty: Path) -> MkDocsConfig:
    """Load the configuration of a project that has none, with its own pages and overrides where there are any."""
    from markupsafe import Markup
    from mkdocs.config import load_config
    from mkdocs.utils.yaml import yaml_load

    text = (_HERE / "default.yml").read_text(encoding="utf-8")
    docs, overrides = project / "site_config" / "docs", project / "site_config" / "overrides"
    theme = yaml_load(text)["theme"]
    return load_config(
        config_file=io.BytesIO(text.encode()),
        config_file_path=str(project / "mkdocs.yml"),
        site_dir=str(staging),
        docs_dir=str(docs if docs.is_dir() else empty),
        # Themes print the name as it is; those that escape it leave what is marked as escaped.
        site_name=Markup.escape(title),
        theme={**theme, "custom_dir": str(overrides)} if overrides.is_dir() else theme,
    )


def _has_docs(own: Path) -> bool:
    """Whether the docs folder of a configuration is there, or named on purpose and therefore missed."""
    text = own.read_text(encoding="utf-8", errors="replace")
    return re.search(r"^docs_dir\s*:", text, re.MULTILINE) is not None or (own.parent / "docs").is_dir()


def _make_plugin(config: MkDocsConfig) -> Any:
    from mkdocs.plugins import BasePlugin

    class Pages(BasePlugin):  # type: ignore[misc]  # mkdocs is not followed by mypy
        """Hands perfsite's pages to MkDocs where the owner's configuration does not name the plugin."""

        def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
            add_assets(config)
            return config

        def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
            return add_pages(files, config)

        def on_page_context(self, context: Any, *, page: Page, nav: Navigation, **_: Any) -> Any:
            mark_tab(page, nav)
            return context

    plugin = Pages()
    plugin.load_config({}, config_file_path=config.config_file_path)
    return plugin


def _build(config: MkDocsConfig, project: Path, log: _Log) -> None:
    from mkdocs.commands.build import build
    from mkdocs.exceptions import Abort, BuildError, ConfigurationError

    try:
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        config.plugins.on_shutdown()
    except (Abort, BuildError, ConfigurationError) as error:
        raise _failure(error, project / "mkdocs.yml", log) from error


def _failure(error: BaseException, where: Path, log: _Log) -> ConfigError:
    told = [*log.errors, *log.warnings] or [str(error)]
    return ConfigError(
        "MkDocs cannot build the pages: " + "; ".join(told),
        where=str(where),
        hint="Mend what MkDocs names; `mkdocs build` shows the same.",
    )


class _Log(logging.Handler):
    """Keeps what MkDocs and its plugins say instead of printing it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[str] = []
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        kept = self.errors if record.levelno >= logging.ERROR else self.warnings
        kept.append(record.getMessage())


@contextmanager
def _captured() -> Iterator[_Log]:
    logger, log = logging.getLogger("mkdocs"), _Log()
    before = (logger.propagate, logger.level)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(log)
    try:
        yield log
    finally:
        logger.removeHandler(log)
        logger.propagate, logger.level = before


@contextmanager
def _environment(epoch: int) -> Iterator[None]:
    """Set what MkDocs and Material read from the environment, for as long as they run."""
    wanted = {"NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or str(epoch)}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
