"""What two configurations say differently of the same history."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from perfsite.model.findings import VERDICTS, Judgement, Rule, Verdict
from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfsite.history.timeline import Timeline
    from perfsite.model.series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One point that the two judge differently; `old_delta` and `new_delta` are fractions, None: not known."""

    benchmark: str
    parameters: tuple[tuple[str, str], ...]
    metric: str
    environment: str
    sha: str
    date: str
    old_verdict: Verdict
    new_verdict: Verdict
    old_rule: Rule
    new_rule: Rule
    old_delta: float | None
    new_delta: float | None

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the difference as people read it: commit, series, old, new, delta."""
        parameters = ", ".join(f"{name}={value}" for name, value in self.parameters)
        name = f"{self.benchmark} ({parameters})" if parameters else self.benchmark
        return (
            self.sha[:8],
            self.date,
            f"{wording.short_name(name)} {wording.short_name(self.metric, 40)}",
            self.environment,
            _told(self.old_verdict, self.old_rule),
            _told(self.new_verdict, self.new_rule),
            wording.delta_text(self.new_delta),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """All differences, newest commit first, among so many points that were judged."""

    points: int
    differences: tuple[Difference, ...]

    @property
    def sentence(self) -> str:
        """Return the whole in one sentence."""
        if not self.differences:
            return f"All {wording.plural(self.points, 'verdict')} are the same."
        moves = Counter((one.old_verdict, one.new_verdict) for one in self.differences)
        told = [f"{count} {_move(old, new)}" for (old, new), count in sorted(moves.items(), key=lambda item: -item[1])]
        return f"{wording.count_text(len(self.differences))} of {wording.plural(self.points, 'verdict')} differ: " + (
            ", ".join(told[:6]) + ("…" if len(told) > 6 else "") + "."
        )

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {
            "version": 1,
            "points": self.points,
            "sentence": self.sentence,
            "differences": [
                {
                    "sha": one.sha,
                    "benchmark": one.benchmark,
                    "parameters": dict(one.parameters),
                    "metric": one.metric,
                    "environment": one.environment,
                    "old": {"verdict": str(one.old_verdict), "rule": one.old_rule.name.lower(), "delta": one.old_delta},
                    "new": {"verdict": str(one.new_verdict), "rule": one.new_rule.name.lower(), "delta": one.new_delta},
                }
                for one in self.differences
            ],
        }


Judged = tuple[tuple["Judgement", ...], "Mapping[int, Judgement]"]
"""The findings of a timeline's series, and of the points aside of the trend."""


def compare_judgements(timeline: Timeline, old: Judged, new: Judged) -> Rejudged:
    """Return which verdicts, or rules, of a timeline's points differ, pull requests' points included."""
    found: list[tuple[int, Difference]] = []
    points = 0
    pairs = [(one, old[0][i], new[0][i]) for i, one in enumerate(timeline.series)]
    pairs += [(one, old[1][i], new[1][i]) for i, one in timeline.aside.items()]
    for series, before, after in pairs:
        points += len(series)
        found.extend(_differences(timeline, series, before, after))
    found.sort(key=lambda pair: (-pair[0], pair[1].benchmark, pair[1].parameters, pair[1].metric, pair[1].environment))
    return Rejudged(points=points, differences=tuple(difference for _, difference in found))


def _differences(
    timeline: Timeline, series: Series, old: Judgement, new: Judgement
) -> Iterator[tuple[int, Difference]]:
    differ = (old.verdicts != new.verdicts) | (old.rules != new.rules)
    for i in np.flatnonzero(differ).tolist():
        commit = int(series.commits[i])
        yield (
            commit,
            Difference(
                benchmark=series.key.benchmark,
                parameters=series.key.parameters,
                metric=series.key.metric,
                environment=series.key.environment,
                sha=timeline.commits[commit].sha,
                date=wording.date_text(timeline.commits[commit].time),
                old_verdict=VERDICTS[old.verdicts[i]],
                new_verdict=VERDICTS[new.verdicts[i]],
                old_rule=Rule(int(old.rules[i])),
                new_rule=Rule(int(new.rules[i])),
                old_delta=_known(old.deltas, i),
                new_delta=_known(new.deltas, i),
            ),
        )


def _known(values: Sequence[float] | np.ndarray, i: int) -> float | None:
    return float(values[i]) if np.isfinite(values[i]) else None


def _told(verdict: Verdict, rule: Rule) -> str:
    return str(verdict) if rule is Rule.PASS else f"{verdict} [{rule.name.lower()}]"


def _move(old: Verdict, new: Verdict) -> str:
    return f"{old} with another rule" if old is new else f"{old} → {new}"
