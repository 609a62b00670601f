"""`perfsite notes`: the performance section of release notes."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

_ENDINGS = {".txt": "text", ".json": "json"}


@click.command("notes")
@click.argument("revisions", nargs=-1, metavar="[[FROM] TO]")
@click.option("--post", is_flag=True, help="Put the section into the GitHub release of the tag TO.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("markdown", "text", "json")),
    help="Form of the answer.  [as the ending of the file says, else markdown]",
)
@click.option(
    "--heading", "level", type=click.IntRange(0, 6), default=2, show_default=True, help="Level of the heading; 0: none."
)
@click.option("--title", default="Performance", show_default=True, help="Text of the heading.")
@click.option("--site-url", metavar="URL", help="Where the site stands, for links.  [as the project says]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write instead.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON; the same as --format json.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    revisions: tuple[str, ...],
    post: bool,
    form: str | None,
    level: int,
    title: str,
    site_url: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Tell what changed between two releases, ready to paste: mean, movers with their noise, commits, links.

    FROM and TO are tags, branches or commits. TO alone is compared with the release before it; without both, the newest
    release with the one before. The numbers are those of the site's release page. Of a commit that was not measured,
    the newest measured one before it stands for it, and that is said.

    --post replaces the section that an earlier post put there, between its two marks, and nothing else; it needs
    GITHUB_TOKEN with `contents: write` and GITHUB_REPOSITORY.

    \b
    Examples:
      perfsite notes v1.1 v1.2
      perfsite notes v1.2 HEAD               what is not released yet
      perfsite notes "$GITHUB_REF_NAME" --post

    \b
    Exit codes: 0  told, whatever it says (`perfsite check` judges)
                2  wrong call, a name that means nothing here, or a clone too shallow to tell
                4  no history, 5  GitHub refused, or the file cannot be written
    """
    from perfsite.errors import ConfigError
    from perfsite.workflow.new_file import write_text
    from perfsite.workflow.notes import NotesWish, notes

    if len(revisions) > 2:
        raise ConfigError(f"{len(revisions)} names were given", hint="perfsite notes FROM TO")
    if as_json and form not in (None, "json"):
        raise ConfigError(f"--json and --format {form} do not go together", hint="give one of them")
    old, new = (revisions[0], revisions[1]) if len(revisions) == 2 else (None, *revisions, None)[:2]
    wish = NotesWish(old=old, new=new, title=title, level=level, site_url=site_url)
    noted = notes(open_project(obj["directory"], obj["config"]), wish)
    for text in noted.warnings:
        console.warning(text)
    for text in (*noted.view.remarks, *noted.notes):
        console.note(text)
    if post:
        from perfsite.forges.github import github_of
        from perfsite.workflow.posting_notes import post_notes

        posted = post_notes(noted, github_of(os.environ), title=title, level=level)
        noted = noted.posted(posted)
        console.note(f"{posted.outcome}: {posted.url}")
    chosen = "json" if as_json else form or (_ENDINGS.get(output.suffix.lower()) if output else None) or "markdown"
    content = noted.written(chosen)
    if output is None:
        console.answer(content.rstrip("\n"))
        return
    write_text(output, content)
    console.note(f"{output}: {chosen}")
