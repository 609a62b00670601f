"""Where a CI run's measurements come from: by what GitHub says of the run, never by what the run says of itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.capture import runner_environment
from perfsite.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from perfsite.forges.forge import Job, PullRequest, WorkflowRun

TREND_EVENTS: Final = ("push", "schedule", "workflow_dispatch")
"""What starts a run of the default branch. Each needs the right to write."""
PULL_EVENT: Final = "pull_request"
_QUEUE_EVENT: Final = "merge_group"


class SkippedError(Exception):
    """There is nothing to take in, and nobody did anything wrong; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of all runs of a CI run. `pull_request` None: they are points of the trend.

    `began` and `ended` are the times between which they were measured.
    """

    sha: str
    branch: str | None
    pull_request: int | None
    url: str
    attempt: int
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The repository that takes runs in: its name (`owner/name`), default branch, and the workflows that may measure.

    `workflows` are files of the default branch, as paths from the top of the repository.
    """

    repository: str
    default_branch: str
    workflows: Collection[str]


def check_run(run: WorkflowRun, home: Home) -> None:
    """Refuse the run of another workflow, and one that did not succeed, before anything of it is read.

    The name of a workflow can be given to any file by anybody who opens a pull request; its path is that of the file.

    Raises
    ------
    InputError
        It is none of the workflows that measure.
    SkippedError
        It did not succeed: what it left is not whole.
    """
    path = run.workflow.partition("@")[0]
    if path not in home.workflows:
        raise InputError(
            f"a run of the workflow {path[:200]!r}, which is not one that measures here",
            where=run.url,
            hint="it must be a file of the default branch, and named in [receive] workflows where that is set",
        )
    if run.conclusion != "success":
        told = f"ended with {run.conclusion}" if run.conclusion else "has not ended"
        raise SkippedError(f"the CI run {told}, and only what succeeded is whole: {run.url}")


def origin_of(
    run: WorkflowRun,
    pull_requests: Sequence[PullRequest],
    home: Home,
    *,
    claimed: int | None,
    measured: Collection[int] = (),
) -> Origin:
    """Return where the measurements of a CI run come from.

    Parameters
    ----------
    run
        As GitHub tells it.
    pull_requests
        Those of the home repository that GitHub knows of the run's commit, and those that measured it before; looked
        at for a pull request's run only.
    claimed
        The number that the artifact names: it chooses among pull requests of one commit and one branch, no more.
    measured
        Numbers of the pull requests that have runs of this commit already.

    Raises
    ------
    InputError
        The run is none whose measurements may be kept.
    SkippedError
        The pull request has newer commits by now, or another one, of another branch, to which the commit belongs; or
        the owner measured another branch or a merge queue.
    """
    number: int | None = None
    if run.event == PULL_EVENT:
        number = _number(run, pull_requests, claimed)
        _is_others(run, pull_requests, home, () if number in measured else measured)
    else:
        _is_trend(run, home)
    return Origin(
        sha=run.head,
        branch=run.head_branch,
        pull_request=number,
        url=f"{run.url}/attempts/{run.attempt}",
        attempt=run.attempt,
        began=run.created,
        ended=max(run.created, run.updated),
    )


def _is_trend(run: WorkflowRun, home: Home) -> None:
    """Refuse a run that is not of the default branch; without blame where the owner measured something else there."""
    if run.event == _QUEUE_EVENT and run.head_repository == home.repository:
        raise SkippedError(f"of a merge queue, whose commits are measured once they are on {home.default_branch}")
    if run.event not in TREND_EVENTS:
        raise InputError(
            f"started by the event '{run.event}', which is neither a pull request's nor one of the default branch",
            where=run.url,
            hint=f"measure on {PULL_EVENT}, {', '.join(TREND_EVENTS)}",
        )
    if run.head_repository != home.repository:
        raise InputError(
            f"a run of {run.head_repository or 'a repository that is gone'}, branch {run.head_branch}; "
            f"only {home.default_branch} of {home.repository} makes the trend",
            where=run.url,
            hint="other branches are measured by their pull request",
        )
    if run.head_branch != home.default_branch:
        told = f"of branch {run.head_branch}; only {home.default_branch} makes the trend"
        raise SkippedError(f"{told}, and other branches are measured by their pull request: {run.url}")


def _number(run: WorkflowRun, pull_requests: Sequence[PullRequest], claimed: int | None) -> int:
    """Return the pull request that a run measured: one of the same commit, branch and repository.

    Two pull requests may propose one branch for two targets; somebody else's may have the same commit, but not the
    same repository and branch.
    """
    own = [
        one
        for one in pull_requests
        if one.head_repository == run.head_repository is not None and one.head_branch == run.head_branch
    ]
    numbers = sorted(one.number for one in own if one.head == run.head)
    if not numbers:
        told = f"no pull request of {run.head_repository} has {run.head[:12]} at the head of {run.head_branch} any more"
        raise SkippedError(f"{told}; its newest commit is measured by another run than {run.url}")
    if claimed is not None and claimed not in numbers:
        raise InputError(
            f"the artifact claims to be of pull request #{claimed}, but {run.head[:12]} is the head of "
            f"{' and '.join(f'#{number}' for number in numbers)}",
            where=run.url,
            hint="nothing was stored; the number is not the run's to choose",
        )
    return numbers[0] if claimed is None else claimed


def _is_others(run: WorkflowRun, pull_requests: Sequence[PullRequest], home: Home, measured: Collection[int]) -> None:
    """Refuse, without blame, a commit that belongs to an open pull request of another branch.

    All runs of a commit count together, and its check is that of every pull request with it: somebody who proposes
    somebody else's commit must not bring numbers for it. It belongs to a branch of the home repository, else to the
    fork that measured it first.
    """
    for other in pull_requests:
        is_same_branch = (other.head_repository, other.head_branch) == (run.head_repository, run.head_branch)
        if other.head != run.head or not other.is_open or is_same_branch or run.head_repository == home.repository:
            continue
        if other.head_repository == home.repository or other.number in measured:
            told = f"{run.head[:12]} is also the head of pull request #{other.number}, whose own runs measure it"
            raise SkippedError(f"{told}; {run.url} is of {run.head_repository}, which needs a commit of its own")


def environment_of(claimed: str, jobs: Sequence[Job], named: Collection[str], *, where: str) -> str:
    """Return the environment that a run was measured in.

    The only one there is, whatever is claimed; of several the claimed one. `named` are those that the owner allows;
    empty: those that the labels of the jobs' runners tell.

    Raises
    ------
    InputError
        No environment is known, or the claimed one is none of several, or may be one that no label tells.
    """
    told = [runner_environment(job.labels) for job in jobs if job.labels and job.conclusion != "skipped"]
    allowed = frozenset(named or filter(None, told))
    if len(allowed) == 1 and (named or None not in told):
        return next(iter(allowed))
    if claimed in allowed:
        return claimed
    if allowed and (named or None not in told):
        listed = ", ".join(sorted(allowed)[:10])
        hint = f"the jobs' runners are {listed}; other names must be in [receive] environments of perfsite.toml"
        raise InputError(
            f"claims the environment '{claimed[:100]}', in which no job of this run ran", where=where, hint=hint
        )
    labels = sorted({label for job in jobs for label in job.labels if runner_environment(job.labels) is None})
    shown = ", ".join(re.sub(r"[^\w.-]", "?", label)[:40] for label in labels[:10]) or "none"
    raise InputError(
        f"the labels of the runners do not tell the environment: {shown}",
        where=where,
        hint="name a version (runs-on: ubuntu-24.04), or set `environment` in perfsite.toml of the default branch",
    )
