"""Look at the files of a project: their names, and the beginning of the few whose content tells something."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

_MOST_FILES: Final = 20_000
_MOST_BYTES: Final = 1 << 20
_DEPTH: Final = 6
_PASSED_OVER: Final = frozenset(
    {"node_modules", "target", "build", "dist", "site", "venv", "vendor", "third_party", "__pycache__", "history"}
)


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a folder; `paths` are told from it with slashes, sorted by depth and name."""

    root: Path
    paths: tuple[str, ...]

    def named(self, *patterns: str) -> Iterator[str]:
        """Yield the paths whose name, or whole path where the pattern has a slash, fits one of the patterns."""
        for path in self.paths:
            name = path.rpartition("/")[2]
            if any(fnmatchcase(path if "/" in pattern else name, pattern) for pattern in patterns):
                yield path

    def text(self, path: str) -> str:
        """Return the first megabyte of a file; empty where it cannot be read, since then it tells nothing."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(_MOST_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""

    def first(self, *patterns: str, holding: str = "") -> str | None:
        """Return the first path that fits and whose text holds something; None where there is none."""
        return next((path for path in self.named(*patterns) if holding in self.text(path)), None)


def look(root: Path) -> Tree:
    """Return the files of a folder without hidden ones, what tools make, and what others wrote (`node_modules`).

    Links are not followed. Of a huge folder the first 20,000 files, six levels deep, are enough to tell what it is.
    """
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        inside = Path(folder).relative_to(root)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        if len(inside.parts) >= _DEPTH:
            folders.clear()
        found += [(inside / name).as_posix() for name in files]
        if len(found) >= _MOST_FILES:
            break
    return Tree(root, tuple(sorted(found[:_MOST_FILES], key=lambda path: (path.count("/"), path))))
