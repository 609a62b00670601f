"""`perfsite rejudge`: what two configurations say differently of the whole history."""

from __future__ import annotations

from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

_HEAD = ("commit", "date", "series", "environment", "old", "new", "change")
_MOST_ROWS = 30


@click.command("rejudge")
@click.option(
    "--diff",
    nargs=2,
    required=True,
    metavar="OLD NEW",
    help="Two settings: files, git revisions, REVISION:PATH, or `none`.",
)
@click.option("--all", "every", is_flag=True, help="Show every verdict that differs.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(obj: dict[str, Path], diff: tuple[str, str], every: bool, as_json: bool) -> None:
    """Judge the whole history twice and show which verdicts differ.

    \b
    Before you change a threshold, see what it does to five years:
      perfsite rejudge --diff HEAD site_config/perfsite.toml
      perfsite rejudge --diff none stricter.toml

    Nothing is stored. Exit codes: 0 whatever differs, 2 wrong call or settings, 4 no history.
    """
    from perfsite.workflow.rejudging import rejudge

    project = open_project(obj["directory"], obj["config"])
    rejudged, gathered = rejudge(project, *diff)
    if as_json:
        console.answer_json(rejudged.document())
    else:
        shown = rejudged.differences if every else rejudged.differences[:_MOST_ROWS]
        if shown:
            console.answer(console.table(_HEAD, [one.cells for one in shown], right=(6,)))
        if len(rejudged.differences) > len(shown):
            console.note(f"{len(rejudged.differences) - len(shown):,} more; --all shows every one")
        console.answer(rejudged.sentence)
    for text in gathered.warnings:
        console.warning(text)
    for text in gathered.notes:
        console.note(text)
