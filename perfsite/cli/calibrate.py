"""`perfsite calibrate`: how noisy this machine is, by running the same code several times."""

from __future__ import annotations

import os
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.workflow.project import open_project

_COMMAND = "perfsite.calibrate.command"


class _WithCommand(click.Command):
    """A command that takes another one after `--`, whatever its options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set what follows `--` aside before options are looked for."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_COMMAND] = args[at + 1 :] if at < len(args) else None
        return super().parse_args(ctx, args[:at])


@click.command("calibrate", cls=_WithCommand, options_metavar="[OPTIONS]", no_args_is_help=False)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE... | -- COMMAND...")
@click.option("--runs", "times", default=5, show_default=True, help="How often to run COMMAND, 2 to 100.")
@click.option(
    "--result", "results", multiple=True, type=click.Path(path_type=Path), help="File that COMMAND writes.  [found out]"
)
@click.option("--format", "format_name", metavar="NAME", help="Format of the files, where their content does not tell.")
@click.option("--environment", metavar="NAME", help="Environment of the runs.  [as for record]")
@click.option("--commit", metavar="REV", help="Commit that was measured.  [the file's, else HEAD]")
@click.option("--push", is_flag=True, help="Onto the history branch, instead of into history/.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    times: int,
    results: tuple[Path, ...],
    format_name: str | None,
    environment: str | None,
    commit: str | None,
    push: bool,
    as_json: bool,
) -> None:
    """Tell the noise of this machine, by several runs of the same code (A/A).

    COMMAND runs several times, without a shell, and writes its results into a file, which is told by its arguments or
    by --result; or give one FILE for each run. The runs go into the history as calibration runs: they are no points
    of a trend and no part of a baseline, but tell the noise of series that are too young to know their own. Should
    COMMAND fail, nothing is stored.

    `between runs` is the standard deviation of one run, `within` the standard error that its own samples tell, `noise
    floor` the smallest delta that these few runs could tell from chance.

    \b
    Examples:
      perfsite calibrate -- pytest --benchmark-json bench.json
      perfsite calibrate --runs 10 --result out/bench.json -- make bench
      perfsite calibrate run1.json run2.json run3.json

    \b
    Exit codes: 0  done
                2  wrong call, no such command
                3  COMMAND failed, or a file cannot be read
                4  the history cannot be written
    """
    from perfsite.report.calibration import HEAD, summary
    from perfsite.workflow.calibrating import Command, calibrate_command, calibrate_files
    from perfsite.workflow.record import Wish

    project = open_project(ctx.obj["directory"], ctx.obj["config"])
    arguments = ctx.meta[_COMMAND]
    if bool(files) == bool(arguments):
        raise click.UsageError("give either result files, or -- and a command, for example: perfsite calibrate -- make")
    wish = Wish(format=format_name, environment=environment, commit=commit, push=push)
    environ = dict(os.environ)
    if arguments:
        wanted = Command(arguments=arguments, results=results, times=times, say=console.note)
        done = calibrate_command(project, wanted, wish, environ)
    else:
        done = calibrate_files(project, files, wish, environ)
    for text in done.warnings:
        console.warning(text)
    if as_json:
        console.answer_json(done.document())
        return
    console.answer(console.table(HEAD, [row.cells for row in done.rows], right=(2, 3, 4, 5)))
    console.answer("")
    console.answer(summary(done.rows))
    console.answer(f"{console.plural(done.written, 'calibration run')} at {done.sha[:8]} appended to {done.place}")
