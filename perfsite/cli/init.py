"""`perfsite init`: settings and workflows for a repository, asking nothing that can be found out."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project


@click.command("init")
@click.option("--ci", type=click.Choice(("github", "gitlab", "none")), help="Whose workflows to write.  [found out]")
@click.option("--benchmark-command", metavar="CMD", help="Command that runs the benchmarks.  [found out]")
@click.option("--result-file", metavar="PATH", help="File that it writes; may be a pattern.  [found out]")
@click.option("--site-url", metavar="URL", help="Where the site will stand.  [GitHub Pages' address of the repository]")
@click.option("--install", metavar="REQUIREMENT", help="What pip installs as perfsite in CI.  [this version]")
@click.option("--force", is_flag=True, help="Write over workflows that say something else.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def command(
    obj: dict[str, Path],
    ci: str | None,
    benchmark_command: str | None,
    result_file: str | None,
    site_url: str | None,
    install: str | None,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write settings and CI workflows into a project, for what its files say it measures with.

    The benchmark tool, its command and result file, the default branch and the address of the repository are found
    out. What cannot be is a line in the workflow marked FILL IN, and said. Settings that exist are left alone; without
    --force no workflow that says something else is written over, and then nothing is written at all.

    \b
    Examples:
      perfsite init
      perfsite init --benchmark-command "make bench" --result-file out/bench.json
      perfsite init --ci gitlab --dry-run
    """
    from perfsite.workflow.initialising import InitWish, Service, initialise

    wish = InitWish(
        service=Service(ci) if ci else None,
        command=benchmark_command,
        results=result_file,
        site_url=site_url,
        requirement=install,
        force=force,
        dry_run=dry_run,
    )
    done = initialise(open_project(obj["directory"], obj["config"]), wish, dict(os.environ))
    for text in done.notes:
        console.note(text)
    console.tell((), done.document, done.sentences, as_json=as_json)
