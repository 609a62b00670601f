"""GitHub's REST API for one repository: its addresses, its pages, and what its refusals mean."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from perfsite.errors import DeliveryError
from perfsite.forges.fields import Record, record_of, records, unexpected
from perfsite.forges.fields import kind_of as kind_of_json
from perfsite.forges.http import Answer, Http, Request
from perfsite.forges.refusals import RefusedError, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION: Final = "2022-11-28"
"""Of the API; named in every request, so that a later one changes nothing here."""
_NEXT: Final = re.compile(r"<([^<>]*)>\s*;\s*rel=\"next\"")
_HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}


class Api:
    """The part of GitHub's API that belongs to one repository, `owner/name`."""

    def __init__(self, http: Http, repository: str) -> None:
        self._http = http
        self.repository = repository

    def __repr__(self) -> str:
        return f"Api({self._http!r}, {self.repository!r})"

    @property
    def http(self) -> Http:
        """The connections."""
        return self._http

    def url(self, path: str, **query: str | int) -> str:
        """Return the address of something in the repository, or from the root where the path begins with a slash."""
        whole = path if path.startswith("/") else f"/repos/{self.repository}/{path}".rstrip("/")
        return f"{self._http.base}{whole}" + (f"?{urlencode(query)}" if query else "")

    def get(self, path: str, *, needs: str = "", **query: str | int) -> Record:
        """Return one object."""
        return self._record(Request(method="GET", url=self.url(path, **query), needs=needs))

    def send(
        self, method: str, path: str, body: Mapping[str, Any], *, needs: str, is_repeatable: bool = True
    ) -> Record:
        """Create or change something and return what became of it."""
        request = Request(method=method, url=self.url(path), body=body, needs=needs, is_repeatable=is_repeatable)
        return self._record(request)

    def delete(self, path: str, *, needs: str) -> None:
        """Delete something; gone already is as good."""
        request = Request(method="DELETE", url=self.url(path), needs=needs)
        answer = self._http.send(self._ours(request))
        if answer.status not in {204, 404, 410}:
            raise self.refusal(request, answer)

    def pages(self, path: str, *, key: str | None = None, needs: str = "", **query: str | int) -> Iterator[Record]:
        """Yield the objects of a list, page by page; `key` names the list where the answer is an object around it."""
        url: str | None = self.url(path, per_page=100, **query)
        for _ in range(self._http.bounds.most_pages):
            request = Request(method="GET", url=url or "", needs=needs)
            answer = self.answer(request)
            value = self._json(request, answer)
            if key is None:
                if not isinstance(value, list):
                    raise unexpected(f"{request.where}: $", "an array", kind_of_json(value))
                yield from records(value, f"{request.where}: $")
            else:
                yield from record_of(value, request.where).records(key)
            url = self._next(request, answer)
            if url is None:
                return
        raise DeliveryError(
            f"there are more than {self._http.bounds.most_pages} pages",
            where=request.where,
            hint="So many were never meant; look at what is listed there.",
        )

    def answer(self, request: Request) -> Answer:
        """Send a request and return its answer, if it is no refusal."""
        answer = self._http.send(self._ours(request))
        if not 200 <= answer.status < 300:
            raise self.refusal(request, answer)
        return answer

    def is_visible(self) -> bool:
        """Return whether the token sees the repository at all: a private one that it may not see answers 404."""
        return self._http.send(self._ours(Request(method="GET", url=self.url("")))).status == 200

    def refusal(self, request: Request, answer: Answer) -> RefusedError:
        """Return what a refusal means and what to do about it."""
        words = told(answer)
        problem, hint = self._reading(request, answer, words)
        said = f": {words}" if words else ""
        return RefusedError(self._http.hide(f"{problem}{said}"), where=request.where, hint=hint, status=answer.status)

    def _reading(self, request: Request, answer: Answer, words: str) -> tuple[str, str]:
        """Return the problem and the next step of a refusal."""
        if answer.is_foreign:
            return f"the store of files refused (status {answer.status})", "Run this again; its addresses soon expire."
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
                f"The repository {self.repository} is there, so look at the number or name.",
            )
        return (
            f"the repository {self.repository} is not there, or not visible with this token",
            "Look at GITHUB_REPOSITORY; for a private one the job needs `contents: read` under `permissions:`.",
        )

    def _ours(self, request: Request) -> Request:
        return replace(request, headers=_HEADERS)

    def _record(self, request: Request) -> Record:
        return record_of(self._json(request, self.answer(request)), request.where)

    def _json(self, request: Request, answer: Answer) -> Any:
        value = answer.json()
        if value is None:
            kind = answer.headers.get("content-type", "no content type").partition(";")[0]
            raise unexpected(request.where, "JSON", f"something else ({kind[:60]})")
        return value

    def _next(self, request: Request, answer: Answer) -> str | None:
        """Return the address of the next page (RFC 8288), None after the last."""
        found = _NEXT.search(answer.headers.get("link", ""))
        if found is None:
            return None
        if not self._http.is_own(found[1]):
            raise DeliveryError("the next page is on another host", where=request.where, hint="Nothing was sent there.")
        return found[1]


ENV_LINE: Final = "`env:` with `GITHUB_TOKEN: ${{ github.token }}`"
_READINGS: Final = {
    401: ("the token is not accepted", f"Is it expired, or of another host? In a workflow: {ENV_LINE}."),
    410: ("it is gone", "An artifact has expired, or issues are switched off in the repository."),
    422: ("GitHub finds fault with what was sent", "What it says of a field tells what to change."),
    451: ("GitHub may not show it, for legal reasons", "See the repository's own page."),
}


def _forbidden(request: Request, words: str) -> str:
    """Return the next step after status 403, which has many causes."""
    said = words.lower()
    if "via a github app" in said:
        return "Only GitHub Apps do this, the workflow's own GITHUB_TOKEN among them; a personal token cannot."
    if "locked" in said:
        return "The conversation is locked; those who may write can unlock it."
    if "archived" in said:
        return "The repository is archived, so nothing in it can change."
    if "personal access token" in said:
        return f"Give the token the repository permission `{request.needs}`." if request.needs else _READ_ONLY
    if request.needs:
        return f"Give the job `{request.needs}` under `permissions:`. {_READ_ONLY}"
    return _READ_ONLY


_READ_ONLY: Final = (
    "The token of a pull request from a fork can only read: post from a workflow that `workflow_run` starts."
)


def part(text: str) -> str:
    """Return a text as one part of a path.

    Examples
    --------
    >>> part("v1.0/../../x"), part("dependabot[bot]")
    ('v1.0%2F..%2F..%2Fx', 'dependabot%5Bbot%5D')
    """
    quoted = quote(text, safe="")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")
