"""Ignored paths: which commits measured the same code, since only files differ that the owner told to ignore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.workflow import codebase
    from perfsite.workflow.project import Project


def code_versions(
    project: Project, line: codebase.Line, places: Sequence[int], contender: codebase.Contender | None
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return (versions, notes): a number for the code of each measured commit, -1 where git does not know it.

    Two commits have one number where every commit after the one up to the other touched ignored files only; nothing
    is returned where nothing is to be ignored. Git is asked once for the line, once for a contender beside it.

    Parameters
    ----------
    line
        The first-parent line that the trend follows, oldest first.
    places
        Positions of the measured commits on that line; -1: not on it.
    contender
        The commit on trial, if any.
    """
    patterns = project.settings.ignored_paths
    measured = [place for place in places if place >= 0]
    if not patterns or not measured:
        return (), ()
    from perfsite.history.touched import differing_paths, ignoring, touched_paths

    shas = [commit.sha for commit in line.commits]
    first, last = min(measured), max(measured)
    # A contender stands behind the commit that it is compared with, whatever lies between the two.
    is_on_trial = contender is not None and shas[last] == contender.commit.sha
    tip = last - 1 if is_on_trial else last
    try:
        touched = touched_paths(project.root, shas[tip], since=shas[first]) if tip > first else {}
        if contender is not None and is_on_trial and last > first:
            touched[shas[last]] = differing_paths(project.root, shas[tip], contender.start)
    except HistoryError as error:
        return (), (f"which commits touch ignored paths only is not known: {error.problem}",)
    is_ignored = ignoring(patterns)
    numbers, number = [-1] * len(shas), 0
    for place in range(first, last + 1):
        files = touched.get(shas[place])
        number += files is None or not is_ignored(files)
        numbers[place] = number
    return tuple(numbers[place] if place >= 0 else -1 for place in places), ()
