"""What the made-up site shows of how the values of a benchmark lie: distribution, growth, season."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.report.benchmark_list import BenchmarkGroup, BenchmarkLine, BenchmarkListView
from perfsite.report.benchmark_shape_views import Beside, Shape
from perfsite.report.benchmark_words import BenchmarkStep
from perfsite.report.distribution import DistributionRow, DistributionView, Drawing
from perfsite.report.geometry import Mark
from perfsite.report.scaling import ScalingPoint, ScalingView
from perfsite.report.season_view import SeasonCell, SeasonRow, SeasonView

if TYPE_CHECKING:
    from synthetic import SyntheticSite

BARS = "M100.0 100v-40.0h18.0v40.0zM120.0 100v-100.0h18.0v100.0z"


def shape(site: SyntheticSite, s: int) -> Shape:
    return Shape(
        distributions=(_distribution(site, ""), _distribution(site, f"n=10 · time · {site.hostile}")),
        distributions_rest=3,
        scaling=(_scaling(site, "level"), _scaling(site, "")) if s % 3 == 0 else (),
        scaling_rest=1 if s % 3 == 0 else 0,
        seasons=(_season(site),) if s % 4 == 0 else (),
    )


def beside(site: SyntheticSite, s: int) -> Beside:
    before = (site.hostile, f"benchmarks/{site.slug(s - 1)}/") if s else None
    after = (site.name(s + 1), f"benchmarks/{site.slug(s + 1)}/") if s + 1 < site.series else None
    return Beside(before=before, after=after, group=site.hostile if s % 2 == 0 else "")


def next_step(site: SyntheticSite, s: int) -> BenchmarkStep | None:
    incident = next(site.incidents()).line.url
    return {
        0: BenchmarkStep(text=f"Read {site.hostile}.", link="Open the incident", url=incident),
        1: BenchmarkStep(text="", link="Look at the commit that may have done it", outside="https://example.org/a...b"),
        2: BenchmarkStep(text="Pin <threads>.", link="What makes it noisy", url="#noise"),
    }.get(s % 5)


def _distribution(site: SyntheticSite, label: str) -> DistributionView:
    row = DistributionRow(
        kind="now",
        what="points of this level",
        count="42",
        median=f"1.2 {site.hostile[:30]}",
        middle="1.1 ms to 1.3 ms",
        outermost="1 ms to 1.9 ms",
        spread="±8.3 %",
    )
    drawing = Drawing(
        now=BARS,
        before=BARS,
        samples="M110.0 0v100M120.0 0v100",
        newest=12.5,
        baseline=10.25,
        band=(8.0, 4.5),
        ticks=(Mark(at=20.0, text="1 ms"), Mark(at=60.0, text=f"2 {site.hostile[:20]}")),
    )
    return DistributionView(
        label=label,
        state="regression",
        sentences=(f"The newest point, 1.2 {site.hostile}, lies above all 41 other points of its level.",),
        rows=(row, row),
        drawing=drawing,
    )


def _scaling(site: SyntheticSite, then: str) -> ScalingView:
    def point(size: str, x: float) -> ScalingPoint:
        return ScalingPoint(size=size, now="1 ms", then="0.9 ms", delta="+11.1 %", x=x, y=50.0, y_then=60.0)

    return ScalingView(
        label=f"time · {site.hostile}",
        parameter=site.hostile,
        sentence=f"time grows about as n log n with {site.hostile}; it was n at {site.hostile}.",
        because="Over 4 sizes from 10 to 10000 the fit strays by 1.2 %; exponent 1.08 (1.02 to 1.15)",
        then=then and f"at {site.hostile}",
        points=(point("10", 10.0), point(site.hostile[:20], 95.0)),
        now_path="M100 900L950 100",
        then_path="M100 950L950 200" if then else "",
        x_ticks=(Mark(at=10.0, text="10"),),
        y_ticks=(Mark(at=50.0, text=f"1 {site.hostile[:20]}"),),
    )


def _season(site: SyntheticSite) -> SeasonView:
    cells = tuple(
        SeasonCell(text=text, step=step, points=4) for text, step in (("+2.1", 3), ("−0.2", -1), ("", 0), ("−2.4", -3))
    )
    return SeasonView(
        label=f"time · {site.hostile}",
        sentences=("Follows the day of the week: highest on Mondays.",),
        columns=("00", "09", "21", "all day"),
        rows=(SeasonRow(name="Mon", cells=cells), SeasonRow(name="all days", cells=cells)),
        points=160,
    )


def benchmark_list(site: SyntheticSite) -> BenchmarkListView:
    """Return the list in two groups, one of them of a hostile name."""
    rows = sorted((site.row(s) for s in range(site.series)), key=lambda row: row.rank)
    lines = tuple(
        BenchmarkLine(
            name=row.benchmark,
            url=row.url,
            state="retired" if row.retired else row.verdict,
            delta=row.delta if row.verdict == "regression" else "",
            since=row.since.date if row.since else "",
            series=1,
            rank=rank,
        )
        for rank, row in enumerate(rows)
    )
    half = len(lines) // 2
    groups = [
        BenchmarkGroup(name=name, summary=f"{len(one)} benchmarks", state=one[0].state, lines=one)
        for name, one in (("tokenizer", lines[:half]), (site.hostile, lines[half:]))
        if one
    ]
    return BenchmarkListView(sentence=f"{len(lines)} benchmarks.", count=len(lines), groups=tuple(groups))
