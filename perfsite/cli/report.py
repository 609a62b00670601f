"""`perfsite report`: the executive summary for people who will not open the site."""

from __future__ import annotations

from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

_FORMATS = ("text", "markdown", "html", "json", "csv")
_ENDINGS = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json", ".csv": "csv"}


@click.command("report")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="Form of the answer.  [as the ending of the file says, else text]",
)
@click.option("--since", metavar="DATE|TAG|30d", help="What the changes are told of.  [30 days to the newest commit]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write instead.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON; the same as --format json.")
@click.pass_obj
def command(obj: dict[str, Path], form: str | None, since: str | None, output: Path | None, as_json: bool) -> None:
    """Sum up for people who will not open the site: what changed, what it costs, what to do.

    The same as the site's summary page, for any time. Text has 80 columns; Markdown is for a wiki or an issue, HTML is
    one file without scripts to mail or print, CSV and JSON are for programs. Nothing of a benchmark's name becomes
    markup, a mention or a formula.

    \b
    Examples:
      perfsite report
      perfsite report --since v1.2 --format markdown
      perfsite report --since 2026-05-01 -o summary.html

    \b
    Exit codes: 0  written, whatever it says (`perfsite check` judges)
                2  wrong call: no such day or release
                4  the history cannot be read
                5  the file cannot be written
    """
    from perfsite.errors import ConfigError
    from perfsite.workflow.new_file import write_text
    from perfsite.workflow.reporting import report

    if as_json and form not in (None, "json"):
        raise ConfigError(f"--json and --format {form} do not go together", hint="give one of them")
    chosen = "json" if as_json else form or (_ENDINGS.get(output.suffix.lower()) if output else None) or "text"
    reported = report(open_project(obj["directory"], obj["config"]), form=chosen, since=since)
    for warning in reported.warnings:
        console.warning(warning)
    if output is None:
        console.answer(reported.content.rstrip("\n"))
        return
    write_text(output, reported.content)
    console.note(f"{output}: {chosen}, {reported.view.period.title}")
