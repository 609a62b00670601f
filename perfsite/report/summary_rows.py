"""What moved in a span, as rows of the executive summary: series by the commit that moved them, and groups."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import SEVERITIES, VERDICTS, Verdict
from perfsite.report import movers, wording
from perfsite.report.summary_views import Estimate, GroupRow, MoverRow, known

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference

MOST_GROUPS: Final = 8
_ORDER: Final = (Verdict.REGRESSION, Verdict.IMPROVEMENT, Verdict.UNSURE, Verdict.NO_CHANGE)


def mover_row(context: Context, found: Difference, number: int, *, others: int) -> MoverRow:
    """Return a series then and now; `others` moved at the same commit."""
    row = movers.mover_row(context, found, number, others=others)
    lower, upper = found.interval(number)
    verdict, changes = VERDICTS[int(found.verdicts[number])], found.changes.get(number, ())
    severity = changes[0].severity if changes and changes[0].severity in SEVERITIES else SEVERITIES[0]
    judgement = context.judged.judgements[number]
    return MoverRow(
        benchmark=row.benchmark,
        url=row.url,
        parameters=row.parameters,
        metric=row.metric,
        environment=row.environment,
        unit=context.timeline.series[number].unit,
        then=math.exp(float(found.old.logs[number])),
        now=math.exp(float(found.new.logs[number])),
        change=Estimate(value=math.expm1(float(found.logs[number])), lower=lower, upper=upper),
        floor=known(float(judgement.floors[int(found.old.at[number] - found.flat.starts[number])])),
        verdict=row.verdict,
        severity=wording.severity_text(severity, verdict),
        commit=row.commit,
        stage=row.stage,
        incident=row.incident,
        others=others,
    )


def group_rows(context: Context, found: Difference) -> tuple[GroupRow, ...]:
    """Return the site's groups, those that changed first; none where there is no second one to tell from."""
    means = {name: one for name, one in context.means.of_whole_groups(found).items() if name in context.groupings}
    rows = [
        GroupRow(name=name, series=one.mean.count, worse=one.worse, better=one.better, mean=one.mean, verdict=one.state)
        for name, one in means.items()
    ]
    rows.sort(key=lambda row: (_ORDER.index(Verdict(row.verdict)), -abs(row.mean.delta), row.name))
    return tuple(rows) if len(rows) > 1 else ()
