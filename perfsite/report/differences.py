"""What changed between two positions of the trend: the ratio of every series, its noise, and what can be said of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.findings import VERDICTS, ChangePoint, Doubt, Verdict
from perfsite.model.policy import Severities
from perfsite.report import wording
from perfsite.report.machines import machine_change

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.report.context import Context
    from perfsite.report.levels import Column, Flat, Levels

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

SMALLEST: Final = math.log1p(Severities().minor)
"""Log ratio below which a difference of levels does not matter."""
LARGEST_NOISE: Final = math.log1p(Severities().critical)
"""Half an interval, as a log ratio, beyond which nothing found does not mean that nothing happened."""
SURE: Final = 1.959964
"""Standard errors that the difference of a series with a change point must exceed: that change was tested already."""
SURE_OF_DRIFT: Final = 5.0
"""Standard errors that it must exceed without one: no commit explains it, and levels wander."""
MOST_WITH_MACHINE: Final = 0.1
"""Share of an environment's series that may change with the machine before none of them is compared."""
_CODES: Final = {verdict: code for code, verdict in enumerate(VERDICTS)}
_MACHINE: Final = int(Doubt.NEW_LABEL | Doubt.TOGETHER | Doubt.SAME_CODE)
NOT_COMPARED: Final = -1
MOST_KEPT: Final = 64
FINDINGS: Final = (Verdict.REGRESSION, Verdict.IMPROVEMENT)


@dataclass(slots=True, eq=False)
class Difference:
    """All series at one position against an earlier one, shape (S,): new ÷ old.

    `logs` are the logarithms of the ratios (NaN: not compared), `errors` their standard errors (NaN: noise not known),
    `verdicts` codes (`NOT_COMPARED` where there are none). By number of the series: `changes` are the change points
    between the two, those first that went the way of the series, by size; `doubts` says in words what to know;
    `suspected` are those that only the newest runs show, `with_machine` those that
    the machine may have changed. `left_out` says why none of an environment's series is
    compared. `added`, `removed` are numbers of series, `no_ratio` of those that are zero or less at one of the two, so
    that no ratio exists. `flat` holds the points that the places in columns speak of.
    """

    flat: Flat
    old: Column
    new: Column
    logs: FloatArray
    errors: FloatArray
    verdicts: NDArray[np.int8]
    changes: Mapping[int, Sequence[ChangePoint]]
    doubts: dict[int, str] = field(default_factory=dict)
    suspected: set[int] = field(default_factory=set)
    with_machine: set[int] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    added: Sequence[int] = ()
    removed: Sequence[int] = ()
    no_ratio: Sequence[int] = ()

    @property
    def compared(self) -> IntArray:
        """Return the numbers of the series that were compared."""
        return np.flatnonzero(self.verdicts != NOT_COMPARED)

    def numbers_of(self, verdict: Verdict) -> list[int]:
        """Return the numbers of the series with a verdict, the largest difference first, suspected ones last."""
        found = np.flatnonzero(self.verdicts == _CODES[verdict])
        numbers: list[int] = found[np.argsort(-np.abs(self.logs[found]), kind="stable")].tolist()
        return sorted(numbers, key=self.suspected.__contains__)

    def is_moved(self, number: int) -> bool:
        """Whether a series' level is surely another one, however little that matters and whichever way is better."""
        is_beyond = abs(self.logs[number]) > SURE * self.errors[number]
        return bool(number in self.changes and is_beyond) or VERDICTS[self.verdicts[number]] in FINDINGS

    def interval(self, number: int) -> tuple[float, float]:
        """Return the 95 % interval of a series' delta; NaN where its noise is not known."""
        half = SURE * float(self.errors[number])
        lower, upper = (math.expm1(min(float(self.logs[number]) + way * half, 700.0)) for way in (-1, 1))
        return lower, upper

    def commits_of(self, number: int) -> list[int]:
        """Return the commits that moved a series, the one that did most of it first; none where it drifted."""
        flat, start = self.flat, int(self.flat.starts[number])
        if number in self.suspected and not self.changes[number]:
            return [int(flat.commits[flat.first[self.new.at[number]]])]
        return list(dict.fromkeys(int(flat.commits[start + change.index]) for change in self.changes.get(number, ())))

    def came_back(self) -> int:
        """Return how many series changed in between and are where they were."""
        numbers = (number for number, changes in self.changes.items() if any(map(_matters, changes)))
        return sum(int(self.verdicts[number]) == _CODES[Verdict.NO_CHANGE] for number in numbers)


