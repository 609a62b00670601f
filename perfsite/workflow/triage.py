"""Triage: look at the incidents of a project, and decide what becomes of one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import ConfigError
from perfsite.incidents.lookup import look_up
from perfsite.model.incident import Incident, IncidentDecided, IncidentState, Member
from perfsite.report.context import Context, Judged
from perfsite.report.incidents import incident_document
from perfsite.workflow.deciding import Decided, author_of, store, time_of_decision
from perfsite.workflow.gather import gather
from perfsite.workflow.incidents import culprits_of, incidents_of
from perfsite.workflow.judging import judge_timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.run import Commit
    from perfsite.report.incident_views import IncidentLine, IncidentsView, IncidentView
    from perfsite.workflow.deciding import Wish
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project

NAMED_MEMBERS: Final = 8
"""Members that a decision names, so that its incident is found again."""


@dataclass(frozen=True, slots=True)
class Triage:
    """The incidents of a project with their views, and what should be said beside them."""

    incidents: Sequence[Incident]
    commits: Sequence[Commit]
    context: Context
    gathered: Gathered
    notes: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what of the history could not be read."""
        return self.gathered.warnings

    @property
    def view(self) -> IncidentsView:
        """Return the list as the page shows it."""
        return self.context.incidents.list_view

    @property
    def lines(self) -> Sequence[IncidentLine]:
        """Return all incidents, the highest rank first."""
        return tuple(self.context.incidents.lines.values())

    def document(self, lines: Sequence[IncidentLine]) -> dict[str, Any]:
        """Return incidents for programs: what `data/incidents.json` says, with shas for positions."""
        by_id = {incident.id: incident for incident in self.incidents}
        return {
            "version": 1,
            "total": len(self.incidents),
            "incidents": [self._document(by_id[line.id], line) for line in lines],
        }

    def _document(self, incident: Incident, line: IncidentLine) -> dict[str, Any]:
        told = incident_document(incident, line)
        for name in ("commit", "good", "bad"):
            told[name] = self.commits[told[name]].sha if told[name] >= 0 else None
        return told

    def one(self, text: str) -> Incident:
        """Return the incident that a text names.

        Raises
        ------
        ConfigError
            It names none, or several.
        """
        found = look_up(text, self.incidents, self.commits)
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(incident.id for incident in found[:5])
            raise ConfigError(
                f"several incidents are meant by {text[:60]!r}: {names}", hint="give more digits of its id"
            )
        raise ConfigError(
            f"no incident is meant by {text[:60]!r}",
            hint="`perfsite incidents list --all` shows every id; a commit in the range of one will do, too",
        )

    def page(self, incident: Incident) -> IncidentView:
        """Return what the page of an incident shows."""
        return self.context.incidents.view(incident)

    def show_document(self, incident: Incident) -> dict[str, Any]:
        """Return one incident with its members, commits and files, for programs."""
        view = self.page(incident)
        culprit = self.context.judged.culprits.get(incident.id)
        measured = tuple(reversed(self.commits[incident.good + 1 : incident.bad + 1]))
        commits = measured if culprit is None else culprit.commits
        return {
            **self.document([view.line]),
            "commits": [
                {"sha": commit.sha, "subject": row.subject, "author": row.author, "likely": row.likely}
                for commit, row in zip(commits, view.commits, strict=True)
            ],
            "files": [{"path": path, "change": change} for path, change in view.files],
            "members": [self._member(member) for member in incident.members],
            "decisions": [
                {
                    "id": event.id,
                    "state": str(event.state),
                    "author": event.author,
                    "time": event.time.isoformat(),
                    "until": None if event.until is None else event.until.isoformat(),
                    "reason": event.reason,
                }
                for event in incident.decisions
            ],
            "next": list(view.next_steps),
        }

    def _member(self, member: Member) -> dict[str, Any]:
        """Return one series of an incident for programs: numbers in the base unit and fractions, unrounded."""
        series = self.context.timeline.series[member.series]
        numbers = {name: getattr(member, name) for name in ("before", "after", "delta", "lower", "upper", "confidence")}
        return {
            "benchmark": series.key.benchmark,
            "parameters": dict(series.key.parameters),
            "metric": series.key.metric,
            "environment": series.key.environment,
            "unit": series.unit,
            **{name: float(number) if math.isfinite(number) else None for name, number in numbers.items()},
            "verdict": str(member.verdict),
            "severity": str(member.severity),
            "confirmed": member.confirmed,
            "standing": member.standing,
            "over": None if member.over is None else self.commits[member.over].sha,
        }


def triage(project: Project, *, show: str | None = None) -> Triage:
    """Read and judge the history and return its incidents; `show` names the one whose files are looked up."""
    gathered = gather(project)
    judged = judge_timeline(gathered.timeline, project.settings, gathered.events)
    found = incidents_of(judged.timeline, judged.judgements, project.settings, gathered.events)
    wanted = look_up(show, found.all, judged.timeline.commits) if show else []
    context = Context(
        Judged(
            timeline=judged.timeline,
            judgements=judged.judgements,
            aside=judged.aside,
            title=project.title,
            incidents=found.all,
            culprits=culprits_of(project, gathered, wanted),
            repository_url=gathered.repository_url,
        )
    )
    lost = tuple(f"{one.problem}: {one.hint}" for one in found.problems)
    return Triage(found.all, judged.timeline.commits, context, gathered, (*gathered.notes, *lost))


def _refuse_nothing(incident: Incident, state: IncidentState) -> None:
    """Refuse a decision that would change nothing."""
    decided = (IncidentState.ACKNOWLEDGED, IncidentState.IGNORED)
    if state is IncidentState.REOPENED and incident.state not in decided:
        raise ConfigError(f"incident {incident.id} is {incident.state}: there is no decision to take back")
    if state is IncidentState.ACKNOWLEDGED and incident.state is IncidentState.FIXED:
        raise ConfigError(f"incident {incident.id} is fixed: there is nothing left to see to")


def decide(project: Project, text: str, state: IncidentState, wish: Wish, *, days: int | None = None) -> Decided:
    """Decide what becomes of an incident, as an event of its own.

    Parameters
    ----------
    text
        Its id, the beginning of it, or a commit in its range.
    days
        How long the decision counts; None: until another.

    Raises
    ------
    ConfigError
        No incident or several are meant, nobody says who decides, or nobody says why.
    """
    if not (wish.reason or "").strip() and state is not IncidentState.REOPENED:
        raise ConfigError("nobody says why", where="--reason", hint='for example --reason "wanted: it checks more now"')
    author = author_of(project, wish)
    found = triage(project)
    incident = found.one(text)
    _refuse_nothing(incident, state)
    time = time_of_decision(found.gathered)
    series = found.context.timeline.series
    keys = dict.fromkeys(series[member.series].key for member in incident.members)
    event = IncidentDecided(
        time=time,
        author=author,
        reason=wish.reason or None,
        incident=incident.id,
        state=state,
        good=found.commits[incident.good].sha if incident.good >= 0 else None,
        bad=found.commits[incident.commit].sha,
        series=tuple(keys)[:NAMED_MEMBERS],
        size=incident.size,
        members=len(incident.members),
        until=None if days is None else datetime.now(UTC) + timedelta(days=days),
    )
    names = tuple(found.context.series_text(member.series) for member in incident.members)
    what = f"incident {incident.id} is {state}"
    return store(project, [event], wish, what, names, list(found.notes))
