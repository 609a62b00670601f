"""`perfsite notify`: tell people of incidents, once each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.workflow.notifying import Notified, Served


@click.command("notify")
@click.option("--dry-run", "is_dry", is_flag=True, help="Show what would be sent; send and store nothing.")
@click.option("--test", "is_test", is_flag=True, help="Send a test message to every channel; store nothing.")
@click.option("--channel", metavar="NAME", help="Only this channel.")
@click.option("--since", metavar="DATE", help="Tell incidents that began since this day, however old.")
@click.option("--push", is_flag=True, help="Remember on the history branch, instead of in history/.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    is_dry: bool,
    is_test: bool,
    channel: str | None,
    since: str | None,
    push: bool,
    as_json: bool,
) -> None:
    """Tell the configured channels what is new: incidents confirmed, reopened, fixed, each once.

    What was told is remembered in the history, so that every run tells the rest, whoever starts it. What is held back
    in quiet hours, or for a digest, is sent by the first run after: let a schedule start one. What does not arrive is
    told again by the next run.

    \b
    Examples:
      perfsite notify --dry-run
      perfsite notify --test --channel chat
      perfsite notify --push

    \b
    Exit codes: 0  everything that there was to tell arrived
                2  wrong call: no such channel, apprise is missing
                4  the history cannot be read or written; nothing is sent before it is written
                5  something did not arrive; the other channels were served
    """
    from perfsite.errors import ConfigError
    from perfsite.workflow.notify_trial import send_test
    from perfsite.workflow.notifying import NotifyWish, notify

    if is_dry and is_test:
        raise ConfigError("--dry-run and --test do not go together", hint="give one of them")
    wish = NotifyWish(now=datetime.now(UTC), only=channel, since=_day(since), is_dry=is_dry, push=push)
    project = open_project(obj["directory"], obj["config"])
    done = send_test(project, wish) if is_test else notify(project, wish)
    for text in done.warnings:
        console.warning(text)
    if as_json:
        console.answer_json(done.document())
    else:
        for text in _sentences(done):
            console.answer(text)
    if done.has_failed:
        raise click.exceptions.Exit(5)


def _day(text: str | None) -> datetime | None:
    from perfsite.errors import ConfigError

    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ConfigError(
            f"there is no such day: {text[:40]!r}", where="--since", hint="give a day, like 2026-05-01"
        ) from None


def _sentences(done: Notified) -> Iterator[str]:
    """Yield the answer for people."""
    for one in done.served:
        yield from (f"{one.channel}: {text}" for text in _of(one))
    if done.place and any(one.problem is None for one in done.served):
        yield f"what was told is remembered in {done.place}"


def _of(one: Served) -> Iterator[str]:
    if one.problem is not None:
        yield f"failed: {one.problem}"
        return
    for message in one.told:
        reason = f", {message.reason}" if message.reason else ""
        yield f"{message.outcome}{reason}: {message.title}"
    if one.held:
        quiet = one.digest == "never"
        until = "until quiet hours are over" if quiet else f"for the {one.digest} digest"
        yield f"{console.plural(len(one.held), 'alert')} held back {until}"
    if one.resting:
        yield f"failed: {console.plural(one.resting, 'alert')} did not arrive several times, tried again tomorrow"
    if not one.told and not one.held and not one.resting:
        yield "nothing to tell"
    if one.passed_over and one.since is not None:
        yield f"{console.plural(one.passed_over, 'incident')} from before {one.since:%Y-%m-%d} passed over"
