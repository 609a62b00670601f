"""GitLab: one project of it: the note in a merge request and the status of a commit, no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.errors import DeliveryError
from perfsite.forges.api import Api, part
from perfsite.forges.forge import Conclusion, Posted, PullRequest
from perfsite.forges.http import Bounds, Http, checked_base
from perfsite.forges.one_comment import Comment, comment_text, is_marked, put_comment
from perfsite.forges.refusals import RefusedError
from perfsite.forges.token import token_of
from perfsite.report.wording import short_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.forges.fields import Record
    from perfsite.forges.forge import CheckRun
    from perfsite.forges.http import Answer, Request

TOKENS: Final = ("GITLAB_TOKEN", "PERFSITE_GITLAB_TOKEN")
_MOST_DESCRIPTION: Final = 255
_NEEDS: Final = "the scope `api`"
_ADVICE: Final = (
    "Make a project access token with the scope `api` and the role Reporter (Settings, Access tokens), and a masked "
    "variable GITLAB_TOKEN of it; CI_JOB_TOKEN, which every job has, cannot write notes."
)
_READINGS: Final = {
    401: ("the token is not accepted", _ADVICE),
    403: ("GitLab refused", _ADVICE),
    404: ("there is no such thing, or it is not visible with this token", "Look at CI_PROJECT_ID and at the token."),
}


def gitlab_of(environ: Mapping[str, str], *, bounds: Bounds | None = None) -> GitLab:
    """Return the project that the environment names, with its token; nothing is asked of it yet.

    Parameters
    ----------
    environ
        CI_API_V4_URL and CI_PROJECT_ID, which GitLab sets in every job (of a merge request CI_MERGE_REQUEST_PROJECT_ID,
        too); GITLAB_TOKEN or PERFSITE_GITLAB_TOKEN; proxies.

    Raises
    ------
    DeliveryError
        One is missing or cannot be right.
    """
    base = checked_base(environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4", name="CI_API_V4_URL")
    # The pipeline of a fork runs in the fork; its merge request is the parent's.
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
    if not project:
        raise DeliveryError("it is not set", where="CI_PROJECT_ID", hint="GitLab sets it; elsewhere: the project's id.")
    token = token_of(environ, TOKENS, hint=_ADVICE)
    http = Http(base, token=token, scheme=("PRIVATE-TOKEN", ""), environ=environ, bounds=bounds or Bounds())
    return GitLab(GitLabApi(http, f"/projects/{part(project)}", {}))


class GitLabApi(Api):
    """The part of GitLab's API that belongs to one project."""

    def reading(self, request: Request, answer: Answer, words: str) -> tuple[str, str]:  # noqa: ARG002
        """Return the problem and the next step of a refusal."""
        other = f"GitLab answered with status {answer.status}", "What it says tells what to change."
        return _READINGS.get(answer.status, other)


class GitLab:
    """One project. Every method raises DeliveryError, with the next step, where GitLab refuses or fails."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def __repr__(self) -> str:
        return f"GitLab({self._api!r})"

    def close(self) -> None:
        """Close the connections."""
        self._api.http.close()

    def pull_request(self, number: int) -> PullRequest:
        """Return a merge request."""
        request = self._api.get(f"merge_requests/{number}", needs=_NEEDS)
        author = request.record_or_none("author")
        return PullRequest(
            number=request.number("iid"),
            head=request.sha("sha"),
            base=request.record("diff_refs").sha("base_sha"),
            target=request.text("target_branch"),
            head_branch=request.text("source_branch"),
            head_repository=self._project(request),
            is_open=request.text("state") == "opened",
            author=author.text("username") if author else "ghost",
            url=request.web("web_url"),
        )

    def comment(self, number: int, body: str, *, marker: str) -> Posted:
        """Create or update the one note of ours in a merge request; `body` begins or ends with the marker."""
        return put_comment(_MergeRequestConversation(self._api, number), body, marker=marker)

    def comment_text(self, number: int, *, marker: str) -> str | None:
        """Return what the one note of ours in a merge request says now; None where there is none."""
        return comment_text(_MergeRequestConversation(self._api, number), marker=marker)

    def check(self, run: CheckRun) -> Posted:
        """Tell a commit what its check said; GitLab has no summaries and remarks there, so this is its status."""
        return self.status(run)

    def status(self, run: CheckRun) -> Posted:
        """Set the commit status of this name: its title, conclusion and address."""
        state = "failed" if run.conclusion is Conclusion.FAILURE else "success"
        title = short_name(run.title, _MOST_DESCRIPTION)
        document = {"state": state, "name": run.name, "description": title}
        document |= {"target_url": run.url} if run.url else {}
        listed = self._api.pages(f"repository/commits/{run.sha}/statuses", name=run.name)
        known = [(there.text("status"), there.text_or_none("description")) for there in listed]
        if known[:1] == [(state, title)]:  # GitLab refuses to set what is set
            return Posted(url=run.url or "", outcome="unchanged")
        self._api.send("POST", f"statuses/{run.sha}", document, needs=_NEEDS)
        return Posted(url=run.url or "", outcome="updated" if known else "created")

    def _project(self, request: Record) -> str | None:
        """Return the project that a merge request comes from, None where it was deleted or is hidden."""
        if request.fields.get("source_project_id") is None:
            return None
        try:
            return self._api.get(f"/projects/{request.number('source_project_id')}").text("path_with_namespace")
        except RefusedError as refused:
            if refused.status != 404:
                raise
            return None


class _MergeRequestConversation:
    """A merge request's notes."""

    most_characters = 1_000_000

    def __init__(self, api: Api, number: int) -> None:
        self._api = api
        self._request = f"merge_requests/{number}"
        self._path = f"{self._request}/notes"

    def ours(self, marker: str) -> list[Comment]:
        """Return the notes that the token's owner wrote and that are marked."""
        me = self._api.get("/user", needs=_NEEDS).number("id")
        listed = self._api.pages(self._path, needs=_NEEDS, sort="asc", order_by="created_at")
        marked = [note for note in listed if not note.flag("system") and is_marked(note.text("body"), marker)]
        mine = [note for note in marked if note.record("author").number("id") == me]
        page = self._page() if mine else ""
        return [_read(note, page) for note in mine]

    def create(self, body: str) -> str:
        """Add a note, and return its address; not repeatable."""
        made = self._api.send("POST", self._path, {"body": body}, needs=_NEEDS, is_repeatable=False)
        return _read(made, self._page()).url

    def change(self, comment: Comment, body: str) -> str:
        """Replace the text of a note and return its address."""
        self._api.send("PUT", f"{self._path}/{comment.id}", {"body": body}, needs=_NEEDS)
        return comment.url

    def delete(self, comment: Comment) -> None:
        """Delete a note; gone already is as good."""
        self._api.delete(f"{self._path}/{comment.id}", needs=_NEEDS)

    def _page(self) -> str:
        return self._api.get(self._request, needs=_NEEDS).web("web_url")


def _read(note: Record, page: str) -> Comment:
    return Comment(id=note.number("id"), body=note.text("body"), url=f"{page}#note_{note.number('id')}")
