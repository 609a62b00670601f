"""What all views share: the judged timeline, and how commits and series are mentioned."""

from __future__ import annotations

import csv
import io
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from perfsite.history.facts import RecordedFacts
from perfsite.model.budget import Budgeted
from perfsite.model.findings import Doubt
from perfsite.report import code_host, wording
from perfsite.report.differences import Difference, Differences
from perfsite.report.grouping import OTHERS, Grouping, groupings
from perfsite.report.hint_index import HintIndex
from perfsite.report.incidents import IncidentReport
from perfsite.report.levels import Levels
from perfsite.report.machines import machine_change, machine_change_aside
from perfsite.report.means import Means
from perfsite.report.missing import Missing, missing_series
from perfsite.report.releases import ReleaseReport
from perfsite.report.retirement import is_retired, retired_environments, stops_of
from perfsite.report.slug import benchmark_url
from perfsite.report.spans import DAYS, start_of_days
from perfsite.report.stages import withdrawals
from perfsite.report.table import Table, missing, tabulate
from perfsite.report.views import CommitRef, Problem

if TYPE_CHECKING:
    from numpy import int32
    from numpy.typing import NDArray

    from perfsite.history.timeline import RunFacts, Timeline
    from perfsite.model.alert import IncidentNotified
    from perfsite.model.causes import CommonShift
    from perfsite.model.decisions import SeriesDecisions
    from perfsite.model.event import BaselineAccepted, Pin
    from perfsite.model.findings import Judgement
    from perfsite.model.group import Group
    from perfsite.model.hint import Hint
    from perfsite.model.incident import Culprit, Incident
    from perfsite.model.policy import Policy
    from perfsite.model.run import Commit, FactValue, Measurement
    from perfsite.model.series import Series
    from perfsite.model.slow import BadRun, InDepth

