"""The one door into incidents: series and their findings in, ranked incidents with their states out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.incidents.changes import changes_of
from perfsite.incidents.cluster import cluster
from perfsite.incidents.decisions import Place, Remembered, match
from perfsite.incidents.rank import weigh, worst_first
from perfsite.incidents.states import Standing, state_of
from perfsite.model.alert import IncidentNotified
from perfsite.model.findings import Verdict
from perfsite.model.incident import Incident, IncidentDecided, Incidents, IncidentState

if TYPE_CHECKING:
    from perfsite.incidents.cluster import Cluster
    from perfsite.model.event import Event
    from perfsite.model.findings import Judgement
    from perfsite.model.run import Commit
    from perfsite.model.series import Series

OLD_DAYS: Final = 180.0
"""A regression that nobody decided on for so long is told apart from those that somebody may still act on."""
ID_DIGITS: Final = 10
MOST_EARLIER: Final = 3


def find_incidents(
    series: Sequence[Series],
    judgements: Sequence[Judgement],
    commits: Sequence[Commit],
    *,
    events: Iterable[Event] = (),
    retired: Collection[int] = (),
    minor: float = 0.02,
) -> Incidents:
    """Return the incidents of a history, the highest rank first; the same for any order of the series.

    Parameters
    ----------
    series, judgements
        Of one length.
    commits
        What `Series.commits` are positions in, oldest first.
    events
        What people decided, in the order they are stored; those of other kinds are passed over.
    retired
        Numbers of the series that are not measured any more.
    minor
        Smallest |delta| that matters, a fraction > 0.
    """
    changes = [
        change
        for number, (one, judgement) in enumerate(zip(series, judgements, strict=True))
        for change in changes_of(number, one, judgement, minor=minor, retired=number in retired)
    ]
    clusters = cluster(changes)
    places = [_place(one, series) for one in clusters]
    remembered = [event for event in events if isinstance(event, IncidentDecided | IncidentNotified)]
    positions = {commit.sha: i for i, commit in enumerate(commits)}
    matched = match(remembered, places, positions)
    newest = newest_measured(series, commits)
    now = None if newest is None else commits[newest].time
    found = [_incident(one, series, commits, now, matched.found.get(number, ())) for number, one in enumerate(clusters)]
    found = _with_earlier(_with_ids(found, commits))
    return Incidents(all=sorted(found, key=_order), problems=matched.problems, gone=matched.gone)


def newest_measured(series: Iterable[Series], commits: Sequence[Commit]) -> int | None:
    """Return the position of the newest commit in time that has a point: what stands for now; None: no time is known.

    A pull request's commit has none, and has whatever time its author gave it.
    """
    measured = np.zeros(len(commits), np.bool_)
    for one in series:
        measured[one.commits] = True
    times = ((commits[at].time, at) for at in np.flatnonzero(measured).tolist())
    return max(((time, at) for time, at in times if time is not None), default=(None, None))[1]


def _order(incident: Incident) -> tuple[bool, float, str]:
    return not incident.is_open, -incident.rank, incident.id


def _place(one: Cluster, series: Sequence[Series]) -> Place:
    keys = frozenset(series[change.member.series].key for change in one.changes)
    return Place(one.commit, one.good, one.bad, keys)


def _incident(
    one: Cluster,
    series: Sequence[Series],
    commits: Sequence[Commit],
    now: datetime | None,
    remembered: Sequence[Remembered],
) -> Incident:
    decisions = tuple(event for event in remembered if isinstance(event, IncidentDecided))
    members = worst_first([change.member for change in one.changes], series)
    began = commits[one.commit].time
    age = (now - began) / timedelta(days=1) if now is not None and began is not None else None
    weighed = weigh(members, series, age)
    state, why = state_of(Standing(members, weighed.size), decisions, now)
    ends = [member.over for member in members if member.over is not None]
    return Incident(
        id=remembered[0].incident if remembered else "",
        kind=weighed.kind,
        state=state,
        commit=one.commit,
        good=one.good,
        bad=one.bad,
        members=members,
        severity=weighed.severity,
        size=weighed.size,
        typical=weighed.typical,
        confidence=weighed.confidence,
        rank=weighed.rank,
        confirmed=any(member.confirmed for member in members),
        is_old=state is IncidentState.NEW and age is not None and age > OLD_DAYS,
        decisions=decisions,
        why=why,
        fixed_at=max(ends) if state is IncidentState.FIXED and ends else None,
        told=tuple(event for event in remembered if isinstance(event, IncidentNotified)),
    )


def _with_ids(incidents: Sequence[Incident], commits: Sequence[Commit]) -> list[Incident]:
    """Give each incident that nobody decided on or was told of its id: the beginning of its commit's sha.

    An id that people know is taken; an incident that would have it by its commit gets more digits of its sha.
    """
    taken = {incident.id for incident in incidents if incident.id}
    named = []
    for incident in incidents:
        if incident.id:
            named.append(incident)
            continue
        sha = commits[incident.commit].sha
        name = next(name for digits in range(ID_DIGITS, len(sha) + 2) if (name := sha[:digits]) not in taken)
        taken.add(name)
        named.append(replace(incident, id=name))
    return named


def _with_earlier(incidents: Sequence[Incident]) -> list[Incident]:
    """Tell of each standing regression which incidents of its series were over, or ignored, when it began."""
    over: dict[int, str] = {}
    told = []
    for incident in sorted(incidents, key=lambda incident: incident.commit):
        ids = dict.fromkeys(over[one.series] for one in incident.standing if one.series in over)
        told.append(replace(incident, earlier=tuple(ids)[:MOST_EARLIER]))
        for member in incident.members:
            was_bad = member.verdict is Verdict.REGRESSION and not member.standing
            if was_bad or incident.state is IncidentState.IGNORED:
                over[member.series] = incident.id
    return told
