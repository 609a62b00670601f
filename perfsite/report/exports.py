"""What the site publishes for programs: every series as CSV, and what a commit did as one small document."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.findings import SEVERITIES, VERDICTS, Rule
from perfsite.report import wording
from perfsite.report.context import CSV_HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.report.commit_views import CommitRow, CommitView
    from perfsite.report.context import Context

MOST_CHANGED: Final = 20
"""Rows in the summary of a commit: what a comment shows; a page of a hundred would double the size of a site."""
COLUMNS: Final = (
    f"{CSV_HEAD},direction,value,baseline,delta,noise_floor,verdict,severity,rule,since,since_date,last,last_date,"
    "points,retired,url"
)


def series_csv(context: Context) -> str:
    """Return every series that has a point as it stands, one line each, by its number.

    The first columns are those of a commit's `data.csv`. `value` and `baseline` are in the base unit, `delta` and
    `noise_floor` fractions; `since` is the sha where the regression began, `last` that of the newest point; what is not
    known is empty. A cell that a spreadsheet would run as a formula has an apostrophe in front.
    """
    lines = [COLUMNS]
    for number, series in enumerate(context.timeline.series):
        if not len(series):
            continue
        judgement = context.judged.judgements[number]
        verdict = VERDICTS[int(judgement.verdicts[-1])]
        since = int(judgement.since[-1])
        began = context.refs[int(series.commits[since])] if since >= 0 else None
        last = context.refs[int(series.commits[-1])]
        figures = (judgement.baselines[-1], judgement.deltas[-1], judgement.floors[-1])
        cells = (
            context.csv_heads[number],
            str(series.direction),
            f"{float(series.values[-1]):.12g}",
            *("" if isnan(figure) else f"{float(figure):.6g}" for figure in figures),
            str(verdict),
            wording.severity_text(SEVERITIES[int(judgement.severities[-1])], verdict),
            Rule(int(judgement.rules[-1])).name.lower(),
            *((began.sha, began.date) if began else ("", "")),
            last.sha,
            last.date,
            str(len(series)),
            "yes" if context.is_retired(series) else "no",
            context.urls[number],
        )
        lines.append(",".join(cells))
    lines.append("")
    return "\n".join(lines)


def commit_document(view: CommitView) -> Mapping[str, Any]:
    """Return what is published as `summary.json` beside a commit's page.

    It holds what people ask a commit first: the sentence, how many of each verdict, incidents, and the first rows of
    the page, worded as there. All numbers of all measurements are in `data.csv` beside it.
    """
    counts = view.counts
    return {
        "version": 1,
        "sha": view.ref.sha,
        "url": view.ref.url,
        "subject": view.ref.subject,
        "date": view.ref.date,
        "state": view.state,
        "sentence": view.sentence,
        "pull_request": view.pull_request,
        "counts": {
            "regression": counts.regression,
            "improvement": counts.improvement,
            "no_change": counts.no_change,
            "unsure": counts.unsure,
            "standing": counts.standing,
            "failing": counts.failing,
        },
        "incidents": [
            {"id": line.id, "url": line.url, "sentence": line.sentence, "state": line.state} for line in view.incidents
        ],
        "changed": [_row(row) for row in view.rows[:MOST_CHANGED]],
        "more": view.more + max(len(view.rows) - MOST_CHANGED, 0),
        "older": view.older.sha if view.older else None,
        "newer": view.newer.sha if view.newer else None,
    }


def _row(row: CommitRow) -> dict[str, str]:
    return {
        "benchmark": row.benchmark,
        "url": row.url,
        "parameters": row.parameters,
        "metric": row.metric,
        "environment": row.environment,
        "value": row.value,
        "baseline": row.baseline,
        "delta": row.delta,
        "noise": row.noise,
        "verdict": row.verdict,
        "severity": row.severity,
        "rule": row.rule,
        "stage": row.stage,
    }
