"""Ignored paths: which commits measured the same code, since only files differ that the owner told to ignore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.history.order import Order
    from perfsite.workflow import codebase
    from perfsite.workflow.project import Project


def code_versions(
    project: Project, line: codebase.Line, order: Order, contender: codebase.Contender | None
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return (versions, notes): a number for the code of each measured commit, -1 where git does not know it.

    Two commits have one number where every commit after the one up to the other touched ignored files only, and a
    commit beside the line that of the commit it grew from where only ignored files differ; nothing is returned where
    nothing is to be ignored. Git is asked once for the line, once for each commit beside it.

    Parameters
    ----------
    line
        The first-parent line that the trend follows, oldest first.
    order
        The measured commits.
    contender
        The commit on trial, if any.
    """
    patterns = project.settings.ignored_paths
    measured = [place for place in order.places if place >= 0]
    if not patterns or not measured:
        return (), ()
    from perfsite.history.touched import differing_paths, ignoring, touched_paths

    shas = [commit.sha for commit in line.commits]
    first, last = min(measured), max((*measured, *line.bases.values()))
    # What was changed and not committed stands behind its commit, whatever lies between the two.
    is_on_trial = contender is not None and contender.start != contender.commit.sha == shas[last]
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
    beside = _beside(project, line, order, contender)
    return tuple(
        numbers[place]
        if place >= 0
        else numbers[line.bases[commit.sha]]
        if commit.sha in beside and is_ignored(beside[commit.sha])
        else -1
        for place, commit in zip(order.places, order.commits, strict=True)
    ), ()


def _beside(
    project: Project, line: codebase.Line, order: Order, contender: codebase.Contender | None
) -> Mapping[str, Sequence[str]]:
    """Return the files that commits beside the line changed against what they grew from; those not known left out."""
    from perfsite.history.touched import differing_paths

    found = {}
    for commit in order.commits:
        base = line.bases.get(commit.sha)
        if base is None:
            continue
        start = commit.tested if commit.tested in line.known else commit.sha
        if contender is not None and contender.commit.sha == commit.sha:
            start = contender.start
        try:
            found[commit.sha] = differing_paths(project.root, line.commits[base].sha, start)
        except HistoryError:
            # A clone without that commit, or without its files.
            continue
    return found
