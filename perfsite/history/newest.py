"""The newest run of each suite and environment, samples and all: a reading of a whole history leaves samples out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.errors import HistoryError
from perfsite.history.codec import decode
from perfsite.model.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from perfsite.history.shards import StoredLine
    from perfsite.model.run import Run


class NewestLines:
    """The lines of the newest runs, as a reading passes them: one line an environment and suite is all that is kept."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[datetime, str, StoredLine]] = {}

    def see(self, run: Run, line: StoredLine) -> None:
        """Take note of a run and the line it was read from; runs of pull requests are passed over."""
        if run.pull_request is not None:
            return
        key, rank = (run.environment.name, run.suite or ""), (run.time, run.id or "")
        if key not in self._found or rank > self._found[key][:2]:
            self._found[key] = (*rank, line)

    def runs(self, problems: list[Problem]) -> list[Run]:
        """Return the newest runs with their samples; one whose samples cannot be read is added to `problems`."""
        runs = []
        for _, (_, _, line) in sorted(self._found.items()):
            try:
                runs.append(decode(line.content, where=line.where))
            except HistoryError as error:
                problems.append(Problem(where=line.where, problem=error.problem, hint=error.hint))
        return runs
