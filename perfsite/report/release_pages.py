"""The page of a release: what changed since the one before it, which commits did it, and a text for release notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import ChangePoint, Verdict
from perfsite.model.units import format_pair
from perfsite.report import wording
from perfsite.report.release_notes import NotesFacts, release_notes
from perfsite.report.release_views import CauseRow, GroupRow
from perfsite.report.release_words import group_words, mean_interval, mean_text

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.differences import Difference
    from perfsite.report.means import GroupMean
    from perfsite.report.release_views import ReleaseView

MOST_MOVERS: Final = 15
MOST_UNSURE: Final = 8
MOST_CAUSES: Final = 20
MOST_WITHOUT: Final = 5


def group_row(one: GroupMean) -> GroupRow:
    """Return the mean of a group as it is shown."""
    metric, unit, _, environment = one.family
    mean = one.mean
    return GroupRow(
        name=one.name,
        metric=metric,
        environment=environment,
        series=mean.count,
        delta=mean_text(mean.delta),
        interval=mean_interval(mean),
        words="unsure" if one.state == "unsure" else group_words(mean, unit),
        state=one.state,
        worse=one.worse,
        better=one.better,
    )


class Causes:
    """The change points of a whole site by commit: which commits between two releases changed levels."""

    def __init__(self, context: Context) -> None:
        self._context = context
        found: dict[int, list[tuple[int, ChangePoint]]] = {}
        for number, judgement in enumerate(context.judged.judgements):
            for change in judgement.change_points:
                if change.verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT):
                    found.setdefault(int(context.timeline.series[number].commits[change.index]), []).append(
                        (number, change)
                    )
        self._found = found
        self._commits = sorted(found)

    def between(self, old: int, new: int) -> list[int]:
        """Return the commits after one position up to another that changed a level: most changed series first."""
        commits = self._commits[bisect_right(self._commits, old) : bisect_right(self._commits, new)]
        return sorted(commits, key=lambda commit: (*self._weight(commit), commit))

    def _weight(self, commit: int) -> tuple[bool, float]:
        changes = [change for _, change in self._found[commit]]
        worse = [change for change in changes if change.verdict is Verdict.REGRESSION]
        return not worse, -sum(min(abs(change.delta), 10.0) for change in worse or changes)

    def row(self, commit: int) -> CauseRow:
        """Return what a commit did, in one sentence."""
        context = self._context
        changes = self._found[commit]
        parts = []
        for verdict, did in ((Verdict.REGRESSION, "regressed"), (Verdict.IMPROVEMENT, "improved")):
            mine = sorted(
                (pair for pair in changes if pair[1].verdict is verdict),
                key=lambda pair: (-abs(pair[1].delta), pair[0]),
            )
            if mine:
                number, most = mine[0]
                name = wording.short_name(context.timeline.series[number].key.benchmark, 60)
                size = wording.delta_text(most.delta)
                named = f"{name} by {size}" if len(mine) > 1 else size
                text = f"{len(mine)} series {did}, the most {named}" if len(mine) > 1 else f"{name} {did} by {size}"
                parts.append(text)
        incident = next(
            (
                line.url
                for number, change in changes
                if (line := context.incidents.by_change.get((number, change.index)))
            ),
            "",
        )
        has_worse = any(change.verdict is Verdict.REGRESSION for _, change in changes)
        state = "regression" if has_worse else "improvement"
        return CauseRow(commit=context.refs[commit], sentence=f"{'; '.join(parts)}.", state=state, incident=incident)


def benchmark_names(context: Context, numbers: Sequence[int], elsewhere: Iterable[int]) -> list[tuple[str, str]]:
    """Return name and URL of the benchmarks of some series, by name, without those that have a series elsewhere."""
    if not numbers:
        return []
    series = context.timeline.series
    kept = {series[number].key.benchmark for number in elsewhere}
    names = {series[number].key.benchmark: context.urls[number] for number in numbers}
    return sorted((name, url) for name, url in names.items() if name not in kept)


def levels_of(context: Context, found: Difference, number: int) -> tuple[float, float]:
    """Return the level of a series that both ends have, then and now, in the base unit."""
    start = int(found.flat.starts[number])
    levels = context.judged.judgements[number].levels
    then, now = (float(levels[int(column.at[number]) - start]) for column in (found.old, found.new))
    return then, now


def no_ratio_text(context: Context, found: Difference) -> str:
    """Return how many series have no ratio and why, those that changed by name; empty where every one has."""
    if not found.no_ratio:
        return ""
    told = []
    for number in found.no_ratio:
        unit = context.timeline.series[number].unit
        then, now = format_pair(*levels_of(context, found, number), unit)
        if then != now:
            told.append(f"{wording.short_name(context.series_text(number))} {then} → {now}")
    have = wording.plural(len(found.no_ratio), "series has", "series have")
    rest = f" and {wording.count_text(len(told) - MOST_WITHOUT)} more" if len(told) > MOST_WITHOUT else ""
    changed = f"; of these changed: {', '.join(told[:MOST_WITHOUT])}{rest}." if told else ", and none of these changed."
    return f"{have} no ratio, being zero or less, and count in no mean{changed}"


def notes_facts(view: ReleaseView, site_url: str | None) -> NotesFacts:
    """Return what the section for release notes tells of a release."""
    return NotesFacts(
        sentence=view.sentence,
        page=view.url,
        compare=view.compare,
        remarks=(*view.remarks, *((view.no_ratio,) if view.no_ratio else ())),
        groups=view.groups,
        worse=view.worse,
        worse_count=view.worse_count,
        better=view.better,
        better_count=view.better_count,
        causes=view.causes,
        cause_count=view.cause_count,
        added=view.added,
        added_count=view.added_count,
        removed=view.removed,
        removed_count=view.removed_count,
        left_out=view.left_out,
        site_url=site_url,
    )


def notes_of(view: ReleaseView, site_url: str | None) -> str:
    """Return the section for release notes of a release's page."""
    return release_notes(notes_facts(view, site_url))
