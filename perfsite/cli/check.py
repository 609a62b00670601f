"""`perfsite check`: the newest run, or files, against the baseline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfsite.cli import console
from perfsite.model.findings import Rule
from perfsite.model.policy import PRESET_NAMES
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from perfsite.report.check import CheckView
    from perfsite.workflow.check import Checked
    from perfsite.workflow.deciding import Decided
    from perfsite.workflow.project import Project

_HEAD = ("benchmark", "metric", "current", "baseline", "change", "noise", "verdict")
_MOST_ROWS = 40


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", metavar="NAME", help="Format of the files, where their content does not tell.")
@click.option("--environment", metavar="NAME", help="Environment of the files.  [as for record]")
@click.option("--commit", metavar="REV", help="Judge this commit: a sha, branch, tag or pull request's head.")
@click.option("--base", metavar="REV", help="Compare with the history up to this commit.  [the merge base]")
@click.option("--preset", type=click.Choice(PRESET_NAMES), help="Thresholds for this call, whatever the rules say.")
@click.option("--strict", is_flag=True, help="A warning fails, too, and so does a regression that began earlier.")
@click.option("--update-baseline", is_flag=True, help="Record that what fails is the new normal; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why that is worth it.")
@click.option("--author", metavar="NAME", help="Who decides.  [git's user.name]")
@click.option("--push", is_flag=True, help="What is recorded goes onto the history branch, instead of into history/.")
@click.option("--all", "every", is_flag=True, help="Show every series, not only what changed or may have.")
@click.option("--verbose", is_flag=True, help="Say of each series shown what its verdict rests on.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    /,
    files: tuple[Path, ...],
    strict: bool,
    update_baseline: bool,
    reason: str | None,
    author: str | None,
    push: bool,
    every: bool,
    verbose: bool,
    as_json: bool,
    **asked: Any,
) -> int:
    """Judge FILES, or the newest run of the history, against the baseline.

    FILES are judged as what the checked-out commit measures (--commit names another), against the history up to it (on
    a branch: up to the merge base), and are not stored, unless there is no baseline at all yet: then they become the
    first one. Without FILES a stored commit is judged: the newest of the default branch, or the one that --commit
    names, a pull request's head among them, with the verdicts that its page has.

    --update-baseline records the decision that every regression that fails here is the new normal, and passes. On a
    commit of the default branch that is stored it is `baseline accept`, otherwise the values are pinned.

    \b
    Example:    perfsite check results_stats.csv --preset load-test
    Exit codes: 0  no rule fails (presets apply where perfsite.toml sets none)
                1  a regression that a rule fails and that begins at this commit
                   (against a pinned baseline: wherever it began);
                   with --strict also one that warns or began earlier
                2  wrong call or settings, 3  unreadable file, 4  no history
    """
    from perfsite.workflow.check import CheckWish, check

    if (reason or author) and not update_baseline:
        raise click.UsageError("--reason and --author say something of --update-baseline")
    project = open_project(obj["directory"], obj["config"])
    checked = check(project, files, CheckWish(push=push, **asked), dict(os.environ))
    decided = _decide(project, checked, author, reason, push=push, strict=strict) if update_baseline else None
    for text in (*checked.warnings, *(decided.warnings if decided else ())):
        console.warning(text)
    if as_json:
        decision = {"decided": None if decided is None else decided.document()} if update_baseline else {}
        console.answer_json({**checked.document(), **decision})
    else:
        _show(checked.view, every=every, verbose=verbose)
        for line in decided.sentences() if decided else ():
            console.answer(line)
    for text in checked.notes:
        console.note(text)
    rows = checked.view.rows
    earlier = (row for row in rows if row.standing and row.pinned is None and not row.told_now)
    if any(row.rule is not Rule.PASS and not row.beyond for row in earlier):
        console.note("regressions that began at an earlier commit only warn here, until the level is back or accepted")
    return 1 if _fails(checked.view, strict=strict, is_decided=update_baseline) else 0


def _fails(view: CheckView, *, strict: bool, is_decided: bool) -> bool:
    """Whether a rule fails that nobody has just decided about: a budget is none that such a decision moves."""
    if not is_decided:
        return view.fails(strict=strict)
    return any(budget.limit.target >= 1 or strict for row in view.rows for budget in row.beyond)


def _decide(
    project: Project, checked: Checked, author: str | None, reason: str | None, *, push: bool, strict: bool
) -> Decided | None:
    """Record the decision; say so where there is nothing to decide."""
    from perfsite.workflow.deciding import Wish
    from perfsite.workflow.updating import update_baselines

    decided = update_baselines(project, checked, Wish(author=author, reason=reason, push=push), strict=strict)
    if decided is None:
        console.note("no regression fails, so that nothing was recorded")
    if checked.view.beyond:
        console.note("a budget is a limit on the value itself: no decision about baselines moves it")
    return decided


def _show(view: CheckView, *, every: bool, verbose: bool) -> None:
    """Print the table and what should be known beside it."""
    changed = [row for row in view.rows if every or row.verdict != "no-change" or row.beyond]
    shown = changed if every else changed[:_MOST_ROWS]
    if shown:
        console.answer(console.table(_HEAD, [row.cells for row in shown], right=(2, 3, 4, 5)))
    if len(changed) > len(shown):
        console.note(f"{len(changed) - len(shown)} more; --all shows every series")
    if verbose:
        from perfsite.report.check_details import detail_lines

        console.answer("\n".join(line for row in shown for line in detail_lines(row)))
    console.answer(f"{view.sha[:8]}: {view.sentence}")
    for why, names in view.doubts.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        console.note(f"{why}{': ' if names else ''}{', '.join(names[:3])}{more}")
    for text in view.beyond[:_MOST_ROWS]:
        console.note(f"beyond its budget: {text}")
    for what, names in view.pins.items():
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        console.note(f"baseline {what}: {', '.join(names[:5])}{more}")
