"""The MkDocs side: hand over pages, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.plugins import BasePlugin, get_plugin_logger

from perfsite.pages import engine

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

_log = get_plugin_logger("perfsite")


class PerfsiteConfig(Config):  # type: ignore[misc]  # mkdocs is not followed by mypy
    """What stands below `perfsite` in `mkdocs.yml`."""

    enabled = config_options.Type(bool, default=True)
    """False leaves perfsite's pages out, for a quick look at one's own; `perfsite build` makes them all the same."""
    project = config_options.Type(str, default=".")
    """Folder with `history/` and `site_config/`, from that of `mkdocs.yml`."""


class PerfsitePlugin(BasePlugin[PerfsiteConfig]):  # type: ignore[misc]  # mkdocs is not followed by mypy
    """Puts the performance site into a site that MkDocs builds: `plugins: [search, perfsite]`."""

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Let every page load perfsite's style sheet and script."""
        if self._is_on():
            engine.add_assets(config)
        return config

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add perfsite's pages and shells."""
        if not self._is_on():
            return files
        with _told_by_mkdocs():
            return engine.add_pages(files, config)

    def on_page_context(self, context: Any, *, page: Page, nav: Navigation, **_: Any) -> Any:
        """Mark the place of the pages that are stamped."""
        if self._is_on():
            engine.mark_tab(page, nav)
        return context

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Stamp the pages of benchmarks and commits, unless `perfsite build` is at work and does it itself."""
        if engine.is_driving() or not self._is_on():
            return
        from perfsite.pages.publish import stamp_in_place
        from perfsite.workflow.site import prepare_site

        with _told_by_mkdocs():
            done = stamp_in_place(prepare_site(self._project(config)), engine.describe(config))
        for note in done.notes:
            _log.info(note)

    def on_serve(self, server: Any, *, config: MkDocsConfig, **_: Any) -> Any:
        """Let `mkdocs serve` build again on a new run or another setting; it writes neither, so that it ends there."""
        if self._is_on():
            project = self._project(config)
            for place in (project / "history", project / "site_config" / "perfsite.toml"):
                if place.exists():
                    server.watch(str(place))
        return server

    def _is_on(self) -> bool:
        return self.config.enabled or engine.is_driving()

    def _project(self, config: MkDocsConfig) -> Path:
        return Path(config.config_file_path).parent / str(self.config.project)


@contextmanager
def _told_by_mkdocs() -> Iterator[None]:
    """Let MkDocs tell what is wrong in its own way, without a traceback; `perfsite build` tells it itself."""
    from mkdocs.exceptions import PluginError

    from perfsite.errors import PerfsiteError

    try:
        yield
    except PerfsiteError as error:
        if engine.is_driving():
            raise
        raise PluginError(f"perfsite: {error}" + (f"\nhint: {error.hint}" if error.hint else "")) from error