CSV_HEAD: Final = "benchmark,parameters,metric,environment,unit"
_LINE_END: Final = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Everything that the report is made of.

    `judgements` belong to `timeline.series` by position, `aside` to `timeline.aside` by number, as do the pinned
    baselines `pins` and all that was `decided` about baselines; `in_depth` are the findings in depth of living series,
    by number, and `newest` the measurements behind newest points, samples and all. `incidents` are what changed
    together, `culprits` what lies in their ranges, by their id, `gone` what was told of those not found any more.
    `groups` are the owner's names for series. `repository_url` is the code's web address, for links; None: no links.
    `site_url` is where the site will stand, with a slash at its end, for links that leave it; None: not known.
    """

    timeline: Timeline
    judgements: Sequence[Judgement]
    aside: Mapping[int, Judgement]
    title: str
    pins: Mapping[int, Pin] = field(default_factory=dict)
    shifts: Sequence[CommonShift] = ()
    decided: Mapping[int, SeriesDecisions] = field(default_factory=dict)
    budgeted: Budgeted = field(default_factory=Budgeted)
    in_depth: Mapping[int, InDepth] = field(default_factory=dict)
    bad_runs: Sequence[BadRun] = ()
    incidents: Sequence[Incident] = ()
    gone: Mapping[str, Sequence[IncidentNotified]] = field(default_factory=dict)
    culprits: Mapping[str, Culprit] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    repository_url: str | None = None
    site_url: str | None = None
    notes: tuple[str, ...] = ()
    hints: Sequence[Hint] = ()
    commit_pages: str | int = "auto"
    is_guarded: bool = False
    """Whether pages carry a Content-Security-Policy."""
    """How many commits keep their page: `all`, `auto`, or the newest so many."""
    groups: Sequence[Group] = ()
    newest: Mapping[int, Measurement] = field(default_factory=dict)
    policies: Sequence[Policy] = ()
    """How each series is judged, by its number; empty where that is not known."""


class Context:
    """The judged timeline with everything that more than one page needs, made once."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged
        self.timeline = judged.timeline
        self.refs = tuple(commit_ref(commit) for commit in judged.timeline.commits)
        self.urls = [benchmark_url(series.key.benchmark) for series in judged.timeline.series]
        self.parameters = [series.key.parameter_text for series in judged.timeline.series]
        self._series_texts: dict[int, str] = {}
        self._facts_texts: dict[int, Mapping[str, str]] = {}
        self.csv_heads = [_csv_head(series) for series in judged.timeline.series]

    @cached_property
    def incidents(self) -> IncidentReport:
        """Return the views of the incidents."""
        return IncidentReport(self)

    @cached_property
    def releases(self) -> ReleaseReport:
        """Return the views of the releases."""
        return ReleaseReport(self)

    @cached_property
    def table(self) -> Table:
        """Return all judged points by commit."""
        timeline = self.timeline
        trend = ((i, series, self.judged.judgements[i]) for i, series in enumerate(timeline.series))
        aside = ((i, series, self.judged.aside[i]) for i, series in timeline.aside.items() if i in self.judged.aside)
        return tabulate([*trend, *aside], len(timeline.commits))

    @cached_property
    def anchors(self) -> Sequence[str]:
        """Return, by number of a series, the fragment that chooses it on its benchmark's page; empty for its only one.

        What all series of the benchmark share is left out.
        """
        fields = [
            {"environment": one.key.environment, "metric": one.key.metric, "parameters": parameters}
            for one, parameters in zip(self.timeline.series, self.parameters, strict=True)
        ]
        seen: dict[str, dict[str, set[str]]] = {}
        for url, told in zip(self.urls, fields, strict=True):
            for name, text in told.items():
                seen.setdefault(url, {}).setdefault(name, set()).add(text)
        return [
            "&".join(f"{name}={quote(text)}" for name, text in told.items() if len(seen[url][name]) > 1)
            for url, told in zip(self.urls, fields, strict=True)
        ]

    @cached_property
    def runs_at(self) -> Mapping[int, Sequence[RunFacts]]:
        """Return the runs of every commit."""
        runs: dict[int, list[RunFacts]] = {}
        for run in self.timeline.runs:
            runs.setdefault(run.commit, []).append(run)
        return runs

    @cached_property
    def stops(self) -> Mapping[str, NDArray[int32]]:
        """Return, by environment, the commits of the trend at which it has a run, sorted."""
        return stops_of(self.timeline)

    @cached_property
    def facts(self) -> RecordedFacts:
        """Return the recorded facts of the trend's runs."""
        off = self.timeline.off_trend
        return RecordedFacts(run for run in self.timeline.runs if run.pull_request is None and run.commit not in off)

    @cached_property
    def shifts_at(self) -> Mapping[tuple[str, int], CommonShift]:
        """Return the common shifts by environment and commit."""
        return {(shift.environment, shift.commit): shift for shift in self.judged.shifts}

    @cached_property
    def went_missing(self) -> Mapping[int, Missing]:
        """Return the living series that the newest commit of their environment does not have, by number."""
        found = missing_series(self.timeline.series, self.timeline.absent, self.stops)
        return {one.number: one for one in found if not self.is_retired(self.timeline.series[one.number])}

    @cached_property
    def hints(self) -> HintIndex:
        """Return the hints by what they speak of."""
        return HintIndex(self.judged.hints)

    @cached_property
    def missing(self) -> Mapping[int, Sequence[int]]:
        """Return, by commit, the series that went missing there."""
        return missing(self.timeline.series, self.timeline.absent, self.stops)

    @cached_property
    def withdrawn_at(self) -> Mapping[int, Sequence[str]]:
        """Return the confirmed findings that a commit's run took back, in words, by commit."""
        found: dict[int, list[str]] = {}
        for number, series in enumerate(self.timeline.series):
            if self.judged.judgements[number].withdrawn:
                found.setdefault(int(series.commits[-1]), []).extend(withdrawals(self, [number]))
        return found

    @cached_property
    def trend_commits(self) -> Sequence[int]:
        """Return the positions of the commits that have a run on the trend."""
        return sorted({int(commit) for stops in self.stops.values() for commit in stops})

    def is_on_trend(self, commit: int) -> bool:
        """Whether a commit (a position) has a run on the trend."""
        at = bisect_left(self.trend_commits, commit)
        return at < len(self.trend_commits) and self.trend_commits[at] == commit

    @cached_property
    def runs_in(self) -> Mapping[str, Sequence[RunFacts]]:
        """Return the runs of every environment, those of pull requests, too."""
        runs: dict[str, list[RunFacts]] = {}
        for run in self.timeline.runs:
            runs.setdefault(run.environment, []).append(run)
        return runs

    @cached_property
    def numbers_in(self) -> Mapping[str, Sequence[int]]:
        """Return the numbers of the series that have a point, by environment."""
        numbers: dict[str, list[int]] = {}
        for number, series in enumerate(self.timeline.series):
            if len(series):
                numbers.setdefault(series.key.environment, []).append(number)
        return numbers

    @cached_property
    def levels(self) -> Levels:
        """Return what every series is worth at any position."""
        return Levels(self)

    @cached_property
    def differences(self) -> Differences:
        """Return what changed between any two positions."""
        return Differences(self, self.levels)

    @cached_property
    def means(self) -> Means:
        """Return what makes the means of groups."""
        return Means(self.timeline.series, self.levels, self.groups)

    def since(self, start: int) -> Difference:
        """Return what changed from a position up to the newest commit."""
        return self.differences.between(start, self.trend_commits[-1] if self.trend_commits else -1)

    @cached_property
    def month(self) -> Difference:
        """Return what changed in the last thirty days."""
        return self.since(start_of_days(self, DAYS))

    @cached_property
    def groups(self) -> Mapping[str, Sequence[int]]:
        """Return the numbers of the series of each group, those of none too; the name of the only one is empty."""
        found: dict[str, Sequence[int]] = {name: one.numbers for name, one in self.groupings.items()}
        rest = [number for number in range(len(self.timeline.series)) if number not in self.groups_of]
        return {**found, OTHERS if found else "": rest} if rest else found

    @cached_property
    def groupings(self) -> Mapping[str, Grouping]:
        """Return the groups that series belong to, by name."""
        return groupings(self)

    @cached_property
    def groups_of(self) -> Mapping[int, tuple[str, ...]]:
        """Return the names of the groups of every series that is in one, by number."""
        found: dict[int, list[str]] = {}
        for name, grouping in self.groupings.items():
            for number in grouping.numbers:
                found.setdefault(number, []).append(name)
        return {number: tuple(names) for number, names in found.items()}

    @cached_property
    def _retired_environments(self) -> frozenset[str]:
        return retired_environments(self.timeline, self.stops)

    def is_retired_environment(self, name: str) -> bool:
        """Whether an environment had no run for so long that it no longer counts in the health of the site."""
        return name in self._retired_environments

    def is_retired(self, series: Series) -> bool:
        """Whether a series has not been measured for so long that it no longer counts in the health of the site."""
        return is_retired(series, self.stops, self._retired_environments)

    def series_text(self, number: int) -> str:
        """Return a series in one line: benchmark, parameters, metric, environment."""
        if number not in self._series_texts:
            key = self.timeline.series[number].key
            parameters = f" ({key.parameter_text})" if key.parameters else ""
            self._series_texts[number] = wording.one_line(
                f"{key.benchmark}{parameters} · {key.metric} · {key.environment}"
            )
        return self._series_texts[number]

    def doubts(
        self, number: int, point: int, bits: int, *, unsure: bool, detectable: float = math.nan
    ) -> tuple[str, ...]:
        """Return the doubts about a point of a series' trend, in words."""
        machine = ""
        if bits & Doubt.NEW_LABEL:
            machine = machine_change(self.timeline.series[number], point, self.timeline.labels)
        return wording.doubt_texts(bits, unsure=unsure, machine=machine, detectable=detectable)

    def doubts_at(
        self, number: int, commit: int, bits: int, *, unsure: bool, detectable: float = math.nan
    ) -> tuple[str, ...]:
        """Return the doubts about a series' point at a commit, on its trend or aside of it, in words."""
        if not bits & Doubt.NEW_LABEL:
            return wording.doubt_texts(bits, unsure=unsure, detectable=detectable)
        trend, beside = self.timeline.series[number], self.timeline.aside.get(number)
        point = int(trend.commits.searchsorted(commit))
        if beside is None or commit in trend.commits[point : point + 1]:
            return self.doubts(number, min(point, len(trend) - 1), bits, unsure=unsure, detectable=detectable)
        at = int(beside.commits.searchsorted(commit))
        machine = machine_change_aside(trend, beside, at, self.timeline.labels)
        return wording.doubt_texts(bits, unsure=unsure, machine=machine, detectable=detectable)

    def missing_text(self, number: int) -> str:
        """Return since when a series is missing; empty where it is not."""
        gone = self.went_missing.get(number)
        return "" if gone is None else wording.missing_text(gone, self.refs[gone.since])

    @cached_property
    def accepted(self) -> Mapping[int, Sequence[tuple[BaselineAccepted, int]]]:
        """Return, by commit, what was accepted there, with for how many series."""
        counts: dict[int, dict[str, tuple[BaselineAccepted, int]]] = {}
        for number, decided in sorted(self.judged.decided.items()):
            series = self.timeline.series[number]
            for index, event in decided.accepted:
                at = counts.setdefault(int(series.commits[index]), {})
                at[str(event.id)] = (event, at.get(str(event.id), (event, 0))[1] + 1)
        return {commit: tuple(events.values()) for commit, events in counts.items()}

    def pin_text(self, number: int) -> str:
        """Return when and from what a series' baseline was pinned; empty where it was not."""
        pin = self.judged.pins.get(number)
        return "" if pin is None else wording.pin_text(pin.event)

    def facts_text(self, run: RunFacts) -> Mapping[str, str]:
        """Return the facts of a run's machine as people read them; runs of one machine share theirs."""
        known = self._facts_texts.get(id(run.facts))
        if known is None:
            known = self._facts_texts[id(run.facts)] = facts_text(run.facts)
        return known

    def release_of(self, commit: int) -> str | None:
        """Return the first release that holds a commit of the trend; None where none does or none is known."""
        at = bisect_left(self.timeline.releases, (commit, ""))
        is_placed = self.timeline.places[commit] >= 0 and commit not in self.timeline.off_trend
        return self.timeline.releases[at][1] if is_placed and at < len(self.timeline.releases) else None

    def skipped(self, older: int, newer: int) -> int:
        """Return how many commits between two lie on the first-parent line without a measurement."""
        a, b = self.timeline.places[older], self.timeline.places[newer]
        return max(0, b - a - 1) if a >= 0 and b >= 0 else 0

    def commit_url(self, commit: int) -> str | None:
        """Return the commit's page at the repository's host."""
        return code_host.commit_url(self.judged.repository_url, self.refs[commit].sha)

    def compare_url(self, older: int, newer: int) -> str | None:
        """Return the commits after one up to another, at the repository's host."""
        return code_host.commits_url(self.judged.repository_url, self.refs[older].sha, self.refs[newer].sha)


