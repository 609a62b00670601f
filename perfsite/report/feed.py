"""The feed of incidents as data: what somebody who subscribed is told, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from perfsite.model.incident import IncidentKind, IncidentState
from perfsite.report import incident_words, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.model.incident import Incident
    from perfsite.report.context import Context
    from perfsite.report.incident_views import IncidentLine

MOST_ENTRIES: Final = 50
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that nobody knows: a feed must name one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One incident in the feed; texts are plain and may be hostile.

    `key` names the incident for ever, wherever the site stands. `published` is the time of its culprit, `updated` that
    of what happened to it last, both aware; neither is the time of the build.
    """

    key: str
    url: str
    title: str
    summary: str
    published: datetime
    updated: datetime
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """The newest incidents that are regressions, or were, the last to change first; at most 50."""

    title: str
    updated: datetime
    entries: tuple[FeedEntry, ...]


def feed_view(context: Context) -> FeedView:
    """Return the feed: confirmed incidents, improvements left out, for nobody must do anything about those."""
    entries = sorted(_entries(context), key=lambda entry: (entry.updated, entry.key), reverse=True)[:MOST_ENTRIES]
    commits = context.timeline.commits
    newest = max((_aware(commits[at].time) for at in context.trend_commits), default=_NO_TIME)
    return FeedView(title=context.judged.title, updated=newest, entries=tuple(entries))


def _entries(context: Context) -> Iterator[FeedEntry]:
    for incident in context.judged.incidents:
        if incident.confirmed and incident.kind is not IncidentKind.IMPROVEMENT:
            yield _entry(context, incident, context.incidents.lines[incident.id])


def _entry(context: Context, incident: Incident, line: IncidentLine) -> FeedEntry:
    published = _aware(context.timeline.commits[incident.commit].time)
    happened = [published, *(_aware(decision.time) for decision in incident.decisions)]
    if incident.fixed_at is not None:
        happened.append(_aware(context.timeline.commits[incident.fixed_at].time))
    is_new = incident.state is IncidentState.NEW
    return FeedEntry(
        key=incident.id,
        url=line.url,
        title=line.sentence if is_new else f"{line.state.capitalize()}: {line.sentence}",
        summary=_summary(incident, line),
        published=published,
        updated=max(happened),
        terms=(line.kind, line.state, *(term for term in (line.severity,) if term != "none")),
    )


def _summary(incident: Incident, line: IncidentLine) -> str:
    """Return an incident in a few sentences: what, how sure, which commit, where it stands."""
    state = line.state_text or f"{line.state}."
    culprit = f"Most likely since {line.commit.short} ({line.commit.date}): {wording.short_name(line.commit.subject)}."
    told = (f"{line.sentence}.", incident_words.lead(incident, line), culprit, f"{state[:1].upper()}{state[1:]}")
    return " ".join(text for text in told if text)


def _aware(time: datetime | None) -> datetime:
    """Return a time in UTC; 1970 where nobody knows it."""
    if time is None:
        return _NO_TIME
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
