"""What a host of code is asked and told, whichever it is; GitHub and GitLab each answer in their own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Conclusion(StrEnum):
    """How a check of a commit ended; only `FAILURE` can keep a pull request from being merged."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"


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
class Posted:
    """What became of something that was posted: where it is, and whether it is `created`, `updated` or `unchanged`."""

    url: str
    outcome: str


class Forge(Protocol):
    """A host of code. Every method raises DeliveryError, with the next step, where the host refuses or fails."""

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request."""
        ...

    def comment(self, number: int, body: str, *, marker: str) -> Posted:
        """Create or update the one comment of ours in a pull request that holds the marker."""
        ...

    def check(self, run: CheckRun) -> Posted:
        """Tell a commit what its check said: once for each name and commit."""
        ...
