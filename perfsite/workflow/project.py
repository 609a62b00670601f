"""A project on disk: where its settings, history and site are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perfsite import config
from perfsite.errors import ConfigError

if TYPE_CHECKING:
    from perfsite.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with its settings; most often the top of a git work tree, but nothing here needs git."""

    root: Path
    settings: Settings

    @property
    def history(self) -> Path:
        """Return the directory of the history."""
        return self.root / "history"

    @property
    def site(self) -> Path:
        """Return the folder that the site is built into."""
        return self.root / "site"

    def shown(self, path: Path) -> str:
        """Return a path as people read it: from the project's folder where it lies in it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    @property
    def title(self) -> str:
        """Return the name of the site."""
        return self.settings.title or f"{self.root.name or 'perfsite'} performance"


def open_project(root: Path, config_file: Path | None = None) -> Project:
    """Return the project in a folder, its settings read."""
    if not root.is_dir():
        raise ConfigError("no such folder", where=str(root), hint="-C takes the folder of a project")
    return Project(root=root.resolve(), settings=config.load(root, config_file))
