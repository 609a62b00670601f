"""What people see: answers on standard output, everything else on standard error."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from perfsite.errors import DeliveryError

if TYPE_CHECKING:
    from perfsite.errors import PerfsiteError

_BAR: Final = 24
"""How many characters the bar of a progress has."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_COMMAND: Final = re.compile(r"(?m)^([^\S\n]*:)(?=:)|(#)(?=#\w*\[)")
"""What the log of a CI job may take for a command: `::name::` after white space, `##[name]`, `##vso[name]` anywhere."""
_GAP: Final = "\u200b"


def printable(text: str) -> str:
    """Return text that a terminal shows and does not obey: control and direction characters become `?`."""
    return _CONTROL.sub("?", text)


def logged(text: str) -> str:
    """Return printable text in which the log of a CI job finds no command; elsewhere logs know none.

    A benchmark may be called `##[set-output name=sha]…`, and GitHub's runner would set that output of the step.
    """
    shown = printable(text)
    if not any(os.environ.get(name) for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")):
        return shown
    return _COMMAND.sub(lambda match: f"{match[0]}{_GAP}", shown)


class LogFormatter(logging.Formatter):
    """Lines of the log, tracebacks among them, as harmless as everything else that is shown."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return logged(super().format(record))


def answer(text: str) -> None:
    """Print what was asked for."""
    _print(logged(text))


def answer_json(document: dict[str, Any]) -> None:
    """Print what was asked for as one JSON document."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    # The same document, in which the log of a CI job finds no command; see `logged`.
    _print(re.sub(r"#(?=#\w*\[)", r"\\u0023", text))


def answer_file(file: BinaryIO) -> None:
    """Pass on what was asked for, all bytes of a file; a terminal is shown text that it does not obey."""
    file.seek(0)
    for chunk in iter(lambda: file.read(1 << 20), b""):
        if sys.stdout.isatty():
            _print(printable(chunk.decode(errors="replace")), end="")
        else:
            _print(chunk, end="")


def is_terminal() -> bool:
    """Whether answers go to a terminal."""
    return sys.stdout.isatty()


def _print(text: str | bytes, *, err: bool = False, end: str = "\n") -> None:
    """Print; a reader that has gone (`perfsite check | head -1`) changes nothing, the exit code least of all."""
    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(text, nl=end == "\n", err=err, color=_colour(stream))
    except OSError as error:
        # What is still to be said goes nowhere, or Python would stumble over it again at the end.
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)
        if error.errno != errno.EPIPE and not err:
            hint = "see that there is room where it goes; what the command stored or built is complete"
            raise DeliveryError(
                f"the answer cannot be written: {error.strerror}", where="standard output", hint=hint
            ) from error


def aside(text: str) -> None:
    """Print beside the answer."""
    _print(logged(text), err=True)


def note(text: str) -> None:
    """Say something beside the answer."""
    aside(f"note: {text}")


def warning(text: str) -> None:
    """Say something that may be wrong."""
    aside(f"warning: {text}")


def tell(
    warnings: Sequence[str],
    document: Callable[[], dict[str, Any]],
    sentences: Callable[[], Sequence[str]],
    *,
    as_json: bool,
) -> None:
    """Say what was done: what may be wrong beside it, and the answer as one document or as sentences."""
    for text in warnings:
        warning(text)
    if as_json:
        answer_json(document())
        return
    for text in sentences():
        answer(text)


def failure(error: PerfsiteError) -> None:
    """Say what is wrong, where, and what to do next."""
    lines = str(error).splitlines() or ["unknown"]
    for line in lines:
        _print(f"{_red('error:')} {logged(line)}", err=True)
    if error.hint:
        _print(f"hint: {logged(error.hint)}", err=True)


def _red(text: str) -> str:
    return click.style(text, fg="red", bold=True) if _colour(sys.stderr) else text


def _colour(stream: Any) -> bool:
    """Whether to colour: on a terminal only, and `NO_COLOR` wins."""
    return not os.environ.get("NO_COLOR") and bool(getattr(stream, "isatty", lambda: False)())


def plural(n: int, one: str) -> str:
    """Return a count with its noun: `1 run`, `1,234 runs`."""
    return f"{n:,} {one}" if n == 1 else f"{n:,} {one}s"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return rows as a table of aligned columns, `right` naming the columns of numbers."""
    cells = [[printable(cell).replace("\n", " ") for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = []
    for row in cells:
        padded = [cell.rjust(widths[i]) if i in right else cell.ljust(widths[i]) for i, cell in enumerate(row)]
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def progress(what: str) -> Callable[[int, int], None] | None:
    """Return a function that shows how far long work is, on a terminal only and after one second; else None."""
    if not sys.stderr.isatty():
        return None
    began = time.monotonic()
    shown = [0.0]

    def show(done: int, total: int) -> None:
        now = time.monotonic()
        if now - began < 1 or (now - shown[0] < 0.1 and done != total):
            return
        shown[0] = now
        share = done / total if total else 1.0
        bar = "#" * round(share * _BAR) + "-" * (_BAR - round(share * _BAR))
        left = f"{(now - began) * (1 - share) / share:.0f} s left" if 0 < share < 1 else "         "
        end = "\n" if done == total else ""
        click.echo(f"\r{what} [{bar}] {done:,} of {total:,}  {left:<12}{end}", nl=False, err=True)

    return show
