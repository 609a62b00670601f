"""Compare any two of commits, tags, branches, runs and result files."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.errors import ConfigError, HistoryError, InputError
from perfsite.history.store import read_all
from perfsite.model.event import SeriesSelector
from perfsite.report.compare_url import compare_url
from perfsite.report.comparison import ComparisonView, Side
from perfsite.report.comparison_commits import compare_commits
from perfsite.report.comparison_runs import Known, Terms, compare_runs
from perfsite.report.comparison_texts import csv, sections
from perfsite.report.context import Context
from perfsite.report.summary_texts import markdown_of, text_of
from perfsite.workflow import codebase
from perfsite.workflow.address import site_address
from perfsite.workflow.gather import gather, stores
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.record import Wish, read_runs
from perfsite.workflow.revisions import find_commit
from perfsite.workflow.site import as_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.history.timeline import Timeline
    from perfsite.model.findings import Judgement
    from perfsite.model.run import Run
    from perfsite.model.series import SeriesKey
    from perfsite.workflow.project import Project

_RUN: Final = re.compile(r"[0-9a-f]{8,32}\Z")
_NOWHERE: Final = "0" * 40
NEWEST: Final = 30
"""Newest points of a series that tell its usual noise floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareWish:
    """What is wanted of a comparison.

    `series` are those wanted; `environment` is that of the files, where they are any; `least` the smallest |delta| that
    counts as a change, a fraction (None: what severities say).
    """

    series: SeriesSelector = field(default_factory=SeriesSelector)
    environment: str | None = None
    format: str | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The answer of a comparison, what may be wrong with it, and the site's address with a slash at its end."""

    view: ComparisonView
    warnings: tuple[str, ...]
    site: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What a name stands for: a position of the trend, or runs; `at` is None for what no trend has."""

    side: Side
    at: int | None = None
    ids: frozenset[str] = frozenset()
    runs: tuple[Run, ...] = ()
    notes: tuple[str, ...] = ()


def compare(project: Project, base: str, head: str, wish: CompareWish) -> Compared:
    """Return the second side against the first.

    Two commits of the trend are compared by their levels, as releases are; anything else by its values.

    Raises
    ------
    ConfigError
        A name stands for nothing, or nothing that was measured.
    InputError
        A file cannot be read.
    HistoryError
        The history cannot be read.
    """
    gathered = gather(project)
    timeline = gathered.timeline
    found = [_find(project, timeline, name, wish) for name in (base, head)]
    judged = judge_timeline(timeline, project.settings, gathered.events)
    address = site_address(project, gathered.repository_url) or ""
    context = Context(as_judged(judged, title=project.title, groups=project.settings.groups))
    one, other = found
    notes = [note for side in found for note in side.notes]
    url = ""
    if one.at is not None and other.at is not None:
        told = compare_commits(context, one.at, other.at, selects=wish.series.selects, least=wish.least)
        url = compare_url(one.side.sha or base, other.side.sha or head)
    else:
        old, new = _stored_runs(project, found)
        told = compare_runs(old, new, _known(context), _terms(project, wish))
    notes.extend(told.pop("notes", ()))
    view = ComparisonView(base=one.side, head=other.side, notes=tuple(notes), url=url if address else "", **told)
    return Compared(view=view, warnings=gathered.warnings, site=f"{address.rstrip('/')}/" if address else "")


def _find(project: Project, timeline: Timeline, name: str, wish: CompareWish) -> _Found:
    """Return what a name stands for: a file, a commit of the trend, a pull request's head, a stored run."""
    path = Path(name)
    if name == "-" or path.is_file() or (path.is_dir() and codebase.resolve(project, name) is None):
        return _of_files(project, path, wish)
    run = _run_of(timeline, name)
    if run is not None:
        return run
    try:
        at = find_commit(project, timeline, name)
    except ConfigError as error:
        raise ConfigError(
            error.problem,
            where=error.where,
            hint=f"name a commit, tag, branch, the id of a run, or a result file that is there; {error.hint}",
        ) from error
    commit = timeline.commits[at]
    exact = codebase.resolve(project, name)
    notes: tuple[str, ...] = ()
    if exact is not None and exact.sha != commit.sha:
        notes = (f"{name[:60]} ({exact.sha[:8]}) was not measured: {commit.sha[:8]} before it stands for it",)
    return _of_commit(timeline, at, name, notes)


