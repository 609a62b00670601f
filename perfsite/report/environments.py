"""Environments as a reader sees them: facts, when they changed, machines, rhythm and noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.model.machine import COMPARABILITY, machine_text
from perfsite.report import wording
from perfsite.report.causes import fact_text
from perfsite.report.environment_machines import Measured
from perfsite.report.environment_views import (
    EnvironmentCard,
    EnvironmentsView,
    FactsChanged,
    MachineRow,
    ShiftRow,
)
from perfsite.report.slug import slug
from perfsite.report.views import EnvironmentView

if TYPE_CHECKING:
    from perfsite.history.timeline import RunFacts
    from perfsite.model.causes import FactChange
    from perfsite.report.context import Context
    from perfsite.report.environment_machines import MachineSeen

MOST_CHANGES: Final = 20
MOST_MACHINES: Final = 8
MOST_SHIFTS: Final = 10


def environments_view(context: Context) -> EnvironmentsView:
    """Return the page on the environments: those without a run on the trend, too."""
    cards = [_card(context, name) for name in sorted(context.runs_in)]
    living = tuple(card for card in cards if not card.is_retired)
    retired = tuple(card for card in cards if card.is_retired)
    return EnvironmentsView(sentence=_sentence(len(living), len(retired)), environments=living, retired=retired)


def environments_document(context: Context) -> Mapping[str, Any]:
    """Return what is published as `data/environments.json`: every environment with its facts and their changes."""
    return {"version": 1, "environments": [_told(context, name) for name in sorted(context.runs_in)]}


def environment_views(context: Context) -> tuple[EnvironmentView, ...]:
    """Return every environment with its newest facts."""
    return tuple(_in_short(context, name, runs) for name, runs in sorted(context.runs_in.items()))


def _in_short(context: Context, name: str, runs: Sequence[RunFacts]) -> EnvironmentView:
    told = _own(runs)
    newest = _newest(told)
    return EnvironmentView(
        name=name,
        runs=len(runs),
        commits=len({run.commit for run in runs}),
        first=wording.date_text(min(run.time for run in told)),
        last=wording.date_text(newest.time),
        facts=context.facts_text(newest),
    )


def _told(context: Context, name: str) -> dict[str, Any]:
    runs = context.runs_in[name]
    told = _own(runs)
    newest = _newest(told)
    floor = _median_floor(context, name)
    measured = _measured(context, name)
    return {
        "name": name,
        "url": environment_url(name),
        "retired": context.is_retired_environment(name),
        "runs": len(runs),
        "series": len(context.numbers_in.get(name, ())),
        "first": wording.date_text(min(run.time for run in told)),
        "last": wording.date_text(newest.time),
        "commit": newest.commit,
        "noise_floor": None if floor is None else float(f"{floor:.6g}"),
        "facts": dict(context.facts_text(newest)),
        "machines": [
            {"machine": machine_text(one.machine), "runs": one.runs, "first": one.first, "last": one.last}
            for one in measured.seen()
        ],
        "changes": [
            {"commit": newer, "fact": change.name, "before": change.before, "after": change.after}
            for _, newer, found in _changes(context, name, measured)
            for change in found
        ],
    }


def environment_url(name: str) -> str:
    """Return the place of an environment from the root of the site."""
    return f"environments/#{slug(name)}"


def _own(runs: Sequence[RunFacts]) -> Sequence[RunFacts]:
    """Return the runs that tell of an environment: a pull request's says of its machine what its author wants."""
    return [run for run in runs if run.pull_request is None] or runs


def _newest(runs: Sequence[RunFacts]) -> RunFacts:
    return max(runs, key=lambda run: (run.time, run.id))


def _measured(context: Context, name: str) -> Measured:
    off = context.timeline.off_trend
    return Measured.by([run for run in context.runs_in[name] if run.pull_request is None and run.commit not in off])


def _card(context: Context, name: str) -> EnvironmentCard:
    runs = context.runs_in[name]
    told = _own(runs)
    newest = _newest(told)
    numbers = context.numbers_in.get(name, ())
    retired = sum(context.is_retired(context.timeline.series[number]) for number in numbers)
    measured = _measured(context, name)
    machines = measured.seen()
    changes = _changes(context, name, measured)
    shifts = sorted((one for one in context.judged.shifts if one.environment == name), key=lambda one: -one.commit)
    facts = context.facts_text(newest)
    return EnvironmentCard(
        name=name,
        anchor=slug(name),
        is_retired=context.is_retired_environment(name),
        runs=len(runs),
        pull_runs=sum(run.pull_request is not None for run in runs),
        commits=len({run.commit for run in runs}),
        series=len(numbers) - retired,
        retired_series=retired,
        first=wording.date_text(min(run.time for run in told)),
        last=wording.date_text(newest.time),
        newest=context.refs[newest.commit],
        rhythm=rhythm_text(_times(runs)),
        noise=wording.noise_text(_median_floor(context, name)),
        noise_of=_noise_of(_floors(context, name)),
        bad_runs=sum(run.environment == name for run in context.judged.bad_runs),
        splitting=tuple((fact, facts.get(fact, "")) for fact in COMPARABILITY),
        recorded=tuple((fact, value) for fact, value in facts.items() if fact not in COMPARABILITY),
        restless=tuple(sorted(context.facts.restless(name))),
        machines=tuple(_machine(context, one, len(measured.machines)) for one in machines[:MOST_MACHINES]),
        machine_count=len(machines),
        changes=tuple(_changed(context, change) for change in reversed(changes[-MOST_CHANGES:])),
        change_count=len(changes),
        shifts=tuple(
            ShiftRow(text=f"{wording.together_text(one)}.", commit=context.refs[one.commit])
            for one in shifts[:MOST_SHIFTS]
        ),
        shift_count=len(shifts),
    )


