"""The MkDocs side: hand over pages, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.plugins import BasePlugin

from perfsite.pages import engine

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files


class PerfsitePlugin(BasePlugin):  # type: ignore[misc]  # mkdocs is not followed by mypy
    """Puts the performance site into a site that MkDocs builds: `plugins: [search, perfsite]`."""

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Let every page load perfsite's style sheet and script."""
        engine.add_assets(config)
        return config

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add perfsite's pages and shells."""
        return engine.add_pages(files, config)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Stamp the pages of benchmarks and commits, unless `perfsite build` is at work and does it itself."""
        if engine.is_driving():
            return
        from perfsite.errors import PerfsiteError
        from perfsite.pages.publish import stamp_in_place
        from perfsite.workflow.site import prepare_site

        try:
            stamp_in_place(prepare_site(Path(config.config_file_path).parent), engine.describe(config))
        except PerfsiteError as error:
            from mkdocs.exceptions import PluginError

            raise PluginError(f"perfsite: {error}" + (f"\nhint: {error.hint}" if error.hint else "")) from error
