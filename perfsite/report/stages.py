"""Where a finding stands in its life, in words: suspected, confirmed, or withdrawn and by what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from perfsite.model.findings import Stage, Verdict, stage_of
from perfsite.report import wording

if TYPE_CHECKING:
    from perfsite.model.findings import Withdrawal
    from perfsite.report.context import Context

_WORDS = {
    Stage.NONE: "",
    Stage.SUSPECTED: "suspected",
    Stage.CONFIRMED: "confirmed by later runs",
    Stage.WITHDRAWN: "withdrawn",
}


def stage_text(verdict: Verdict, doubts: int) -> str:
    """Return where a finding stands; empty for what is none.

    Examples
    --------
    >>> from perfsite.model.findings import Doubt
    >>> stage_text(Verdict.REGRESSION, 0), stage_text(Verdict.REGRESSION, int(Doubt.UNCONFIRMED))
    ('confirmed by later runs', 'suspected')
    """
    return _WORDS[stage_of(verdict, doubts)]


def suspicions_withdrawn(sentence: str, count: int) -> str:
    """Return a commit's sentence with how many findings of its first sight the next runs took back.

    Examples
    --------
    >>> suspicions_withdrawn("No change in 3 measurements.", 1)
    'No change in 3 measurements; 1 suspicion of its first sight was withdrawn.'
    """
    if not count:
        return sentence
    what = wording.plural(count, "suspicion")
    return f"{sentence.removesuffix('.')}; {what} of its first sight {'was' if count == 1 else 'were'} withdrawn."


def withdrawal_text(withdrawal: Withdrawal, place: str, series: str, newest: str) -> str:
    """Return what the newest run took back; `place` and `newest` are short shas, `series` names the series."""
    was = "confirmed" if withdrawal.confirmed else "suspected"
    size = f" of {wording.delta_text(withdrawal.delta)}" if np.isfinite(withdrawal.delta) else ""
    return (
        f"Withdrawn: the {withdrawal.verdict}{size} at {place}, {was} before, in {series}. "
        f"With the run at {newest} it is called {withdrawal.instead}."
    )


def withdrawals(context: Context, numbers: Sequence[int], *, confirmed_only: bool = True) -> tuple[str, ...]:
    """Return what the newest runs of some series took back, in words; suspicions withdraw in the normal course."""
    lines = []
    for number in numbers:
        series = context.timeline.series[number]
        for one in context.judged.judgements[number].withdrawn:
            if one.confirmed or not confirmed_only:
                place, newest = (context.refs[int(series.commits[at])].short for at in (one.start, -1))
                lines.append(withdrawal_text(one, place, context.series_text(number), newest))
    return tuple(lines)
