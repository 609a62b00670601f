"""Pull requests as GitHub tells them, and which of them a commit is the head of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.forges.api import part
from perfsite.forges.forge import PullRequest
from perfsite.forges.refusals import RefusedError

if TYPE_CHECKING:
    from perfsite.forges.fields import Record
    from perfsite.forges.github_api import GitHubApi

_NEEDS = "pull-requests: read"


def pull_request(api: GitHubApi, number: int) -> PullRequest:
    """Return one pull request."""
    return _read(api.get(f"pulls/{number}", needs=_NEEDS))


def pull_requests_of(api: GitHubApi, sha: str, *, head: str | None = None) -> tuple[PullRequest, ...]:
    """Return the pull requests whose head is exactly this commit, open ones first, then the newest.

    GitHub lists them with the commit, but none for some commits of forks; `head` (`owner:branch`, as the workflow run
    tells it) finds those. Either list holds more than was asked for, so only an equal sha counts, and only a pull
    request to this repository: a fork is told of those to the repository that it was forked from.
    """
    found = _of_commit(api, sha)
    if not found and head is not None:
        found = [_read(pull) for pull in api.pages("pulls", needs=_NEEDS, head=head, state="all")]
    equal = {pull.number: pull for pull in found if pull.head == sha}
    return tuple(sorted(equal.values(), key=lambda pull: (not pull.is_open, -pull.number)))


def merge_base(api: GitHubApi, base: str, head: str) -> str:
    """Return the full sha of the newest common ancestor of two commits."""
    compared = api.get(f"compare/{part(base)}...{part(head)}", needs="contents: read", per_page=1)
    return compared.record("merge_base_commit").sha("sha")


def _of_commit(api: GitHubApi, sha: str) -> list[PullRequest]:
    try:
        pulls = list(api.pages(f"commits/{part(sha)}/pulls", needs=_NEEDS))
    except RefusedError as refused:
        if refused.status in {404, 409, 422} and api.is_visible():
            return []  # "No commit found for SHA": it is in a fork only
        raise
    return [_read(pull) for pull in pulls if _is_to(pull, api.repository)]


def _is_to(pull: Record, repository: str) -> bool:
    target = pull.record("base").record_or_none("repo")
    return target is not None and target.text("full_name").lower() == repository.lower()


def _read(pull: Record) -> PullRequest:
    head, base = pull.record("head"), pull.record("base")
    repository, user = head.record_or_none("repo"), pull.record_or_none("user")
    return PullRequest(
        number=pull.number("number"),
        head=head.sha("sha"),
        base=base.sha("sha"),
        target=base.text("ref"),
        head_branch=head.text("ref"),
        head_repository=repository.text("full_name") if repository else None,
        is_open=pull.text("state") == "open",
        author=user.text("login") if user else "ghost",
        url=pull.web("html_url"),
    )
