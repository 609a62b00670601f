"""Post a comment, a check run or status, a job's summary: each for itself, so that a failure costs no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.config.comments import ALWAYS, REGRESSED
from perfsite.errors import DeliveryError
from perfsite.forges.forge import CheckRun, Conclusion
from perfsite.outputs.comment import SUMMARY_LIMIT, comment_markdown, headline, marker, said, summary_markdown
from perfsite.report.comment_views import Outcome
from perfsite.workflow import codebase
from perfsite.workflow.annotating import annotations_of

if TYPE_CHECKING:
    from perfsite.forges.forge import Forge, PullRequest
    from perfsite.report.comment_views import CommentView
    from perfsite.workflow.commenting import Commented
    from perfsite.workflow.project import Project

CHECK_NAME: Final = "perfsite"
CHECK_LIMIT: Final = 65_000
"""Bytes of the summary of a check run; GitHub takes 65,535 characters."""
_LEAST_SUMMARY: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to post: as the pull request's comment, the commit's check run or status, the summary of this job.

    `pull_request` is its number; None: found out. `name` is what tells several checks of a project apart.
    """

    comment: bool = False
    check_run: bool = False
    status: bool = False
    summary: bool = False
    pull_request: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one delivery: `outcome` is `created`, `updated`, `unchanged`, `left out` or `failed`, and why."""

    what: str
    outcome: str
    url: str = ""
    why: str = ""

    @property
    def sentence(self) -> str:
        """Return it for people."""
        return f"{self.what}: {self.outcome}" + "".join(f", {part}" for part in (self.why, self.url) if part)

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {"what": self.what, "outcome": self.outcome, "url": self.url or None, "why": self.why or None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of every delivery, and the failures."""

    told: tuple[Told, ...]
    failures: tuple[DeliveryError, ...]


def deliver(project: Project, commented: Commented, places: Places, environ: Mapping[str, str]) -> Delivered:
    """Deliver a comment wherever it is wanted; what fails is told with the rest and keeps nothing else from arriving.

    The summary comes first, since it needs no token, then what gates, then what people read.
    """
    with ExitStack() as closing:

        @cache
        def forge() -> Forge:
            from perfsite.forges.chosen import forge_of  # the client for HTTP takes a while to start

            made = forge_of(environ)
            closing.callback(made.close)
            return made

        return _each(_jobs(project, commented, places, environ, forge))


def _jobs(
    project: Project,
    commented: Commented,
    places: Places,
    environ: Mapping[str, str],
    forge: Callable[[], Forge],
) -> list[tuple[str, Callable[[], Told]]]:
    """Return what is to be delivered; the host is connected to by the first that needs it."""
    jobs: list[tuple[str, Callable[[], Told]]] = []
    if places.summary:
        jobs.append(("summary", lambda: _summary(commented.view, environ)))
    name = f"{CHECK_NAME} {places.name}" if places.name else CHECK_NAME
    if places.check_run:
        jobs.append(("check run", lambda: _check_run(forge(), project, commented, name)))
    if places.status:
        jobs.append(("status", lambda: _status(forge(), commented, name)))
    if places.comment:
        jobs.append(("comment", lambda: _comment(forge(), project, commented, places, environ)))
    return jobs


def _each(jobs: Sequence[tuple[str, Callable[[], Told]]]) -> Delivered:
    """Do each of them, whatever becomes of the others."""
    told, failures = [], []
    for what, job in jobs:
        try:
            told.append(job())
        except DeliveryError as error:
            told.append(Told(what=what, outcome="failed", why=str(error)))
            failures.append(error)
    return Delivered(told=tuple(told), failures=tuple(failures))


