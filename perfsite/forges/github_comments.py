"""The comments of a pull request on GitHub, and as whom a token writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.forges.http import Request
from perfsite.forges.one_comment import Comment, is_marked
from perfsite.forges.refusals import RefusedError

if TYPE_CHECKING:
    from perfsite.forges.api import Api
    from perfsite.forges.fields import Record

ACTIONS_BOT: Final = "github-actions[bot]"
_NEEDS: Final = "pull-requests: write"


class PullRequestConversation:
    """A pull request's comments; `author` is as whom the token writes."""

    most_characters = 65_536  # "Body is too long (maximum is 65536 characters)"

    def __init__(self, api: Api, number: int, *, author: str) -> None:
        self._api = api
        self._path = f"issues/{number}/comments"
        self._author = author

    def ours(self, marker: str) -> list[Comment]:
        """Return the comments that the token's owner wrote and that are marked."""
        listed = self._api.pages(self._path, needs="pull-requests: read")
        marked = (each for each in listed if is_marked(each.text_or_none("body") or "", marker))
        return [_read(each) for each in marked if self._is_ours(each)]

    def create(self, body: str) -> str:
        """Add a comment, and return its address; not repeatable."""
        made = self._api.send("POST", self._path, {"body": body}, needs=_NEEDS, is_repeatable=False)
        # Where the login was guessed (see login_of), this is the truth, and earlier comments of ours are found by it.
        self._author = made.record("user").text("login")
        return made.web("html_url")

    def change(self, comment: Comment, body: str) -> str:
        """Replace the text of a comment and return its address."""
        return self._api.send("PATCH", f"issues/comments/{comment.id}", {"body": body}, needs=_NEEDS).web("html_url")

    def delete(self, comment: Comment) -> None:
        """Delete a comment; gone already is as good."""
        self._api.delete(f"issues/comments/{comment.id}", needs=_NEEDS)

    def _is_ours(self, comment: Record) -> bool:
        user = comment.record_or_none("user")  # null once the account is deleted
        return user is not None and user.text("login").lower() == self._author.lower()


def _read(comment: Record) -> Comment:
    body = comment.text_or_none("body") or ""
    return Comment(id=comment.number("id"), body=body, url=comment.web("html_url"))


def login_of(api: Api, *, in_actions: bool) -> str:
    """Return as whom the token writes.

    GraphQL's `viewer` answers for every kind of token. Where it is closed, REST's `GET /user` knows people only;
    what is left inside of GitHub Actions is the token of the workflow itself.
    """
    # GitHub Enterprise Server: /api/v3 and /api/graphql
    asked = Request(
        method="POST",
        url=api.http.base.removesuffix("/v3") + "/graphql",
        body={"query": "query { viewer { login } }"},
    )
    answer = api.answer_of_any_kind(asked)
    told = answer.json() if answer.status == 200 else None
    data = told.get("data") if isinstance(told, dict) else None
    viewer = data.get("viewer") if isinstance(data, dict) else None
    if isinstance(viewer, dict) and isinstance(viewer.get("login"), str) and viewer["login"]:
        return str(viewer["login"])
    try:
        return api.get("/user").text("login")
    except RefusedError as refused:
        if refused.status != 403 or not in_actions:
            raise
        return ACTIONS_BOT
