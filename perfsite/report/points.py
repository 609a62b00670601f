"""Every judged point as rows of columns, in batches: what analysis outside of perfsite starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.model.findings import VERDICTS, Doubt, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.history.timeline import RunFacts
    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series
    from perfsite.report.context import Context

VERSION: Final = 1
"""Of the columns; they are only added to within a version."""
ROWS: Final = 8_192
"""Rows of a batch, but for what the series that it ends with has more; as text, they take 20 times their size."""
COLUMNS: Final[Mapping[str, str]] = {
    "benchmark": "name of the benchmark",
    "parameters": "its parameters, by name",
    "metric": "what was measured",
    "unit": "base unit of value, lower, upper and baseline: s, B, 1/s, 1 or another",
    "direction": "lower, higher or neither is better",
    "environment": "the owner's name of the place",
    "commit": "full sha",
    "commit_time": "when it was committed, UTC",
    "position": "of the commit in data/commits.json, oldest first",
    "place": "of the commit on the default branch, 0 the oldest that the clone knows; nothing: not known",
    "on_trend": "false for pull requests' runs and for commits that left the branch",
    "pull_request": "number of the pull request that was measured",
    "run_time": "when it was measured, the newest run of the commit, UTC",
    "source": "format of the result file",
    "value": "centre of the sample, in the base unit",
    "lower": "lower end of its 95 % interval, from the spread within the run",
    "upper": "upper end of it",
    "samples": "how many samples were taken",
    "baseline": "what the value is held against",
    "delta": "value / baseline - 1, a fraction",
    "noise_floor": "the smallest delta, either way, that can be told from chance",
    "verdict": "regression, improvement, no-change or unsure",
    "severity": "of a regression: minor, major or critical; else none",
    "rule": "pass, warn or fail: what the owner's threshold says",
    "standing": "whether the regression began at an earlier commit",
    "since": "sha of the commit where the regression began",
    "suspected": "whether only the newest run shows the finding",
    "outlier": "whether the point is off its level and not counted",
}
"""Name and meaning of every column, in their order; nothing (null, an empty cell) stands for what is not known."""
NORMAL_95: Final = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points as arrays of one shape (n,), by series, then commit.

    `series` are numbers, `commits` and `since` positions (-1: none). `values`, `errors` (standard errors), `baselines`
    are in the base unit, `times` seconds since 1970, `counts` numbers of samples (0: not known), `verdicts`,
    `severities`, `rules` codes. What is not known of the others is NaN. `on_trend` is the same for all of a batch's
    series' points that stand together.
    """

    series: NDArray[np.int32]
    commits: NDArray[np.int32]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    counts: NDArray[np.int32]
    times: NDArray[np.float64]
    baselines: NDArray[np.float64]
    deltas: NDArray[np.float64]
    floors: NDArray[np.float64]
    verdicts: NDArray[np.int8]
    severities: NDArray[np.int8]
    rules: NDArray[np.int8]
    standing: NDArray[np.bool_]
    since: NDArray[np.int32]
    suspected: NDArray[np.bool_]
    outliers: NDArray[np.bool_]
    on_trend: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)


class PointReport:
    """The judged points of a site, a batch at a time, with what their rows share.

    Parameters
    ----------
    context
        What they are made of.
    numbers
        The series that are wanted; None: all.
    start
        Only points of commits after this position; -1: all.
    """

    def __init__(self, context: Context, numbers: Sequence[int] | None = None, start: int = -1) -> None:
        self.context = context
        self.numbers = range(len(context.timeline.series)) if numbers is None else numbers
        self._start = start
        self.written = 0
        """Points of all batches so far."""

    def batches(self, rows: int = ROWS) -> Iterator[Points]:
        """Yield all points, by series, then commit; those aside of the trend after those on it."""
        parts: list[Points] = []
        held = 0
        for part in self._parts():
            parts.append(part)
            held += len(part)
            self.written += len(part)
            if held >= rows:
                yield _joined(parts)
                parts, held = [], 0
        if parts:
            yield _joined(parts)

    def _parts(self) -> Iterator[Points]:
        judged = self.context.judged
        for number in self.numbers:
            series, aside = self.context.timeline.series[number], self.context.timeline.aside.get(number)
            found = [(series, judged.judgements[number], True)]
            if aside is not None and number in judged.aside:
                found.append((aside, judged.aside[number], False))
            for one, judgement, on_trend in found:
                part = _points(number, one, judgement, on_trend=on_trend)
                kept = part.commits > self._start
                if kept.all() and len(part):
                    yield part
                elif kept.any():
                    yield Points(**{one.name: getattr(part, one.name)[kept] for one in fields(Points)})

    @cached_property
    def _runs(self) -> Mapping[tuple[int, str], RunFacts]:
        """Return the newest run of each commit and environment."""
        found: dict[tuple[int, str], RunFacts] = {}
        for run in self.context.timeline.runs:
            known = found.get((run.commit, run.environment))
            if known is None or run.time >= known.time:
                found[run.commit, run.environment] = run
        return found

    def run_at(self, environment: str, commit: int) -> RunFacts | None:
        """Return the newest run of an environment at a commit; None where it has none there."""
        return self._runs.get((commit, environment))


def _points(number: int, series: Series, judgement: Judgement, *, on_trend: bool) -> Points:
    n = len(series)
    since = np.where(judgement.since >= 0, series.commits[np.maximum(judgement.since, 0)] if n else -1, -1)
    found = np.isin(judgement.verdicts, _FOUND)
    return Points(
        series=np.full(n, number, np.int32),
        commits=series.commits,
        values=series.values,
        errors=series.standard_errors,
        counts=series.counts,
        times=series.times,
        baselines=judgement.baselines,
        deltas=judgement.deltas,
        floors=judgement.floors,
        verdicts=judgement.verdicts,
        severities=judgement.severities,
        rules=judgement.rules,
        standing=judgement.standing,
        since=since.astype(np.int32),
        suspected=found & ((judgement.doubts & int(Doubt.UNCONFIRMED)) != 0),
        outliers=judgement.outliers,
        on_trend=np.full(n, on_trend),
    )


_FOUND: Final = (VERDICTS.index(Verdict.REGRESSION), VERDICTS.index(Verdict.IMPROVEMENT))


def _joined(parts: Sequence[Points]) -> Points:
    joined: dict[str, Any] = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Points)
    }
    return Points(**joined)
