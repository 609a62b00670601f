"""The `/benchmark` comment: a pull request is measured again, by the workflow run that measured it before.

A comment starts workflows of the default branch, whoever writes it. Code that is run there, even without rights and
secrets, could write caches that every later job of the default branch would take for its own. So nothing of the pull
request runs there: GitHub is asked to start the pull request's own run again, which has a pull request's rights and
caches, and belongs to the one commit that it was started for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.workflow.origin import PULL_EVENT
from perfsite.workflow.steps import default_branch_of

if TYPE_CHECKING:
    from perfsite.forges.forge import WorkflowRun
    from perfsite.forges.github import GitHub
    from perfsite.workflow.project import Project

COMMAND: Final = "/benchmark"
_ASKED: Final = re.compile(rf"\s*{COMMAND}[ \t]*(?:\r?\n|\Z)")
_WAITS: Final = "action_required"
_MEASURING: Final = ".github/workflows/perfsite-measure.yml"
"""What `perfsite init` writes; the setting `workflows` of `[receive]` names others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remeasured:
    """What became of a comment: the run that was started again, or why none was (`refused`; then the rest is None).

    `run` is the attempt before the one that was started.
    """

    sha: str | None = None
    pull_request: int | None = None
    url: str | None = None
    refused: str | None = None
    run: WorkflowRun | None = None

    def sentences(self) -> list[str]:
        """Return the answer for people."""
        if self.sha is None:
            return [f"not measured again: {self.refused}"]
        return [f"{self.sha[:12]} of pull request #{self.pull_request} is measured again: {self.url}"]

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {
            "version": 1,
            "sha": self.sha,
            "pull_request": self.pull_request,
            "url": self.url,
            "refused": self.refused,
        }


def remeasure(
    project: Project, event: Mapping[str, Any], environ: Mapping[str, str], *, publisher: str | None = None
) -> Remeasured:
    """Start the newest measuring run of a comment's pull request again, if its author may ask for that.

    Parameters
    ----------
    project
        The default branch, checked out: its settings say which workflows measure.
    event
        What GitHub wrote about an `issue_comment`.
    environ
        What `perfsite.forges.github.github_of` asks for.
    publisher
        File of the workflow that takes in what is measured: it is started with the run's number, since GitHub starts
        nothing by itself after what the token of a job has started. It waits for the run's end.

    Raises
    ------
    InputError
        The event is none of a comment in a pull request.
    ConfigError
        The default branch is not known, of which the publishing workflow is.
    DeliveryError
        GitHub does not answer, or refuses.
    """
    from perfsite.forges.github import github_of

    asked = _asked(event)
    if asked is None:
        return Remeasured(refused=f"the comment does not begin with a line that says {COMMAND}")
    with closing(github_of(environ)) as github:
        done = _answered(github, *asked, project.settings.receive.workflows or (_MEASURING,))
        if publisher is not None and done.run is not None:
            ref = default_branch_of(project, event)
            inputs = {"run-id": str(done.run.id), "attempt": str(done.run.attempt + 1)}
            github.dispatch(publisher, ref=ref, inputs=inputs)
        return done


def _asked(event: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return the pull request that a comment wants measured, and who wrote it; None where it asks for nothing."""
    issue, comment = event.get("issue"), event.get("comment")
    if not isinstance(issue, dict) or not isinstance(comment, dict) or not isinstance(issue.get("pull_request"), dict):
        hint = "call `perfsite remeasure` in a workflow with `on: issue_comment`, for comments in pull requests"
        raise InputError("the event is none of a comment in a pull request", where="GITHUB_EVENT_PATH", hint=hint)
    number, user, body = issue.get("number"), comment.get("user"), comment.get("body")
    login = user.get("login") if isinstance(user, dict) else None
    is_command = isinstance(body, str) and _ASKED.match(body) is not None
    return (number, login) if is_command and isinstance(number, int) and isinstance(login, str) else None


def _answered(github: GitHub, number: int, login: str, workflows: Collection[str]) -> Remeasured:
    if not github.permission(login).can_write:
        return Remeasured(refused=f"{login[:40]} may not write to this repository")
    pull = github.pull_request(number)
    if not pull.is_open:
        return Remeasured(refused=f"pull request #{number} is closed")
    head = pull.head
    # Somebody else's pull request may have the same commit; its runs are not those of this one.
    runs = [
        run
        for run in github.runs_of(head)
        if run.workflow in workflows
        and run.event == PULL_EVENT
        and (run.head_repository, run.head_branch) == (pull.head_repository, pull.head_branch)
    ]
    if not runs:
        return Remeasured(refused=f"no run has measured {head[:12]} yet; a push to the pull request starts one")
    newest = max(runs, key=lambda run: (run.created, run.id))
    if newest.conclusion == _WAITS:
        return Remeasured(refused=f"the run waits for somebody to look at the code and approve it: {newest.url}")
    if newest.status != "completed":
        return Remeasured(refused=f"it is being measured at this moment: {newest.url}")
    github.rerun(newest.id)
    return Remeasured(sha=head, pull_request=number, url=newest.url, run=newest)
