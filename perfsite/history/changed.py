"""What git knows of the way from one commit to another: the files that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from perfsite.history.plumbing import Git, GitError
from perfsite.model.incident import FileChange
from perfsite.model.run import SHA

if TYPE_CHECKING:
    from pathlib import Path

_WORDS: Final = {"A": "added", "D": "removed"}
# A partial clone must not ask its remote for trees that only old ranges need.
_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1"}


def changed_files(repository: Path, ranges: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[FileChange]]:
    """Return the files that differ from one commit to another, sorted by path, for ranges that the repository has.

    Parameters
    ----------
    ranges
        The shas of the older and the newer commit; both must be in the repository.

    Notes
    -----
    No content is read and no rename looked for, so that a range costs a few milliseconds. Paths are bytes to git: what
    is no UTF-8 has replacement characters. A range that git cannot tell (a partial clone lacks its trees) is left out.
    """
    asked = [(old, new) for old, new in dict.fromkeys(ranges) if SHA.match(old) and SHA.match(new)]
    found: dict[tuple[str, str], list[FileChange]] = {}
    git = Git(repository, settings=_OFFLINE)
    for old, new in asked:
        try:
            output = git.run("diff-tree", "-r", "-z", "--name-status", "--no-renames", old, new)
        except GitError:
            continue
        fields = output.decode("utf-8", "replace").split("\0")
        files = [
            FileChange(path=path, change=_WORDS.get(status, "changed"))
            for status, path in zip(fields[:-1:2], fields[1::2], strict=False)
        ]
        found[old, new] = sorted(files, key=lambda file: file.path)
    return found
