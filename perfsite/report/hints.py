"""Hints as readers see them: those of a benchmark as it stands, those of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.hints.find import most_telling
from perfsite.report.hint_views import HintView
from perfsite.report.slug import benchmark_url
from perfsite.report.wording import plural, short_name

if TYPE_CHECKING:
    from perfsite.model.hint import Hint
    from perfsite.model.incident import Incident
    from perfsite.model.series import SeriesKey
    from perfsite.report.context import Context

MOST_OF_COMMIT: Final = 2
"""Hints on a commit's page, which must stay light."""
MOST_OF_INCIDENT: Final = 6
LONGEST: Final = 600
"""Characters of a text of a hint: names within it may be endless."""


def benchmark_hints(context: Context, name: str) -> tuple[HintView, ...]:
    """Return the three hints at most that say most about a benchmark as it stands."""
    return tuple(_view(context, hint, name) for hint in most_telling(context.hints.by_benchmark.get(name, ())))


def commit_hints(context: Context, commit: int) -> tuple[HintView, ...]:
    """Return the hints at most that say most about what changed at a commit."""
    found = most_telling(context.hints.by_commit.get(commit, ()), MOST_OF_COMMIT)
    return tuple(_view(context, hint) for hint in found)


def change_hint(context: Context, commit: int, key: SeriesKey) -> str:
    """Return the sentence of the hint that says most about the change of a series at a commit; empty without one."""
    found = context.hints.by_change.get((commit, key), ())
    return short_name(most_telling(found, 1)[0].sentence, LONGEST) if found else ""


def incident_hints(context: Context, incident: Incident) -> tuple[HintView, ...]:
    """Return the hints at most that say most about the changes that an incident is made of."""
    commits = {incident.bad, *(member.commit for member in incident.members)}
    keys = {context.timeline.series[member.series].key for member in incident.members}
    found = (hint for commit in sorted(commits) for hint in context.hints.by_commit.get(commit, ()))
    telling = most_telling((hint for hint in found if not keys.isdisjoint(hint.series)), MOST_OF_INCIDENT)
    return tuple(_view(context, hint) for hint in telling)


def _view(context: Context, hint: Hint, benchmark: str | None = None) -> HintView:
    """Return a hint as seen from a benchmark's page, else from the series that it found first."""
    key = next((key for key in hint.series if key.benchmark == benchmark), hint.series[0])
    parameters = f"{key.parameter_text} · " if key.parameters else ""
    more = f" and {plural(len(hint.series) - 1, 'more series', 'more series')}" if len(hint.series) > 1 else ""
    return HintView(
        rule=hint.rule,
        sentence=short_name(hint.sentence, LONGEST),
        confidence=hint.confidence.name.lower(),
        because=short_name(hint.because, LONGEST),
        next_step=short_name(hint.next_step, LONGEST),
        benchmark=key.benchmark,
        url=benchmark_url(key.benchmark),
        where=short_name(f"{parameters}{key.metric} · {key.environment}", 120) + more,
        commit=None if hint.commit is None else context.refs[hint.commit],
    )
