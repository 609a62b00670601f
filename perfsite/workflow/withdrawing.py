"""Take decisions about baselines back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perfsite.errors import ConfigError
from perfsite.model.decisions import Decisions
from perfsite.model.event import BaselineAccepted, BaselinePinned, BaselineWithdrawn, SeriesSelector
from perfsite.report.wording import plural, short_name
from perfsite.workflow.deciding import Decided, Wish, author_of, store
from perfsite.workflow.gather import gather

if TYPE_CHECKING:
    from perfsite.workflow.project import Project


def unpin(project: Project, wish: Wish) -> Decided:
    """Take back whatever is pinned for the series selected: from now on their own baseline counts.

    Raises
    ------
    ConfigError
        Nobody says who decides, or nothing is pinned for them.
    """
    author, now = author_of(project, wish), datetime.now(UTC)
    gathered = gather(project)
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
    names = tuple(
        f"{short_name(one.key.benchmark)} {short_name(one.key.metric, 40)} in {one.key.environment}" for one in pinned
    )
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
    author, now = author_of(project, wish), datetime.now(UTC)
    events = gather(project).events
    told = [event for event in events if isinstance(event, BaselinePinned | BaselineAccepted)]
    fitting = [event for event in told if len(decision) >= 4 and str(event.id).startswith(decision.lower())]
    if len(fitting) != 1:
        problem = "more than one decision" if fitting else "no decision about baselines"
        raise ConfigError(
            f"{problem} has an id that begins with '{decision[:40]}'",
            hint="`perfsite baseline list --history` shows the ids",
        )
    event = BaselineWithdrawn(time=now, author=author, reason=wish.reason, decision=fitting[0].id, series=wish.series)
    of = f" of {fitting[0].author}" if fitting[0].author else ""
    kind = "acceptance" if isinstance(fitting[0], BaselineAccepted) else "pin"
    what = f"the {kind}{of} of {fitting[0].time:%Y-%m-%d} withdrawn"
    return store(project, [event], wish, what, (str(wish.series),), [])
