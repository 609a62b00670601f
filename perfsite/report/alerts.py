"""Alerts as views: what a channel reads of an incident."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from perfsite.model.alert import AlertState
from perfsite.model.units import format_pair
from perfsite.report import wording
from perfsite.report.alert_views import Alert, AlertCommit

if TYPE_CHECKING:
    from perfsite.model.alert import IncidentNotified
    from perfsite.model.incident import Incident, Member
    from perfsite.report.context import Context
    from perfsite.report.incident_views import CulpritRow

MOST_COMMITS: Final = 10
MOST_HINTS: Final = 2
LONGEST_TITLE: Final = 150
WORDS: Final = {
    AlertState.NEW: "Suspected",
    AlertState.CONFIRMED: "Regression",
    AlertState.REOPENED: "Reopened",
    AlertState.FIXED: "Fixed",
    AlertState.IGNORED: "Ignored",
}
DOUBT: Final = (
    "Perhaps you have read this before: the run that was about to tell it ended before it could say whether it did."
)


def alert_of(
    context: Context, incident: Incident, state: AlertState, *, owners: Sequence[str] = (), is_doubtful: bool = False
) -> Alert:
    """Return what is told of an incident."""
    view = context.incidents.view(incident)
    line, first = view.line, incident.members[0]
    noise = context.judged.judgements[first.series].noise
    series = context.timeline.series[first.series]
    return Alert(
        id=incident.id,
        state=state,
        title=wording.short_name(f"{WORDS[state]}: {line.sentence}", LONGEST_TITLE),
        sentence=f"{line.sentence}.",
        url=absolute(context, line.url),
        severity=line.severity,
        confirmed=incident.confirmed,
        worst=line.worst,
        size=_size(first),
        noise=wording.noise_text(noise) if noise is not None else "not known yet",
        levels=" → ".join(format_pair(first.before, first.after, series.unit)),
        delta=first.delta if math.isfinite(first.delta) else None,
        size_fraction=incident.size,
        lead=view.lead,
        why=_why(line.state_text, view.why, state),
        doubt=DOUBT if is_doubtful else "",
        good=view.good.sha if view.good else None,
        bad=view.bad.sha,
        range_text=view.range_text,
        compare_url=view.compare_url,
        commits=tuple(_commit(context, row) for row in _likely_first(view.commits)[:MOST_COMMITS]),
        commit_count=view.commit_count,
        series=line.series,
        standing=line.standing,
        benchmarks=line.benchmarks,
        environments=line.environments,
        groups=groups_of(context, incident),
        owners=tuple(owners),
        hints=tuple(hint.sentence for hint in view.hints[:MOST_HINTS]),
        chart=view.chart,
    )


def withdrawn_alert(context: Context, told: IncidentNotified, *, is_doubtful: bool = False) -> Alert:
    """Return what is told of an incident that the analysis does not find any more; `told` is what was told last.

    Where no change is found the level is what it was before: a change that is mended within a few runs is gone like one
    that was chance, and nothing tells the two apart but the commits.
    """
    name = wording.short_name(told.series[0].benchmark, 60) if told.series else f"incident {told.incident}"
    more = f" and {len(told.series) - 1} more series" if len(told.series) > 1 else ""
    verb = "are" if more else "is"
    return Alert(
        id=told.incident,
        state=AlertState.FIXED,
        title=wording.short_name(f"{WORDS[AlertState.FIXED]}: {name}{more} {verb} back", LONGEST_TITLE),
        sentence=f"The change at {told.bad[:8]} that was told here did not last, or was chance.",
        url=absolute(context, f"commits/{told.bad}/"),
        withdrawn=True,
        doubt=DOUBT if is_doubtful else "",
        good=told.good,
        bad=told.bad,
        environments=tuple(sorted({key.environment for key in told.series})),
    )


def groups_of(context: Context, incident: Incident) -> tuple[str, ...]:
    """Return the groups that series of an incident are in, by name."""
    found = {name for member in incident.members for name in context.groups_of.get(member.series, ())}
    return tuple(sorted(found))


def absolute(context: Context, url: str) -> str | None:
    """Return where a page of the site is on the web; None where nobody knows."""
    site = context.judged.site_url
    return f"{site.rstrip('/')}/{url}" if site else None


def _why(decided: str, found: str, state: AlertState) -> str:
    if state is AlertState.IGNORED:
        return decided
    return found if state in (AlertState.REOPENED, AlertState.FIXED) else ""


def _size(member: Member) -> str:
    interval = wording.interval_text(member.lower, member.upper)
    return f"{wording.delta_text(member.delta)}{f' (95 %: {interval})' if interval else ''}"


def _likely_first(rows: Sequence[CulpritRow]) -> list[CulpritRow]:
    return sorted(rows, key=lambda row: not row.likely)


def _commit(context: Context, row: CulpritRow) -> AlertCommit:
    url = row.url
    return AlertCommit(
        short=row.short,
        subject=row.subject,
        author=row.author,
        date=row.date,
        url=url if url is None or url.startswith(("https://", "http://")) else absolute(context, url),
        likely=row.likely,
    )
