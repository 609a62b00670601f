"""Which measured commit a name stands for: a sha or the beginning of one, a tag, a branch, a label."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perfsite.errors import ConfigError
from perfsite.model.run import stand_in
from perfsite.workflow import codebase

if TYPE_CHECKING:
    from perfsite.history.timeline import Timeline
    from perfsite.model.run import Commit
    from perfsite.workflow.project import Project


def find_commit(project: Project, timeline: Timeline, name: str, *, measured_after: bool = False) -> int:
    """Return the position in the timeline of the commit that a name stands for.

    Parameters
    ----------
    measured_after
        What stands for a commit that was not measured: the next measured one of the trend, else the one before it.

    Raises
    ------
    ConfigError
        Nothing has that name, or nothing on that side of it was measured.
    """
    commit = codebase.resolve(project, name)
    known = {one.sha: place for place, one in enumerate(timeline.commits)}
    if commit is None:
        return _by_name(timeline, known, name)
    if commit.sha in known:
        return known[commit.sha]
    places = _measured(project, timeline, commit, after=measured_after)
    if not places:
        side = "after" if measured_after else "before"
        raise ConfigError(
            f"'{name[:60]}' ({commit.sha[:8]}) was not measured, and nothing {side} it was",
            hint="`perfsite build` lists the measured commits",
        )
    return min(places) if measured_after else max(places)


def find_measured(project: Project, timeline: Timeline, name: str) -> int:
    """Return the position in the timeline of the measured commit that a name stands for, of the trend or not.

    Raises
    ------
    ConfigError
        Nothing has that name, or what has it was not measured.
    """
    commit = codebase.resolve(project, name)
    known = {one.sha: place for place, one in enumerate(timeline.commits)}
    if commit is None:
        return _by_name(timeline, known, name)
    if commit.sha not in known:
        places = _measured(project, timeline, commit, after=False)
        near = f"; measured before it was {timeline.commits[max(places)].sha[:12]}" if places else ""
        raise ConfigError(
            f"'{name[:60]}' ({commit.sha[:8]}) was not measured",
            hint=f"`perfsite record FILE --commit {commit.sha[:12]}` records a run of it{near}",
        )
    return known[commit.sha]


def _by_name(timeline: Timeline, known: dict[str, int], name: str) -> int:
    """Return a measured commit that no repository at hand knows: by its sha, or by the label it was imported under."""
    label = stand_in(name).sha
    if label in known:
        return known[label]
    text = name.lower()
    fitting = [place for sha, place in known.items() if re.fullmatch(r"[0-9a-f]{4,64}", text) and sha.startswith(text)]
    if len(fitting) == 1:
        return fitting[0]
    problem = f"{len(fitting)} measured commits begin with" if fitting else "there is no commit or tag"
    raise ConfigError(
        f"{problem} '{name[:60]}'",
        hint="give more digits of the sha"
        if fitting
        else f"the newest measured is {timeline.commits[-1].sha[:12]}"
        if timeline.commits
        else "record a run first",
    )


def _measured(project: Project, timeline: Timeline, commit: Commit, *, after: bool) -> list[int]:
    """Return the measured commits of the trend on one side of another commit: by the graph, else by time."""
    trend = [place for place in range(len(timeline.commits)) if place not in timeline.off_trend]
    line = codebase.line(project, {one.sha: one for one in timeline.commits})
    at = next((place for place, one in enumerate(line.commits) if one.sha == commit.sha), None)
    if at is not None:
        on_line = [place for place in trend if timeline.places[place] >= 0]
        return [place for place in on_line if (timeline.places[place] >= at if after else timeline.places[place] <= at)]
    timed = [(place, timeline.commits[place].time) for place in trend]
    return [
        place
        for place, time in timed
        if time is not None and commit.time is not None and (time >= commit.time if after else time <= commit.time)
    ]
