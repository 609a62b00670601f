"""Badges as data: what a small picture in a README says of a site, an environment or a benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.report import wording
from perfsite.report.benchmarks import is_standing, series_counts
from perfsite.report.slug import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfsite.report.views import Counts, SeriesRow

LONGEST: Final = 40
"""Most characters of either half of a badge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeView:
    """What a badge says: `label` left, `message` right, in the colour of `state`.

    `path` is where it is published from the root of the site, without the ending of its file name. `state` is
    `regression`, `unsure`, `good` or `none` (nothing to judge).
    """

    path: str
    label: str
    message: str
    state: str


def site_badges(rows: Sequence[SeriesRow]) -> Iterator[BadgeView]:
    """Yield the badge of the whole site, then one for each environment that has a living series."""
    yield _badge("badges/health", "performance", rows)
    living: dict[str, list[SeriesRow]] = {}
    for row in rows:
        if not row.retired:
            living.setdefault(row.environment, []).append(row)
    for environment, here in sorted(living.items()):
        yield _badge(f"badges/environments/{slug(environment)}", environment, here)


def benchmark_badge(url: str, name: str, rows: Sequence[SeriesRow]) -> BadgeView:
    """Return the badge of a benchmark; one of a single living series says its value."""
    living = [row for row in rows if not row.retired]
    badge = _badge(f"{url}badge", name, rows)
    if len(living) != 1:
        return badge
    row = living[0]
    moved = row.verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT)
    message = f"{row.current} ({row.delta})" if moved else row.current
    return BadgeView(path=badge.path, label=badge.label, message=message, state=badge.state)


def _badge(path: str, label: str, rows: Iterable[SeriesRow]) -> BadgeView:
    told = list(rows)
    counts = series_counts(told, [is_standing(row) for row in told])
    message, state = _message(counts)
    return BadgeView(path=path, label=wording.short_name(label, LONGEST) or "performance", message=message, state=state)


def _message(counts: Counts) -> tuple[str, str]:
    bad = counts.regression + counts.standing
    if not counts.total:
        return "not measured", "none"
    if bad:
        return f"{bad} of {counts.total} regressed", "regression"
    if counts.unsure == counts.total:
        return "too early to tell", "none"
    return "no regression", "good"
