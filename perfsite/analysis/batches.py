"""Many series at once: what one worker does, on this machine or another; the analysis of a series needs only it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfsite.analysis.aside import judge_aside
from perfsite.analysis.calibrated import judge_by_calibration
from perfsite.analysis.judge import judge
from perfsite.analysis.slow import look_in_depth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfsite.analysis.slow import Surroundings
    from perfsite.model.calibration import Calibration
    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series
    from perfsite.model.slow import InDepth

BATCH_POINTS = 20_000
"""Points that make a batch: a twentieth of a second's work, against a millisecond to send it somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that the analysis of one series needs.

    `aside` are the points of the same key that are in no trend, if any; `accepted`, `pinned`, `told` and `watched` are
    what `perfsite.analysis.judge.judge` takes. `around` is what `perfsite.analysis.slow.look_in_depth` takes, None
    where a series need not be looked at in depth; `calibrated` is what calibration runs say of its noise.
    """

    series: Series
    policy: Policy
    aside: Series | None = None
    accepted: tuple[int, ...] = ()
    pinned: float | None = None
    told: tuple[int, ...] = ()
    around: Surroundings | None = None
    calibrated: Calibration | None = None
    watched: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the analysis of one series found; `aside` belongs to the points of the case's `aside`."""

    judgement: Judgement
    aside: Judgement | None = None
    in_depth: InDepth | None = None


def analyse(case: Case) -> Answer:
    """Return what the analysis of one series finds; a pure function."""
    judgement = judge(
        case.series,
        case.policy,
        accepted=case.accepted,
        pinned=case.pinned,
        told=case.told,
        watched=case.watched,
    )
    judgement = judge_by_calibration(judgement, case.series, case.policy, case.calibrated)
    aside = in_depth = None
    if case.aside is not None:
        aside = judge_aside(
            case.series, judgement, case.aside, case.policy, pinned=case.pinned, calibrated=case.calibrated
        )
    if case.around is not None:
        in_depth = look_in_depth(case.series, judgement, case.policy, case.around)
    return Answer(judgement=judgement, aside=aside, in_depth=in_depth)


def analyse_batch(cases: Sequence[Case]) -> list[Answer]:
    """Return what the analysis of some series finds, in their order."""
    return [analyse(case) for case in cases]


def batches_of(cases: Sequence[Case], most: int = BATCH_POINTS) -> Iterator[Sequence[Case]]:
    """Yield the cases in batches of about `most` points, in their order.

    Examples
    --------
    >>> [len(batch) for batch in batches_of([], most=10)]
    []
    """
    start = points = 0
    for i, case in enumerate(cases):
        points += len(case.series)
        if points >= most:
            yield cases[start : i + 1]
            start, points = i + 1, 0
    if start < len(cases):
        yield cases[start:]
