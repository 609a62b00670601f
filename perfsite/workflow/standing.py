"""Standing: the incidents that some series suffer from, found by analysing only the series that have a say in them.

Which incident a regression is part of depends on the changes near it, in all series. A series that was not measured
around there has none there, and is left out: the answer is the one that the whole history gives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.across import suspects_of, weigh_together
from perfsite.incidents.changes import changes_of
from perfsite.incidents.decisions import ASTRAY
from perfsite.incidents.find import find_incidents, newest_measured
from perfsite.model.alert import IncidentNotified
from perfsite.model.decisions import Decisions
from perfsite.model.incident import IncidentDecided
from perfsite.report.retirement import retired_series
from perfsite.workflow.causes import with_causes
from perfsite.workflow.executors import analyse_all
from perfsite.workflow.judging import case_of, directed, policy_of, rates_of, watched_series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from perfsite.analysis.batches import Answer
    from perfsite.config import Settings
    from perfsite.model.findings import Judgement
    from perfsite.model.incident import Incident
    from perfsite.model.series import Series, SeriesKey
    from perfsite.workflow.gather import Gathered

_Span = tuple[int, int]
"""First and last commit of something, by position."""


def standing_incidents(
    gathered: Gathered,
    settings: Settings,
    keys: Collection[SeriesKey],
    answers: Mapping[tuple[SeriesKey, str], Answer] | None = None,
) -> dict[SeriesKey, Incident]:
    """Return the incident that each of some series suffers from, if any; of several the one that ranks last.

    Parameters
    ----------
    keys
        Of the series that are asked for.
    answers
        What is known of series of this history already, by what names them.
    """
    search = _Search(gathered, settings, answers or {})
    search.look_around(keys)
    found = {}
    analysed = search.analysed()
    for incident in search.incidents():
        for member in incident.standing:
            key = analysed[member.series].key
            if key in keys:
                found[key] = incident
    return found


class _Search:
    """The analysis of a part of a history: `near` are the commits at which something may matter to what is asked."""

    def __init__(self, gathered: Gathered, settings: Settings, answers: Mapping[tuple[SeriesKey, str], Answer]) -> None:
        self._timeline, self._events, self._settings, self._known = (
            gathered.timeline,
            gathered.events,
            settings,
            answers,
        )
        self._series = [directed(one, settings) for one in self._timeline.series]
        self._retired = retired_series(self._timeline)
        self._judged: dict[int, Judgement] = {}
        self._near: NDArray[np.bool_] = np.zeros(len(self._timeline.commits), np.bool_)
        self._spans: list[_Span] = []

    def analysed(self) -> list[Series]:
        """Return the series that were analysed, which incidents number from 0 on."""
        return [self._series[number] for number in sorted(self._judged)]

    def look_around(self, keys: Collection[SeriesKey]) -> None:
        """Analyse the series asked for, and again and again those that were measured where something may matter."""
        wanted = [number for number, one in enumerate(self._series) if one.key in keys]
        if not wanted:
            return
        newest = newest_measured(self._series, self._timeline.commits)
        self._mark([] if newest is None else [(newest, newest)])
        self._mark(self._analyse(wanted, only_standing=True))
        while wanted:
            self._spread()
            upto = np.concatenate([[0], self._near.cumsum()])
            wanted = [
                number
                for number, one in enumerate(self._series)
                if number not in self._judged and len(one) and upto[one.commits[-1] + 1] > upto[one.commits[0]]
            ]
            self._mark(self._analyse(wanted))

    def incidents(self) -> Iterable[Incident]:
        """Return the incidents of what was analysed."""
        numbers, some = sorted(self._judged), self.analysed()
        rates = rates_of(policy_of(one, self._settings) for one in some)
        return find_incidents(
            some,
            weigh_together(some, [self._judged[number] for number in numbers], rates),
            self._timeline.commits,
            events=self._events,
            retired=[place for place, number in enumerate(numbers) if number in self._retired],
            minor=self._settings.judging.severities.minor,
        ).all

    def _analyse(self, numbers: Collection[int], *, only_standing: bool = False) -> list[_Span]:
        """Analyse some series; return where a finding of theirs is weighed among others, or where they regressed."""
        new = [number for number in numbers if (self._series[number].key, self._series[number].unit) not in self._known]
        fresh = dict(zip(new, self._answers(new), strict=True))
        marks = []
        for number in numbers:
            one = self._series[number]
            judgement = (fresh[number] if number in fresh else self._known[one.key, one.unit]).judgement
            self._judged[number] = judgement
            retired, minor = number in self._retired, self._settings.judging.severities.minor
            for change in changes_of(number, one, judgement, minor=minor, retired=retired):
                span = (min(change.farthest_low, change.low), max(change.farthest_high, change.high))
                self._spans.append(span)
                marks += [span] if only_standing and change.member.standing else []
            marks += [(at, at) for at in one.commits[suspects_of(judgement)].tolist()]
        return marks

    def _answers(self, numbers: Collection[int]) -> list[Answer]:
        """Return what the analysis of series finds that nothing is known of yet."""
        if not numbers:
            return []
        timeline, settings = self._timeline, self._settings
        marked, _ = with_causes(self._series, timeline.versions)
        watched, decisions = watched_series(marked), Decisions(self._events, timeline.commits)
        cases = []
        for number in numbers:
            one, calibrated = marked[number], timeline.calibrations.get(number)
            case = case_of(one, policy_of(one, settings), decisions.of(one), calibrated)
            cases.append(replace(case, watched=watched[number]))
        return analyse_all(cases)

    def _mark(self, spans: Iterable[_Span]) -> None:
        for low, high in spans:
            self._near[max(low, 0) : high + 1] = True

    def _spread(self) -> None:
        """Mark what touches what is marked: a change is explained with those around it, and they with those further."""
        left = [*((span, span) for span in self._spans), *self._told()]
        while left:
            touching = [bool(self._near[max(low, 0) : high + 1].any()) for (low, high), _ in left]
            if not any(touching):
                return
            self._mark(span for (_, span), touches in zip(left, touching, strict=True) if touches)
            left = [one for one, touches in zip(left, touching, strict=True) if not touches]

    def _told(self) -> Iterator[tuple[_Span, _Span]]:
        """Yield what decisions and alerts touch, and where they belong: by their range, and by an id that they take."""
        commits = self._timeline.commits
        positions = {commit.sha: at for at, commit in enumerate(commits)}
        for event in self._events:
            if not isinstance(event, IncidentDecided | IncidentNotified) or event.bad not in positions:
                continue
            bad = positions[event.bad]
            span = (min(positions.get(event.good or "", bad), bad) - ASTRAY, bad + ASTRAY)
            yield span, span
            for at in (at for at, commit in enumerate(commits) if commit.sha.startswith(event.incident)):
                yield (at, at), span
