"""What the made-up site shows on its overview beside its series: what changed, groups, and what to do."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from perfsite.report.overview_views import GroupView, NextStep, PeriodView
from perfsite.report.release_views import MoverRow
from perfsite.report.views import Counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthetic import SyntheticSite

    from perfsite.report.views import SeriesRow


def groups_of(site: SyntheticSite, s: int) -> tuple[str, ...]:
    suite = f"suite_{s // 8}"
    return (suite, site.hostile) if s % 4 == 0 else (suite,)


def step(site: SyntheticSite) -> NextStep:
    return NextStep(text=f"Start here, {site.hostile}:", link=f"{site.hostile} regressed", url="incidents/")


def periods(site: SyntheticSite) -> tuple[PeriodView, ...]:
    moved = [s for s in range(site.series) if s % 5 in (0, 2)]
    falls = tuple(replace(_mover(site, s), others=s) for s in moved if s % 5 == 0)[:5]
    rises = (
        *(_mover(site, s) for s in moved if s % 5 == 2),
        replace(_mover(site, min(2, site.series - 1)), commit=None, doubt=site.hostile),
    )[-5:]
    week = PeriodView(
        name="week",
        title="This week",
        span="the 7 days up to 2026-11-21 · 3 measured commits",
        sentence="2 series worse, 1 better",
        state="regression",
        worse=2,
        better=1,
        unsure=3,
        back=1,
        added=2,
        gone=1,
        falls=falls,
        rises=rises,
        base=site.refs[0],
        head=site.refs[-1],
        left_out=((site.hostile, f"not comparable: {site.hostile} → EPYC 9V74"),),
    )
    release = next(site.releases())
    since = replace(
        week,
        name="release",
        title=f"Since {site.hostile}",
        sentence="Nothing changed",
        state="no-change",
        falls=(),
        rises=(),
        worse=0,
        better=0,
        release_url=release.url,
    )
    return week, since


def _mover(site: SyntheticSite, s: int) -> MoverRow:
    change = site.change(s)
    return MoverRow(**{one.name: getattr(change, one.name) for one in fields(MoverRow) if hasattr(change, one.name)})


def groups(site: SyntheticSite, rows: Sequence[SeriesRow]) -> tuple[GroupView, ...]:
    names = sorted({name for row in rows for name in row.groups})
    made = []
    for name in names[:24]:
        mine = [row for row in rows if name in row.groups]
        worst = mine[0]
        bad = sum(row.verdict == "regression" for row in mine)
        old = sum(row.standing == "long-standing" for row in mine)
        made.append(
            GroupView(
                name=name,
                kind="group" if name == site.hostile else "",
                series=len(mine),
                counts=Counts(standing=bad, no_change=len(mine) - bad),
                long_standing=old,
                state="regression" if bad else "no-change",
                worst=worst if bad else None,
                worst_name=f"…{worst.benchmark[-30:]}",
                spark=worst.spark,
                change="+2.1 %" if bad else "±0.0 %",
                interval="+1.2 % to +3.0 %",
                change_state="regression" if bad else "no-change",
            )
        )
    return tuple(made)
