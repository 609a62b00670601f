"""`perfsite comment`: what a commit did to performance, for the pull request that it belongs to."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.config.comments import GATES
from perfsite.workflow.project import open_project


@click.command("comment")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "format_name", metavar="NAME", help="Format of the files, where their content does not tell.")
@click.option("--environment", metavar="NAME", help="Environment of the files.  [as for record]")
@click.option("--commit", metavar="REV", help="Measured commit to tell of.  [that of the FILES, else the newest]")
@click.option("--base", metavar="REV", help="Commit to compare with.  [the merge base]")
@click.option("--site-url", metavar="URL", help="Address of the site.  [mkdocs.yml, settings, or GitHub Pages]")
@click.option("--fail-on", type=click.Choice(GATES), help="What fails.  [as the settings say, else rules]")
@click.option("--name", metavar="TEXT", help="Name that tells several comments and checks of a project apart.")
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
    fail_on: str | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Write the comment."""
    from perfsite.workflow.commenting import Wish, comment

    wish = Wish(
        files=files,
        format=format_name,
        environment=environment,
        commit=commit,
        base=base,
        site_url=site_url,
        fail_on=fail_on,
        name=name,
    )
    project = open_project(obj["directory"], obj["config"])
    made = comment(project, wish, dict(os.environ))
    if as_json:
        console.answer_json(made.view.document())
    else:
        console.answer(made.markdown.rstrip("\n"))
    return 1 if made.view.fails else 0
