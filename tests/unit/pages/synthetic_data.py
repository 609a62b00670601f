"""What the made-up site shows of environments and publishes for programs, beside what is in `synthetic`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perfsite.report.badges import BadgeView, site_badges
from perfsite.report.context import csv_text
from perfsite.report.environment_views import (
    EnvironmentCard,
    EnvironmentsView,
    FactsChanged,
    MachineRow,
    ShiftRow,
)
from perfsite.report.example_views import ExampleView, Step
from perfsite.report.examples import NAMES
from perfsite.report.exports import COLUMNS
from perfsite.report.feed import FeedEntry, FeedView
from perfsite.report.slug import slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from synthetic import SyntheticSite

    from perfsite.report.incident_views import IncidentLine


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


def documents(site: SyntheticSite) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    told = [
        {
            "name": name,
            "url": f"environments/#{slug(name)}",
            "retired": False,
            "runs": site.commits_count,
            "series": site.series,
            "first": site.refs[0].date,
            "last": site.refs[-1].date,
            "commit": site.commits_count - 1,
            "noise_floor": 0.031,
            "facts": {"cpu.model": site.hostile},
            "machines": [{"machine": site.hostile, "runs": 3, "first": 0, "last": 1}],
            "changes": [{"commit": 1, "fact": "runtime.python", "before": "3.11.4", "after": site.hostile}],
        }
        for name in (*site.environments, site.hostile)
    ]
    yield "data/environments.json", {"version": 1, "environments": told}
    lines = [
        f"{csv_text(site.name(s), '', 'time', site.environment(s), 's')},lower,1.5,1.25,0.2,0.031,unsure,none,pass,,,"
        f"{site.refs[-1].sha},{site.refs[-1].date},{site.commits_count},no,benchmarks/{site.slug(s)}/"
        for s in range(site.series)
    ]
    yield "data/series.csv", "\n".join([COLUMNS, *lines, ""])
    yield "data/metrics.txt", "# EOF\n"


def incident(line: IncidentLine) -> dict[str, Any]:
    """Return an incident for programs; its range is the second commit, whichever it is of."""
    words = ("id", "url", "sentence", "state", "state_text", "kind", "severity", "rank", "series", "standing")
    told = {name: getattr(line, name) for name in (*words, "benchmarks", "confirmed")}
    places = {"good": 0, "bad": 1, "commit": 1}
    sizes = {"confidence": 0.97, "size": 0.12, "environments": list(line.environments)}
    return {**told, **places, **sizes, "open": line.is_open, "old": line.is_old}


def feed(site: SyntheticSite) -> FeedView:
    time = datetime(2026, 11, 21, tzinfo=UTC)
    entries = tuple(
        FeedEntry(
            key=line.id,
            url=line.url,
            title=f"{line.sentence} {site.hostile}\x00\x1b",
            summary=f"Most likely since {site.hostile}\ufffe.",
            published=datetime(2026, 5, 1, tzinfo=UTC),
            updated=time,
            terms=(line.kind, line.state),
        )
        for line in {line.id: line for line in site.overview.incidents}.values()
    )
    return FeedView(title=f"{site.title} {site.hostile}", updated=time, entries=entries)


def examples(site: SyntheticSite) -> Mapping[str, ExampleView]:
    steps = (
        Step(name="Points before", value="1.21 ms, 1.22 ms, 1.2 ms", how=f"before {site.hostile}"),
        Step(name="Baseline", value="1.2124 ms", how="mean of 30 points of the level before"),
        Step(name="Delta", value="+13.8 %", how="1.3797 ms ÷ 1.2124 ms − 1 = +13.80 %"),
    )
    return {
        name: ExampleView(
            subject=f"{site.name(0)} {site.hostile}",
            url=f"benchmarks/{site.slug(0)}/",
            where=f"at {site.refs[1].short}",
            steps=steps,
            verdict="regression" if name != "outlier" else "",
        )
        for name in NAMES
    }


def badges(site: SyntheticSite) -> Iterator[BadgeView]:
    rows = [
        replace(row, environment=site.hostile if at % 3 == 0 else row.environment) for at, row in enumerate(_rows(site))
    ]
    return site_badges(rows)


def _rows(site: SyntheticSite) -> list[Any]:
    return [site.row(s) for s in range(site.series)]
