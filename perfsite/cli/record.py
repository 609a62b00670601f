"""`perfsite record`: result files in, one more run in the history."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project


@click.command("record")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "format_name", metavar="NAME", help="Format of the files, where their content does not tell.")
@click.option(
    "--environment", metavar="NAME", help="Name of the kind of machine; only runs of one are compared.  [found out]"
)
@click.option("--suite", metavar="NAME", help="Name of the suite, kept with the run.")
@click.option("--commit", "commit", metavar="REV", help="Commit that was measured.  [the file's, else HEAD]")
@click.option("--branch", metavar="NAME", help="Branch that was measured.  [found out]")
@click.option("--push", is_flag=True, help="Append to the history branch and push it, instead of to history/.")
@click.option(
    "--output",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the runs into this file instead, for an artifact that `perfsite receive` takes in.",
)
@click.option("--list-formats", is_flag=True, help="List the formats that can be read, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    files: tuple[Path, ...],
    format_name: str | None,
    environment: str | None,
    suite: str | None,
    commit: str | None,
    branch: str | None,
    push: bool,
    output: Path | None,
    list_formats: bool,
    as_json: bool,
) -> None:
    """Read result FILES of a benchmark tool and append them to the history.

    The format is recognised; commit, branch, CI run and the facts of this machine are captured. Files of one format
    become one run, those of several a run each. A repeated file is recognised and not stored again. A folder that a
    tool writes (target/criterion) counts as its result files; - is standard input.

    In CI, where the work tree is thrown away, use --push: it appends to the branch perf-history of the remote, which
    `check` and `build` read, too. Nothing else of the repository is touched.

    A job that may not write, that of a pull request above all, uses --output and uploads the file as an artifact; a
    job that may write takes it in with `perfsite receive`.
    """
    from perfsite.workflow.record import Wish, formats, record

    project = open_project(obj["directory"], obj["config"])
    if list_formats:
        found = formats(project)
        if as_json:
            rows = [{"name": name, "reads": title, "written_by": make} for name, title, make in found]
            console.answer_json({"version": 1, "formats": rows})
        else:
            console.answer(console.table(("format", "reads"), [row[:2] for row in found]))
        return
    if not files:
        raise click.UsageError("name at least one result file, for example: perfsite record bench.json")
    wish = Wish(
        format=format_name,
        environment=environment,
        suite=suite,
        commit=commit,
        branch=branch,
        push=push,
        output=output,
    )
    done = record(project, files, wish, dict(os.environ))
    console.tell(done.warnings, done.document, done.sentences, as_json=as_json)
