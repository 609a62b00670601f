"""What git knows of the way from one commit to another: the files that differ, of many ranges through one process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from perfsite.history.commits import existing
from perfsite.history.plumbing import Git
from perfsite.model.incident import FileChange
from perfsite.model.run import SHA

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_RANGES: Final = 500
TIMEOUT_S: Final = 20.0
MOST_SINGLY: Final = 20
_WORDS: Final = {"A": "added", "D": "removed"}
# A partial clone must not ask its remote for trees that only old ranges need.
_OFFLINE: Final = {"GIT_NO_LAZY_FETCH": "1"}
_Range = tuple[str, str]


def changed_files(repository: Path, ranges: Sequence[_Range]) -> dict[_Range, list[FileChange]]:
    """Return the files that differ from one commit to another, sorted by path, for ranges that the repository has.

    Parameters
    ----------
    repository
        A directory in the repository.
    ranges
        The shas of the older and the newer commit; those past MOST_RANGES are left out.

    Notes
    -----
    No content is read and no rename looked for, so that a range costs about a millisecond. Paths are bytes to git: what
    is no UTF-8 has replacement characters. A range that git cannot tell (a partial clone lacks its trees) is left out,
    as are those that come after MOST_BYTES of paths or TIMEOUT_S seconds.
    """
    asked = [pair for pair in dict.fromkeys(ranges) if SHA.match(pair[0]) and SHA.match(pair[1])][:MOST_RANGES]
    known = existing(repository, {sha for pair in asked for sha in pair}) if asked else frozenset()
    asked = [pair for pair in asked if known.issuperset(pair)]
    if not asked:
        return {}
    git = Git(repository, settings=_OFFLINE)
    found = _ask(git, asked)
    # Git ends at a range that it cannot tell: those from there on are asked for one by one.
    for pair in asked[len(found) :][:MOST_SINGLY]:
        found |= _ask(git, [pair])
    return found


def _ask(git: Git, asked: Sequence[_Range]) -> dict[_Range, list[FileChange]]:
    """Return the files of the first ranges, up to one that git cannot tell or that was cut off."""
    # For a commit with a parent given, git compares with that one, and says the commit first. The last line is there
    # so that every range is followed by a commit: one that is not was cut off.
    pairs = [*asked, (asked[-1][1], asked[-1][1])]
    lines = "".join(f"{newer} {older}\n" for older, newer in pairs).encode()
    options = ("--stdin", "--always", "-r", "--name-status", "--no-renames", "-z")
    told = git.piece("diff-tree", *options, stdin=lines, most=MOST_BYTES, timeout_s=TIMEOUT_S)
    words = told.decode("utf-8", "replace").split("\0")
    # What follows the last separator is empty, or was cut off.
    words.pop()
    found: dict[_Range, list[FileChange]] = {}
    at = 0
    for pair in asked:
        if at >= len(words) or words[at] != pair[1]:
            break
        at += 1
        files = []
        # A status is one letter, so that no path passes for a commit.
        while at + 1 < len(words) and len(words[at]) == 1:
            files.append(FileChange(path=words[at + 1], change=_WORDS.get(words[at], "changed")))
            at += 2
        if at >= len(words) or not SHA.match(words[at]):
            break
        found[pair] = sorted(files, key=lambda file: file.path)
    return found
