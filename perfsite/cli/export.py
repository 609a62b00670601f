"""`perfsite export`: the judged history for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from perfsite.cli import console
from perfsite.cli.selecting import chosen, series_options
from perfsite.workflow.project import open_project

_FORMATS = ("parquet", "csv", "jsonl", "openmetrics", "grafana")
_POINTS = _FORMATS[:3]


@click.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice(_FORMATS))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write instead.")
@series_options
@click.option("--since", metavar="DATE|TAG|30d", help="Only points after that.  [all]")
@click.option("--site-url", metavar="URL", help="Where the site stands, for grafana.  [as the project says]")
@click.option("--json", "as_json", is_flag=True, help="Say as JSON what was written; needs --output.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    /,
    form: str,
    output: Path | None,
    since: str | None,
    site_url: str | None,
    as_json: bool,
    **globs: str | None,
) -> None:
    """Export what was measured and judged, for notebooks, databases and dashboards.

    parquet, csv and jsonl have a row for each point: value and its spread, baseline, delta, noise floor, verdict,
    commit, run. openmetrics is every series as it stands, for Prometheus; the site publishes it as data/metrics.txt.
    grafana is a dashboard to import, which reads the published site through the Infinity data source.

    These are judged points: runs of one commit are one, under the present settings. The runs themselves are the lines
    of history/. parquet needs perfsite[parquet].

    \b
    Examples:
      perfsite export parquet -o points.parquet
      perfsite export csv --benchmark 'parse/*' --since v1.2 > points.csv
      perfsite export openmetrics -o /var/lib/node_exporter/perfsite.prom
      perfsite export grafana -o dashboard.json

    \b
    Exit codes: 0  written
                2  wrong call, no series is selected, or pyarrow is missing
                4  no history, 5  the file cannot be written
    """
    from perfsite.errors import ConfigError
    from perfsite.workflow.exporting import export
    from perfsite.workflow.new_file import new_file

    if since is not None and form not in _POINTS:
        raise ConfigError(f"--since chooses points, and {form} has none", hint="leave it out")
    if as_json and output is None:
        raise ConfigError("--json tells of a file", hint="name one with --output")
    if form == "parquet" and output is None and console.is_terminal():
        raise ConfigError("Parquet is no text for a terminal", hint="name a file with --output")
    project = open_project(obj["directory"], obj["config"])
    with new_file(output) as file:
        done = export(project, form, file, selector=chosen(globs), since=since, site_url=site_url)
        if output is None:
            console.answer_file(file)
    for text in done.warnings:
        console.warning(text)
    for text in done.notes:
        console.note(text)
    if as_json:
        console.answer_json({"version": 1, "format": form, "file": str(output), **done.document()})
    elif output is not None:
        console.note(f"{output}: {done.sentence}")
