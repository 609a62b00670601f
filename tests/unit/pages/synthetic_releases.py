"""What the made-up site shows of releases and comparisons, hostile texts in every place that holds foreign ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from perfsite.report.compare_view import CompareLink, CompareView
from perfsite.report.release_notes import NotesFacts, release_notes
from perfsite.report.release_views import (
    CauseRow,
    GroupRow,
    MatrixRow,
    MatrixView,
    MoverRow,
    ReleaseLine,
    ReleaseRef,
    ReleasesView,
    ReleaseView,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synthetic import SyntheticSite

OLD = ReleaseRef(tag="v0.9", url="releases/v0.9/")


def _places(site: SyntheticSite) -> tuple[int, int]:
    return site.commits_count // 3, site.commits_count - 3


def releases(site: SyntheticSite) -> ReleasesView:
    _, new = _places(site)
    line = ReleaseLine(
        tag=site.hostile,
        url="releases/v1.0-1a2b3c4d/",
        ref=site.refs[new],
        sentence=f"{site.hostile} is 3.2 % slower than v0.9 on geometric mean (2.1 to 4.3 %); 4 benchmarks regressed.",
        state="regression",
        previous="v0.9",
        delta="+3.2 %",
        interval="+2.1 % to +4.3 %",
        words="3.2 % slower",
        worse=4,
        better=2,
        added=1,
        removed=0,
        is_prerelease=True,
        compare="compare/?base=v0.9&head=v1.0",
    )
    row = MatrixRow(
        name=site.hostile,
        url="benchmarks/benchmark-0003/",
        of=f"{site.hostile} · time · linux-x86",
        cells=(("+12.1", "worse-3"), ("", "")),
    )
    group = MatrixRow(name="tokenizer", url="", of="time · linux-x86", cells=(("−3.2", "better-2"), ("0.4", "")))
    columns = ((site.hostile, line.url, "v0.9"), (OLD.tag, OLD.url, site.hostile))
    return ReleasesView(
        sentence=line.sentence,
        state="regression",
        lines=(line,),
        older=(OLD,),
        matrix=MatrixView(columns=columns, groups=(group,), rows=(row,), series=site.series),
    )


def release_pages(site: SyntheticSite) -> Iterator[ReleaseView]:
    old, new = _places(site)
    mover = MoverRow(
        benchmark=site.hostile,
        url="benchmarks/benchmark-0003/",
        parameters=site.hostile,
        metric="time",
        environment="linux-x86",
        before="1.2 ms",
        after="1.4 ms",
        delta="+13.8 %",
        interval="+11.2 % to +16.0 %",
        verdict="regression",
        doubt=f"not comparable: {site.hostile} → EPYC 9V74",
        stage="suspected",
        commit=site.refs[-2],
        more=1,
        others=2,
    )
    group = GroupRow(
        name=site.hostile,
        metric="time",
        environment="linux-x86",
        series=12,
        delta="+3.2 %",
        interval="+2.1 % to +4.3 %",
        words="3.2 % slower",
        state="regression",
        worse=4,
        better=0,
    )
    facts = NotesFacts(
        sentence=f"{site.hostile} is slower.",
        page="releases/v1.0/",
        groups=(group, group),
        worse=(mover,),
        worse_count=9,
    )
    yield ReleaseView(
        tag=site.hostile,
        url="releases/v1.0-1a2b3c4d/",
        sentence=f"{site.hostile} is 3.2 % slower than v0.9 on geometric mean (2.1 to 4.3 %); 4 benchmarks regressed.",
        state="regression",
        ref=site.refs[new],
        previous=OLD,
        newer=OLD,
        compare="compare/?base=v0.9&head=v1.0",
        others=(site.hostile, "v0.8"),
        host_url="javascript:alert(1)",
        notes=(f"No measured commit tells it from {site.hostile}: they hold the same measurements.",),
        counts=(("series regressed", "regression", 4), ("no change", "", 1234)),
        groups=(group,),
        groups_rest=3,
        worse=(mover,),
        worse_count=9,
        better=(),
        unsure=(mover,),
        unsure_count=1,
        causes=(
            CauseRow(
                commit=site.refs[-2],
                sentence=f"{site.hostile} regressed.",
                state="regression",
                incident=site.incident_index["incidents"][0]["url"],
            ),
        ),
        cause_count=2,
        added=((site.hostile, "benchmarks/benchmark-0003/"),),
        added_count=2,
        removed=((site.hostile, "benchmarks/benchmark-0003/"),),
        removed_count=1,
        left_out=((site.hostile, f"not comparable: {site.hostile} → EPYC 9V74"),),
        text=release_notes(facts),
    )
    yield ReleaseView(
        tag=OLD.tag,
        url=OLD.url,
        sentence="v0.9 is the first release with measurements: 40 benchmarks.",
        state="no-change",
        ref=site.refs[old],
        newer=ReleaseRef(tag=site.hostile, url="releases/v1.0-1a2b3c4d/"),
    )


def compare(site: SyntheticSite) -> CompareView:
    link = CompareLink(
        base=site.hostile,
        head=site.refs[-1].short,
        what=site.hostile,
        url=f"compare/?base=v0.9&head={site.refs[-1].sha}",
    )
    return CompareView(
        sentence=f"Any two of {site.commits_count} measured commits.",
        links=(link,),
        environments=(*site.environments, site.hostile),
        host_url="https://example.org/o/r",
    )


def documents(site: SyntheticSite) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the documents that the pages of releases and comparisons load."""
    old, new = _places(site)
    urls = (OLD.url, "releases/v1.0-1a2b3c4d/")
    tags = (OLD.tag, site.hostile)
    groups: dict[str, list[int]] = {}
    for s in range(site.series):
        groups.setdefault(site.hostile if s == 3 else f"tokenizer.suite_{s // 8}", []).append(s)
    yield (
        "data/releases.json",
        {
            "version": 1,
            "releases": [
                {"tag": tag, "url": url, "commit": at, "previous": previous, "data": True}
                for tag, url, at, previous in zip(tags, urls, (old, new), (None, 0), strict=True)
            ],
            "groups": [{"name": name, "series": numbers} for name, numbers in groups.items()],
        },
    )
    for i, (url, at) in enumerate(zip(urls, (old, new), strict=True)):
        values = np.median(site.values[:, max(at - 4, 0) : at + 1], axis=1)
        yield (
            f"{url}data.json",
            {
                "version": 1,
                "release": i,
                "values": values.tolist(),
                "errors": [0.004] * site.series,
                "points": [at] * site.series,
                "left_out": [],
                "doubted": [],
            },
        )
    yield (
        "data/machines.json",
        {
            "version": 1,
            "machines": [site.hostile],
            "environments": [{"environment": name, "commits": [0], "machines": [0]} for name in site.environments],
            "together": [
                {"metric": "time", "unit": "s", "direction": "lower", "environment": name, "share": 0.2}
                for name in site.environments
            ],
        },
    )
