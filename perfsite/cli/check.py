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
@click.option("--strict", is_flag=True, help="A warning fails, too, and so does a regression that began earlier.")
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

    FILES are judged as what the checked-out commit measures, against the history up to it (on a branch: up to the
    merge base), and are not stored, unless there is no baseline at all yet: then they become the first one. Without
    FILES the newest commit of the default branch is judged; for a pull request, give its FILES.

    \b
    Exit codes: 0  no rule fails (presets apply where perfsite.toml sets none)
                1  a regression that a rule fails and that begins at this commit
                   (against a pinned baseline: wherever it began);
                   with --strict also one that warns or began earlier
                2  wrong call or settings, 3  unreadable file, 4  no history
    """
    from perfsite.model.findings import Rule
    from perfsite.workflow.check import check

    project = open_project(obj["directory"], obj["config"])
    checked = check(project, files, format_name=format_name, environment=environment)
    for text in checked.warnings:
        console.warning(text)
    view = checked.view
    if as_json:
        console.answer_json(view.document())
    else:
        changed = [row for row in view.rows if every or row.verdict != "no-change" or row.beyond]
        shown = changed if every else changed[:_MOST_ROWS]
        if shown:
            console.answer(console.table(_HEAD, [row.cells for row in shown], right=(2, 3, 4, 5)))
        if len(changed) > len(shown):
            console.note(f"{len(changed) - len(shown)} more; --all shows every series")
        console.answer(f"{view.sha[:8]}: {view.sentence}")
        for why, names in view.doubts.items():
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            console.note(f"{why}: {', '.join(names[:3])}{more}")
        for text in view.beyond[:_MOST_ROWS]:
            console.note(f"beyond its budget: {text}")
        for what, names in view.pins.items():
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            console.note(f"baseline {what}: {', '.join(names[:5])}{more}")
    for text in checked.notes:
        console.note(text)
    if any(row.standing and row.pinned is None and row.rule is not Rule.PASS and not row.beyond for row in view.rows):
        console.note("regressions that began at an earlier commit only warn here, until the level is back or accepted")
    return 1 if view.fails(strict=strict) else 0