def facts_text(facts: Mapping[str, FactValue]) -> dict[str, str]:
    """Return facts as people read them, by name."""
    out = {}
    for name, value in sorted(facts.items()):
        if name.endswith(".bytes") and isinstance(value, int | float) and not isinstance(value, bool):
            out[name.removesuffix(".bytes")] = f"{value / 2**30:.1f} GiB"
        else:
            out[name] = "yes" if value is True else "no" if value is False else str(value)
    return out


def csv_text(*cells: str) -> str:
    """Return cells as one line of CSV, without the line's end.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front, which spreadsheets take for "text".
    """
    line = io.StringIO()
    safe = [f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells]
    # Only with a line's end of its own does the writer know that one within a cell must be quoted.
    csv.writer(line, lineterminator=_LINE_END).writerow(safe)
    return line.getvalue().removesuffix(_LINE_END)


def _csv_head(series: Series) -> str:
    key = series.key
    return csv_text(key.benchmark, key.parameter_text, key.metric, key.environment, series.unit)


def commit_ref(commit: Commit) -> CommitRef:
    """Return a commit as it is mentioned."""
    return CommitRef(
        sha=commit.sha,
        short=commit.sha[:8],
        subject=wording.one_line((commit.subject or "")[:500]),
        date=wording.date_text(commit.time),
        url=f"commits/{commit.sha}/",
    )
