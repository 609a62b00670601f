"""`perfsite check`: the newest run, or files, against the baseline."""

from __future__ import annotations

from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

_HEAD = ("benchmark", "metric", "current", "baseline", "change", "noise", "verdict")
_MOST_ROWS = 40


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "format_name", metavar="NAME", help="Format of the files, where their content does not tell.")
@click.option("--environment", metavar="NAME", help="Environment of the files.  [as for record]")
@click.option("--strict", is_flag=True, help="A warning fails, too.")
@click.option("--all", "every", is_flag=True, help="Show every series, not only what changed or may have.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    files: tuple[Path, ...],
    format_name: str | None,
    environment: str | None,
    strict: bool,
    every: bool,
    as_json: bool,
) -> int:
    """Judge FILES, or the newest run of the history, against the baseline.

    Exit code 0: no rule fails; 1: a regression that a rule fails. A file is judged and not stored, unless there is
    no baseline at all yet: then it becomes the first one.
    """
    from perfsite.workflow.check import check

    project = open_project(obj["directory"], obj["config"])
    checked = check(project, files, format_name=format_name, environment=environment)
    for text in checked.warnings:
        console.warning(text)
    view = checked.view
    if as_json:
        console.answer_json(view.document())
    else:
        changed = [row for row in view.rows if every or row.verdict != "no-change"]
        shown = changed if every else changed[:_MOST_ROWS]
        if shown:
            console.answer(console.table(_HEAD, [row.cells for row in shown], right=(2, 3, 4, 5)))
        if len(changed) > len(shown):
            console.note(f"{len(changed) - len(shown)} more; --all shows every series")
        console.answer(f"{view.sha[:8]}: {view.sentence}")
    for text in checked.notes:
        console.note(text)
    return 1 if view.fails(strict=strict) else 0
