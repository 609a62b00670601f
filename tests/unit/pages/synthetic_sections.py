"""What the made-up site shows on the pages that are one view each, beside those in `synthetic`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synthetic_data import environments
from synthetic_releases import compare, release_pages, releases

from perfsite.analysis.geometric import GeometricMean
from perfsite.report.months import month_chart
from perfsite.report.summary_views import (
    ActionRow,
    CostRow,
    Estimate,
    GroupRow,
    MonthRow,
    MoverRow,
    PeriodView,
    SummaryView,
)

if TYPE_CHECKING:
    from synthetic import SyntheticSite

__all__ = ["compare", "environments", "release_pages", "releases", "summary"]


def summary(site: SyntheticSite) -> SummaryView:
    text, ref = site.hostile, site.refs[-1]
    change = Estimate(value=0.138, lower=0.112, upper=0.16)
    mean = GeometricMean(delta=0.138, lower=0.112, upper=0.16, count=1200)
    mover = MoverRow(
        benchmark=text, url="benchmarks/benchmark-0003/", parameters=text, metric=text, environment=text, unit=text,
        then=1.2e-3, now=1.4e-3, change=change, floor=0.031, verdict="regression", severity="critical",
        commit=site.refs[-2], stage="suspected", incident=site.incident_index["incidents"][0]["url"], others=3,
    )  # fmt: skip
    group = GroupRow(name=text, series=1200, worse=3, better=1, mean=mean, verdict="regression")
    cost = CostRow(
        kind="sum", what=f"time in {text}", sentence=f"One run of everything takes 12.4 s more than {text}.",
        note=text, state="regression", url="", unit="s", then=410.0, now=422.4, change=change,
    )  # fmt: skip
    months = tuple(
        MonthRow(
            month=f"2026-{i:02d}", commits=20, series=site.series, standing=i % 4, change=i / 100 if i > 1 else None
        )
        for i in range(1, 8)
    )
    return SummaryView(
        title=text,
        sentence=f"All is well but {text}.",
        state="regression",
        period=PeriodView(
            title=f"since {text}", start=site.refs[0], end=ref, commits=31, runs=62, compared=40, new=2, apart=1
        ),
        basis=f"31 measured commits, 62 runs, {text}.",
        changed=f"Of 40 series that compare, 8 got worse, {text} most.",
        release=f"Since {text}: of 40 series that compare, none changed.",
        incidents=tuple(site.overview.incidents),
        open_incidents=4,
        worse=(mover,),
        worse_count=9,
        better=(replace(mover, verdict="improvement", severity="none", floor=None, incident="", others=0),),
        better_count=1,
        suspected=2,
        groups=(group, replace(group, verdict="unsure")),
        groups_rest=5,
        costs=(cost, replace(cost, kind="standing", change=None, url="incidents/", state="unsure")),
        actions=(
            ActionRow(kind="incident", title=f"Look at {text}", why=f"by {text}", url="incidents/", command=text),
            ActionRow(kind="benchmark", title=f"Mend {text}", why=text, url="benchmarks/benchmark-0003/"),
        ),
        actions_rest=3,
        idle="Nothing needs anybody now.",
        months=months,
        chart=month_chart(months),
        quality=(f"3 runs of {text}.",),
    )