class Differences:
    """Compares positions of the trend; what all comparisons share is made once."""

    def __init__(self, context: Context, levels: Levels) -> None:
        self._context = context
        self._levels = levels
        self.environments = [one.key.environment for one in context.timeline.series]
        self.signs = levels.signs
        self.between = lru_cache(maxsize=MOST_KEPT)(self._between)

    @cached_property
    def _members(self) -> Mapping[str, IntArray]:
        """Return the numbers of the series of each environment."""
        found: dict[str, list[int]] = {}
        for number, name in enumerate(self.environments):
            found.setdefault(name, []).append(number)
        return {name: np.array(numbers, np.int64) for name, numbers in sorted(found.items())}

    def _between(self, old: int, new: int) -> Difference:
        """Return the difference of two positions, `old` <= `new`."""
        before, after = self._levels.column(old), self._levels.column(new)
        logs = np.where((before.at >= 0) & (after.at > before.at), after.logs - before.logs, np.nan)
        errors = self._errors(before, after)
        changes = self._changes(before, after, logs)
        found = Difference(self._levels.flat, before, after, logs, errors, self._plain(logs, errors), changes)
        self._weigh(found)
        self._leave_out(found, old, new)
        found.verdicts[~np.isfinite(found.logs)] = NOT_COMPARED
        known = self._where(lambda stops: bool(stops[0] <= old))
        run = self._where(lambda stops: bool(np.diff(np.searchsorted(stops, [old, new], side="right"))[0]))
        found.added = np.flatnonzero((after.at >= 0) & (before.at < 0) & known).tolist()
        flawed = self._levels.is_flawed(before) | self._levels.is_flawed(after)
        found.no_ratio = np.flatnonzero((before.at >= 0) & (after.at > before.at) & flawed).tolist()
        found.removed = np.flatnonzero((before.at >= 0) & (after.at < 0) & run).tolist()
        return found

    def _where(self, holds: Callable[[IntArray], bool]) -> BoolArray:
        """Return for which series something holds of the commits that have a run of their environment."""
        stops = self._context.stops
        true = np.zeros(len(self.environments), np.bool_)
        for name, members in self._members.items():
            at = stops.get(name)
            true[members] = at is not None and len(at) > 0 and holds(at.astype(np.int64))
        return true

    def _errors(self, before: Column, after: Column) -> FloatArray:
        """Return the standard errors of the log ratios; runs that count for both cancel out."""
        shared = np.maximum(np.minimum(before.high, after.high) - np.maximum(before.low, after.low), 0)
        cancelled = 2 * shared / np.maximum(before.counts * after.counts, 1)
        single = (self._levels.noise**2) * cancelled
        errors: FloatArray = np.sqrt(np.maximum(before.errors**2 + after.errors**2 - single, 0.0))
        return errors

    def _plain(self, logs: FloatArray, errors: FloatArray) -> NDArray[np.int8]:
        """Return the verdicts of series without a change point."""
        with np.errstate(invalid="ignore"):
            is_large = (np.abs(logs) > SURE_OF_DRIFT * errors) & (np.abs(logs) >= SMALLEST)
            is_quiet = errors * SURE <= LARGEST_NOISE
        worse = np.where(logs * self.signs > 0, _CODES[Verdict.REGRESSION], _CODES[Verdict.IMPROVEMENT])
        found = np.where(is_quiet, _CODES[Verdict.NO_CHANGE], _CODES[Verdict.UNSURE])
        return np.where(is_large & (self.signs != 0), worse, found).astype(np.int8)

    def _changes(self, before: Column, after: Column, logs: FloatArray) -> dict[int, Sequence[ChangePoint]]:
        """Return the change points between two positions, by series; none of a level that is suspected only."""
        flat = self._levels.flat
        moved = np.flatnonzero((after.at > before.at) & np.isfinite(logs))
        moved = moved[flat.first[after.at[moved]] > before.at[moved]]
        found: dict[int, Sequence[ChangePoint]] = {}
        for number in moved.tolist():
            start = int(flat.starts[number])
            low, high = int(before.at[number]) - start, int(after.at[number]) - start
            changes = self._context.judged.judgements[number].change_points
            between = [change for change in changes if low < change.index <= high]
            found[number] = sorted(between, key=partial(_weight, float(logs[number])))
        return found

    def _weigh(self, found: Difference) -> None:
        """Give series whose level changed in between their verdict."""
        judgements = self._context.judged.judgements
        for number, changes in found.changes.items():
            doubts = judgements[number].doubts
            machine = next((one for one in changes if int(doubts[one.index]) & _MACHINE), None)
            if machine is not None and machine.verdict is Verdict.UNSURE:
                found.verdicts[number] = _CODES[Verdict.UNSURE]
                found.doubts[number] = self._why(number, machine)
                found.with_machine.add(number)
                continue
            log, error = float(found.logs[number]), float(found.errors[number])
            if not changes or not all(change.confirmed for change in changes):
                found.suspected.add(number)
            if abs(log) < SMALLEST or abs(log) <= SURE * error or not self.signs[number]:
                found.verdicts[number] = _CODES[Verdict.NO_CHANGE]
            elif changes and all(change.verdict is Verdict.UNSURE for change in changes):
                found.verdicts[number] = _CODES[Verdict.UNSURE]
                found.doubts[number] = "not sure that its level changed"
            else:
                verdict = Verdict.REGRESSION if log * self.signs[number] > 0 else Verdict.IMPROVEMENT
                found.verdicts[number] = _CODES[verdict]

    def _why(self, number: int, change: ChangePoint) -> str:
        context = self._context
        bits = int(context.judged.judgements[number].doubts[change.index]) & _MACHINE
        words = machine_change(context.timeline.series[number], change.index, context.timeline.labels)
        return words if words and bits & Doubt.NEW_LABEL else wording.doubt_texts(bits)[0]

    def _leave_out(self, found: Difference, old: int, new: int) -> None:
        """Leave out what the machine may have done: single series, or all of an environment."""
        unsure = _CODES[Verdict.UNSURE]
        with_machine = np.array(sorted(found.with_machine), np.int64)
        for name, members in self._members.items():
            measured = members[np.isfinite(found.logs[members])]
            if not len(measured):
                continue
            mine = np.intersect1d(with_machine, measured)
            why = self._together(name, old, new)
            if not why and len(mine) > MOST_WITH_MACHINE * len(measured):
                why = found.doubts[int(mine[0])]
            if why:
                found.left_out[name] = why
                found.verdicts[measured] = NOT_COMPARED
            else:
                found.verdicts[mine] = unsure

    def _together(self, environment: str, old: int, new: int) -> str:
        """Return that an environment's series moved together between two commits, and did not move back."""
        shifts = [
            shift
            for (name, commit), shift in self._context.shifts_at.items()
            if name == environment and old < commit <= new
        ]
        if abs(sum(math.log1p(shift.delta) for shift in shifts)) < SMALLEST:
            return ""
        return wording.together_text(max(shifts, key=lambda shift: abs(math.log1p(shift.delta))))


def _weight(log: float, change: ChangePoint) -> tuple[bool, float]:
    """Return a key that sorts changes: first those that went the way of all of them together, by size."""
    size = abs(math.log1p(change.delta)) if -1 < change.delta < math.inf else 0.0
    return change.delta * log <= 0, -size


def _matters(change: ChangePoint) -> bool:
    return change.verdict is not Verdict.NO_CHANGE
