"""What a host of code is asked and told, whichever it is; GitHub and GitLab each answer in their own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Conclusion(StrEnum):
    """How a check of a commit ended; only `FAILURE` can keep a pull request from being merged."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"


class Permission(StrEnum):
    """What a person may do in a repository; GitHub folds `maintain` into `WRITE` and `triage` into `READ`."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    @property
    def can_write(self) -> bool:
        """Whether this person may push, and so may ask for what only those who push may ask for."""
        return self in (Permission.WRITE, Permission.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request as its host describes it, never as the pull request describes itself.

    `head` and `base` are full shas; `head_repository` is `owner/name` (None: the fork was deleted), `target` the branch
    that it goes to.
    """

    number: int
    head: str
    base: str
    target: str
    head_branch: str
    head_repository: str | None
    is_open: bool
    author: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark of a check beside a line of a file: `level` is `notice`, `warning` or `failure`."""

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """What a commit is told of itself: a title of one line, a summary in Markdown, remarks, and where to read on."""

    name: str
    sha: str
    conclusion: Conclusion
    title: str
    summary: str
    url: str | None = None
    annotations: Sequence[Annotation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRun:
    """One execution of a workflow.

    `workflow` is its file (`.github/workflows/benchmarks.yml`), `event` what started it, `head` the full sha that it
    was started for, `head_branch` that commit's branch in `head_repository` (`owner/name`; None: the fork was deleted).
    `conclusion` is None until it has ended. `pull_requests` are the numbers that GitHub knows, none for forks. It ran
    between `created` and `updated`, in UTC.
    """

    id: int
    attempt: int
    name: str
    workflow: str
    event: str
    head: str
    head_branch: str | None
    head_repository: str | None
    actor: str | None
    status: str | None
    conclusion: str | None
    pull_requests: tuple[int, ...]
    url: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of a workflow run: what it asked of a runner (`labels`) and the runner that it got (None: none yet)."""

    id: int
    name: str
    labels: tuple[str, ...]
    runner: str | None
    conclusion: str | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A zip file that a workflow run left behind; `digest` is `sha256:` and 64 hex digits where the host tells it."""

    id: int
    name: str
    size_bytes: int
    is_expired: bool
    digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue, never a pull request; `labels` are those that the host accepted."""

    number: int
    title: str
    body: str
    is_open: bool
    labels: tuple[str, ...]
    author: str | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A published release, or a draft of one, with its text in Markdown."""

    id: int
    tag: str
    name: str
    body: str
    is_draft: bool
    is_prerelease: bool
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of something that was posted: where it is, and whether it is `created`, `updated` or `unchanged`."""

    url: str
    outcome: str


class Forge(Protocol):
    """A host of code. Every method raises DeliveryError, with the next step, where the host refuses or fails."""

    def close(self) -> None:
        """Close the connections."""
        ...

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request."""
        ...

    def comment(self, number: int, body: str, *, marker: str) -> Posted:
        """Create or update the one comment of ours in a pull request; `body` begins or ends with the marker."""
        ...

    def comment_text(self, number: int, *, marker: str) -> str | None:
        """Return what the one comment of ours in a pull request says now; None where there is none."""
        ...

    def check(self, run: CheckRun) -> Posted:
        """Tell a commit what its check said: once for each name and commit."""
        ...

    def status(self, run: CheckRun) -> Posted:
        """Tell a commit in one line: the last told of a name counts; no summary and no remarks."""
        ...
