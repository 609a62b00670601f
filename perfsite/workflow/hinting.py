"""Hints for a whole history: the evidence is carried from where it lies, the rules are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfsite.hints.evidence import Ground, Newest, Track
from perfsite.hints.find import find_hints
from perfsite.hints.ground import Scattered, changed_facts, ranges_that_matter
from perfsite.hints.naming import rarity_of
from perfsite.hints.plugs import installed_rules
from perfsite.hints.rules import RULES
from perfsite.model.series import SeriesKey
from perfsite.report.retirement import retired_series
from perfsite.workflow import codebase
from perfsite.workflow.judging import policy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfsite.history.timeline import Timeline
    from perfsite.model.hint import Hint
    from perfsite.model.run import FactValue, Run
    from perfsite.workflow.judging import JudgedTimeline
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True)
class Hinted:
    """The hints of a history, and what is wrong with rules that other packages brought."""

    hints: tuple[Hint, ...]
    notes: tuple[str, ...]


def hints_of(project: Project, judged: JudgedTimeline, newest: Sequence[Run]) -> Hinted:
    """Return the hints of a judged history; `newest` are the newest runs, with their samples."""
    settings, timeline = project.settings, judged.timeline
    tracks = []
    retired, kept = retired_series(timeline), _kept(newest)
    for number, (series, judgement) in enumerate(zip(timeline.series, judged.judgements, strict=True)):
        if len(series):
            newest_of = kept.get((series.key, series.unit))
            is_living = number not in retired
            tracks.append(Track(series, judgement, policy_of(series, settings), is_living, newest_of))
    names = {track.key.benchmark for track in tracks}
    ground = Ground(
        facts=changed_facts(_facts(timeline)),
        files=_files(project, timeline, ranges_that_matter(tracks)),
        shifts={(shift.environment, shift.commit): shift for shift in judged.shifts},
        scattered=Scattered(tracks),
        paths=settings.hints.paths_of,
        rarity=rarity_of(names),
        benchmarks=len(names),
    )
    notes: list[str] = []
    rules = (*RULES, *installed_rules(notes, settings.hints.off))
    return Hinted(find_hints(tracks, ground, rules=rules, off=settings.hints.off), tuple(notes))


def _kept(newest: Sequence[Run]) -> dict[tuple[SeriesKey, str], Newest]:
    """Return what the newest runs kept of each series, by key and unit; of two suites that have it, the newer."""
    found: dict[tuple[SeriesKey, str], Newest] = {}
    for run in sorted(newest, key=lambda run: (run.time, run.id or "")):
        for measurement in run.measurements:
            if measurement.samples:
                key = SeriesKey(
                    benchmark=measurement.benchmark,
                    parameters=tuple(sorted(measurement.parameters.items())),
                    metric=measurement.metric.name,
                    environment=run.environment.name,
                )
                found[key, measurement.metric.unit] = Newest(measurement=measurement, format=run.source.format)
    return found


def _facts(timeline: Timeline) -> Iterator[tuple[str, int, Mapping[str, FactValue]]]:
    """Yield environment, commit and facts of every run of the trend, the tool among the facts."""
    told: dict[tuple[int, str | None, str | None], Mapping[str, FactValue]] = {}
    for run in timeline.runs:
        if timeline.is_on_trend(run):
            place = id(run.facts), run.source.tool, run.source.version
            if place not in told:
                tool = {f"tool.{run.source.tool}": run.source.version} if run.source.tool and run.source.version else {}
                told[place] = {**run.facts, **tool}
            yield run.environment, run.commit, told[place]


def _files(
    project: Project, timeline: Timeline, ranges: tuple[tuple[int, int], ...]
) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return the files changed in each range of which the repository has both ends on its line."""
    shas = {
        (timeline.commits[older].sha, timeline.commits[newer].sha): (older, newer)
        for older, newer in ranges
        if timeline.places[older] >= 0 and timeline.places[newer] >= 0
    }
    found = codebase.changed_files(project, tuple(shas))
    return {shas[pair]: paths for pair, paths in found.items()}
