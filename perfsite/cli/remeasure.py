"""`perfsite remeasure`: have a pull request measured again, where the comment that started this job may ask for it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project


@click.command("remeasure")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(obj: dict[str, Path], as_json: bool) -> None:
    """Have GitHub measure a pull request again, for a comment in it that says /benchmark.

    For a workflow with `on: issue_comment`. The comment must begin with a line that says /benchmark and nothing else,
    and its author must be allowed to write to the repository. What is started again is the newest run of the measuring
    workflow for the pull request's head: the same commit, with the rights of a pull request, which are to read and no
    more. Its measurements join those that were made before. Nothing of the pull request runs here.

    Needs GITHUB_TOKEN with actions: write, contents: read and pull-requests: read.
    """
    from perfsite.workflow.remeasuring import remeasure
    from perfsite.workflow.steps import event_of

    environ = dict(os.environ)
    asked = remeasure(open_project(obj["directory"], obj["config"]), event_of(environ), environ)
    console.tell((), asked.document, asked.sentences, as_json=as_json)
