"""The commit that a run measures: what is checked out, as the CI job explains it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.history.commits import commits, head
from perfsite.history.plumbing import Git, GitError
from perfsite.model.run import SHA, Commit

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_EVENT_BYTES: Final = 32 << 20
# Where CI services name the branch of a detached checkout; a pull request's own branch before the one it goes to.
_BRANCHES: Final = (
    "GITHUB_HEAD_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_COMMIT_BRANCH",
    "BUILDKITE_BRANCH",
    "CIRCLE_BRANCH",
    "CHANGE_BRANCH",
    "BRANCH_NAME",
    "TRAVIS_PULL_REQUEST_BRANCH",
    "TRAVIS_BRANCH",
    "DRONE_SOURCE_BRANCH",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitInfo:
    """The commit of a run with what belongs to it; `web_url` is the repository's page, without credentials."""

    commit: Commit
    branch: str | None = None
    pull_request: int | None = None
    web_url: str | None = None


def capture(path: Path, environ: Mapping[str, str], *, besides: str | None = None) -> CommitInfo:
    """Return the commit that is checked out at a path, as a run records it.

    A CI job for a pull request mostly checks out a merge of it into its target, a commit that exists nowhere else:
    then the commit is the pull request's head and `tested` the merge.

    Parameters
    ----------
    path
        A directory in the repository.
    environ
        The environment variables of the process.
    besides
        A folder below the path, the history's, whose changes do not make the work tree dirty.

    Raises
    ------
    HistoryError
        See `perfsite.history.commits.head`.
    """
    now = head(path, besides=besides)
    number, proposed = _pull_request(environ)
    commit = now.commit
    if number is not None and proposed and proposed != commit.sha:
        if proposed in (commit.parents or ()):
            known = commits(path, [proposed])[0] or Commit(sha=proposed)
            commit = replace(known, dirty=commit.dirty, tested=commit.sha)
        elif environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
            # This event checks out the target branch unless told otherwise: a run of that branch, not of the request.
            number = None
    elif number is not None and not proposed and len(commit.parents or ()) == 2 and commit.parents:
        known = commits(path, [commit.parents[1]])[0] or Commit(sha=commit.parents[1])
        commit = replace(known, dirty=commit.dirty, tested=commit.sha)
    return CommitInfo(
        commit=commit,
        branch=now.branch or _branch(environ),
        pull_request=number,
        web_url=web_url(now.remote_url) or server_url(environ),
    )


def _branch(environ: Mapping[str, str]) -> str | None:
    for name in _BRANCHES:
        if environ.get(name):
            return environ[name]
    reference = environ.get("GITHUB_REF", "")
    if reference.startswith("refs/heads/"):
        return reference.removeprefix("refs/heads/")
    if environ.get("CI_COMMIT_REF_NAME") and not environ.get("CI_COMMIT_TAG"):
        return environ["CI_COMMIT_REF_NAME"]
    azure = environ.get("BUILD_SOURCEBRANCH", "")
    return azure.removeprefix("refs/heads/") if azure.startswith("refs/heads/") else None


def _pull_request(environ: Mapping[str, str]) -> tuple[int | None, str | None]:
    """Return the number of the pull request that the job is for, and the sha of its head where the job says it."""
    if environ.get("GITLAB_CI"):
        # Only a pipeline that tests a merge names the head apart.
        proposed = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA")
        return _number(environ.get("CI_MERGE_REQUEST_IID")), _sha(proposed)
    match = re.match(r"refs/pull/(\d{1,12})/", environ.get("GITHUB_REF", ""))
    if match or environ.get("GITHUB_EVENT_NAME") in ("pull_request", "pull_request_target"):
        event = _event(environ.get("GITHUB_EVENT_PATH"))
        request = event.get("pull_request")
        request = request if isinstance(request, dict) else {}
        its_head = request.get("head")
        proposed = its_head.get("sha") if isinstance(its_head, dict) else None
        return _number(match[1] if match else request.get("number")), _sha(proposed)
    for name in ("BUILDKITE_PULL_REQUEST", "CHANGE_ID", "TRAVIS_PULL_REQUEST", "DRONE_PULL_REQUEST"):
        if _number(environ.get(name)):
            sha = environ.get("BUILDKITE_COMMIT") or environ.get("TRAVIS_PULL_REQUEST_SHA")
            return _number(environ.get(name)), _sha(sha)
    return None, None


def _event(path: str | None) -> dict[str, Any]:
    """Return what GitHub wrote about the event; empty where that cannot be read, since the commit is known anyway."""
    try:
        return read_event(Path(path)) if path else {}
    except (OSError, ValueError, RecursionError):
        return {}


def read_event(path: Path) -> dict[str, Any]:
    """Return what GitHub wrote about the event that started a job.

    Raises
    ------
    OSError, ValueError, RecursionError
        It cannot be read, or is no JSON object.
    """
    with path.open("rb") as file:
        event = json.loads(file.read(_MAX_EVENT_BYTES))
    if not isinstance(event, dict):
        raise ValueError("it is no object")
    return event


def _sha(value: object) -> str | None:
    return value if isinstance(value, str) and SHA.match(value) else None


def _number(value: object) -> int | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"[1-9]\d{0,11}", text) else None


def web_url(remote_url: str | None) -> str | None:
    """Return the page of the repository that a remote's URL belongs to, without credentials; None for a local one.

    Examples
    --------
    >>> web_url("git@github.com:owner/repo.git")
    'https://github.com/owner/repo'
    >>> web_url("https://x-access-token:secret@github.com/owner/repo")
    'https://github.com/owner/repo'
    >>> web_url("/srv/git/repo.git")
    """
    url = remote_url or ""
    match = re.fullmatch(r"(?:ssh|git|git\+ssh)://(?:[^/@]*@)?([\w.-]+)(?::\d+)?/(.+)", url)
    match = match or re.fullmatch(r"(?:[\w.-]+@)([\w.-]+):(?!/)(.+)", url)
    if match:
        scheme, host, path = "https", match[1], match[2]
    elif match := re.fullmatch(r"(https?)://(?:[^/]*@)?([\w.-]+(?::\d+)?)/(.+)", url):
        scheme, host, path = match[1], match[2], match[3]
    else:
        return None
    path = path.rstrip("/").removesuffix(".git").strip("/")
    return f"{scheme}://{host}/{path}" if re.fullmatch(r"[\w.~/+%-]+", path) else None


def server_url(environ: Mapping[str, str]) -> str | None:
    """Return the repository's page as the CI job names it; None where it names none."""
    if environ.get("GITHUB_SERVER_URL") and environ.get("GITHUB_REPOSITORY"):
        return web_url(f"{environ['GITHUB_SERVER_URL']}/{environ['GITHUB_REPOSITORY']}")
    return web_url(environ.get("CI_PROJECT_URL"))


def user_name(path: Path) -> str:
    """Return the name that git commits under in a repository; empty where none is configured."""
    try:
        return Git(path).text("config", "user.name").strip()
    except GitError:
        return ""
