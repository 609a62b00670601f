"""The order of commits: the git graph's where a repository knows it, else that of commit time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perfsite.model.run import Commit

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Order:
    """Commits oldest first, their places on the first-parent line (-1: not known there), and why some are off it."""

    commits: tuple[Commit, ...]
    places: tuple[int, ...]
    off_trend: Mapping[str, str]


def arrange(
    recorded: Mapping[str, Commit],
    line: Sequence[Commit],
    known: Collection[str],
    branch: str,
    bases: Mapping[str, int] | None = None,
) -> Order:
    """Bring measured commits into the order of the git graph.

    Parameters
    ----------
    recorded
        Every measured commit by sha, as its runs tell it.
    line
        First-parent line of the default branch, oldest first; empty without a repository.
    known
        Those of `recorded` that the repository has, whether on the line or not.
    branch
        Name of the default branch, for the words.
    bases
        Places on the line of the commits that those beside it grew from, by sha, as far as they are known.

    Notes
    -----
    A commit beside the line follows the one that it grew from: what came later is no part of it, however young it is.
    A commit that the repository does not know (no repository, shallow clone) takes its place by commit time; only a
    commit that the repository knows and that is not on the line is off the trend, because that is proven.
    """
    bases = bases or {}
    places = {commit.sha: i for i, commit in enumerate(line)}
    # Commit times on a line may run backwards; the running maximum makes them searchable.
    times = list(accumulate((commit.time or _EPOCH for commit in line), max))
    off: dict[str, str] = {}
    keyed: list[tuple[int, int, datetime, str]] = []
    for sha, commit in recorded.items():
        at = commit.time or _EPOCH
        place = places.get(sha)
        base = bases.get(sha)
        if place is not None and base is None:
            keyed.append((place, 1, at, sha))
            continue
        keyed.append((bisect_right(times, at) if base is None else base + 1, 0, at, sha))
        if sha in known or base is not None:
            off[sha] = f"not on the first-parent line of {branch}"
    keyed.sort()
    return Order(
        commits=tuple(recorded[sha] for *_, sha in keyed),
        places=tuple(-1 if sha in bases else places.get(sha, -1) for *_, sha in keyed),
        off_trend=off,
    )
