"""Build the site: the whole history read, judged, worded, and published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perfsite.errors import DeliveryError
from perfsite.report.build import Report
from perfsite.report.context import Judged
from perfsite.report.views import Problem
from perfsite.workflow.gather import gather
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build did."""

    site: Path
    pages: int
    written: int
    runs: int
    measurements: int
    problems: int
    warnings: tuple[str, ...]


def prepare_site(root: Path) -> Report:
    """Return the views of the site of the project in a folder."""
    return _report(open_project(root))


def _report(project: Project, *, fetch: bool = True) -> Report:
    gathered = gather(project, fetch=fetch)
    judged = judge_timeline(gathered.timeline, project.settings)
    return Report(
        Judged(
            timeline=judged.timeline,
            judgements=judged.judgements,
            aside=judged.aside,
            title=project.title,
            problems=[Problem(where=one.where, problem=one.problem, hint=one.hint or "") for one in gathered.problems],
            repository_url=gathered.repository_url,
            notes=gathered.notes,
        )
    )


def build_site(project: Project, site: Path | None = None, *, fetch: bool = True) -> Built:
    """Build the project's site, writing only what changed; `fetch` asks the remote for runs first.

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

    report = _report(project, fetch=fetch)
    output = site or project.site
    try:
        done = publish_site(report, project=project.root, output=output)
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
    if not data.runs:
        warnings.append(f"there is no run in {project.history} yet; `perfsite record FILE` adds one")
    return Built(
        site=output,
        pages=done.benchmarks + done.commits,
        written=done.written,
        runs=data.runs,
        measurements=data.measurements,
        problems=data.problem_count,
        warnings=tuple(warnings),
    )
