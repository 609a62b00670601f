"""A JSON API over HTTP: objects, pages of lists, and refusals, whichever host it is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from perfsite.errors import DeliveryError
from perfsite.forges.fields import kind_of, record_of, records, unexpected
from perfsite.forges.http import Http, Request
from perfsite.forges.refusals import RefusedError, told
from perfsite.report.wording import short_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfsite.forges.fields import Record
    from perfsite.forges.http import Answer

_NEXT: Final = re.compile(r"<([^<>]*)>\s*;\s*rel=\"next\"")


class Api(ABC):
    """The part of a host's API that belongs to one repository.

    Parameters
    ----------
    root
        The path of the repository in the API.
    headers
        Sent with every request.
    """

    def __init__(self, http: Http, root: str, headers: Mapping[str, str]) -> None:
        self.http = http
        self._root = root
        self._headers = headers

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.http!r}, {self._root!r})"

    @abstractmethod
    def reading(self, request: Request, answer: Answer, words: str) -> tuple[str, str]:
        """Return the problem and the next step of a refusal, of which the host says `words`."""

    def url(self, path: str, **query: str | int) -> str:
        """Return the address of something in the repository, or from the root where the path begins with a slash."""
        whole = path if path.startswith("/") else f"{self._root}/{path}".rstrip("/")
        return f"{self.http.base}{whole}" + (f"?{urlencode(query)}" if query else "")

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
        answer = self.answer_of_any_kind(request)
        if answer.status not in {204, 404, 410}:
            raise self.refusal(request, answer)

    def pages(self, path: str, *, key: str | None = None, needs: str = "", **query: str | int) -> Iterator[Record]:
        """Yield the objects of a list, page by page; `key` names the list where the answer is an object around it."""
        url: str | None = self.url(path, per_page=100, **query)
        for _ in range(self.http.bounds.most_pages):
            request = Request(method="GET", url=url or "", needs=needs)
            answer = self.answer(request)
            value = self._json(request, answer)
            if key is not None:
                yield from record_of(value, request.where).records(key)
            elif isinstance(value, list):
                yield from records(value, f"{request.where}: $")
            else:
                raise unexpected(f"{request.where}: $", "an array", kind_of(value))
            url = self._next(request, answer)
            if url is None:
                return
        raise DeliveryError(
            f"there are more than {self.http.bounds.most_pages} pages",
            where=request.where,
            hint="So many were never meant; look at what is listed there.",
        )

    def answer(self, request: Request) -> Answer:
        """Send a request and return its answer, if it is no refusal."""
        answer = self.answer_of_any_kind(request)
        if not 200 <= answer.status < 300:
            raise self.refusal(request, answer)
        return answer

    def answer_of_any_kind(self, request: Request) -> Answer:
        """Send a request and return its answer, a refusal too."""
        return self.http.send(replace(request, headers=self._headers))

    def is_visible(self) -> bool:
        """Return whether the token sees the repository at all: a private one that it may not see answers 404."""
        return self.answer_of_any_kind(Request(method="GET", url=self.url(""))).status == 200

    def refusal(self, request: Request, answer: Answer) -> RefusedError:
        """Return what a refusal means and what to do about it."""
        words = told(answer)
        if answer.is_foreign:
            problem, hint = f"the store of files refused (status {answer.status})", "Run this again; addresses expire."
        else:
            problem, hint = self.reading(request, answer, words)
        said = f": {words}" if words else ""
        return RefusedError(self.http.hide(f"{problem}{said}"), where=request.where, hint=hint, status=answer.status)

    def _record(self, request: Request) -> Record:
        return record_of(self._json(request, self.answer(request)), request.where)

    def _json(self, request: Request, answer: Answer) -> Any:
        value = answer.json()
        if value is None:
            kind = answer.headers.get("content-type", "no content type").partition(";")[0]
            raise unexpected(request.where, "JSON", f"something else ({self.http.hide(short_name(kind, 60))})")
        return value

    def _next(self, request: Request, answer: Answer) -> str | None:
        """Return the address of the next page (RFC 8288), None after the last."""
        found = _NEXT.search(answer.headers.get("link", ""))
        if found is None:
            return None
        if not self.http.is_own(found[1]):
            raise DeliveryError("the next page is on another host", where=request.where, hint="Nothing was sent there.")
        return found[1]


def part(text: str) -> str:
    """Return a text as one part of a path.

    Examples
    --------
    >>> part("v1.0/../../x"), part("dependabot[bot]"), part("..")
    ('v1.0%2F..%2F..%2Fx', 'dependabot%5Bbot%5D', '%2E%2E')
    """
    quoted = quote(text, safe="")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")
