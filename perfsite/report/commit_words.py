"""A commit in words beyond its verdict: how far to believe it, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.findings import Doubt
from perfsite.report import wording
from perfsite.report.commit_views import CommitAnswer
from perfsite.report.table import IMPROVEMENT, REGRESSION
from perfsite.report.views import Counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.report.context import Context
    from perfsite.report.incident_views import IncidentLine

MOST_INCIDENTS: Final = 5
_EXCUSES: Final = (
    (Doubt.SAME_CODE, "came with the same code as before, so the code did not do it"),
    (Doubt.NEW_LABEL, "came with another machine, which may have done it"),
    (Doubt.TOGETHER, "moved together with most benchmarks: more likely the machine than the code"),
    (Doubt.NOISE_UNKNOWN, "rests on the threshold alone, since the noise is not known yet"),
)
DECIDE: Final = "Read the change, then mend it, revert it, or accept it as the new normal."
_CALLS: Final = ("incidents ack", "baseline accept")
_OPEN: Final = ("new", "reopened")


def answer(
    context: Context, commit: int, shown: Sequence[int], *, sentence: str, worst: str, skipped: int
) -> CommitAnswer:
    """Return what a reader of a commit's page wants first.

    `shown` are the rows of the table that stand on the page, worst first, `worst` is the change that `sentence` names,
    `skipped` how many commits before it were not measured.
    """
    counts = context.table.counts_of(commit)
    alone = not context.is_on_trend(commit)
    incidents = context.incidents.at(commit)[:MOST_INCIDENTS]
    steps = next_steps(counts, incidents, alone=alone, skipped=skipped)
    return CommitAnswer(
        headline=headline(counts, worst, sentence),
        belief=belief(context, commit, shown[0] if shown else -1, alone=alone, is_open=_is_open(incidents)),
        steps=steps,
        commands=commands(incidents) if steps and steps[-1] == DECIDE else (),
    )


def headline(counts: Counts, worst: str, sentence: str) -> str:
    """Return what the commit did, without what does not matter in the first second.

    `worst` is the change that the sentence names, `sentence` the whole one.

    Examples
    --------
    >>> from perfsite.report.views import Counts
    >>> headline(Counts(regression=2, unsure=7), "parse (+41 %)", "")
    '2 regressions, the largest parse (+41 %)'
    >>> headline(Counts(no_change=5, unsure=7), "", "No change in 5 measurements; 7 unsure.")
    'No change in 5 measurements; 7 unsure'
    """
    if counts.regression or counts.improvement:
        changes = Counts(regression=counts.regression, improvement=counts.improvement)
        return wording.commit_sentence(changes, worst).removesuffix(".")
    start, *more = sentence.removesuffix(".").split("; ")
    return "; ".join([start, *(part for part in more[:1] if counts.unsure and part.endswith(" unsure"))])


def _is_open(incidents: Sequence[IncidentLine]) -> bool:
    """Whether the likeliest incident of a commit is one that later runs may still take back."""
    return bool(incidents) and incidents[0].is_open and not incidents[0].confirmed


def belief(context: Context, commit: int, first: int, *, alone: bool, is_open: bool) -> tuple[str, ...]:
    """Return how far to believe what a commit's page says, in sentences.

    `first` is the first row of the page (-1: none); `alone` tells that the commit is off the trend, so that no later
    run confirms it, `is_open` that the later ones are too few for that.
    """
    table = context.table
    part = table.rows_of(commit)
    verdicts, doubts = table.verdicts[part], table.doubts[part]
    found = ((verdicts == REGRESSION) | (verdicts == IMPROVEMENT)) & ~table.standing[part]
    count = int(np.count_nonzero(found))
    if not count:
        power = wording.power_sentence(table.detectable[part].tolist()) if len(verdicts) else ""
        return (power,) if power else ()
    bits = doubts[found]
    texts = [_stages(bits, alone=alone, is_open=is_open)]
    texts += [_share(int(np.count_nonzero(bits & int(doubt))), count, what) for doubt, what in _EXCUSES]
    texts += _beside_noise(context, first)
    return tuple(text for text in texts if text)


def _stages(bits: NDArray[np.int16], *, alone: bool, is_open: bool) -> str:
    """Return how many findings later runs confirmed; `bits` are the doubts of the findings."""
    suspected = int(np.count_nonzero(bits & int(Doubt.UNCONFIRMED)))
    confirmed = int(np.count_nonzero((bits & int(Doubt.UNCONFIRMED | Doubt.NOISE_UNKNOWN)) == 0))
    if alone:
        return "Rests on the runs of this commit alone: another run would confirm it or not."
    if suspected == len(bits):
        return "Suspected: one run alone shows it. The next ones confirm it or, about as often, take it back."
    if confirmed and is_open:
        return "Not settled: the runs after it agree, but they are few."
    if confirmed == len(bits):
        return "Later runs stayed at the new level." if confirmed == 1 else "Later runs confirmed all."
    parts = [f"{wording.count_text(confirmed)} of {len(bits)} confirmed by later runs"] if confirmed else []
    parts += [f"{wording.count_text(suspected)} suspected from one run"] if suspected else []
    return f"{', '.join(parts)}." if parts else ""


def _beside_noise(context: Context, row: int) -> tuple[str, ...]:
    """Return how a delta compares with its noise: a row of the table, of which nothing is told where no noise is."""
    delta, floor = float(context.table.deltas[row]), float(context.table.floors[row])
    if not (np.isfinite(delta) and np.isfinite(floor)):
        return ()
    size, noise = wording.delta_text(delta), wording.noise_text(floor)
    if abs(delta) <= floor:
        return (f"One run alone would not show the first, {size} with a noise of {noise}: many do.",)
    return (f"The first is {size}, where the noise of a run is {noise}.",)


def _share(count: int, among: int, what: str) -> str:
    if not count:
        return ""
    if count == among:
        return f"It {what}." if among == 1 else f"All {wording.count_text(among)} {what}."
    return f"{wording.count_text(count)} of {wording.count_text(among)} {what}."


def next_steps(counts: Counts, incidents: Sequence[IncidentLine], *, alone: bool, skipped: int) -> tuple[str, ...]:
    """Return what to do about a commit, the first thing first.

    `incidents` are those whose culprit it may be, `alone` tells that it is off the trend, `skipped` how many commits
    before it were not measured.
    """
    if not counts.regression:
        return () if not counts.improvement else ("Nothing to do: the better level becomes the baseline by itself.",)
    if alone:
        return ("Run it again to be sure. If it stays, mend it before it is merged, or say why it is worth it.",)
    standing = [line for line in incidents if line.is_open and line.kind != "improvement"]
    if incidents and not standing:
        return ("Nothing: it is over, see the incident.",)
    if standing and standing[0].state not in _OPEN:
        return (f"Nothing now: somebody has decided on it ({standing[0].state}).",)
    steps = []
    if standing and not standing[0].confirmed:
        steps.append("Wait for the next run, or run it again: that confirms it or takes it back.")
    if skipped:
        steps.append(f"Look at the {wording.plural(skipped, 'commit')} before it, too: no run tells them apart.")
    steps.append(DECIDE)
    return tuple(steps)


def commands(incidents: Sequence[IncidentLine]) -> tuple[str, ...]:
    """Return the calls that decide on the first open incident of some, none where there is none."""
    names = [line.id for line in incidents if line.is_open and line.kind != "improvement"]
    return tuple(f'perfsite {call} {name} --reason "…"' for name in names[:1] for call in _CALLS)
