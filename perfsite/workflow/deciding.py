"""What deciding about baselines has in common: who, on which series, with what findings, and where it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from perfsite.analysis.batches import analyse
from perfsite.errors import ConfigError, HistoryError
from perfsite.model.decisions import Decisions
from perfsite.model.event import SeriesSelector
from perfsite.report.wording import short_name
from perfsite.workflow import codebase
from perfsite.workflow.causes import with_causes
from perfsite.workflow.judging import case_of, directed, policy_of
from perfsite.workflow.keeping import keep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfsite.model.decisions import SeriesDecisions
    from perfsite.model.event import Event
    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series, SeriesKey
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project

MOST_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who decides what about which series; `author` None: whom git knows; `push`: onto the history branch."""

    series: SeriesSelector = field(default_factory=SeriesSelector)
    author: str | None = None
    reason: str | None = None
    push: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided: the events as stored, for which series in words, and what should be said beside it."""

    events: tuple[Event, ...]
    what: str
    series: tuple[str, ...]
    place: str
    written: int
    warnings: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """Return the answer for people."""
        lines = [f"{self.what}, written to {self.place}:"]
        lines.extend(f"  {name}" for name in self.series[:MOST_LISTED])
        if len(self.series) > MOST_LISTED:
            lines.append(f"  and {len(self.series) - MOST_LISTED} more")
        return lines

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {
            "version": 1,
            "written": self.written,
            "place": self.place,
            "events": [
                {"id": event.id, "time": event.time.isoformat(), "author": event.author, "reason": event.reason}
                for event in self.events
            ],
            "series": list(self.series),
        }


@dataclass(frozen=True, slots=True)
class Chosen:
    """A selected series with what is decided about it, and its findings."""

    series: Series
    decided: SeriesDecisions
    judgement: Judgement

    @property
    def name(self) -> str:
        """Return what the series is called, in one line."""
        return series_name(self.series.key)


def series_name(key: SeriesKey) -> str:
    """Return what a series is called, in one line."""
    parameters = f" ({key.parameter_text})" if key.parameters else ""
    return f"{short_name(key.benchmark + parameters)} {short_name(key.metric, 40)} in {key.environment}"


def time_of_decision(gathered: Gathered) -> datetime:
    """Return when what is decided now counts from: after all that was decided before, whatever the clocks said."""
    now = datetime.now(UTC)
    newest = max((event.time for event in gathered.events), default=now)
    return now if newest < now else newest + timedelta(microseconds=1)


def author_of(project: Project, wish: Wish) -> str:
    """Return who decides: a name given, else the one that git commits under."""
    author = (wish.author or "").strip() or codebase.user_name(project)
    if not author:
        raise ConfigError(
            "nobody says who decides", where="--author", hint="git config user.name 'Your Name', or give --author NAME"
        )
    return author


def choose(project: Project, gathered: Gathered, selector: SeriesSelector) -> Iterator[Chosen]:
    """Yield the selected series that have points, with their findings."""
    timeline = gathered.timeline
    decisions = Decisions(gathered.events, timeline.commits)
    if not timeline.runs:
        raise HistoryError("there is no run yet", where=str(project.history), hint="`perfsite record FILE` adds one")
    series, _ = with_causes([directed(one, project.settings) for one in timeline.series], timeline.versions)
    selected = [(i, one) for i, one in enumerate(series) if len(one) and selector.selects(one.key)]
    if not selected:
        raise ConfigError(
            f"no series is selected by {selector}",
            hint="globs are case-sensitive; `perfsite baseline list` shows every series",
        )
    for number, one in selected:
        decided = decisions.of(one)
        case = case_of(one, policy_of(one, project.settings), decided, timeline.calibrations.get(number))
        yield Chosen(one, decided, analyse(case).judgement)


def store(
    project: Project, events: Sequence[Event], wish: Wish, what: str, names: tuple[str, ...], warnings: list[str]
) -> Decided:
    """Store decisions, in the directory or on the branch; `what` they are, in words, for the series of those names."""
    from perfsite.history.events import decode, encode

    stored = tuple(decode(encode(event), where="") for event in events)
    kept = keep(project, push=wish.push)
    appended = kept.store.append_events(stored)
    place = kept.place if wish.push else f"{kept.place}/events.jsonl"
    return Decided(
        events=stored, what=what, series=names, place=place, written=appended.written, warnings=tuple(warnings)
    )


def few(names: Sequence[str]) -> str:
    """Return the first names of many, in one line."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
