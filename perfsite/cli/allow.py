"""`perfsite allow`: whether the comment that started this job may have its pull request measured."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console


@click.command("allow")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(obj: dict[str, Path], as_json: bool) -> None:  # noqa: ARG001  # the same for all commands
    """Say whether the comment that started this GitHub job may have its pull request measured, and at which commit.

    The comment must begin with the line /benchmark, or /benchmark and the beginning of a sha. GitHub is asked whether
    the commenter may write, and which commit is the head. Refused is a head that was pushed after the comment: the
    commenter cannot have seen it. The outputs `sha` and `pull-request` of the step are empty where it is not allowed.

    Needs GITHUB_TOKEN with actions: read, contents: read and pull-requests: read.
    """
    from perfsite.workflow.commanding import allow
    from perfsite.workflow.steps import event_of, hand_on

    environ = dict(os.environ)
    allowed = allow(event_of(environ), environ)
    hand_on(environ, {"sha": allowed.sha, "pull-request": allowed.pull_request})
    console.tell((), allowed.document, allowed.sentences, as_json=as_json)
