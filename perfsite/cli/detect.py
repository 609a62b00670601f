"""`perfsite detect`: change points of numbers from anywhere."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click

from perfsite.cli import console
from perfsite.errors import ConfigError


@click.command("detect")
@click.argument("file", default="-", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--sensitivity", type=float, default=1.0, metavar="FACTOR", help="Above 1: fewer, surer change points.  [1.0]"
)
@click.option("--json", "as_json", is_flag=True, help="Answer one JSON document a line: size, interval, confidence.")
def command(file: Path, sensitivity: float, as_json: bool) -> int:
    """Find where the level of numbers changed and stayed.

    FILE (-: standard input) has one series a line, oldest number first: a JSON array, or an object with "values" and,
    where known, "environments" (the machine of each number, a text or a number) and "standard_errors". The answer has
    one line for each: a JSON array of the positions, counted from 0, of the first number of each new level. null and
    NaN are gaps: passed over, but counted. Blank lines are passed over.

    \b
    Examples:
      echo '[10, 10.2, 9.9, 10.1, 10, 12.1, 12, 11.8, 12.2, 12]' | perfsite detect
      perfsite detect --json numbers.jsonl

    \b
    Exit codes: 0  every line is answered
                2  wrong call
                3  the file cannot be read, or a line is not numbers; the lines
                   before it are answered
    """
    from perfsite.workflow.detecting import detect_lines

    if not (math.isfinite(sensitivity) and sensitivity > 0):
        raise ConfigError(f"--sensitivity: expected a number above 0, found {sensitivity}", hint="1.0 is the usual one")
    for detected in detect_lines(None if str(file) == "-" else file, sensitivity=sensitivity):
        console.answer(json.dumps(detected.document() if as_json else detected.indices, allow_nan=False))
    return 0
