"""`perfsite thresholds`: what each series is held to, and what that would catch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfsite.cli import console
from perfsite.cli.selecting import chosen, series_options
from perfsite.errors import ConfigError
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from perfsite.report.rehearsals import RehearsedView

_MOST_ROWS = 200


@click.command("thresholds")
@click.option("--export", "export_to", metavar="FILE|-", help="Write adapted thresholds as rules, TOML or .json.")
@click.option("--validate", is_flag=True, help="Plant changes into the real history and tell what would be caught.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@series_options
@click.pass_obj
def command(obj: dict[str, Path], /, export_to: str | None, validate: bool, as_json: bool, **globs: str | None) -> None:
    """Show what each series' threshold is: the owner's, its noise, the larger of both, the smallest change seen.

    `noise` is the smallest delta of one new run that can be told from chance, `adapted` the larger of it and the
    owner's threshold, `detectable` the smallest change that one run shows four times out of five.

    With --validate changes of 1, 3, 5, 10 and 15 % are planted at up to six places of each series' newest level: as one
    new run, and as five that last. For every size the table tells in what percentage of the places it would be caught
    at first sight / within five runs, and how many replays without a change raise an alarm. Nothing is left to chance:
    the same history gives the same answer. Of a thousand series, four places each are tried, of more fewer. A series
    counts as one that catches a size where half of its places do.

    \b
    Examples:
      perfsite thresholds --benchmark 'parse/*'
      perfsite thresholds --validate
      perfsite thresholds --export rules.toml

    \b
    Exit codes: 0  shown or written
                2  no series is selected, or the file is something else
                4  no history, 5  the file cannot be written
    """
    from perfsite.workflow import thresholds

    project, selector = open_project(obj["directory"], obj["config"]), chosen(globs)
    if validate and export_to is not None:
        hint = "call it twice: --validate tells, --export writes"
        raise ConfigError("--validate and --export do not go together", hint=hint)
    if validate:
        _validated(thresholds.validate(project, selector, progress=console.progress("rehearsing")), as_json=as_json)
        return
    listed = thresholds.list_thresholds(project, selector)
    for text in listed.warnings:
        console.warning(text)
    for text in listed.notes:
        console.note(text)
    if export_to == "-":
        console.answer(thresholds.rules_text(listed.rows, as_json=as_json).rstrip("\n"))
    elif export_to is not None:
        rules = thresholds.export(listed.rows, Path(export_to))
        then = "" if export_to.endswith(".json") else "; review, then append to site_config/perfsite.toml"
        console.answer(f"{console.plural(rules, 'rule')} written to {export_to}{then}")
    elif as_json:
        console.answer_json(listed.document())
    else:
        from perfsite.report.thresholds import HEAD

        rows = [row.cells for row in listed.rows]
        console.answer(console.table(HEAD, rows[:_MOST_ROWS], right=(4, 5, 6, 7, 8)))
        if len(rows) > _MOST_ROWS:
            console.note(f"{len(rows) - _MOST_ROWS} more series; --benchmark selects, --json has all")


def _validated(view: RehearsedView, *, as_json: bool) -> None:
    """Show what rehearsed changes did."""
    if as_json:
        console.answer_json(view.document())
        return
    from perfsite.report.rehearsals import head

    rows = [row.cells for row in view.rows]
    console.answer(console.table(head(), rows[:_MOST_ROWS], right=(3, 4, 5, 6, 7, 8)))
    if len(rows) > _MOST_ROWS:
        console.note(f"{len(rows) - _MOST_ROWS} more series; --benchmark selects, --json has all")
    if view.passed_over:
        console.note(f"{view.passed_over} series were passed over, evenly spaced, to keep this short")
    if untold := len(view.rows) - len(view.told):
        series = "1 series is" if untold == 1 else f"{untold} series are"
        console.note(f"{series} marked –: the newest level is too short, or not above zero, to plant a change in it")
    console.answer("")
    for text in view.sentences():
        console.answer(text)
