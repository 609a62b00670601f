"""The command group: commands imported only when called, and every exit code in one place."""

from __future__ import annotations

import gc
import importlib
import logging
import sys
from pathlib import Path
from typing import Any, Final

import click

from perfsite import __version__
from perfsite.cli import console
from perfsite.errors import ConfigError, PerfsiteError

_log = logging.getLogger(__name__)
COMMANDS: Final = {
    "init": ("perfsite.cli.init", "Write settings and CI workflows into a project."),
    "record": ("perfsite.cli.record", "Read result files and append one run to the history."),
    "receive": ("perfsite.cli.receive", "Take in what an unprivileged CI run measured."),
    "remeasure": ("perfsite.cli.remeasure", "Have a pull request measured again, for a comment in it."),
    "import": ("perfsite.cli.import_", "Bring in a whole history from another tool."),
    "check": ("perfsite.cli.check", "Judge the newest run, or files, against the baseline."),
    "comment": ("perfsite.cli.comment", "Write what a commit did, for its pull request; post it."),
    "compare": ("perfsite.cli.compare", "Compare any two commits, tags, branches, runs or files."),
    "baseline": ("perfsite.cli.baseline", "Show baselines; accept a worse level, pin, unpin."),
    "thresholds": ("perfsite.cli.thresholds", "Show what each series is held to, and what that would catch."),
    "incidents": ("perfsite.cli.incidents", "List what changed; acknowledge or ignore it."),
    "calibrate": ("perfsite.cli.calibrate", "Tell the noise of this machine by several runs of the same code."),
    "detect": ("perfsite.cli.detect", "Find the change points of numbers from anywhere."),
    "build": ("perfsite.cli.build", "Build the site from the history."),
    "notify": ("perfsite.cli.notify", "Tell channels of incidents, once each."),
    "report": ("perfsite.cli.report", "Sum up what changed, what it costs and what to do."),
    "notes": ("perfsite.cli.notes", "Write the performance section of release notes; --post puts it there."),
    "export": ("perfsite.cli.export", "Export judged points, metrics for Prometheus, a Grafana dashboard."),
    "rejudge": ("perfsite.cli.rejudge", "Show what two configurations say differently."),
    "serve": ("perfsite.cli.serve", "Build the site and show it on this machine."),
}
"""Name: module and one line; `--help` of the group needs no command's module."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, importing its module."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-C",
    "directory",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Folder of the project; files named after it stay those of here.  [.]",
)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Settings file.  [site_config/perfsite.toml]"
)
@click.option("-v", "verbose", count=True, help="Say more; twice: everything.")
@click.version_option(__version__, prog_name="perfsite")
@click.pass_context
def cli(ctx: click.Context, directory: Path, config_file: Path | None, verbose: int) -> None:
    """Benchmark results in, a published performance site with trusted verdicts out.

    \b
    First steps in a project that writes pytest-benchmark results:
      pytest --benchmark-json bench.json
      perfsite record bench.json     append a run to history/
      perfsite build                 build the site into site/
      perfsite serve                 look at it
    """
    if ctx.invoked_subcommand is None:
        console.aside(ctx.get_help())
        ctx.exit(ConfigError.exit_code)
    log = logging.StreamHandler(sys.stderr)
    log.setFormatter(console.LogFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=(logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)], handlers=[log])
    ctx.obj = {"directory": directory, "config": config_file}


def main() -> None:
    """Run the command line and answer with the exit code that fits.

    0 nothing wrong, 1 a regression that a rule fails, 2 usage or configuration, 3 input, 4 history, 5 delivery,
    70 a bug in perfsite, 130 interrupted. 1 is an answer; no failure may use it.
    """
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; see `main`."""
    # What a command makes mostly lives until it ends; the usual hunt for garbage costs a build 5 % of its time.
    gc.set_threshold(100_000, 20, 100)
    try:
        code: Any = cli.main(arguments, prog_name="perfsite", standalone_mode=False)
    except Exception as error:  # noqa: BLE001  # the one place that turns whatever went wrong into an exit code
        return _failed(error)
    except KeyboardInterrupt:
        return _failed(click.Abort())
    except SystemExit:
        # click's own way out, with code 1, when the reader of its help texts has gone; nothing was asked but to print.
        return 0
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    """Say what went wrong and return its exit code."""
    match error:
        case PerfsiteError():
            console.failure(error)
            return error.exit_code
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "perfsite"
            console.failure(ConfigError(error.format_message().rstrip("."), hint=f"see `{command} --help`"))
            return ConfigError.exit_code
        case click.Abort():
            console.aside("interrupted")
            return 130
        case _:
            _log.error("perfsite %s met a bug; please report it with these lines", __version__, exc_info=error)
            return 70
