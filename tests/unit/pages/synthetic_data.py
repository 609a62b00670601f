"""What the made-up site shows of environments, beside what is in `synthetic`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from perfsite.report.environment_views import (
    EnvironmentCard,
    EnvironmentsView,
    FactsChanged,
    MachineRow,
    ShiftRow,
)
from perfsite.report.slug import slug

if TYPE_CHECKING:
    from synthetic import SyntheticSite


def environments(site: SyntheticSite) -> EnvironmentsView:
    cards = tuple(_card(site, name) for name in site.environments)
    bare = replace(
        _card(site, site.hostile), splitting=(), recorded=(), machines=(), machine_count=0, changes=(), is_retired=True
    )
    return EnvironmentsView(sentence=f"2 environments measured, {site.hostile}.", environments=cards, retired=(bare,))


def _card(site: SyntheticSite, name: str) -> EnvironmentCard:
    first, last = site.refs[0], site.refs[-1]
    machine = MachineRow(
        text=f"AMD EPYC 7763 64-Core Processor, 4 cores, {site.hostile}",
        runs=30,
        share="62 % of runs",
        first=first,
        last=last,
        is_newest=True,
        lane="eeeeebcbcaaaaddddee",
    )
    change = FactsChanged(
        texts=(f"Python 3.11.4 → {site.hostile}", "kernel 6.8.0-1 → 6.8.0-2"),
        splits=False,
        commit=site.refs[-2],
        previous=first,
        compare_url="javascript:alert(1)",
    )
    return EnvironmentCard(
        name=name,
        anchor=slug(name),
        is_retired=False,
        runs=site.commits_count,
        pull_runs=3,
        commits=site.commits_count,
        series=site.series // 2,
        retired_series=2,
        first=first.date,
        last=last.date,
        newest=last,
        rhythm="typically every 9 hours, the longest pause 3 days",
        noise="±3.1 %",
        noise_of="median of 20 series; half of them ±1.2 % to ±4.0 %",
        bad_runs=2,
        splitting=(("cpu.model", site.hostile), ("cpu.cores", "4"), ("accelerator", ""), ("os", "Ubuntu 24.04")),
        recorded=(("runtime.python", site.hostile), ("memory", "16.0 GiB")),
        restless=("cpu.mhz", site.hostile),
        machines=(machine, replace(machine, is_newest=False, lane="aaaaabcbceeeeaaaaaa", last=first)),
        machine_count=9,
        changes=(change, replace(change, splits=True, compare_url="https://example.org/compare/a...b")),
        change_count=30,
        shifts=(ShiftRow(text=f"12 of 14 benchmarks of {site.hostile} became slower together.", commit=last),),
        shift_count=11,
    )
