"""Incidents of a project: found, with the commits and files in their ranges where there is a repository."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from perfsite.incidents.find import find_incidents
from perfsite.model.incident import Culprit
from perfsite.report.retirement import retired_series
from perfsite.workflow import codebase

if TYPE_CHECKING:
    from perfsite.config import Settings
    from perfsite.history.timeline import Timeline
    from perfsite.model.event import Event
    from perfsite.model.findings import Judgement
    from perfsite.model.incident import Incident, Incidents
    from perfsite.model.run import Commit
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project

MOST_COMMITS: Final = 30
MOST_FILES: Final = 100
MOST_DIFFED: Final = 50
"""Incidents, open ones first, whose files are looked up: each costs a few milliseconds of git."""


def incidents_of(
    timeline: Timeline, judgements: Sequence[Judgement], settings: Settings, events: Sequence[Event]
) -> Incidents:
    """Return what changed together in a judged timeline, with what people decided on it."""
    return find_incidents(
        timeline.series,
        judgements,
        timeline.commits,
        events=events,
        retired=retired_series(timeline),
        minor=settings.judging.severities.minor,
    )


def culprits_of(
    project: Project, gathered: Gathered, incidents: Sequence[Incident], *, most_diffed: int = MOST_DIFFED
) -> dict[str, Culprit]:
    """Return what lies in the range of each incident, by its id; files only for the first so many incidents."""
    timeline = gathered.timeline
    found = {one.id: _commits(one, timeline, gathered.line) for one in incidents}
    repository = codebase.find(project)
    if repository is None:
        return found
    from perfsite.history.changed import changed_files

    ranges = {
        one.id: (timeline.commits[one.good].sha, timeline.commits[one.bad].sha)
        for one in incidents[:most_diffed]
        if one.good >= 0 and timeline.places[one.good] >= 0 and timeline.places[one.bad] >= 0
    }
    files = changed_files(repository.root, list(ranges.values()))
    for name, range_ in ranges.items():
        if range_ in files:
            found[name] = replace(found[name], files=tuple(files[range_][:MOST_FILES]), file_count=len(files[range_]))
    return found


def _commits(incident: Incident, timeline: Timeline, line: Sequence[Commit]) -> Culprit:
    """Return the commits after the last good one up to the first bad one: all of the branch, else the measured ones."""
    good = timeline.places[incident.good] if incident.good >= 0 else -1
    bad = timeline.places[incident.bad]
    if 0 <= good < bad < len(line):
        commits = line[good + 1 : bad + 1]
    else:
        commits = timeline.commits[incident.good + 1 : incident.bad + 1]
    return Culprit(commits=tuple(reversed(commits))[:MOST_COMMITS], count=len(commits))
