"""GitHub's REST API for one repository: its addresses, its version, and what its refusals mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.forges.api import Api

if TYPE_CHECKING:
    from perfsite.forges.http import Answer, Http, Request

VERSION: Final = "2022-11-28"
"""Of the API; named in every request, so that a later one changes nothing here."""
ENV_LINE: Final = "`env:` with `GITHUB_TOKEN: ${{ github.token }}`"
_READINGS: Final = {
    401: ("the token is not accepted", f"Is it expired, or of another host? In a workflow: {ENV_LINE}."),
    410: ("it is gone", "An artifact has expired, or issues are switched off in the repository."),
    422: ("GitHub finds fault with what was sent", "What it says of a field tells what to change."),
    451: ("GitHub may not show it, for legal reasons", "See the repository's own page."),
}
_READ_ONLY: Final = (
    "The token of a pull request from a fork, or of Dependabot's, can only read: post from a workflow that "
    "`workflow_run` starts."
)

_RERUN: Final = "GitHub starts a run again for 30 days and 50 times; a push to the pull request starts a new one."
_FORBIDDEN: Final = {
    "via a github app": "Only GitHub Apps do this, the GITHUB_TOKEN of a workflow among them; a personal token cannot.",
    "locked": "The conversation is locked; those who may write can unlock it.",
    "archived": "The repository is archived, so nothing in it can change.",
    "to retry this workflow run": _RERUN,
    "cannot be retried": _RERUN,
    "already running": "The run has not ended; ask again when it has.",
}
"""Next steps by what GitHub says of status 403 in small letters, where it is not about permissions."""


class GitHubApi(Api):
    """The part of GitHub's API that belongs to one repository, `owner/name`."""

    def __init__(self, http: Http, repository: str) -> None:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
        super().__init__(http, f"/repos/{repository}", headers)
        self.repository = repository

    def reading(self, request: Request, answer: Answer, words: str) -> tuple[str, str]:
        """Return the problem and the next step of a refusal, of which GitHub says `words`."""
        if answer.status == 403:
            return "GitHub refused", _forbidden(request, words)
        if answer.status == 404:
            return self._missing(request)
        other = f"GitHub answered with status {answer.status}", "Run this again later."
        return _READINGS.get(answer.status, other)

    def _missing(self, request: Request) -> tuple[str, str]:
        """Return what status 404 means: the thing is not there, or the token does not see the repository."""
        if request.url != self.url("") and self.is_visible():
            return (
                "there is no such thing",
                f"{self.repository} is there, so look at the number or name.",
            )
        return (
            f"the repository {self.repository} is not there, or not visible with this token",
            "Look at GITHUB_REPOSITORY; for a private one the job needs `contents: read` under `permissions:`.",
        )


def _forbidden(request: Request, words: str) -> str:
    """Return the next step after status 403, which has many causes."""
    said = words.lower()
    told = next((step for part, step in _FORBIDDEN.items() if part in said), None)
    if told is not None:
        return told
    if not request.needs:
        return _READ_ONLY
    if "personal access token" in said:
        return f"Give the token the repository permission `{request.needs}`."
    return f"Give the job `{request.needs}` under `permissions:`. {_READ_ONLY}"
