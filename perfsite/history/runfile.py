"""A file of run lines on its way from one CI job to another: written by the job that measures, read as hostile data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.errors import HistoryError
from perfsite.history.shards import Appended, encoded, known_ids

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from perfsite.model.run import Run


def write_runs(path: Path, runs: Iterable[Run]) -> Appended:
    """Write runs at the end of a file, as the history has them; those that stand in it already are left out.

    Raises
    ------
    HistoryError
        A run that cannot be stored, or a file that cannot be written.
    """
    lines = encoded(runs)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else b""
        known = known_ids(before.split(b"\n"))
        fresh = {line.id: line.content for line in lines if line.id not in known}
        torn = b"\n" if before and not before.endswith(b"\n") else b""
        if fresh:
            with path.open("ab") as file:
                file.write(torn + b"".join(fresh.values()))
    except OSError as error:
        hint = "name a file in a folder that can be written"
        raise HistoryError(f"cannot be written: {error.strerror}", where=str(path), hint=hint) from error
    return Appended(written=len(fresh), known=len(lines) - len(fresh))
