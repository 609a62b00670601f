"""Incidents as views: the list that a person works through, and the page of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.findings import Doubt, Verdict
from perfsite.model.incident import Culprit, Incident, IncidentKind, IncidentState, Member
from perfsite.model.units import format_pair
from perfsite.report import code_host, incident_words, wording
from perfsite.report.causes import run_causes
from perfsite.report.hints import incident_hints
from perfsite.report.incident_chart import incident_chart
from perfsite.report.incident_views import (
    CulpritRow,
    DecisionRow,
    IncidentGroup,
    IncidentLine,
    IncidentsView,
    IncidentView,
    MemberRow,
)

if TYPE_CHECKING:
    from perfsite.model.run import Commit
    from perfsite.report.context import Context

MOST_OPEN: Final = 50
"""Open incidents on the list; on a longer one, the rest is in the document beside it."""
MOST_FOLDED: Final = 50
MOST_MEMBERS: Final = 60
MOST_SUSPECTS: Final = 8
"""Measured commits of a range whose pages all name the incident; of a wider one, only the most likely names it."""


def incident_url(incident: Incident) -> str:
    """Return the URL of an incident's page from the root of the site."""
    return f"incidents/{incident.id}/"


def incident_document(incident: Incident, line: IncidentLine) -> dict[str, Any]:
    """Return an incident for programs; see `perfsite.report.site.SiteView.incident_index`."""
    return {
        "id": incident.id,
        "url": line.url,
        "sentence": line.sentence,
        "state": line.state,
        "state_text": line.state_text,
        "kind": line.kind,
        "severity": line.severity,
        "rank": incident.rank,
        "confidence": float(f"{incident.confidence:.6g}"),
        "size": float(f"{incident.size:.6g}"),
        "commit": incident.commit,
        "good": incident.good,
        "bad": incident.bad,
        "series": line.series,
        "standing": line.standing,
        "benchmarks": line.benchmarks,
        "environments": list(line.environments),
        "open": line.is_open,
        "old": line.is_old,
        "confirmed": line.confirmed,
    }


