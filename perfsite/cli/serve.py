"""`perfsite serve`: the site on this machine, built again when something changes."""

from __future__ import annotations

from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--no-build", is_flag=True, help="Show the site as it is and do not watch.")
@click.pass_obj
def command(obj: dict[str, Path], port: int, host: str, no_build: bool) -> None:
    """Build the site, show it at http://127.0.0.1:8000/ and build again when the history or a setting changes.

    Pages that a browser shows load themselves again. Ctrl-C ends it, with exit code 0.
    """
    from perfsite.workflow.serve import serve

    directory, config = obj["directory"], obj["config"]
    project = open_project(directory, config)
    serve(
        project,
        address=(host, port),
        watch=not no_build,
        reopen=lambda: open_project(directory, config),
        say=console.note,
    )
