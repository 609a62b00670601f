"""Update baselines: what a check fails on becomes normal by a decision that has an author and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.errors import ConfigError
from perfsite.model.event import BaselineAccepted, BaselinePinned, PinnedValue, SeriesSelector
from perfsite.model.findings import Rule, Verdict
from perfsite.model.run import Direction
from perfsite.model.units import format_value
from perfsite.report.wording import delta_text, plural
from perfsite.workflow.deciding import author_of, series_name, store, time_of_decision
from perfsite.workflow.gather import gather

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.event import Event
    from perfsite.report.check import CheckRow
    from perfsite.workflow.check import Checked
    from perfsite.workflow.deciding import Decided, Wish
    from perfsite.workflow.project import Project


def update_baselines(project: Project, checked: Checked, wish: Wish, *, strict: bool) -> Decided | None:
    """Record that the level of every regression that a rule fails is the new normal; None where none is.

    A regression of a stored commit of the default branch is accepted at that commit: later improvements move its
    baseline again. Any other contender has no point in a trend at which its level could be accepted, so its values are
    pinned; so are those of series whose baseline is pinned already. Budgets are limits on values, which no decision
    about baselines moves.

    Parameters
    ----------
    wish
        Who decides, why, and whether the decision goes onto the branch.
    strict
        Whether warnings count as failures.

    Raises
    ------
    ConfigError
        Nobody says why, or who.
    HistoryError
        The decision cannot be written.
    """
    least = Rule.WARN if strict else Rule.FAIL
    rows = [row for row in checked.view.rows if row.rule >= least and row.verdict is Verdict.REGRESSION]
    if not rows:
        return None
    if not (wish.reason or "").strip():
        raise ConfigError("a worse level is accepted for a reason", where="--reason", hint="say why it is worth it")
    author, now = author_of(project, wish), time_of_decision(gather(project, fetch=False))
    accepted = [row for row in rows if checked.is_stored and row.pinned is None]
    also = {row.key for row in checked.view.rows} - {row.key for row in accepted}
    # What a selector cannot tell from its neighbours is not accepted with them.
    accepted = [row for row in accepted if not any(selector_of(row).selects(key) for key in also)]
    events: list[Event] = [
        BaselineAccepted(time=now, author=author, reason=wish.reason, commit=checked.view.sha, series=selector_of(row))
        for row in accepted
    ]
    pinned = [row for row in rows if row not in accepted]
    events += [
        BaselinePinned(
            time=now,
            author=author,
            reason=wish.reason,
            environment=environment,
            commit=checked.view.sha,
            source=checked.source,
            values=group,
        )
        for environment in sorted({row.environment for row in pinned})
        for group in _apart([_value(row) for row in pinned if row.environment == environment])
    ]
    done = [f"{plural(len(accepted), 'regression')} accepted as the new normal"] if accepted else []
    if pinned:
        done.append(f"{plural(len(pinned), 'baseline')} pinned to the values of {checked.view.sha[:8]}")
    warnings = [] if wish.push else ["the decision counts here at once, and for others once history/ is pushed"]
    return store(project, events, wish, " and ".join(done), tuple(_name(row) for row in rows), warnings)


def selector_of(row: CheckRow) -> SeriesSelector:
    """Return what selects the series of a row and nothing else: its names are no globs.

    But for one: no glob that can be stored fits the empty text of a series without parameters only, so that it selects
    those with parameters, too.
    """
    parameters = ", ".join(f"{name}={value}" for name, value in row.parameters)
    return SeriesSelector(
        benchmark=_literal(row.benchmark),
        parameters=_literal(parameters) or "*",
        metric=_literal(row.metric),
        environment=_literal(row.environment),
    )


def _literal(text: str) -> str:
    """Return a glob that fits a text only.

    Examples
    --------
    >>> _literal("read[0] *?")
    'read[[]0] [*][?]'
    """
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _value(row: CheckRow) -> PinnedValue:
    return PinnedValue(
        benchmark=row.benchmark,
        metric=row.metric,
        unit=row.unit,
        direction=Direction(row.direction),
        value=row.value,
        parameters=dict(row.parameters),
        points=1,
    )


def _apart(values: Sequence[PinnedValue]) -> list[tuple[PinnedValue, ...]]:
    """Return values in groups of which none names a series twice: two units of one name are two series."""
    groups: list[dict[tuple[object, ...], PinnedValue]] = []
    for value in values:
        identity = (value.benchmark, value.metric, tuple(sorted(value.parameters.items())))
        fitting = next((group for group in groups if identity not in group), None)
        if fitting is None:
            groups.append(fitting := {})
        fitting[identity] = value
    return [tuple(group.values()) for group in groups]


def _name(row: CheckRow) -> str:
    key = row.key
    return f"{series_name(key)}: {format_value(row.value, row.unit)}, {delta_text(row.delta)}"
