"""Comment: what a check answers, as the text that a pull request, a check run or a job's summary shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from perfsite import capture
from perfsite.history.checkout import server_url
from perfsite.model.machine import Machine, machine_text
from perfsite.outputs.comment import comment_markdown
from perfsite.report.comment import CommentFacts, Measured, comment_view
from perfsite.report.gate import Gate
from perfsite.report.incidents import incident_url
from perfsite.workflow import codebase
from perfsite.workflow.address import site_address
from perfsite.workflow.check import Checked, CheckWish, check
from perfsite.workflow.gather import gather
from perfsite.workflow.standing import standing_incidents

if TYPE_CHECKING:
    from pathlib import Path

    from perfsite.history.timeline import RunFacts, Timeline
    from perfsite.model.run import Commit
    from perfsite.model.series import SeriesKey
    from perfsite.report.comment_views import CommentView
    from perfsite.workflow.project import Project

PROJECT: Final = "perfsite"
"""What a project is called in its comment's marker where it lies at the top of its repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentWish:
    """What the caller says about the comment; None: found out, or as the settings say.

    `commit` is the measured commit on trial, `base` what it is compared with; `name` tells several comments and check
    runs of one project apart.
    """

    files: Sequence[Path] = ()
    format: str | None = None
    environment: str | None = None
    commit: str | None = None
    base: str | None = None
    site_url: str | None = None
    fail_on: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """A comment, as data and as Markdown, and what should be said beside it."""

    view: CommentView
    markdown: str
    checked: Checked


def comment(project: Project, wish: CommentWish, environ: Mapping[str, str]) -> Commented:
    """Return the comment on the files, on a measured commit, or on the newest run.

    Raises
    ------
    ConfigError, InputError, HistoryError
        As `perfsite.workflow.check.check`.
    """
    checking = CheckWish(format=wish.format, environment=wish.environment, commit=wish.commit, base=wish.base)
    checked = check(project, wish.files, checking, environ)
    view = comment_view(checked.view, _facts(project, checked, wish, environ))
    return Commented(view=view, markdown=comment_markdown(view), checked=checked)


def _facts(project: Project, checked: Checked, wish: CommentWish, environ: Mapping[str, str]) -> CommentFacts:
    settings = project.settings.comment
    gathered = checked.gathered
    timeline = gathered.timeline
    at = _place(timeline, checked.view.sha)
    runs = [run for run in timeline.runs if run.commit == at]
    repository_url = gathered.repository_url or server_url(environ)
    return CommentFacts(
        project=_identity(project, wish.name),
        title=settings.title or project.title,
        head=replace(timeline.commits[at], sha=checked.view.sha),
        base=checked.base,
        measured_base=_measured_base(checked, at),
        site_url=site_address(project, repository_url, wish.site_url),
        repository_url=repository_url,
        run_url=_run_url(runs, environ),
        measured=_measured(runs),
        pages={one.key.benchmark for one in timeline.series if (one.commits != at).any()},
        incidents=_incidents(project, checked),
        failed=sum(run.failed + run.skipped for run in runs),
        certain=gathered.certain,
        notes=checked.notes,
        warnings=checked.warnings,
        gate=Gate(wish.fail_on or settings.fail_on),
        most_rows=settings.rows,
    )


def _identity(project: Project, name: str | None) -> str:
    """Return what tells the comment of this project from those of others in its repository."""
    top = codebase.top(project) or project.root
    path = project.root.relative_to(top).as_posix()
    return "/".join(part for part in (PROJECT, "" if path == "." else path, name) if part)


def _place(timeline: Timeline, sha: str) -> int:
    """Return the position of the contender: where files are on trial theirs, else that of the commit."""
    tried = {run.commit for run in timeline.runs if run.id.startswith("contender-")}
    return max(tried) if tried else next(i for i, commit in enumerate(timeline.commits) if commit.sha == sha)


def _measured_base(checked: Checked, at: int) -> Commit | None:
    """Return the newest measured commit of the default branch that is not newer than what was compared with."""
    if checked.base is None:
        return None
    timeline, line = checked.gathered.timeline, checked.gathered.line
    trend = timeline.trend - {at}
    known = [i for i in trend if timeline.commits[i].sha == checked.base.sha]
    end = next((i for i, commit in enumerate(line) if commit.sha == checked.base.sha), -1)
    before = [i for i in trend if 0 <= timeline.places[i] <= end]
    return timeline.commits[max(known or before)] if known or before else None


def _run_url(runs: Sequence[RunFacts], environ: Mapping[str, str]) -> str | None:
    """Return the CI run that measured, the newest of several; else the one that this process is part of."""
    told = [run.source.url for run in sorted(runs, key=lambda run: run.time) if run.source.url]
    return told[-1] if told else capture.ci_source(environ)[0]


def _measured(runs: Sequence[RunFacts]) -> dict[str, Measured]:
    found: dict[str, list[RunFacts]] = {}
    for run in runs:
        found.setdefault(run.environment, []).append(run)
    return {
        name: Measured(
            runs=len(members),
            machine=" and ".join(
                sorted({machine_text(Machine.of(run.facts)) for run in members if Machine.of(run.facts).is_known})
            ),
            suites=tuple(sorted({run.suite for run in members if run.suite})),
        )
        for name, members in sorted(found.items())
    }


def _incidents(project: Project, checked: Checked) -> dict[SeriesKey, str]:
    """Return the incidents that regressions are part of, which began earlier."""
    standing = {row.key for row in checked.view.rows if row.standing}
    if not standing:
        return {}
    gathered, answers = checked.gathered, checked.answers
    if answers is None:
        gathered, answers = gather(project, fetch=False), {}
    found = standing_incidents(gathered, project.settings, standing, answers)
    return {key: incident_url(incident) for key, incident in found.items()}
