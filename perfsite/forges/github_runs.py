"""Workflow runs, their jobs, and the artifacts that they left behind."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from perfsite.errors import DeliveryError
from perfsite.forges.api import part
from perfsite.forges.forge import Artifact, Job, WorkflowRun
from perfsite.forges.http import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perfsite.forges.api import Api
    from perfsite.forges.fields import Record

_NEEDS = "actions: read"
_CHUNK = 1 << 20


def workflow_run(api: Api, run_id: int) -> WorkflowRun:
    """Return a workflow run."""
    return _run(api.get(f"actions/runs/{run_id}", needs=_NEEDS))


def runs_of(api: Api, sha: str) -> tuple[WorkflowRun, ...]:
    """Return the workflow runs that pull requests started for a commit, newest first."""
    found = api.pages("actions/runs", key="workflow_runs", needs=_NEEDS, head_sha=sha, event="pull_request")
    return tuple(_run(run) for run in found)


def rerun(api: Api, run_id: int) -> None:
    """Start all jobs of a finished run again, as its next attempt, for the same commit and with the same rights."""
    api.send("POST", f"actions/runs/{run_id}/rerun", {}, needs="actions: write", is_repeatable=False)


def dispatch(api: Api, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
    """Start a workflow by hand, as it were; the ones meant take in each run once, however often they are started."""
    url = api.url(f"actions/workflows/{part(workflow)}/dispatches")
    body = {"ref": ref, "inputs": dict(inputs)}
    api.answer(Request(method="POST", url=url, body=body, needs="actions: write"))


def _run(run: Record) -> WorkflowRun:
    repository, actor = run.record_or_none("head_repository"), run.record_or_none("actor")
    pulls = run.records("pull_requests") if run.fields.get("pull_requests") else ()
    return WorkflowRun(
        id=run.number("id"),
        attempt=run.number("run_attempt"),
        name=run.text_or_none("name") or "",
        workflow=run.text("path").partition("@")[0],
        event=run.text("event"),
        head=run.sha("head_sha"),
        head_branch=run.text_or_none("head_branch"),
        head_repository=repository.text("full_name") if repository else None,
        actor=actor.text("login") if actor else None,
        status=run.text_or_none("status"),
        conclusion=run.text_or_none("conclusion"),
        pull_requests=tuple(pull.number("number") for pull in pulls),
        url=run.web("html_url"),
        created=run.time("created_at"),
        updated=run.time("updated_at"),
    )


def jobs(api: Api, run_id: int) -> tuple[Job, ...]:
    """Return the jobs of a run's latest attempt."""
    return tuple(
        Job(
            id=job.number("id"),
            name=job.text("name"),
            labels=job.texts("labels"),
            runner=job.text_or_none("runner_name") or None,
            conclusion=job.text_or_none("conclusion"),
            url=job.text_or_none("html_url"),
        )
        for job in api.pages(f"actions/runs/{run_id}/jobs", key="jobs", needs=_NEEDS, filter="latest")
    )


def artifacts(api: Api, run_id: int) -> tuple[Artifact, ...]:
    """Return the artifacts of a run."""
    return tuple(
        Artifact(
            id=artifact.number("id"),
            name=artifact.text("name"),
            size_bytes=artifact.number("size_in_bytes"),
            is_expired=artifact.flag("expired"),
            digest=artifact.text_or_none("digest"),
        )
        for artifact in api.pages(f"actions/runs/{run_id}/artifacts", key="artifacts", needs=_NEEDS)
    )


def download(api: Api, artifact: Artifact, path: Path, limit: int) -> None:
    """Write an artifact's zip file to `path`, which must not exist; see `GitHub.download`."""
    where = f"artifact {artifact.id}"
    if artifact.is_expired:
        raise DeliveryError("the artifact has expired", where=where, hint="Run the workflow that made it again.")
    if artifact.size_bytes > limit:
        raise _too_large(artifact.size_bytes, limit, where)
    is_complete = False
    with path.open("xb+") as file:
        try:
            url = api.url(f"actions/artifacts/{artifact.id}/zip")
            answer = api.answer(Request(method="GET", url=url, needs=_NEEDS, into=file, most_bytes=limit))
            if answer.status != 200:  # a part of it (206), or nothing (204)
                raise DeliveryError(f"no whole file came (status {answer.status})", where=where, hint="Run this again.")
            _check_digest(file, artifact, where)
            is_complete = True
        finally:
            if not is_complete:
                path.unlink()


def _check_digest(file: IO[bytes], artifact: Artifact, where: str) -> None:
    """Raise unless the file is the one that was uploaded."""
    if artifact.digest is None:
        return
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    if artifact.digest != f"sha256:{digest.hexdigest()}":
        hint = "Run this again; if it lasts, run the workflow that made it again."
        raise DeliveryError("the file is not the one that was uploaded (another sha256)", where=where, hint=hint)


def _too_large(size: int, limit: int, where: str) -> DeliveryError:
    problem, hint = f"the artifact has {size:,} bytes, more than {limit:,}", "Leave less in it; runs are small."
    return DeliveryError(problem, where=where, hint=hint)
