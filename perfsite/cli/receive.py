"""`perfsite receive`: what an unprivileged CI run measured, into the history."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project


@click.command("receive")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--run-id", type=click.IntRange(min=1), metavar="N", help="The CI run that measured.  [the event's]")
@click.option("--attempt", type=click.IntRange(min=1), metavar="N", help="Which attempt of it to wait for.")
@click.option("--wait", type=click.IntRange(0, 360), default=0, metavar="MINUTES", help="Wait for its end.  [0]")
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Environment that the run may have measured in; may be repeated.  [of its runners]",
)
@click.option("--push", is_flag=True, help="Append to the history branch and push it, instead of to history/.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    paths: tuple[Path, ...],
    run_id: int | None,
    attempt: int | None,
    wait: int,
    environments: tuple[str, ...],
    push: bool,
    as_json: bool,
) -> None:
    """Take in what another CI run measured, for a GitHub workflow that `workflow_run` starts.

    PATHS are that run's artifacts, zipped or not, made by `perfsite record --output`. Without any, those whose names
    begin with perfsite-run are downloaded (GITHUB_TOKEN with actions: read).

    The artifact of a pull request is made by whoever opened it. It is read as hostile, and gives numbers and names of
    benchmarks only: commit, branch, pull request, environment, time and address are asked of GitHub. Runs of pull
    requests are kept apart and never become part of a baseline. Where something is wrong, nothing is stored.

    The outputs of the step, `sha` and `pull-request`, tell later jobs what was taken in; they are empty for nothing,
    and `pull-request` for the trend.
    """
    from perfsite.workflow.receive import Wanted, receive
    from perfsite.workflow.steps import hand_on

    project = open_project(obj["directory"], obj["config"])
    wanted = Wanted(run_id=run_id, attempt=attempt, wait_s=wait * 60, environments=environments, push=push)
    environ = dict(os.environ)
    done = receive(project, paths, wanted, environ)
    sha, number = (done.origin.sha, done.origin.pull_request) if done.origin else (None, None)
    hand_on(environ, {"sha": sha, "pull-request": number})
    console.tell(done.warnings, done.document, done.sentences, as_json=as_json)
