"""Which files commits changed, and whether any of them is one that the owner does not want ignored."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from perfsite.history.plumbing import Git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1"}
_COMMIT: Final = "//"
"""Stands before a commit: no path in a repository begins with it."""
_NAMES: Final = ("--name-only", "-z", "--no-renames", "--no-ext-diff")


def touched_paths(repository: Path, tip: str, *, since: str | None = None) -> dict[str, list[str]]:
    """Return, by commit, the files that each commit of a first-parent line changed against its first parent.

    Parameters
    ----------
    repository
        A directory in the repository.
    tip
        Where the line ends: a sha.
    since
        A commit of the line, which is left out with all before it; None: the whole line.

    Raises
    ------
    HistoryError
        The clone lacks the commits, or the folders of some.
    """
    span = [tip, *([f"^{since}"] if since else []), "--"]
    log = ("log", "--first-parent", "-m", "--no-show-signature", f"--format={_COMMIT}%H", *_NAMES, *span)
    found: dict[str, list[str]] = {}
    files: list[str] = []
    # The first name after a commit begins with the line end of its title.
    for word in Git(repository, settings=_OFFLINE).run(*log, timeout_s=300).decode(errors="replace").split("\0"):
        if word.startswith(_COMMIT):
            files = found.setdefault(word.removeprefix(_COMMIT).strip(), [])
        elif word:
            files.append(word.removeprefix("\n"))
    return found


def differing_paths(repository: Path, one: str, other: str) -> list[str]:
    """Return the files that differ between two commits.

    Raises
    ------
    HistoryError
        The clone lacks one of them.
    """
    output = Git(repository, settings=_OFFLINE).run("diff", *_NAMES, one, other, "--", timeout_s=300)
    return [name for name in output.decode(errors="replace").split("\0") if name]


def ignoring(patterns: Sequence[str]) -> Callable[[Iterable[str]], bool]:
    """Return a test whether files are all ignored; where there is no file, there is none that is not.

    `*` stands for any characters, those between folders too; a pattern that ends with `/` for all in that folder.

    Examples
    --------
    >>> is_ignored = ignoring(["docs/", "*.md"])
    >>> is_ignored(["docs/api/index.rst", "src/README.md"]), is_ignored(["docs.py"])
    (True, False)
    """
    whole = [f"{pattern}*" if pattern.endswith("/") else pattern for pattern in patterns]
    matcher = re.compile("|".join(translate(pattern.removeprefix("./")) for pattern in whole))
    return lambda paths: all(matcher.match(path) for path in paths)
