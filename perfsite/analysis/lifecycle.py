"""The life of a finding: suspected at first sight, confirmed by the next run or withdrawn, and never quietly.

What later runs confirm is what the analysis without the newest run finds, too. So the life of every finding follows
from two analyses of one history, with and without its newest run, and needs no memory of what was once published.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.verdicts import IMPROVEMENT, REGRESSION
from perfsite.model.findings import VERDICTS, ChangePoint, Doubt, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

SHORT: Final = 100
"""Points below which every run counts for much; both analyses take no time."""
RECENT: Final = 8
"""Newest points that another newest point may excuse or accuse."""
NEAR: Final = 1.5
"""A level within this factor of the smallest severity may cross it with one run more."""
TOLERANCE: Final = 5
"""Points by which the place of a change may move with one more run and still be the same change."""


def is_quiet(now: Judgement, policy: Policy) -> bool:
    """Whether the newest run says nothing new, so that the analysis without it can differ in its changes only.

    Nothing is suspected, no recent point strayed, and no level lies where one run more makes it count or not. The tests
    hold `settle` of the whole analysis against this shortcut.
    """
    recent = slice(-RECENT, None)
    if len(now.verdicts) < SHORT or (now.doubts & int(Doubt.UNCONFIRMED)).any() or now.outliers[recent].any():
        return False
    before = np.append(now.baselines[[change.index for change in now.change_points]], now.baselines[-1])
    levels = np.append(now.levels[[change.index for change in now.change_points]], now.levels[-1])
    # Halves, because the distance of two huge values of different sign would overflow.
    sizes, least = np.abs(levels / 2 - before / 2), policy.severities.minor * np.abs(before / 2)
    return not ((sizes >= least / NEAR) & (sizes / NEAR <= least) & (sizes > 0)).any()


def tells_no_machine(now: Judgement, labels: NDArray[np.int32], enough: int) -> bool:
    """Whether the newest run cannot tell an earlier change from the machine's; `labels` has shape (n,).

    It can where its machine is new to the newest level, or comes back to it: until `enough` points there are its own.
    """
    if not now.change_points or labels[-1] < 0:
        return True
    level = labels[now.change_points[-1].index : -1]
    return int(np.count_nonzero(level == labels[-1])) >= enough


def settle(now: Judgement, before: Judgement, earlier: Callable[[], Judgement]) -> Judgement:
    """Return a judgement that says of its findings whether they are suspected, and which ones it withdraws.

    Parameters
    ----------
    now
        Of a series of n >= 2 points.
    before
        Of the same series without its newest point.
    earlier
        Gives that without its two newest points; asked only where a finding is gone, which is seldom.

    Notes
    -----
    The promise: wherever `before` calls a point a regression or an improvement that was confirmed there, `now` calls it
    the same, or it lies in a `Withdrawal` of `now` that was confirmed; places may move by TOLERANCE points. A finding
    that `before` does not have, however far back, is suspected (`Doubt.UNCONFIRMED`).
    """
    findings = _is_finding(now.verdicts)
    lost = np.flatnonzero(_is_finding(before.verdicts) & (before.verdicts != now.verdicts[:-1]))
    lost = lost[~_is_found(now.verdicts, lost, before.verdicts[lost])]
    if not findings.any() and not len(lost) and not now.change_points:
        return now
    doubts = now.doubts & ~np.int16(Doubt.UNCONFIRMED)
    places = np.flatnonzero(findings)
    starts = np.where(now.since[places] >= 0, now.since[places], places)
    suspected = places[~_is_found(before.verdicts, starts, now.verdicts[places])]
    # Where too few points tell the noise, the threshold judged alone: that doubt says more.
    suspected = suspected[now.doubts[suspected] & int(Doubt.NOISE_UNKNOWN) == 0]
    doubts[suspected] |= int(Doubt.UNCONFIRMED)
    p_values = now.p_values.copy()
    p_values[doubts & int(Doubt.UNCONFIRMED) == 0] = np.nan
    unsure = ~findings & (now.doubts & int(Doubt.UNCONFIRMED) > 0)
    doubts[unsure] |= int(Doubt.UNCONFIRMED)
    withdrawn: tuple[Withdrawal, ...] = ()
    if len(lost):
        withdrawn = _withdrawals(now, before, earlier(), lost)
        for one in withdrawn:
            doubts[one.start : one.end] |= int(Doubt.WITHDRAWN)
    changes = _with_stage(now, before)
    return replace(now, doubts=doubts, p_values=p_values, withdrawn=withdrawn, change_points=changes)


def _is_finding(verdicts: NDArray[np.int8]) -> BoolArray:
    found: BoolArray = (verdicts == REGRESSION) | (verdicts == IMPROVEMENT)
    return found


def _is_found(verdicts: NDArray[np.int8], places: IntArray, wanted: NDArray[np.int8]) -> BoolArray:
    """Return which places have the wanted verdict within TOLERANCE points."""
    n, found = len(verdicts), np.zeros(len(places), dtype=np.bool_)
    for shift in range(-TOLERANCE, TOLERANCE + 1):
        at = places + shift
        inside = (at >= 0) & (at < n)
        found[inside] |= verdicts[at[inside]] == wanted[inside]
    return found


def _withdrawals(now: Judgement, before: Judgement, earlier: Judgement, lost: IntArray) -> tuple[Withdrawal, ...]:
    """Return what is withdrawn, one for each stretch of points that had one verdict and one beginning."""
    starts = np.where(before.since[lost] >= 0, before.since[lost], lost)
    confirmed = _is_found(earlier.verdicts, starts, before.verdicts[lost])
    breaks = (np.diff(lost) > 1) | (np.diff(before.verdicts[lost]) != 0) | (np.diff(starts) > 1) | np.diff(confirmed)
    return tuple(
        Withdrawal(
            start=int(part[0]),
            end=int(part[-1]) + 1,
            verdict=VERDICTS[int(before.verdicts[part[0]])],
            instead=VERDICTS[int(now.verdicts[part[0]])],
            delta=float(before.deltas[part[0]]),
            confirmed=bool(known[0]),
        )
        for part, known in zip(
            np.split(lost, np.flatnonzero(breaks) + 1), np.split(confirmed, np.flatnonzero(breaks) + 1), strict=True
        )
    )


def _with_stage(now: Judgement, before: Judgement) -> tuple[ChangePoint, ...]:
    """Return the change points, those that the analysis before does not have marked as not confirmed."""
    known = [change.index for change in before.change_points]
    return tuple(
        change if _is_known(change, known, before) else replace(change, confirmed=False) for change in now.change_points
    )


def _is_known(change: ChangePoint, known: Sequence[int], before: Judgement) -> bool:
    if any(abs(change.index - index) <= TOLERANCE for index in known):
        return True
    code = VERDICTS.index(change.verdict)
    is_finding = code in (REGRESSION, IMPROVEMENT)
    return is_finding and bool(_is_found(before.verdicts, np.array([change.index]), np.array([code], np.int8))[0])
