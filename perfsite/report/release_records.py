"""What changed between two ends for programs: every series that moved and every group, as numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.findings import VERDICTS, Verdict
from perfsite.report.differences import FINDINGS
from perfsite.report.release_pages import levels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfsite.report.context import Context
    from perfsite.report.differences import Difference
    from perfsite.report.release_views import ReleaseView
    from perfsite.report.releases import End

VERSION: Final = 1


def document(context: Context, view: ReleaseView, old: End | None, new: End, *, section: str) -> dict[str, Any]:
    """Return release notes for programs: numbers in base units, changes as fractions, null for what is not known.

    `moved` are all series that regressed or improved, the largest change first; `no_ratio` those that are zero or less
    at one end; `markdown` is the section to paste.
    URLs are told from the root of the site.
    """
    found = (
        None if old is None or old.position == new.position else context.differences.between(old.position, new.position)
    )
    return {
        "version": VERSION,
        "from": None if old is None else _end(context, old),
        "to": _end(context, new),
        "sentence": view.sentence,
        "state": view.state,
        "url": view.url,
        "compare": view.compare or None,
        "remarks": list(view.remarks),
        "groups": [] if found is None else list(_groups(context, found)),
        "moved": [] if found is None else list(_moved(context, found)),
        "no_ratio": [] if found is None else list(_without_ratio(context, found)),
        "worse": view.worse_count,
        "better": view.better_count,
        "commits": [
            {
                "sha": row.commit.sha,
                "subject": row.commit.subject,
                "sentence": row.sentence,
                "verdict": row.state,
                "incident": row.incident or None,
            }
            for row in view.causes
        ],
        "added": [name for name, _ in view.added],
        "removed": [name for name, _ in view.removed],
        "not_compared": [{"environment": name, "why": why} for name, why in view.left_out],
        "markdown": section,
    }


def _end(context: Context, end: End) -> Mapping[str, Any]:
    return {"name": end.name, "sha": context.refs[end.position].sha, "url": end.url}


def _groups(context: Context, found: Difference) -> Iterator[Mapping[str, Any]]:
    for one in context.means.of_groups(found):
        metric, unit, direction, environment = one.family
        yield {
            "name": one.name,
            "metric": metric,
            "unit": unit,
            "direction": direction,
            "environment": environment,
            "series": one.mean.count,
            "delta": _known(one.mean.delta),
            "lower": _known(one.mean.lower),
            "upper": _known(one.mean.upper),
            "verdict": one.state,
            "worse": one.worse,
            "better": one.better,
        }


def _moved(context: Context, found: Difference) -> Iterator[Mapping[str, Any]]:
    for number in (number for verdict in FINDINGS for number in found.numbers_of(verdict)):
        series = context.timeline.series[number]
        commits = found.commits_of(number)
        lower, upper = found.interval(number)
        yield {
            "benchmark": series.key.benchmark,
            "parameters": context.parameters[number],
            "metric": series.key.metric,
            "environment": series.key.environment,
            "unit": series.unit,
            "before": math.exp(float(found.old.logs[number])),
            "after": math.exp(float(found.new.logs[number])),
            "delta": math.expm1(float(found.logs[number])),
            "lower": _known(lower),
            "upper": _known(upper),
            "verdict": str(Verdict(VERDICTS[int(found.verdicts[number])])),
            "suspected": number in found.suspected,
            "commits": [context.refs[commit].sha for commit in commits],
            "url": context.urls[number],
        }


def _without_ratio(context: Context, found: Difference) -> Iterator[Mapping[str, Any]]:
    for number in found.no_ratio:
        series = context.timeline.series[number]
        then, now = levels_of(context, found, number)
        yield {
            "benchmark": series.key.benchmark,
            "parameters": context.parameters[number],
            "metric": series.key.metric,
            "environment": series.key.environment,
            "unit": series.unit,
            "before": then,
            "after": now,
            "url": context.urls[number],
        }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
