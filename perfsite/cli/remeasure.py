"""`perfsite remeasure`: have a pull request measured again, where the comment that started this job may ask for it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project


@click.command("remeasure")
@click.option("--publish", "publisher", metavar="FILE", help="Workflow to start, which takes in what is measured.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(obj: dict[str, Path], publisher: str | None, as_json: bool) -> None:
    """Have GitHub measure a pull request again, for a comment in it that says /benchmark.

    For a workflow with `on: issue_comment`. The comment must begin with a line that says /benchmark and nothing else,
    and its author must be allowed to write to the repository. What is started again is the newest run of the measuring
    workflow for the pull request's head: the same commit, with the rights of a pull request, which are to read and no
    more. Its measurements join those that were made before. Nothing of the pull request runs here.

    GitHub may start no workflow after a run that a job has started. --publish names the file of the one that takes in
    what is measured, `perfsite-publish.yml` for example: it is started with the inputs run-id and attempt.

    Needs GITHUB_TOKEN with actions: write, contents: read and pull-requests: read.
    """
    from perfsite.workflow.remeasuring import remeasure
    from perfsite.workflow.steps import event_of

    environ = dict(os.environ)
    project = open_project(obj["directory"], obj["config"])
    asked = remeasure(project, event_of(environ), environ, publisher=publisher)
    console.tell((), asked.document, asked.sentences, as_json=as_json)