def _changes(context: Context, name: str, measured: Measured) -> list[tuple[int, int, tuple[FactChange, ...]]]:
    """Return the runs of an environment at which facts changed: (commit before, commit, changes), oldest first."""
    stops = context.stops.get(name)
    if stops is None:
        return []
    moves = measured.moves()
    pairs = pairwise(stops.tolist())
    found = (
        (older, newer, (*moves.get(newer, ()), *context.facts.changes(name, older, newer))) for older, newer in pairs
    )
    return [one for one in found if one[2]]


def _changed(context: Context, change: tuple[int, int, tuple[FactChange, ...]]) -> FactsChanged:
    older, newer, found = change
    return FactsChanged(
        texts=tuple(fact_text(one) for one in found),
        splits=any(one.name in COMPARABILITY for one in found),
        commit=context.refs[newer],
        previous=context.refs[older],
        compare_url=context.compare_url(older, newer),
    )


def _machine(context: Context, seen: MachineSeen, runs: int) -> MachineRow:
    return MachineRow(
        text=machine_text(seen.machine),
        runs=seen.runs,
        share=share_text(seen.runs, runs),
        first=context.refs[seen.first],
        last=context.refs[seen.last],
        is_newest=seen.is_newest,
        lane=seen.lane if seen.runs < runs else "",
    )


def share_text(part: int, whole: int) -> str:
    """Return a share of runs: all of them only where it is so.

    Examples
    --------
    >>> share_text(3, 3), share_text(1, 3), share_text(1, 1000), share_text(999, 1000)
    ('all runs', '33 % of runs', 'under 1 % of runs', '99 % of runs')
    """
    if part == whole:
        return "all runs"
    percent = 100 * part / whole
    return "under 1 % of runs" if percent < 1 else f"{min(round(percent), 99)} % of runs"


def _floors(context: Context, name: str) -> list[float]:
    """Return the noise floors at the newest points of an environment's living series, where they are known."""
    timeline, judged = context.timeline, context.judged
    all_retired = context.is_retired_environment(name)
    floors = [
        float(judged.judgements[number].floors[-1])
        for number in context.numbers_in.get(name, ())
        if all_retired or not context.is_retired(timeline.series[number])
    ]
    return sorted(floor for floor in floors if np.isfinite(floor))


def _median_floor(context: Context, name: str) -> float | None:
    floors = _floors(context, name)
    return float(np.median(floors)) if floors else None


def _noise_of(floors: Sequence[float]) -> str:
    if not floors:
        return "no series has runs enough to tell"
    if len(floors) < 4:
        return f"median of {wording.plural(len(floors), 'series', 'series')}"
    low, high = (wording.noise_text(float(np.quantile(floors, share))) for share in (0.25, 0.75))
    return f"median of {wording.count_text(len(floors))} series; half of them {low} to {high}"


def _times(runs: Sequence[RunFacts]) -> list[float]:
    """Return when each commit was measured last, in seconds, sorted: suites of one commit come together."""
    times: dict[int, float] = {}
    for run in runs:
        if run.pull_request is None:
            times[run.commit] = max(times.get(run.commit, 0.0), run.time.timestamp())
    return sorted(times.values())


def rhythm_text(times: Sequence[float]) -> str:
    """Return how regularly commits were measured; `times` are seconds, sorted.

    Examples
    --------
    >>> day = 86_400.0
    >>> rhythm_text([0.0, day, 2 * day, 30 * day]), rhythm_text([0.0])
    ('typically every 24 hours, the longest pause 28 days', 'one measured commit so far')
    """
    if len(times) < 2:
        return "one measured commit so far" if times else "no run on the trend"
    gaps = np.diff(np.asarray(times))
    typical = f"typically every {_span(float(np.median(gaps))).removeprefix('1 ')}"
    return f"{typical}, the longest pause {_span(float(gaps.max()))}" if len(times) > 2 else f"{_span(gaps[0])} apart"


def _span(seconds: float) -> str:
    """Return how long something takes, in the largest unit that does not lose what matters."""
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return wording.plural(round(seconds / size), word)
    return "1 minute" if seconds >= 40 else "few seconds"


def _sentence(living: int, retired: int) -> str:
    if not living + retired:
        return "Nothing is measured yet."
    gone = f", and {retired} retired" if retired else ""
    return f"{wording.plural(living, 'environment')} measured{gone}. Runs of different environments are never compared."
