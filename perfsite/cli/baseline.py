"""`perfsite baseline`: what is normal, who said so, and since when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfsite.cli import console
from perfsite.cli.selecting import chosen, series_options
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfsite.workflow.deciding import Decided, Wish
    from perfsite.workflow.project import Project

_MOST_HISTORIES = 50


@click.group("baseline")
def command() -> None:
    """Show baselines and decide about them: accept, pin, unpin, withdraw.

    The baseline of a series is the level it had before: it moves along with better levels by itself and stays where a
    regression begins. Whoever decides otherwise says so here; every decision is a line of events.jsonl with author,
    time and reason, and can be taken back.

    \b
    Examples:
      perfsite baseline list --history --benchmark 'parse/*'
      perfsite baseline accept 1a2b3c4 --reason "checks its input now; worth 4 %"
      perfsite baseline pin v2.0 --metric time

    \b
    Exit codes: 0  done
                2  wrong call: nothing is selected, no such commit, nobody says why
                4  the history cannot be read or written
    """


def _decision_options(*, reason: str) -> Callable[[Any], Any]:
    def added(function: Any) -> Any:
        for option in (
            click.option("--json", "as_json", is_flag=True, help="Answer as JSON."),
            click.option("--push", is_flag=True, help="Onto the history branch, instead of into history/."),
            click.option("--author", metavar="NAME", help="Who decides.  [git's user.name]"),
            click.option("--reason", metavar="TEXT", help=reason),
        ):
            function = option(function)
        return series_options(function)

    return added


@command.command("list")
@click.option("--history", is_flag=True, help="Show every version that each baseline had, and why.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@series_options
@click.pass_obj
def list_(obj: dict[str, Path], /, history: bool, as_json: bool, **globs: str | None) -> None:
    """Show the baseline of each series: value, version, since when, how good.

    A baseline is `good` where its 95 % interval is narrower than the smallest severity on either side, `noisy` where it
    is not, and of `few points` below min_points; there is `no ratio` to one that is not above zero. Outliers and
    uncommitted changes are never part of one.

    \b
    Example:    perfsite baseline list --benchmark 'parse/*' --history
    Exit codes: 0 shown, 2 no series is selected, 4 no history
    """
    from perfsite.workflow.baselines import HEAD, HISTORY_HEAD, history_cells, list_baselines

    listed = list_baselines(open_project(obj["directory"], obj["config"]), chosen(globs))
    for text in listed.warnings:
        console.warning(text)
    if as_json:
        lines = [line.document(history=history) for line in listed.lines]
        console.answer_json({"version": 1, "baselines": lines})
    elif not history:
        console.answer(console.table(HEAD, [line.cells for line in listed.lines], right=(3, 7)))
    for line in listed.lines[: _MOST_HISTORIES if history and not as_json else 0]:
        console.answer(f"{line.cells[0]} {line.cells[1]} in {line.cells[2]}")
        console.answer(console.table(HISTORY_HEAD, [history_cells(entry) for entry in line.entries], right=(1,)) + "\n")
    if history and not as_json and len(listed.lines) > _MOST_HISTORIES:
        console.note(
            f"{len(listed.lines) - _MOST_HISTORIES} more series; --benchmark and --metric select, --json has all"
        )
    for text in listed.notes:
        console.note(text)


@command.command("accept")
@click.argument("commit", required=False)
@_decision_options(reason="Why the worse level is worth it; must be given.")
@click.pass_obj
def accept(obj: dict[str, Path], /, commit: str | None, as_json: bool, **given: Any) -> None:
    """Accept regressions as the new normal: those that began at COMMIT, or every one that is open.

    From that commit on the worse level is the baseline. The commit itself stays marked as a regression, says who
    accepted it and why, and fails no rule any more. What gets worse after it is a regression again.

    \b
    Example:    perfsite baseline accept 1a2b3c4 --benchmark 'parse/*' --reason "checks its input now"
    Exit codes: 0 accepted, 2 no such regression, or no reason, 4 no history
    """
    from perfsite.workflow.accepting import accept as decide

    _tell(obj, as_json, given, lambda project, wish: decide(project, commit, wish))


@command.command("pin")
@click.argument("revision", metavar="COMMIT|TAG|FROM..TO")
@_decision_options(reason="Why.")
@click.pass_obj
def pin(obj: dict[str, Path], /, revision: str, as_json: bool, **given: Any) -> None:
    """Pin the baseline to what a commit or tag measured, or to the mean of a window of commits.

    Both ends of FROM..TO are included. The values are stored with the decision: it stays what it was, whatever becomes
    of the tag or the history. Against a pinned baseline every point is judged and fails until the level is back, or
    until another pin or `unpin`.

    \b
    Example:    perfsite baseline pin v2.0 --metric time --reason "what we promised"
    Exit codes: 0 pinned, 2 no such commit, or no value there, 4 no history
    """
    from perfsite.workflow.pinning import pin as decide

    _tell(obj, as_json, given, lambda project, wish: decide(project, revision, wish))


@command.command("unpin")
@_decision_options(reason="Why.")
@click.pass_obj
def unpin(obj: dict[str, Path], /, as_json: bool, **given: Any) -> None:
    """Take back whatever is pinned: from now on the series' own baseline counts again.

    \b
    Example:    perfsite baseline unpin --benchmark 'parse/*'
    Exit codes: 0 unpinned, 2 nothing is pinned there, 4 no history
    """
    from perfsite.workflow.withdrawing import unpin as decide

    _tell(obj, as_json, given, decide)


@command.command("withdraw")
@click.argument("decision")
@_decision_options(reason="Why.")
@click.pass_obj
def withdraw(obj: dict[str, Path], /, decision: str, as_json: bool, **given: Any) -> None:
    """Take back one DECISION, pinned or accepted, by its id or the beginning of it.

    `perfsite baseline list --history` shows the ids. What was decided before it counts again.

    \b
    Example:    perfsite baseline withdraw 3f2a91bc --reason "the release slipped"
    Exit codes: 0 withdrawn, 2 no such decision, 4 no history
    """
    from perfsite.workflow.withdrawing import withdraw as decide

    _tell(obj, as_json, given, lambda project, wish: decide(project, decision, wish))


def _tell(
    obj: dict[str, Path], as_json: bool, given: dict[str, Any], decide: Callable[[Project, Wish], Decided]
) -> None:
    """Decide, and say what was decided."""
    from perfsite.workflow.deciding import Wish

    wish = Wish(author=given.pop("author"), reason=given.pop("reason"), push=given.pop("push"), series=chosen(given))
    done = decide(open_project(obj["directory"], obj["config"]), wish)
    console.tell(done.warnings, done.document, done.sentences, as_json=as_json)