class IncidentReport:
    """The views of the incidents of a site."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.incidents: Sequence[Incident] = context.judged.incidents

    @cached_property
    def lines(self) -> Mapping[str, IncidentLine]:
        """Return every incident's line by its id, the highest rank first."""
        return {incident.id: self._line(incident) for incident in self.incidents}

    @cached_property
    def by_change(self) -> Mapping[tuple[int, int], IncidentLine]:
        """Return the incident of every change: by its series' number and its index."""
        return {
            (member.series, member.index): self.lines[incident.id]
            for incident in self.incidents
            for member in incident.members
        }

    @cached_property
    def _by_commit(self) -> Mapping[int, Sequence[Incident]]:
        found: dict[int, list[Incident]] = {}
        for incident in self.incidents:
            is_narrow = incident.bad - incident.good <= MOST_SUSPECTS
            suspects = range(incident.good + 1, incident.bad + 1) if is_narrow else (incident.commit,)
            for commit in suspects:
                found.setdefault(commit, []).append(incident)
        return found

    def at(self, commit: int) -> tuple[IncidentLine, ...]:
        """Return the incidents whose culprit the commit (a position) may be, the most likely first."""
        here = sorted(self._by_commit.get(commit, ()), key=lambda one: (one.commit != commit, -one.rank, one.id))
        return tuple(self.lines[incident.id] for incident in here)

    def open_lines(self) -> list[IncidentLine]:
        """Return what somebody should look at: confirmed and recent, or reopened; acknowledged ones last."""
        lines = [line for line in self.lines.values() if line.is_open and line.confirmed and not line.is_old]
        return sorted(lines, key=lambda line: line.state == IncidentState.ACKNOWLEDGED)

    @cached_property
    def list_view(self) -> IncidentsView:
        """Return the list."""
        lines = list(self.lines.values())
        shown = self.open_lines()
        changes = sum(len(judgement.change_points) for judgement in self._context.judged.judgements)
        members = sum(len(incident.members) for incident in self.incidents)
        suspected = sum(line.is_open and not line.confirmed and not line.is_old for line in lines)
        return IncidentsView(
            sentence=incident_words.list_sentence(shown, members, len(lines), suspected),
            state="regression" if any(line.state != "acknowledged" for line in shown) else "no-change",
            open=tuple(shown[:MOST_OPEN]),
            open_count=len(shown),
            groups=tuple(group for group in _groups(lines) if group.count),
            changes=changes,
            incidents=len(lines),
        )

    def views(self) -> Iterator[IncidentView]:
        """Yield the page of every incident, the highest rank first."""
        for incident in self.incidents:
            yield self.view(incident)

    @property
    def index(self) -> Mapping[str, Any]:
        """Return the document that tells of every incident."""
        return {
            "version": 1,
            "incidents": [incident_document(one, self.lines[one.id]) for one in self.incidents],
        }

    def _line(self, incident: Incident) -> IncidentLine:
        context, series = self._context, self._context.timeline.series
        first = incident.members[0]
        keys = [series[member.series].key for member in incident.members]
        name = incident_words.name_of(keys[0].benchmark, keys[0].parameter_text)
        return IncidentLine(
            id=incident.id,
            url=incident_url(incident),
            sentence=incident_words.sentence(incident, name, first.delta),
            worst=context.series_text(first.series),
            state=str(incident.state),
            state_text=incident_words.state_text(incident),
            kind=str(incident.kind),
            severity=wording.severity_text(
                incident.severity,
                Verdict.IMPROVEMENT if incident.kind is IncidentKind.IMPROVEMENT else Verdict.REGRESSION,
            ),
            colour=_colour(incident),
            commit=context.refs[incident.commit],
            series=len(incident.members),
            standing=len(incident.standing),
            benchmarks=len({key.benchmark for key in keys}),
            environments=tuple(sorted({key.environment for key in keys})),
            confidence=incident_words.confidence_text(incident.confidence),
            rank=incident.rank,
            is_open=incident.is_open,
            is_old=incident.is_old,
            confirmed=incident.confirmed,
        )

    def view(self, incident: Incident) -> IncidentView:
        """Return the page of an incident."""
        context = self._context
        line = self.lines[incident.id]
        culprit = context.judged.culprits.get(incident.id) or self._measured(incident)
        good = context.refs[incident.good] if incident.good >= 0 else None
        elsewhere = self._elsewhere(incident)
        causes = run_causes(context, incident.commit)
        return IncidentView(
            line=line,
            lead=incident_words.lead(incident, line),
            good=good,
            bad=context.refs[incident.bad],
            range_text=incident_words.range_text(culprit.count, is_likely_only=False),
            compare_url=None if incident.good < 0 else context.compare_url(incident.good, incident.bad),
            commits=tuple(self._commit(commit, incident) for commit in culprit.commits),
            commit_count=culprit.count,
            files=tuple((wording.short_name(file.path, 200), file.change) for file in culprit.files),
            file_count=culprit.file_count,
            members=tuple(self._member(member) for member in incident.members[:MOST_MEMBERS]),
            member_count=len(incident.members),
            decisions=tuple(
                DecisionRow(
                    state=str(event.state),
                    author=wording.one_line(event.author or "")[:200],
                    time=wording.time_text(event.time),
                    until=wording.date_text(event.until),
                    reason=wording.one_line(event.reason or "")[:1000],
                )
                for event in incident.decisions
            ),
            why=incident.why,
            elsewhere=elsewhere,
            earlier=tuple(self.lines[name] for name in incident.earlier if name in self.lines),
            causes=causes,
            next_steps=tuple(
                incident_words.next_steps(incident, culprit.count, self._middle(culprit), (elsewhere, *causes))
            ),
            commands=tuple(incident_words.commands(incident)),
            hints=incident_hints(context, incident),
            chart=incident_chart(context, incident.members[0]),
        )

    def _middle(self, culprit: Culprit) -> str:
        """Return how to measure the commit that halves the range; empty where there is none."""
        if not 2 < culprit.count <= len(culprit.commits):
            return ""
        sha = culprit.commits[len(culprit.commits) // 2].sha
        return f"Measure {sha[:8]} again" if sha in self._positions else f"Measure {sha[:8]}"

    def _measured(self, incident: Incident) -> Culprit:
        """Return the measured commits of an incident's range, where nobody looked into a repository."""
        commits = self._context.timeline.commits[incident.good + 1 : incident.bad + 1]
        return Culprit(commits=tuple(reversed(commits)), count=len(commits))

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {commit.sha: i for i, commit in enumerate(self._context.timeline.commits)}

    def _commit(self, commit: Commit, incident: Incident) -> CulpritRow:
        position = self._positions.get(commit.sha)
        return CulpritRow(
            short=commit.sha[:8],
            subject=wording.one_line((commit.subject or "")[:300]),
            author=wording.one_line((commit.author or "")[:100]),
            date=wording.date_text(commit.time),
            url=self._context.refs[position].url
            if position is not None
            else code_host.commit_url(self._context.judged.repository_url, commit.sha),
            measured=position is not None,
            likely=position == incident.commit,
        )

    def _member(self, member: Member) -> MemberRow:
        context = self._context
        series = context.timeline.series[member.series]
        before, after = format_pair(member.before, member.after, series.unit)
        return MemberRow(
            benchmark=series.key.benchmark,
            url=context.urls[member.series],
            parameters=context.parameters[member.series],
            metric=series.key.metric,
            environment=series.key.environment,
            before=before,
            after=after,
            delta=wording.delta_text(member.delta),
            interval=wording.interval_text(member.lower, member.upper),
            verdict=str(member.verdict),
            severity=wording.severity_text(member.severity, member.verdict),
            confidence=incident_words.confidence_text(member.confidence),
            now=self._now(member),
            commit=context.refs[member.commit],
        )

    def _now(self, member: Member) -> str:
        if member.verdict is not Verdict.REGRESSION:
            return ""
        if member.standing:
            return "stands" if member.confirmed else "not confirmed yet"
        if member.over is not None:
            if member.over == member.commit:
                return "only back from a better level"
            return (
                "accepted"
                if self._is_accepted(member, member.over)
                else f"over at {self._context.refs[member.over].short}"
            )
        return "no longer measured"

    def _is_accepted(self, member: Member, over: int) -> bool:
        """Return whether a regression is over because somebody accepted its level."""
        series, judgement = (
            self._context.timeline.series[member.series],
            self._context.judged.judgements[member.series],
        )
        last = int(series.commits.searchsorted(over)) - 1
        return last >= 0 and bool(int(judgement.doubts[last]) & int(Doubt.ACCEPTED))

    def _elsewhere(self, incident: Incident) -> str:
        """Return the environments that measured the members' benchmarks on both sides of the culprit unchanged."""
        series = self._context.timeline.series
        mine = {series[member.series].key.environment for member in incident.members}
        bad = {
            (key.benchmark, key.parameters, key.metric)
            for key in (series[member.series].key for member in incident.members)
        }
        quiet: dict[str, int] = {}
        for number in self._numbers_of(bad):
            one = series[number]
            spans = one.commits.searchsorted([incident.good, incident.bad], side="right")
            if one.key.environment not in mine and len(one) and spans[0] >= 5 and spans[1] + 3 <= len(one):
                quiet[one.key.environment] = quiet.get(one.key.environment, 0) + 1
        if not quiet:
            return ""
        names = sorted(quiet)
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        return f"Measured before and after it, and unchanged: the same benchmarks in {', '.join(names[:4])}{more}."

    @cached_property
    def _numbers(self) -> Mapping[tuple[str, tuple[tuple[str, str], ...], str], Sequence[int]]:
        found: dict[tuple[str, tuple[tuple[str, str], ...], str], list[int]] = {}
        for number, one in enumerate(self._context.timeline.series):
            found.setdefault((one.key.benchmark, one.key.parameters, one.key.metric), []).append(number)
        return found

    def _numbers_of(self, wanted: set[tuple[str, tuple[tuple[str, str], ...], str]]) -> Iterator[int]:
        for identity in wanted:
            yield from self._numbers[identity]


def _colour(incident: Incident) -> str:
    if incident.kind is IncidentKind.IMPROVEMENT:
        return "improvement"
    if not incident.is_open:
        return "no-change"
    return "regression" if incident.confirmed else "unsure"


def _groups(lines: Sequence[IncidentLine]) -> Iterator[IncidentGroup]:
    """Yield what is folded away: every incident that is not on the list itself is in one of these."""
    improvement = str(IncidentKind.IMPROVEMENT)
    yield _group(
        "Not confirmed yet",
        "Seen by the newest runs only; the next ones confirm them or they go away.",
        [line for line in lines if line.is_open and not line.confirmed and not line.is_old],
    )
    yield _group(
        "Older than half a year",
        "They stand, but nobody has decided on them for so long that nobody seems to miss the difference.",
        [line for line in lines if line.is_open and line.is_old],
    )
    closed = [line for line in lines if not line.is_open and line.kind != improvement]
    ignored = str(IncidentState.IGNORED)
    yield _group("Ignored", "Somebody decided so.", [line for line in closed if line.state == ignored])
    yield _group(
        "Fixed",
        "The level is back, or was accepted.",
        _newest([line for line in closed if line.state == IncidentState.FIXED]),
    )
    over = [line for line in closed if line.state not in (ignored, IncidentState.FIXED)]
    yield _group("No longer measured", "Their series are gone, so that nobody can tell.", _newest(over))
    yield _group("Improvements", "Nothing to do.", _newest([line for line in lines if line.kind == improvement]))


def _newest(lines: Sequence[IncidentLine]) -> list[IncidentLine]:
    return sorted(
        lines, key=lambda line: (line.commit.date, line.rank if math.isfinite(line.rank) else 0), reverse=True
    )


def _group(title: str, why: str, lines: Sequence[IncidentLine]) -> IncidentGroup:
    return IncidentGroup(title=title, why=why, count=len(lines), lines=tuple(lines[:MOST_FOLDED]))
