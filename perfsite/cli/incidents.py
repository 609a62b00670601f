"""`perfsite incidents`: what changed together, and what people decided on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfsite.report.incident_views import IncidentLine, IncidentView
    from perfsite.workflow.triage import Triage

_HEAD = ("id", "severity", "state", "since", "incident")
_MOST = 30
_MOST_SHOWN = 20


class _WithDefault(click.Group):
    """A group whose `list` is meant where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` first where the call names no command of the group."""
        if not any(word in self.commands for word in args) and not {"-h", "--help"} & set(args):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("incidents", cls=_WithDefault)
def command() -> None:
    """Work through the incidents: what changed at one commit, in however many series.

    Without a command: list the open ones, the first to look at first. An ID may be cut short, and any commit in an
    incident's range names it, too. Decisions are lines of events.jsonl with author, time and reason.

    \b
    Examples:
      perfsite incidents
      perfsite incidents show 1a2b3c
      perfsite incidents ack 1a2b3c --reason "wanted: checks its input now" --days 30

    \b
    Exit codes: 0  done
                2  wrong call: no such incident, nobody says who or why
                4  the history cannot be read or written
    """


@command.command("list")
@click.option("--all", "every", is_flag=True, help="All: fixed, ignored, old, unconfirmed ones and improvements, too.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def list_(obj: dict[str, Path], every: bool, as_json: bool) -> None:
    """List the open incidents, the first to look at first.

    \b
    Example:    perfsite incidents list --all
    Exit codes: 0 listed, 4 no history
    """
    from perfsite.workflow.triage import triage

    found = triage(open_project(obj["directory"], obj["config"]))
    lines: Sequence[IncidentLine] = found.lines if every else found.context.incidents.open_lines()
    if as_json:
        console.answer_json(found.document(lines))
    else:
        console.answer(found.view.sentence)
        if shown := lines if every else lines[:_MOST]:
            console.answer(console.table(_HEAD, [_cells(line) for line in shown]))
        if len(lines) > len(shown):
            console.note(f"{len(lines) - len(shown)} more rank lower; --all lists every one")
        if not every and (groups := found.view.groups):
            console.note("; ".join(f"{group.title.lower()}: {group.count}" for group in groups) + " (--all)")
    _beside(found)


def _cells(line: IncidentLine) -> tuple[str, ...]:
    severity = "suspected" if not line.confirmed else line.severity if line.severity != "none" else line.kind
    return line.id, severity, line.state, line.commit.date or line.commit.short, line.sentence


@command.command("show")
@click.argument("incident", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def show(obj: dict[str, Path], incident: str, as_json: bool) -> None:
    """Show an incident: culprit, files, members, decisions, what to do next.

    \b
    Example:    perfsite incidents show 1a2b3c
    Exit codes: 0 shown, 2 no such incident, 4 no history
    """
    from perfsite.workflow.triage import triage

    found = triage(open_project(obj["directory"], obj["config"]), show=incident)
    one = found.one(incident)
    if as_json:
        console.answer_json(found.show_document(one))
        return
    for text in _told(found.page(one)):
        console.answer(text)
    _beside(found)


def _beside(found: Triage) -> None:
    """Say what should be said beside an answer."""
    for text in found.warnings:
        console.warning(text)
    for text in found.notes:
        console.note(text)


def _told(view: IncidentView) -> list[str]:
    line = view.line
    lines = [f"{line.id}: {line.sentence}", f"{line.severity}, {line.state_text or line.state}; {view.lead}"]
    good = f" (last good {view.good.short}, first bad {view.bad.short})" if view.good else ""
    lines += ["", f"{view.range_text}{good}"]
    lines += [
        f"  {'*' if commit.likely else ' '} {commit.short} {commit.date} {commit.author}: {commit.subject}"
        for commit in view.commits[:_MOST_SHOWN]
    ]
    if view.compare_url:
        lines.append(f"  {view.compare_url}")
    if view.file_count is not None:
        lines += ["", f"{console.plural(view.file_count, 'file')} changed"]
        lines += [f"  {path}" for path, _ in view.files[:_MOST_SHOWN]]
    head = ("series", "before", "after", "change", "sure", "now")
    rows = [
        (" ".join(filter(None, (row.benchmark[:60], row.parameters[:30], row.metric[:20], "in", row.environment))),
         row.before, row.after, row.delta, row.confidence, row.now)
        for row in view.members[:_MOST_SHOWN]
    ]  # fmt: skip
    lines += ["", console.table(head, rows, right=(1, 2, 3, 4))]
    if view.member_count > len(rows):
        lines.append(f"and {view.member_count - len(rows)} more series")
    if view.elsewhere:
        lines += ["", view.elsewhere]
    decided = [
        f"{row.state} by {row.author}, {row.time}{f' until {row.until}' if row.until else ''}"
        f"{f': {row.reason}' if row.reason else ''}"
        for row in view.decisions
    ]
    return [*lines, "", *decided, *view.next_steps, *(f"  {call}" for call in view.commands)]


def _decision(function: Any) -> Any:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Answer as JSON."),
        click.option("--push", is_flag=True, help="Onto the history branch, instead of into history/."),
        click.option("--author", metavar="NAME", help="Who decides.  [git's user.name]"),
    ):
        function = option(function)
    return click.pass_obj(click.argument("incident", metavar="ID")(function))


def _why(help_text: str) -> Callable[[Any], Any]:
    return click.option("--reason", metavar="TEXT", help=help_text)


_days = click.option(
    "--days", type=click.IntRange(1, 3650), metavar="N", help="For so many days; then it is reopened.  [for ever]"
)


@command.command("ack")
@_decision
@_why("Why; must be given.")
@_days
def ack(obj: dict[str, Path], incident: str, days: int | None, **given: Any) -> None:
    """Acknowledge an incident: somebody knows and will see to it. It stays open, its baseline stays.

    \b
    Example:    perfsite incidents ack 1a2b3c --reason "issue 123" --days 14
    Exit codes: 0 acknowledged, 2 no such incident, or no reason, 4 no history
    """
    _tell(obj, incident, "acknowledged", given, days)


@command.command("ignore")
@_decision
@_why("Why; must be given.")
@_days
def ignore(obj: dict[str, Path], incident: str, days: int | None, **given: Any) -> None:
    """Ignore an incident: nobody needs to see to it. It is reopened when it turns out to be clearly larger.

    \b
    Example:    perfsite incidents ignore 1a2b3c --reason "the runner was replaced"
    Exit codes: 0 ignored, 2 no such incident, or no reason, 4 no history
    """
    _tell(obj, incident, "ignored", given, days)


@command.command("reopen")
@_decision
@_why("Why.")
def reopen(obj: dict[str, Path], incident: str, **given: Any) -> None:
    """Reopen an incident that was acknowledged or ignored.

    \b
    Example:    perfsite incidents reopen 1a2b3c
    Exit codes: 0 reopened, 2 no such incident, 4 no history
    """
    _tell(obj, incident, "reopened", given, None)


def _tell(obj: dict[str, Path], incident: str, state: str, given: dict[str, Any], days: int | None) -> None:
    """Decide, and say what was decided."""
    from perfsite.model.incident import IncidentState
    from perfsite.workflow.deciding import Wish
    from perfsite.workflow.triage import decide

    wish = Wish(author=given["author"], reason=given["reason"], push=given["push"])
    done = decide(open_project(obj["directory"], obj["config"]), incident, IncidentState(state), wish, days=days)
    for text in done.warnings:
        console.note(text)
    console.tell((), done.document, done.sentences, as_json=given["as_json"])
