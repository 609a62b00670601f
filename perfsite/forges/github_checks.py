"""What a commit is told: a check run with remarks, or a status of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.forges.api import part
from perfsite.forges.forge import Annotation, CheckRun, Conclusion, Posted
from perfsite.forges.http import UncertainError
from perfsite.forges.one_comment import is_same
from perfsite.forges.refusals import RefusedError
from perfsite.report.wording import short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.forges.api import Api
    from perfsite.forges.fields import Record

MOST_ANNOTATIONS: Final = 50
"""How many remarks one request takes; each further request adds as many to the same check run."""
MOST_CHARACTERS: Final = 65_535
_MOST_MESSAGE_BYTES: Final = 64_000
_MOST_TITLE: Final = 255
_MOST_DESCRIPTION: Final = 140
_NEEDS: Final = "checks: write"
_TRIES: Final = 3


def put_check(api: Api, run: CheckRun) -> Posted:
    """Create or update the check run of this name and commit that is ours.

    Ours are those with our `external_id`: the jobs of a workflow are check runs too, and may have the same name.
    GitHub only ever adds remarks to a check run, so where one holds others than ours a new check run takes its place.
    """
    for _ in range(_TRIES - 1):
        try:
            return _put(api, run)
        except UncertainError:
            continue  # it may be there: the next round looks first
    return _put(api, run)


def put_status(api: Api, run: CheckRun) -> Posted:
    """Set the status of this name; a later one of the same name takes its place, so that asking twice is harmless."""
    document = {
        "state": "failure" if run.conclusion is Conclusion.FAILURE else "success",
        "context": run.name,
        "description": short_name(run.title, _MOST_DESCRIPTION),
    } | ({"target_url": run.url} if run.url else {})
    listed = api.pages(f"commits/{part(run.sha)}/statuses", needs="statuses: read")
    name = run.name.lower()  # GitHub takes large and small letters for the same here
    newest = next((status for status in listed if status.text("context").lower() == name), None)
    keys = ("state", "description", "target_url")
    there = {key: newest.text_or_none(key) for key in keys} if newest else {}
    url = run.url or ""
    if newest and all((there[key] or "") == document.get(key, "") for key in keys):
        return Posted(url=url, outcome="unchanged")
    api.send("POST", f"statuses/{part(run.sha)}", document, needs="statuses: write")
    return Posted(url=url, outcome="updated" if newest else "created")


def _put(api: Api, run: CheckRun) -> Posted:
    document = _document(run)
    there = _ours(api, run)
    known = _annotations(api, there) if there else set()
    wanted = [_annotation(annotation) for annotation in run.annotations]
    if there is None or not known <= {_plain(remark) for remark in wanted}:
        return _create(api, run, document, wanted)
    missing = [remark for remark in wanted if _plain(remark) not in known]
    if not missing and _says(there, document):
        return Posted(url=_page(there), outcome="unchanged")
    try:
        return _update(api, there, document, missing, "updated")
    except RefusedError as refused:
        if refused.status not in {403, 404}:
            raise
        return _create(api, run, document, wanted)  # only the App that made a check run may change it


def _ours(api: Api, run: CheckRun) -> Record | None:
    """Return the newest check run of ours with this name, None where there is none."""
    listed = api.pages(
        f"commits/{part(run.sha)}/check-runs", key="check_runs", needs="checks: read", check_name=run.name, filter="all"
    )
    ours = [there for there in listed if there.text_or_none("external_id") == _external_id(run)]
    return max(ours, key=lambda there: there.number("id"), default=None)


def _external_id(run: CheckRun) -> str:
    return f"perfsite: {run.name}"


def _create(api: Api, run: CheckRun, document: dict[str, Any], wanted: Sequence[dict[str, Any]]) -> Posted:
    first = _with(document, wanted[:MOST_ANNOTATIONS]) | {"head_sha": run.sha, "external_id": _external_id(run)}
    made = api.send("POST", "check-runs", first, needs=_NEEDS, is_repeatable=False)
    rest = wanted[MOST_ANNOTATIONS:]
    return _update(api, made, document, rest, "created") if rest else Posted(url=_page(made), outcome="created")


def _update(
    api: Api, there: Record, document: dict[str, Any], missing: Sequence[dict[str, Any]], outcome: str
) -> Posted:
    """Change a check run and add remarks, fifty by fifty.

    Adding remarks is not repeatable; after an uncertain end `put_check` looks which of them are there.
    """
    path = f"check-runs/{there.number('id')}"
    for first in range(0, max(len(missing), 1), MOST_ANNOTATIONS):
        batch = missing[first : first + MOST_ANNOTATIONS]
        api.send("PATCH", path, _with(document, batch), needs=_NEEDS, is_repeatable=not batch)
    return Posted(url=_page(there), outcome=outcome)


def _document(run: CheckRun) -> dict[str, Any]:
    output = {"title": short_name(run.title, _MOST_TITLE), "summary": _cut(run.summary, MOST_CHARACTERS)}
    document = {"name": run.name, "status": "completed", "conclusion": run.conclusion.value, "output": output}
    return document | ({"details_url": run.url} if run.url else {})


def _with(document: dict[str, Any], annotations: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return document | {"output": document["output"] | {"annotations": list(annotations)}} if annotations else document


def _annotation(annotation: Annotation) -> dict[str, Any]:
    message = annotation.message.encode()[:_MOST_MESSAGE_BYTES].decode(errors="ignore")
    return {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level,
        "title": short_name(annotation.title, _MOST_TITLE),
        "message": message,
    }


def _annotations(api: Api, there: Record) -> set[tuple[str, ...]]:
    """Return the remarks of a check run, in the form of `_plain`."""
    if not there.record("output").number("annotations_count"):
        return set()
    path = f"check-runs/{there.number('id')}/annotations"
    return {_plain(known.fields) for known in api.pages(path, needs="checks: read")}


def _plain(remark: dict[str, Any]) -> tuple[str, ...]:
    """Return a remark as it is compared: GitHub may answer null for an empty text, and change white space."""
    keys = ("path", "start_line", "annotation_level", "title", "message")
    return tuple(" ".join(str(remark.get(key) or "").split()) for key in keys)


def _says(there: Record, document: dict[str, Any]) -> bool:
    """Return whether a check run says this already; its address counts not, which GitHub replaces for a job's token."""
    output = there.record("output")
    return (
        there.text_or_none("conclusion") == document["conclusion"]
        and output.text_or_none("title") == document["output"]["title"]
        and is_same(output.text_or_none("summary") or "", document["output"]["summary"])
    )


def _page(there: Record) -> str:
    return there.text_or_none("html_url") or there.text("url")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
