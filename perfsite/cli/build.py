"""`perfsite build`: the site from the history."""

from __future__ import annotations

from pathlib import Path

import click

from perfsite.cli import console
from perfsite.cli.console import plural
from perfsite.workflow.project import open_project


@click.command("build")
@click.option("--site-dir", type=click.Path(path_type=Path), help="Folder to build into.  [site]")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Processes that analyse.  [as many as cores for a large history, else 1]",
)
@click.option("--dask", metavar="ADDRESS", help="Analyse on a Dask cluster: tcp://HOST:PORT of its scheduler.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(obj: dict[str, Path], site_dir: Path | None, jobs: int | None, dask: str | None, as_json: bool) -> None:
    """Build the site from the whole history: directory and branch.

    Judges every run again under the present settings and writes only the pages that changed. The folder must be new,
    empty or built by perfsite; open its index.html through a web server, for example with `perfsite serve`.

    However many processes or machines analyse, the site is the same, byte for byte. --dask needs perfsite[dask] here
    and perfsite of the same version on the workers.
    """
    from perfsite.workflow.executors import Place
    from perfsite.workflow.site import build_site

    project = open_project(obj["directory"], obj["config"])
    built = build_site(project, site_dir, place=Place(jobs=jobs, dask=dask))
    for text in built.warnings:
        console.warning(text)
    if as_json:
        console.answer_json(
            {
                "version": 1,
                "site": str(built.site),
                "pages": built.pages,
                "written": built.written,
                "runs": built.runs,
                "measurements": built.measurements,
                "problems": built.problems,
                "bytes": built.size,
                "thinned": built.thinned,
                "warnings": list(built.warnings),
            }
        )
        return
    console.answer(
        f"{project.shown(built.site)}: {plural(built.pages, 'page')} from {plural(built.runs, 'run')} and "
        f"{plural(built.measurements, 'measurement')}; {plural(built.written, 'file')} written"
    )
