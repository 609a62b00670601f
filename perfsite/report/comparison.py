"""Two sides compared, as data: every series they share, what only one of them has, and what can be said of all."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.findings import Verdict
from perfsite.report import wording
from perfsite.report.summary_texts import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.analysis.geometric import GeometricMean
    from perfsite.model.series import SeriesKey

CHANCE: Final = "cannot be told from chance"
NEITHER: Final = "it changed, but neither way is better"
NO_RATIO: Final = "no relative change exists: a value is zero or negative"
ONE_RUN: Final = "told from the samples of single runs, which may differ more among themselves"
_ORDER: Final = {
    Verdict.REGRESSION: 0,
    Verdict.IMPROVEMENT: 1,
    Verdict.UNSURE: 2,
    Verdict.NO_CHANGE: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is compared: what the caller called it, what it is in words, and its commit if it is one of the trend."""

    name: str
    what: str
    sha: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the side for programs."""
        return {"name": self.name, "what": self.what, "sha": self.sha}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One series on both sides; values in base units, fractions otherwise, None: not known.

    `lower`..`upper` is the 95 % interval of the delta, `noise` the smallest |delta| told from chance; `effect` is
    Cliff's delta of the two samples, where both are known. `url` is the benchmark's page, relative to the site.
    """

    key: SeriesKey
    unit: str
    direction: str
    before: float
    after: float
    delta: float | None
    lower: float | None
    upper: float | None
    noise: float | None
    effect: float | None
    verdict: Verdict
    doubts: tuple[str, ...] = ()
    url: str = ""

    @property
    def name(self) -> str:
        """Return benchmark and parameters."""
        return f"{self.key.benchmark} ({self.key.parameter_text})" if self.key.parameters else self.key.benchmark

    @property
    def urgency(self) -> tuple[int, float, SeriesKey, str]:
        """Return a key that sorts the worst first."""
        return _ORDER[self.verdict], -abs(self.delta or 0.0), self.key, self.unit

    def document(self) -> dict[str, Any]:
        """Return the row for programs."""
        return {
            "benchmark": self.key.benchmark,
            "parameters": dict(self.key.parameters),
            "metric": self.key.metric,
            "environment": self.key.environment,
            "unit": self.unit,
            "direction": self.direction,
            "before": self.before,
            "after": self.after,
            "delta": self.delta,
            "lower": self.lower,
            "upper": self.upper,
            "noise": self.noise,
            "effect": self.effect,
            "verdict": str(self.verdict),
            "doubts": list(self.doubts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanRow:
    """The geometric mean of the series of one group, metric and environment; `group` is empty where there are none."""

    group: str
    metric: str
    unit: str
    environment: str
    mean: GeometricMean
    state: str

    def document(self) -> dict[str, Any]:
        """Return the mean for programs."""
        return {
            "group": self.group,
            "metric": self.metric,
            "unit": self.unit,
            "environment": self.environment,
            "series": self.mean.count,
            "delta": known(self.mean.delta),
            "lower": known(self.mean.lower),
            "upper": known(self.mean.upper),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonView:
    """The answer: rows worst first, series that only one side has, and environments that are not compared, with why.

    `url` is the same comparison on the site, relative to it; empty where the site has none.
    """

    base: Side
    head: Side
    rows: tuple[ComparisonRow, ...]
    added: tuple[SeriesKey, ...] = ()
    removed: tuple[SeriesKey, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    means: tuple[MeanRow, ...] = ()
    notes: tuple[str, ...] = ()
    url: str = ""

    @property
    def title(self) -> str:
        """Return what is compared, in one line."""
        return plain(f"{self.head.what} against {self.base.what}")

    def of(self, verdict: Verdict) -> list[ComparisonRow]:
        """Return the rows with a verdict."""
        return [row for row in self.rows if row.verdict is verdict]

    @property
    def state(self) -> str:
        """Return the verdict that stands for all."""
        return str(self.rows[0].verdict) if self.rows else "unsure"

    @property
    def sentence(self) -> str:
        """Return the answer in one sentence."""
        if not self.rows and self.base.sha is not None and self.base.sha == self.head.sha:
            return "Both are the same measured commit: there is nothing to compare."
        if not self.rows:
            return "Nothing that both sides measured can be compared."
        parts = []
        for verdict, noun in ((Verdict.REGRESSION, "regression"), (Verdict.IMPROVEMENT, "improvement")):
            if rows := self.of(verdict):
                worst = f"{plain(wording.short_name(rows[0].name))} {wording.delta_text(rows[0].delta)}"
                parts.append(f"{wording.plural(len(rows), noun)}, the largest {worst}")
        told = "; ".join(parts) or "No change that can be told from chance"
        rest = [f"{len(self.of(Verdict.NO_CHANGE))} of {wording.plural(len(self.rows), 'series', 'series')} unchanged"]
        if unsure := len(self.of(Verdict.UNSURE)):
            rest.append(f"{unsure} unsure")
        return f"{told}; {', '.join(rest)}."

    def document(self, site: str = "") -> dict[str, Any]:
        """Return the answer for programs."""
        return {
            "version": 1,
            "base": self.base.document(),
            "head": self.head.document(),
            "sentence": self.sentence,
            "url": f"{site}{self.url}" if site and self.url else None,
            "rows": [row.document() for row in self.rows],
            "added": [series_document(key) for key in self.added],
            "removed": [series_document(key) for key in self.removed],
            "not_compared": [{"environment": name, "why": why} for name, why in self.left_out],
            "means": [mean.document() for mean in self.means],
            "notes": list(self.notes),
        }


def series_document(key: SeriesKey) -> dict[str, Any]:
    """Return what names a series, for programs."""
    return {
        "benchmark": key.benchmark,
        "parameters": dict(key.parameters),
        "metric": key.metric,
        "environment": key.environment,
    }


def ordered(rows: Sequence[ComparisonRow]) -> tuple[ComparisonRow, ...]:
    """Return rows, the worst first."""
    return tuple(sorted(rows, key=lambda row: row.urgency))


def known(number: float) -> float | None:
    """Return a number; None for one that is not finite."""
    return float(number) if isfinite(number) else None
