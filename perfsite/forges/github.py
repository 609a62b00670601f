"""GitHub: one repository of it, asked and told through its REST API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfsite.errors import DeliveryError
from perfsite.forges import github_checks, github_comments, github_issues, github_pulls, github_releases, github_runs
from perfsite.forges.api import part
from perfsite.forges.forge import Permission
from perfsite.forges.github_api import ENV_LINE, GitHubApi
from perfsite.forges.http import Bounds, Http, checked_base
from perfsite.forges.one_comment import comment_text, put_comment
from perfsite.forges.refusals import RefusedError
from perfsite.forges.token import token_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from perfsite.forges.forge import (
        Artifact,
        CheckRun,
        Issue,
        Job,
        Posted,
        PullRequest,
        Release,
        WorkflowRun,
    )

TOKENS: Final = ("GITHUB_TOKEN", "GH_TOKEN")
_REPOSITORY: Final = re.compile(r"(?!\.+/)[A-Za-z0-9_.-]{1,100}/(?!\.+\Z)[A-Za-z0-9_.-]{1,100}\Z")


def github_of(environ: Mapping[str, str], *, bounds: Bounds | None = None) -> GitHub:
    """Return the repository that the environment names, with its token; nothing is asked of it yet.

    Parameters
    ----------
    environ
        GITHUB_API_URL (default https://api.github.com), GITHUB_REPOSITORY (`owner/name`), GITHUB_TOKEN or GH_TOKEN, and
        the proxies.

    Raises
    ------
    DeliveryError
        One is missing or cannot be right.
    """
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.match(repository):
        raise DeliveryError(
            "it does not name a repository (owner/name)" if repository else "it is not set",
            where="GITHUB_REPOSITORY",
            hint="GitHub Actions sets it; elsewhere set it to owner/name.",
        )
    base = checked_base(environ.get("GITHUB_API_URL") or "https://api.github.com", name="GITHUB_API_URL")
    token = token_of(environ, TOKENS, hint=f"Give the step the lines {ENV_LINE}.")
    scheme = ("Authorization", "Bearer ")
    http = Http(base, token=token, scheme=scheme, environ=environ, bounds=bounds or Bounds())
    return GitHub(GitHubApi(http, repository), in_actions=environ.get("GITHUB_ACTIONS") == "true")


class GitHub:
    """One repository. Every method raises DeliveryError, with the next step, where GitHub refuses or fails."""

    def __init__(self, api: GitHubApi, *, in_actions: bool) -> None:
        self._api = api
        self._in_actions = in_actions
        self._login: str | None = None

    def __repr__(self) -> str:
        return f"GitHub({self._api.repository!r})"

    def close(self) -> None:
        """Close the connections."""
        self._api.http.close()

    @property
    def login(self) -> str:
        """As whom the token writes: `github-actions[bot]`, another App's bot, or a person."""
        if self._login is None:
            self._login = github_comments.login_of(self._api, in_actions=self._in_actions)
        return self._login

    def pull_request(self, number: int) -> PullRequest:
        """Return a pull request."""
        return github_pulls.pull_request(self._api, number)

    def pull_requests_of(self, sha: str, *, head: str | None = None) -> tuple[PullRequest, ...]:
        """Return the pull requests whose head is exactly this commit, open ones first, then the newest.

        `head`, `owner:branch`, finds those from forks that GitHub does not list with the commit.
        """
        return github_pulls.pull_requests_of(self._api, sha, head=head)

    def merge_base(self, base: str, head: str) -> str:
        """Return the full sha of the newest common ancestor of two commits."""
        return github_pulls.merge_base(self._api, base, head)

    def comment(self, number: int, body: str, *, marker: str) -> Posted:
        """Create or update the one comment of ours in a pull request; `body` begins or ends with the marker."""
        conversation = github_comments.PullRequestConversation(self._api, number, author=self.login)
        return put_comment(conversation, body, marker=marker)

    def comment_text(self, number: int, *, marker: str) -> str | None:
        """Return what the one comment of ours in a pull request says now; None where there is none."""
        conversation = github_comments.PullRequestConversation(self._api, number, author=self.login)
        return comment_text(conversation, marker=marker)

    def check(self, run: CheckRun) -> Posted:
        """Create or update the check run of this name and commit."""
        return github_checks.put_check(self._api, run)

    def status(self, run: CheckRun) -> Posted:
        """Set the commit status of this name: its title, conclusion and address, nothing more."""
        return github_checks.put_status(self._api, run)

    def workflow_run(self, run_id: int) -> WorkflowRun:
        """Return a workflow run."""
        return github_runs.workflow_run(self._api, run_id)

    def runs_of(self, sha: str) -> tuple[WorkflowRun, ...]:
        """Return the workflow runs that pull requests started for a commit, newest first."""
        return github_runs.runs_of(self._api, sha)

    def rerun(self, run_id: int) -> None:
        """Start a finished run again, for the same commit and with the same rights; younger than 30 days."""
        github_runs.rerun(self._api, run_id)

    def dispatch(self, workflow: str, *, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow that has `on: workflow_dispatch`; `workflow` is the name of its file, `ref` a branch."""
        github_runs.dispatch(self._api, workflow, ref, inputs)

    def jobs(self, run_id: int) -> tuple[Job, ...]:
        """Return the jobs of a run's latest attempt, with the labels of the runners that they asked for."""
        return github_runs.jobs(self._api, run_id)

    def artifacts(self, run_id: int) -> tuple[Artifact, ...]:
        """Return the artifacts of a run, expired ones too."""
        return github_runs.artifacts(self._api, run_id)

    def download(self, artifact: Artifact, path: Path, limit: int) -> None:
        """Write an artifact's zip file to `path`, a new file.

        Parameters
        ----------
        limit
            Most bytes, whatever the artifact says of itself: they are counted while they arrive.

        Raises
        ------
        DeliveryError
            It has expired, is larger, or is not what was uploaded (where GitHub tells its digest). No file is left.
        """
        github_runs.download(self._api, artifact, path, limit)

    def permission(self, login: str) -> Permission:
        """Return what a person may do in the repository; nobody and nothing may do nothing."""
        try:
            answer = self._api.get(f"collaborators/{part(login)}/permission", needs="contents: read")
        except RefusedError as refused:
            if refused.status == 404 and self._api.is_visible():
                return Permission.NONE
            raise
        told = answer.text("permission")
        return Permission(told) if told in set(Permission) else Permission.NONE

    def issues(self, label: str) -> tuple[Issue, ...]:
        """Return the issues with a label, open and closed, newest first."""
        return github_issues.issues(self._api, label)

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Open an issue; the first label is by what it is found again, should GitHub not say whether it was opened."""
        return github_issues.open_issue(self._api, title, body, labels)

    def comment_issue(self, number: int, body: str) -> Posted:
        """Add a comment to an issue."""
        return github_issues.comment_issue(self._api, number, body)

    def close_issue(self, number: int, *, is_planned: bool = True) -> Issue:
        """Close an issue as completed, or as not planned."""
        return github_issues.close(self._api, number, reason="completed" if is_planned else "not_planned")

    def reopen_issue(self, number: int) -> Issue:
        """Open a closed issue again."""
        return github_issues.reopen(self._api, number)

    def release(self, tag: str) -> Release | None:
        """Return the published release of a tag, None where it has none."""
        return github_releases.release(self._api, tag)

    def latest_release(self) -> Release | None:
        """Return the newest release that is neither a draft nor a prerelease, None where there is none."""
        return github_releases.latest_release(self._api)

    def update_release(self, release_id: int, body: str) -> Release:
        """Replace the text of a release."""
        return github_releases.update_release(self._api, release_id, body)
