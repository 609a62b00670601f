"""The executive summary for spreadsheets and programs: CSV, and a document with a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.report.context import csv_text
from perfsite.report.summary_texts import markdown, plain, text
from perfsite.report.summary_views import Estimate, known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfsite.analysis.geometric import GeometricMean
    from perfsite.report.summary_views import MoverRow, PeriodView, SummaryView
    from perfsite.report.views import CommitRef

_CSV: Final = (
    "section", "what", "where", "unit", "then", "now", "change", "lower", "upper", "noise", "verdict", "commit", "text",
)  # fmt: skip


def csv(view: SummaryView) -> str:
    """Return the summary as a table: one line for each thing it tells; numbers in base units, changes as fractions.

    The columns are `section`, `what`, `where`, `unit`, `then`, `now`, `change`, `lower`, `upper` (95 % interval),
    `noise` (noise floor), `verdict`, `commit`, `text`; empty for what is not known.
    """
    lines = [",".join(_CSV)]
    lines += [",".join(_csv_cell(row.get(name)) for name in _CSV) for row in _csv_rows(view)]
    return "\n".join(lines) + "\n"


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    # A number is no formula, whatever sign it has.
    return f"{value:.12g}" if isinstance(value, float) else csv_text(plain(str(value)))


def _estimated(change: Estimate | None) -> dict[str, float | None]:
    if change is None:
        return {}
    return {"change": known(change.value), "lower": known(change.lower), "upper": known(change.upper)}


def _averaged(mean: GeometricMean) -> dict[str, float | None]:
    return _estimated(Estimate(value=mean.delta, lower=mean.lower, upper=mean.upper))


def _csv_rows(view: SummaryView) -> Iterator[dict[str, object]]:
    yield {"section": "health", "what": view.title, "verdict": view.state, "text": view.sentence}
    yield {"section": "period", "what": view.period.title, "text": view.changed}
    for one in view.actions:
        yield {"section": "to do", "what": one.kind, "text": f"{one.title}: {one.why}"}
    for row in (*view.worse, *view.better):
        yield {
            "section": "moved", "what": row.benchmark, "where": row.where, "unit": row.unit, "then": row.then,
            "now": row.now, **_estimated(row.change), "noise": row.floor, "verdict": row.verdict,
            "commit": _sha(row.commit), "text": row.commit.subject if row.commit else "",
        }  # fmt: skip
    for group in view.groups:
        told = f"{group.series} series, {group.worse} worse, {group.better} better"
        yield {
            "section": "group", "what": group.name, **_averaged(group.mean), "verdict": group.verdict, "text": told,
        }  # fmt: skip
    for cost in view.costs:
        yield {
            "section": "cost", "what": cost.kind, "where": cost.what, "unit": cost.unit, "then": cost.then,
            "now": cost.now, **_estimated(cost.change), "verdict": cost.state, "text": cost.sentence,
        }  # fmt: skip
    for line in view.incidents:
        yield {
            "section": "incident", "what": line.id, "verdict": line.kind, "commit": line.commit.sha,
            "text": line.sentence,
        }  # fmt: skip
    for month in view.months:
        told = f"{month.standing} standing regressions of {month.series} series, {month.commits} commits"
        yield {"section": "month", "what": month.month, "change": month.change, "text": told}


def document(view: SummaryView) -> dict[str, Any]:
    """Return the summary for programs: `version` 1, numbers in base units, changes as fractions; null: not known."""
    return {
        "version": 1,
        "title": view.title,
        "sentence": view.sentence,
        "state": view.state,
        "period": _period(view.period),
        "changed": view.changed,
        "since_release": view.release or None,
        "actions": [
            {"kind": one.kind, "title": one.title, "why": one.why, "url": one.url, "command": one.command or None}
            for one in view.actions
        ],
        "moved": [_moved(row) for row in (*view.worse, *view.better)],
        "worse": view.worse_count,
        "better": view.better_count,
        "suspected": view.suspected,
        "groups": [
            {
                "name": row.name,
                "series": row.series,
                "worse": row.worse,
                "better": row.better,
                **_averaged(row.mean),
                "verdict": row.verdict,
            }
            for row in view.groups
        ],
        "costs": _costs(view),
        "incidents": [{"id": line.id, "url": line.url, "sentence": line.sentence} for line in view.incidents],
        "open_incidents": view.open_incidents,
        "months": [
            {
                "month": row.month,
                "commits": row.commits,
                "series": row.series,
                "standing": row.standing,
                "change": row.change,
            }
            for row in view.months
        ],
        "quality": list(view.quality),
    }


def _period(period: PeriodView) -> dict[str, Any]:
    return {
        "title": period.title,
        "start": _sha(period.start),
        "end": _sha(period.end),
        "commits": period.commits,
        "runs": period.runs,
        "compared": period.compared,
        "new": period.new,
        "apart": period.apart,
    }


def _moved(row: MoverRow) -> dict[str, Any]:
    return {
        "benchmark": row.benchmark,
        "parameters": row.parameters,
        "metric": row.metric,
        "environment": row.environment,
        "unit": row.unit,
        "then": row.then,
        "now": row.now,
        **_estimated(row.change),
        "noise_floor": row.floor,
        "verdict": row.verdict,
        "severity": row.severity,
        "commit": _sha(row.commit),
        "stage": row.stage or None,
        "incident": row.incident or None,
        "others": row.others,
    }


def _sha(ref: CommitRef | None) -> str | None:
    return None if ref is None else ref.sha


def _costs(view: SummaryView) -> Sequence[dict[str, Any]]:
    return [
        {
            "kind": row.kind,
            "what": row.what,
            "sentence": row.sentence,
            "note": row.note,
            "verdict": row.state,
            "unit": row.unit or None,
            "then": row.then,
            "now": row.now,
            **_estimated(row.change),
        }
        for row in view.costs
    ]


def summary_documents(view: SummaryView) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """Yield the summary as it is published beside its page, in each of its forms, by path."""
    yield "data/summary.json", document(view)
    yield "data/summary.md", markdown(view)
    yield "data/summary.txt", text(view)
    yield "data/summary.csv", csv(view)
