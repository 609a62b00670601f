"""Build the site: the whole history read, judged, worded, and published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import DeliveryError
from perfsite.report.build import Report
from perfsite.report.context import Judged
from perfsite.report.views import Problem
from perfsite.workflow.address import site_address
from perfsite.workflow.budgeting import hold_to_budgets, idle_budgets
from perfsite.workflow.gather import gather
from perfsite.workflow.hinting import hints_of
from perfsite.workflow.incidents import culprits_of, incidents_of
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.project import open_project
from perfsite.workflow.samples import newest_measurements

if TYPE_CHECKING:
    from perfsite.workflow.executors import Place
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.judging import JudgedTimeline
    from perfsite.workflow.kept import Kept, KeptAnswers
    from perfsite.workflow.project import Project


ROOMY_BYTES: Final = 700_000_000
"""A site above this is warned of, while there is time."""
HOST_BYTES: Final = 1_000_000_000
"""What GitHub Pages publishes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build did."""

    site: Path
    pages: int
    written: int
    runs: int
    measurements: int
    problems: int
    size: int
    """Bytes of the whole site."""
    thinned: int
    """Commits without a page of their own; all their values are published."""
    warnings: tuple[str, ...]


def prepare_site(root: Path) -> Report:
    """Return the views of the site of the project in a folder."""
    project = open_project(root)
    return judged_report(project, gather(project))


def as_judged(judged: JudgedTimeline, **more: Any) -> Judged:
    """Return what the report is made of: a judged timeline, and what else `Judged` holds."""
    return Judged(
        timeline=judged.timeline,
        judgements=judged.judgements,
        aside=judged.aside,
        pins=judged.pins,
        shifts=judged.shifts,
        in_depth=judged.in_depth,
        bad_runs=judged.bad_runs,
        decided=judged.decided,
        policies=judged.policies,
        **more,
    )


def judged_report(
    project: Project, gathered: Gathered, place: Place | None = None, kept: KeptAnswers | None = None
) -> Report:
    """Judge a gathered history and return the views of its site."""
    problems = list(gathered.problems)
    newest = gathered.newest.runs(problems)
    judged = judge_timeline(gathered.timeline, project.settings, gathered.events, place, newest=newest, kept=kept)
    incidents = incidents_of(judged.timeline, judged.judgements, project.settings, gathered.events)
    hinted = hints_of(project, judged, newest)
    return Report(
        as_judged(
            judged,
            budgeted=hold_to_budgets(judged.timeline.series, project.settings),
            incidents=incidents.all,
            gone=incidents.gone,
            culprits=culprits_of(project, gathered, incidents.all),
            title=project.title,
            problems=[
                Problem(where=one.where, problem=one.problem, hint=one.hint or "")
                for one in (*problems, *incidents.problems)
            ],
            repository_url=gathered.repository_url,
            site_url=site_address(project, gathered.repository_url),
            notes=(*gathered.notes, *hinted.notes, *idle_budgets(judged.timeline.series, project.settings)),
            hints=hinted.hints,
            commit_pages=project.settings.commit_pages,
            is_guarded=project.settings.content_security_policy,
            groups=project.settings.groups,
            newest=newest_measurements(judged.timeline, newest),
        )
    )


def size_warning(size: int, commit_pages: str | int) -> str | None:
    """Return what to do about a site that its host will soon refuse, or does; None where it has room.

    Examples
    --------
    >>> size_warning(699_000_000, "auto")
    >>> size_warning(812_000_000, "all").partition(":")[0]
    'the site is 812 MB, and GitHub Pages publishes at most 1,000 MB'
    """
    if size <= ROOMY_BYTES:
        return None
    much = f"the site is {size / 1e6:,.0f} MB, and GitHub Pages publishes at most {HOST_BYTES / 1e6:,.0f} MB"
    if size > HOST_BYTES and commit_pages != "all":
        return f"{much}: what is left is trends, so publish it elsewhere or measure fewer series"
    if commit_pages == "auto":
        return f"{much}: before that, pages of old commits are thinned, and keep their values"
    return f"{much}: `commit_pages` in perfsite.toml thins the pages of old commits, and keeps their values"


def build_site(
    project: Project,
    site: Path | None = None,
    *,
    fetch: bool = True,
    place: Place | None = None,
    kept: Kept | None = None,
) -> Built:
    """Build the project's site, writing only what changed.

    `fetch` asks the remote for runs first; `place` is where series are analysed, which makes no difference to the site;
    nor does `kept`, what a process that builds again keeps.

    Raises
    ------
    ConfigError
        The settings, a template or the output folder cannot be used.
    HistoryError
        The history cannot be read at all.
    DeliveryError
        A file of the site cannot be written.
    """
    from perfsite.pages.publish import publish_site

    gathered = gather(project, fetch=fetch, deepen=fetch, kept=None if kept is None else kept.runs)
    report = judged_report(project, gathered, place, None if kept is None else kept.answers)
    output = site or project.site
    try:
        address = site_address(project, gathered.repository_url)
        keep = None if kept is None else kept.site
        done = publish_site(report, project=project.root, output=output, site_url=address, kept=keep)
    except OSError as error:
        where = str(error.filename or output)
        hint = "see that there is room and that you may write there, or name another folder with --site-dir"
        raise DeliveryError(f"the site cannot be written: {error.strerror}", where=where, hint=hint) from error
    data = report.data
    warnings = list(done.notes)
    if data.problem_count:
        first = data.problems[0]
        more = f" and {data.problem_count - 1} more" if data.problem_count > 1 else ""
        warnings.append(f"{first.where}: {first.problem}{more}; see the site's data page")
    if large := size_warning(done.size, project.settings.commit_pages):
        warnings.append(large)
    if not data.runs:
        warnings.append(f"there is no run in {project.history} yet; `perfsite record FILE` adds one")
    return Built(
        site=output,
        pages=done.benchmarks + done.commits,
        written=done.written,
        runs=data.runs,
        measurements=data.measurements,
        problems=data.problem_count,
        size=done.size,
        thinned=done.thinned,
        warnings=tuple(warnings),
    )
