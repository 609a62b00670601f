"""The `/benchmark` comment: who may ask for a measurement, of which commit, and how the run that follows is recognised.

A comment starts workflows of the default branch, whoever writes it. So GitHub is asked whether the commenter may push,
and which commit is the pull request's head, once. The name of the job that measures tells both on: it is made of these
answers by the workflow of the default branch, GitHub keeps it, and nothing that the job runs can change it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.workflow.origin import PULL_EVENT, SkippedError

if TYPE_CHECKING:
    from perfsite.forges.forge import Job, WorkflowRun
    from perfsite.forges.github import GitHub

COMMAND: Final = "/benchmark"
EVENT: Final = "issue_comment"
_ASKED: Final = re.compile(rf"{COMMAND}(?:[ \t]+(?P<sha>[0-9a-f]{{7,40}}))?[ \t]*(?:\r?\n|\Z)")
_JOB: Final = re.compile(r"measure #(?P<number>[1-9]\d{0,9}) at (?P<sha>[0-9a-f]{40})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Whether a comment may have a pull request measured. `refused` says why not; then the rest is None."""

    sha: str | None = None
    pull_request: int | None = None
    refused: str | None = None

    def sentences(self) -> list[str]:
        """Return the answer for people."""
        if self.sha is None:
            return [f"not measured: {self.refused}"]
        return [f"{self.sha[:12]} of pull request #{self.pull_request} may be measured"]

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {"version": 1, "sha": self.sha, "pull_request": self.pull_request, "refused": self.refused}


def allow(event: Mapping[str, Any], environ: Mapping[str, str]) -> Allowed:
    """Return whether the comment of an event may have its pull request measured, and at which commit.

    Parameters
    ----------
    event
        What GitHub wrote about an `issue_comment`.
    environ
        What `perfsite.forges.github.github_of` asks for.

    Raises
    ------
    InputError
        The event is none of a comment in a pull request.
    DeliveryError
        GitHub does not answer, or refuses.
    """
    from perfsite.forges.github import github_of

    asked = _asked(event)
    if asked is None:
        return Allowed(refused=f"the comment does not begin with a line that says {COMMAND}, or {COMMAND} and a sha")
    with closing(github_of(environ)) as github:
        return _answered(github, asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a comment asks for: `sha` is the beginning of the commit that it names, empty where it names none."""

    number: int
    login: str
    time: datetime
    sha: str


def _asked(event: Mapping[str, Any]) -> _Asked | None:
    """Return what a comment asks for; None where it asks for nothing."""
    issue, comment = event.get("issue"), event.get("comment")
    if not isinstance(issue, dict) or not isinstance(comment, dict) or not isinstance(issue.get("pull_request"), dict):
        hint = "call `perfsite allow` in a workflow with `on: issue_comment`, for comments in pull requests"
        raise InputError("the event is none of a comment in a pull request", where="GITHUB_EVENT_PATH", hint=hint)
    number, user, body = issue.get("number"), comment.get("user"), comment.get("body")
    login = user.get("login") if isinstance(user, dict) else None
    match = _ASKED.match(body) if isinstance(body, str) else None
    if match is None or not isinstance(number, int) or not isinstance(login, str):
        return None
    time = datetime.fromisoformat(str(comment.get("created_at")))
    return _Asked(number=number, login=login, time=time, sha=match["sha"] or "")


def _answered(github: GitHub, asked: _Asked) -> Allowed:
    if not github.permission(asked.login).can_write:
        return Allowed(refused=f"{asked.login[:40]} may not write to this repository")
    pull = github.pull_request(asked.number)
    head = pull.head
    if not pull.is_open:
        return Allowed(refused=f"pull request #{asked.number} is closed")
    if not head.startswith(asked.sha):
        return Allowed(refused=f"the head is {head[:12]}, not {asked.sha[:12]}; look at it, and ask again")
    if not asked.sha:
        # When GitHub heard of the head: its first run of any workflow for it. Dates of commits can be made up.
        pushed = min((run.created for run in github.runs_of(head)), default=None)
        if pushed is None:
            return Allowed(refused=f"nothing tells when {head[:12]} was pushed; name it: {COMMAND} {head[:12]}")
        if pushed > asked.time:
            return Allowed(refused=f"{head[:12]} was pushed after the comment; look at it, and ask again")
    return Allowed(sha=head, pull_request=asked.number)


def job_name(number: int, sha: str) -> str:
    """Return the name of the job that measures a commit of a pull request for a comment.

    Examples
    --------
    >>> job_name(7, "8c1f0a" + "0" * 34)
    'measure #7 at 8c1f0a0000000000000000000000000000000000'
    """
    return f"measure #{number} at {sha}"


def as_measured(github: GitHub, run: WorkflowRun, jobs: Sequence[Job]) -> WorkflowRun:
    """Return a run that a comment started as if its pull request had started it, for that is what it measured.

    Raises
    ------
    SkippedError
        Nothing was measured, since the comment asked for nothing or was not allowed to; or the head is another by now.
    """
    if run.event != EVENT:
        return run
    found = {match.groups() for job in jobs if (match := _JOB.fullmatch(job.name)) and job.conclusion == "success"}
    if len(found) != 1:
        raise SkippedError(f"no comment had a pull request measured by {run.url}")
    number, sha = found.pop()
    pull = github.pull_request(int(number))
    if pull.head != sha or not pull.is_open:
        raise SkippedError(f"pull request #{number} is closed, or its head is no longer {sha[:12]}: {run.url}")
    return replace(run, event=PULL_EVENT, head=sha, head_branch=pull.head_branch, head_repository=pull.head_repository)
