"""`perfsite comment`: what a commit did to performance, for the pull request that it belongs to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfsite.cli import console
from perfsite.config.comments import GATES
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from perfsite.workflow.commenting import Commented
    from perfsite.workflow.posting import Delivered


@click.command("comment")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "format_name", metavar="NAME", help="Format of the files, where their content does not tell.")
@click.option("--environment", metavar="NAME", help="Environment of the files.  [as for record]")
@click.option("--commit", metavar="REV", help="Measured commit to tell of.  [that of the FILES, else the newest]")
@click.option("--base", metavar="REV", help="Commit to compare with.  [the merge base]")
@click.option("--site-url", metavar="URL", help="Address of the site.  [mkdocs.yml, settings, GitHub or GitLab Pages]")
@click.option("--post", is_flag=True, help="Create or update the one comment of the pull request.")
@click.option("--pull-request", type=click.IntRange(1), metavar="N", help="Its number.  [the job's, or the commit's]")
@click.option("--check-run", is_flag=True, help="Tell the commit, with remarks beside benchmarks that regressed.")
@click.option("--status", is_flag=True, help="Tell the commit in one line; for tokens that may not write checks.")
@click.option("--summary", is_flag=True, help="Write into the summary of the GitHub job; needs no token.")
@click.option("--fail-on", type=click.Choice(GATES), help="What fails.  [as the settings say, else rules]")
@click.option("--name", metavar="TEXT", help="Name that tells several comments and checks of a project apart.")
@click.option("--exit-zero", is_flag=True, help="Answer 0, not 1, where something fails.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    files: tuple[Path, ...],
    format_name: str | None,
    environment: str | None,
    commit: str | None,
    base: str | None,
    site_url: str | None,
    post: bool,
    pull_request: int | None,
    check_run: bool,
    status: bool,
    summary: bool,
    fail_on: str | None,
    name: str | None,
    exit_zero: bool,
    as_json: bool,
) -> int:
    """Tell what a commit did to performance, as the Markdown of a comment, and post it where it is wanted.

    Told of are FILES, as `perfsite check` judges them, else the measured commit that --commit names, else the newest
    run. Without a place to post to, the Markdown is printed. A pull request gets exactly one comment, which later runs
    update; where nothing changed, none is made ([comment] in perfsite.toml), but one that is there says so.

    \b
    Examples:
      perfsite comment bench.json
      perfsite comment bench.json --summary
      perfsite comment --commit 1a2b3c4d --pull-request 7 --post --check-run

    \b
    Exit codes: 0  nothing fails, and all was delivered
                1  something fails, whether or not all was delivered
                2  wrong call or settings, 3  unreadable file, 4  no history
                5  nothing fails, but something could not be delivered; the rest was
    """
    from perfsite.errors import DeliveryError
    from perfsite.workflow.commenting import CommentWish, comment
    from perfsite.workflow.posting import Places, deliver

    wish = CommentWish(
        files=files,
        format=format_name,
        environment=environment,
        commit=commit,
        base=base,
        site_url=site_url,
        fail_on=fail_on,
        name=name,
    )
    places = Places(
        comment=post, check_run=check_run, status=status, summary=summary, pull_request=pull_request, name=name
    )
    project, environ = open_project(obj["directory"], obj["config"]), dict(os.environ)
    made = comment(project, wish, environ)
    done = deliver(project, made, places, environ)
    _tell(made, done, as_json=as_json)
    if made.view.fails and not exit_zero:
        return 1
    return DeliveryError.exit_code if done.failures else 0


def _tell(made: Commented, done: Delivered, *, as_json: bool) -> None:
    """Print the comment, or what became of it where it was posted."""
    for text in made.checked.warnings:
        console.warning(text)
    for text in made.checked.notes:
        console.note(text)  # a quiet comment has no room for them: that another commit is checked out, for example
    if as_json:
        console.answer_json({**made.view.document(), "delivered": [told.document() for told in done.told]})
    elif done.told:
        console.answer(made.view.sentence)
        for told in done.told:
            console.answer(told.sentence)
    else:
        console.answer(made.markdown.rstrip("\n"))
    for failure in done.failures:
        console.failure(failure)
