"""Take decisions about baselines back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.errors import ConfigError
from perfsite.model.decisions import Decisions
from perfsite.model.event import BaselineAccepted, BaselinePinned, BaselineWithdrawn, SeriesSelector, Withdrawals
from perfsite.model.series import SeriesKey
from perfsite.report.wording import plural, short_name
from perfsite.workflow.deciding import Decided, Wish, author_of, series_name, store, time_of_decision
from perfsite.workflow.gather import gather

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.workflow.project import Project


def unpin(project: Project, wish: Wish) -> Decided:
    """Take back whatever is pinned for the series selected: from now on their own baseline counts.

    Raises
    ------
    ConfigError
        Nobody says who decides, or nothing is pinned for them.
    """
    author, gathered = author_of(project, wish), gather(project)
    now = time_of_decision(gathered)
    decisions = Decisions(gathered.events, gathered.timeline.commits)
    selected = [one for one in gathered.timeline.series if wish.series.selects(one.key)]
    pinned = [one for one in selected if decisions.of(one).pin is not None]
    gone = [
        f"{short_name(benchmark)} {short_name(metric, 40)} (no series has that name now)"
        for benchmark, metric, _ in decisions.pins.unmatched((one.key, one.unit) for one in gathered.timeline.series)
        if wish.series == SeriesSelector() or wish.series.benchmark == benchmark
    ]
    if not pinned and not gone:
        raise ConfigError(
            f"nothing is pinned for {wish.series}", hint="`perfsite baseline list` shows what is, and since when"
        )
    event = BaselineWithdrawn(time=now, author=author, reason=wish.reason, series=wish.series)
    names = tuple(series_name(one.key) for one in pinned)
    what = f"{plural(len(names) + len(gone), 'baseline')} unpinned"
    return store(project, [event], wish, what, (*names, *gone), [])


def withdraw(project: Project, decision: str, wish: Wish) -> Decided:
    """Take back one decision, pinned or accepted, for the series selected.

    Parameters
    ----------
    decision
        Its id, or the beginning of it, at least four digits.

    Raises
    ------
    ConfigError
        Nobody says who decides, or no decision, or more than one, has such an id.
    """
    author, gathered = author_of(project, wish), gather(project)
    now = time_of_decision(gathered)
    told = [event for event in gathered.events if isinstance(event, BaselinePinned | BaselineAccepted)]
    fitting = [event for event in told if len(decision) >= 4 and str(event.id).startswith(decision.lower())]
    if len(fitting) != 1:
        problem = "more than one decision" if fitting else "no decision about baselines"
        raise ConfigError(
            f"{problem} has an id that begins with '{decision[:40]}'",
            hint="`perfsite baseline list --history` shows the ids",
        )
    withdrawn, keys = fitting[0], [one.key for one in gathered.timeline.series]
    kind = "acceptance" if isinstance(withdrawn, BaselineAccepted) else "pin"
    of = f" of {withdrawn.author}" if withdrawn.author else ""
    what = f"the {kind}{of} of {withdrawn.time:%Y-%m-%d}"
    names = _concerned(withdrawn, keys, wish.series)
    if not names:
        raise ConfigError(f"{what} is not about {wish.series}", hint="leave the globs out to withdraw all of it")
    taken_back = Withdrawals(gathered.events)
    still = [key for key in names if taken_back.of(withdrawn, key) is None]
    if not still:
        raise ConfigError(f"{what} was withdrawn already", hint="`perfsite baseline list --history` shows what counts")
    event = BaselineWithdrawn(time=now, author=author, reason=wish.reason, decision=withdrawn.id, series=wish.series)
    return store(project, [event], wish, f"{what} withdrawn", tuple(series_name(key) for key in still), [])


def _concerned(
    event: BaselinePinned | BaselineAccepted, keys: Sequence[SeriesKey], selector: SeriesSelector
) -> list[SeriesKey]:
    """Return which of the selected series a decision is about; those it names where the history has none of them."""
    if isinstance(event, BaselineAccepted):
        about = [key for key in keys if event.series.selects(key)] or [_of_selector(event.series)]
    else:
        named = {(one.benchmark, one.metric, tuple(sorted(one.parameters.items()))): one for one in event.values}
        about = [
            key
            for key in keys
            if (key.benchmark, key.metric, key.parameters) in named and event.environment in (None, key.environment)
        ] or [
            SeriesKey(benchmark=name, metric=metric, parameters=parameters, environment=event.environment or "*")
            for name, metric, parameters in named
        ]
    return [key for key in dict.fromkeys(about) if selector.selects(key)]


def _of_selector(selector: SeriesSelector) -> SeriesKey:
    """Return a name that stands for the series meant by an acceptance that selects none any more."""
    return SeriesKey(
        benchmark=selector.benchmark, metric=selector.metric, parameters=(), environment=selector.environment
    )
