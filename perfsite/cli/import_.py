"""`perfsite import`: a whole history from another tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfsite import importers
from perfsite.cli import console
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from perfsite.workflow.importing import Imported
    from perfsite.workflow.pinning import Pinned
    from perfsite.workflow.project import Project


@click.command("import")
@click.argument("kind", metavar="KIND", required=False)
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--environment", metavar="NAME", help="Name of the environment, where the history does not tell one.")
@click.option(
    "--map",
    "renames",
    metavar="OLD=NEW",
    multiple=True,
    help="Rename a benchmark; `old/*=new/*` renames all that begin so. May be repeated.",
)
@click.option("--push", is_flag=True, help="Append to the history branch and push it, instead of to history/.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    kind: str | None,
    path: Path | None,
    environment: str | None,
    renames: tuple[str, ...],
    push: bool,
    as_json: bool,
) -> None:
    """Bring the history of another tool into history/, or runs that another job wrote with `perfsite record --output`.

    \b
    KIND is one of:
      asv                        PATH: the results folder of airspeed velocity
      bencher                    PATH: JSON of `bencher perf` or `bencher report list`
      codespeed                  PATH: JSON of results, of a timeline, or a dump
      github-action-benchmark    PATH: its data.js, or the folder that holds it
      go-bench                   PATH: a folder of Go benchmark files, one a commit or release
      otava                      PATH: its CSV or JSON, or a folder of those
      perfsite                   PATH: another history/, one of its files, or one of `record --output`
      perf-baseline              PATH: a hand-written perf_baseline.json; it becomes the pinned baseline
                                 of its series (in one environment with --environment)
      pyperf                     PATH: a folder of pyperf or pyperformance files
      pytest-benchmark           PATH: its storage folder, .benchmarks

    Importing the same history again adds nothing.
    """
    from perfsite.workflow.importing import ImportWish, import_history

    if kind is None or path is None:
        kinds = ", ".join([*importers.names(), importers.BASELINE])
        raise click.UsageError(f"name a KIND and a PATH, for example: perfsite import asv results; kinds: {kinds}")
    project = open_project(obj["directory"], obj["config"])
    if kind == importers.BASELINE:
        if push:
            raise click.UsageError(
                f"{importers.BASELINE} is pinned in history/: push that file yourself, without --push"
            )
        from perfsite.workflow.pinning import pin_file

        _tell_pinned(project, pin_file(project, path, environment=environment, renames=renames), as_json=as_json)
        return
    done = import_history(
        project,
        kind,
        path,
        ImportWish(environment=environment, renames=renames, push=push),
        progress=console.progress(f"reading {kind}"),
    )
    _tell(done, as_json=as_json)


def _tell(done: Imported, *, as_json: bool) -> None:
    """Say what was brought in."""
    for text in done.warnings:
        console.warning(text)
    if as_json:
        console.answer_json(
            {
                "version": 1,
                "written": done.written,
                "known": done.known,
                "measurements": done.measurements,
                "absent": done.absent,
                "decisions": done.decisions,
            }
        )
        return
    known = f"; {done.known:,} known already" if done.known else ""
    console.answer(
        f"{console.plural(done.written, 'run')} written to {done.place}{known} "
        f"({done.measurements:,} values, {done.absent:,} failed or skipped)"
    )
    if done.decisions:
        console.answer(f"{console.plural(done.decisions, 'decision')} written to events.jsonl")


def _tell_pinned(project: Project, done: Pinned, *, as_json: bool) -> None:
    """Say what became of a baseline."""
    where = project.shown(project.history / "events.jsonl")
    console.tell(done.warnings, done.document, lambda: done.sentences(where), as_json=as_json)