def _summary(view: CommentView, environ: Mapping[str, str]) -> Told:
    path = environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        hint = "GitHub Actions sets it; elsewhere leave --summary out: without it the Markdown is printed"
        raise DeliveryError("there is no file for the job's summary", where="GITHUB_STEP_SUMMARY", hint=hint)
    file = Path(path)
    try:
        there = file.stat().st_size if file.exists() else 0
        room = SUMMARY_LIMIT - there
        if room < _LEAST_SUMMARY:
            return Told(what="summary", outcome="left out", why="the job's summary is full")
        with file.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(f"\n{summary_markdown(view, limit=room)}" if there else summary_markdown(view, limit=room))
    except OSError as error:
        hint = "see that the file of GITHUB_STEP_SUMMARY can be written"
        raise DeliveryError(f"cannot be written: {error.strerror}", where=path, hint=hint) from error
    return Told(what="summary", outcome="updated" if there else "created")


def check_run(project: Project, commented: Commented, name: str) -> CheckRun:
    """Return what the commit is told: its conclusion as the gate says, neutral where something is to be looked at."""
    view = commented.view
    quiet = Conclusion.NEUTRAL if view.warns or not view.is_telling else Conclusion.SUCCESS
    return CheckRun(
        name=name,
        sha=view.sha,
        conclusion=Conclusion.FAILURE if view.fails else quiet,
        title=headline(view),
        summary=summary_markdown(view, limit=CHECK_LIMIT),
        url=view.values_url or None,
        annotations=annotations_of(project, commented),
    )


def _check_run(forge: Forge, project: Project, commented: Commented, name: str) -> Told:
    posted = forge.check(check_run(project, commented, name))
    return Told(what="check run", outcome=posted.outcome, url=posted.url)


def _status(forge: Forge, commented: Commented, name: str) -> Told:
    view = commented.view
    conclusion = Conclusion.FAILURE if view.fails else Conclusion.SUCCESS
    url = view.values_url or None
    run = CheckRun(name=name, sha=view.sha, conclusion=conclusion, title=headline(view), summary="", url=url)
    posted = forge.status(run)
    return Told(what="status", outcome=posted.outcome, url=posted.url)


def _comment(forge: Forge, project: Project, commented: Commented, places: Places, environ: Mapping[str, str]) -> Told:
    view = commented.view
    request = _request(forge, project, view.sha, places, environ)
    if request is None:
        return Told(what="comment", outcome="left out", why=f"no pull request has {view.sha[:8]} as its newest commit")
    mark = marker(view.project)
    there = forge.comment_text(request.number, marker=mark)
    before = None if there is None else said(there)
    why = _left_out(view, request, project.settings.comment.when, exists=there is not None)
    if before is not None and before.sha == request.head != view.sha:
        why = f"it tells of {request.head[:8]}, which is newer"
    if why:
        return Told(what="comment", outcome="left out", why=why)
    if request.head != view.sha:
        late = f"the pull request is at {request.head[:8]} by now; this tells of {view.sha[:8]}"
        view = replace(view, remarks=(late, *view.remarks))
    posted = forge.comment(request.number, comment_markdown(view, before=before), marker=mark)
    return Told(what="comment", outcome=posted.outcome, url=posted.url)


def _left_out(view: CommentView, request: PullRequest, when: str, *, exists: bool) -> str:
    """Return why a comment is not made; empty where it is. One that is there is always brought up to date."""
    if exists:
        return ""
    if not request.is_open:
        return "the pull request is closed"
    wanted = {ALWAYS: set(Outcome), REGRESSED: {Outcome.REGRESSED}}.get(when, {Outcome.REGRESSED, Outcome.CHANGED})
    return "" if view.outcome in wanted else "nothing to tell that the settings want told"


def _request(
    forge: Forge, project: Project, sha: str, places: Places, environ: Mapping[str, str]
) -> PullRequest | None:
    """Return the pull request: the caller's, that of the job where it is about this commit, or the host's answer.

    A job tells the number and the head of its own pull request only: another commit needs asking, as GitHub can be.
    """
    from perfsite.forges.github import GitHub

    if places.pull_request is not None:
        return forge.pull_request(places.pull_request)
    found = codebase.checked_out(project, environ)
    if found is not None and found.pull_request is not None and found.commit.sha == sha:
        return forge.pull_request(found.pull_request)
    return next(iter(forge.pull_requests_of(sha)), None) if isinstance(forge, GitHub) else None