def _of_commit(timeline: Timeline, at: int, name: str, notes: tuple[str, ...]) -> _Found:
    commit = timeline.commits[at]
    subject = f" {commit.subject[:60]}" if commit.subject else ""
    called = f"{name} " if not commit.sha.startswith(name) else ""
    side = Side(name=name, what=f"{called}{commit.sha[:8]}{subject}", sha=commit.sha)
    mine = [run for run in timeline.runs if run.commit == at]
    on_trend = [run for run in mine if timeline.is_on_trend(run)]
    ids = frozenset(run.id for run in on_trend or mine)
    return _Found(side, at=at if on_trend else None, ids=ids, notes=notes)


def _run_of(timeline: Timeline, name: str) -> _Found | None:
    """Return the stored run of an id, or of the beginning of one; None where there is none such."""
    if not _RUN.match(name):
        return None
    mine = [run for run in timeline.runs if run.id.startswith(name)]
    if len(mine) > 1:
        raise ConfigError(f"{len(mine)} runs begin with '{name}'", hint="give more digits of the run's id")
    if not mine:
        return None
    commit = timeline.commits[mine[0].commit]
    what = f"run {mine[0].id[:8]} of {commit.sha[:8]} in {mine[0].environment}"
    return _Found(Side(name=name, what=what), ids=frozenset([mine[0].id]))


def _of_files(project: Project, path: Path, wish: CompareWish) -> _Found:
    """Return the newest run of a result file; outside of a repository it is of no commit."""
    reading = Wish(format=wish.format, environment=wish.environment)
    try:
        runs, warnings = read_runs(project, [path], reading, dict(os.environ))
    except InputError:
        raise
    except HistoryError:
        runs, warnings = read_runs(project, [path], replace(reading, commit=_NOWHERE), dict(os.environ))
    newest = max(run.time for run in runs)
    mine = tuple(run for run in runs if run.time == newest or len({one.time for one in runs}) == 1)
    told = [warning for warning in warnings if "work tree" not in warning]
    return _Found(Side(name=str(path), what=f"file {path.name}"), runs=mine, notes=tuple(told))


def _stored_runs(project: Project, found: Sequence[_Found]) -> list[list[Run]]:
    """Return the runs of both sides, samples and all, those of the history read once more."""
    wanted = frozenset().union(*(side.ids for side in found))
    stored: dict[str, Run] = {}
    if wanted:
        places = stores(project, codebase.find(project), fetch=False)
        stored = {run.id: run for run in read_all(places, []) if run.id in wanted and run.id is not None}
    return [[*side.runs, *(stored[one] for one in sorted(side.ids) if one in stored)] for side in found]


def _known(context: Context) -> dict[tuple[SeriesKey, str], Known]:
    """Return what the history knows of the noise of its series."""
    judged = context.judged
    return {
        (one.key, one.unit): Known(
            noise=float("nan") if judgement.noise is None else judgement.noise,
            points=len(one),
            policy=policy,
            url=context.urls[number],
            floor=_usual_floor(judgement),
            together=context.levels.together.get(context.levels.families[number], 0.0),
        )
        for number, (one, judgement, policy) in enumerate(
            zip(context.timeline.series, judged.judgements, judged.policies, strict=True)
        )
    }


def _usual_floor(judgement: Judgement) -> float:
    """Return the noise floor of a series' newest points as a fraction of their level; NaN: not known."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        floors = (judgement.floors * np.abs(judgement.baselines) / np.abs(judgement.levels))[-NEWEST:]
    floors = floors[np.isfinite(floors)]
    return float(np.median(floors)) if len(floors) else math.nan


def _terms(project: Project, wish: CompareWish) -> Terms:
    """Return what is asked, with the owner's settings for series that no history knows."""
    settings = project.settings

    return Terms(selects=wish.series.selects, least=wish.least, directs=settings.direction, judges=settings.policy)


def written(compared: Compared, form: str, project: Project, *, every: bool) -> str:
    """Return a comparison in a form: `text`, `markdown`, `json`, `csv` or `html`."""
    view, site = compared.view, compared.site
    if form == "json":
        return json.dumps(view.document(site), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    if form == "csv":
        return csv(view)
    parts = list(sections(view, every=every))
    if form == "markdown":
        return markdown_of(view.title, view.sentence, parts, site=site)
    if form == "html":
        from perfsite.pages.summary_file import comparison_file

        overrides = project.root / "site_config" / "overrides" / "perfsite"
        return comparison_file(view, parts, site=site, overrides=overrides if overrides.is_dir() else None)
    link = f"\n{site}{view.url}\n" if view.url else ""
    return text_of(view.title, view.sentence, parts) + link
