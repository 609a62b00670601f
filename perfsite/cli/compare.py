"""`perfsite compare`: any two of commits, tags, branches, runs and result files."""

from __future__ import annotations

import math
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

_FORMATS = ("text", "markdown", "html", "json", "csv")
_ENDINGS = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json", ".csv": "csv"}


@click.command("compare")
@click.argument("base")
@click.argument("head")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="Form of the answer.  [as the ending of the file says, else text]",
)
@click.option("--benchmark", metavar="GLOB", default="*", help="Only these benchmarks.")
@click.option("--metric", metavar="GLOB", default="*", help="Only these metrics.")
@click.option("--environment", metavar="NAME", help="Only this environment (a glob); that of the files, too.")
@click.option("--input-format", metavar="NAME", help="Format of the files, where their content does not tell.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1000, min_open=True),
    metavar="PERCENT",
    help="Smallest difference that counts.  [the smallest severity, 2]",
)
@click.option("--all", "every", is_flag=True, help="Show every series, also those without change.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write instead.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON; the same as --format json.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    /,
    base: str,
    head: str,
    form: str | None,
    benchmark: str,
    metric: str,
    environment: str | None,
    input_format: str | None,
    threshold: float | None,
    every: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Compare HEAD with BASE: each a commit, tag, branch, stored run, or result file.

    Two commits of the default branch are compared by their levels, as releases are, with what the whole history says of
    what lies between them. Runs, files and pull requests are compared by their values: the noise is the history's where
    it has the series, else that of the samples; where nothing tells it, nothing can be told from chance.

    \b
    Examples:
      perfsite compare v1.2 main
      perfsite compare before.json after.json
      perfsite compare main bench.json --format markdown

    \b
    Exit codes: 0  compared, whatever it says (`perfsite check` judges)
                2  wrong call: no such commit, run or file
                3  unreadable file, 4  no history, 5  the file cannot be written
    """
    from perfsite.errors import ConfigError
    from perfsite.model.event import SeriesSelector
    from perfsite.model.run import is_environment_name
    from perfsite.workflow.comparing import CompareWish, compare, written
    from perfsite.workflow.new_file import write_text

    if as_json and form not in (None, "json"):
        raise ConfigError(f"--json and --format {form} do not go together", hint="give one of them")
    if threshold is not None and math.isnan(threshold):
        raise ConfigError("--threshold: expected a number above 0, found nan", hint="5 stands for 5 %")
    chosen = "json" if as_json else form or (_ENDINGS.get(output.suffix.lower()) if output else None) or "text"
    project = open_project(obj["directory"], obj["config"])
    wish = CompareWish(
        series=SeriesSelector(benchmark=benchmark, metric=metric, environment=environment or "*"),
        environment=environment if environment is not None and is_environment_name(environment) else None,
        format=input_format,
        least=None if threshold is None else threshold / 100,
    )
    compared = compare(project, base, head, wish)
    for warning in compared.warnings:
        console.warning(warning)
    content = written(compared, chosen, project, every=every)
    if output is None:
        console.answer(content.rstrip("\n"))
        return
    write_text(output, content)
    console.note(f"{output}: {chosen}")
