"""What to do first: the incident to look at, the budget about to break, the benchmark to mend, the level to accept."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from perfsite.model.budget import BudgetState
from perfsite.report import wording
from perfsite.report.budgets import limit_text
from perfsite.report.costs import budgets_of
from perfsite.report.quality import quality_view
from perfsite.report.summary_views import ActionRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.model.incident import Incident
    from perfsite.report.context import Context
    from perfsite.report.incident_views import IncidentLine

MOST_ACTIONS: Final = 3
MOST_NAMED: Final = 3
"""People named of a culprit range."""


def actions_of(context: Context) -> tuple[ActionRow, ...]:
    """Return what to do, one of each kind before the second of any."""
    kinds = (_budgets(context), _incidents(context), _benchmarks(context), _accepting(context))
    return tuple(action for rank in zip_longest(*kinds) for action in rank if action is not None)


def _incidents(context: Context) -> Iterator[ActionRow]:
    by_id = {incident.id: incident for incident in context.incidents.incidents}
    for line in context.incidents.open_lines():
        if line.state == "acknowledged":
            continue
        yield ActionRow(
            kind="incident",
            title=f"Look at: {line.sentence}",
            why=_range(context, by_id[line.id], line),
            url=line.url,
            command=f"perfsite incidents show {line.id}",
        )


def _range(context: Context, incident: Incident, line: IncidentLine) -> str:
    """Return where the culprit lies, and who wrote the commits there."""
    culprit = context.judged.culprits.get(incident.id)
    commits = culprit.commits if culprit else context.timeline.commits[incident.good + 1 : incident.bad + 1]
    count = culprit.count if culprit else len(commits)
    people = list(dict.fromkeys(wording.short_name(one.author, 40) for one in commits if one.author))
    named = ", ".join(people[:MOST_NAMED]) + (
        f" and {len(people) - MOST_NAMED} more" if len(people) > MOST_NAMED else ""
    )
    by = f" by {named}" if named else ""
    if count <= 1:
        return f"since {line.commit.short}{by}, {line.commit.date}; {line.confidence} sure"
    most = f"most likely {line.commit.short}, {line.commit.date}"
    return f"one of {wording.plural(count, 'commit')}{by}, {most}; {line.confidence} sure"


def _budgets(context: Context) -> Iterator[ActionRow]:
    urgent = [one for one in budgets_of(context) if one.state in (BudgetState.MISSED, BudgetState.AT_RISK)]
    urgent.sort(key=lambda one: (one.state is BudgetState.AT_RISK, one.headroom or 0.0, one.budget.name, one.key))
    for one in urgent:
        now = wording.delta_text(abs(one.headroom)).lstrip("+±") if one.headroom is not None else ""
        side = "beyond it" if (one.headroom or 0) < 0 else "within it"
        is_missed = one.state is BudgetState.MISSED
        burn = f"; uses up its misses {one.burn:.1f} times as fast as allowed" if one.burn and one.burn > 1 else ""
        yield ActionRow(
            kind="budget",
            title=f"Bring {wording.short_name(one.budget.name)} back within its budget"
            if is_missed
            else f"Keep {wording.short_name(one.budget.name)} within its budget",
            why=f"{limit_text(one.budget.limit, one.unit)}; {wording.short_name(one.key.benchmark, 60)} is {now} {side}"
            f"{burn}",
            url="budgets/",
        )


def _benchmarks(context: Context) -> Iterator[ActionRow]:
    for row in quality_view(context).rows:
        first = row.reasons[0]
        yield ActionRow(
            kind="benchmark",
            title=f"Mend the benchmark {wording.short_name(row.benchmark)}",
            why=f"{first.what} {first.step}",
            url=row.url,
        )


def _accepting(context: Context) -> Iterator[ActionRow]:
    """Yield regressions that stand for so long that somebody should say whether they are the new normal."""
    for line in context.incidents.lines.values():
        if line.is_open and line.is_old and line.confirmed:
            yield ActionRow(
                kind="baseline",
                title=f"Accept as normal, or mend: {line.sentence}",
                why=f"it stands since {line.commit.date or line.commit.short} and nobody has decided",
                url=line.url,
                command=f'perfsite baseline accept {line.id} --reason "…"',
            )
