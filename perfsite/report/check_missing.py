"""What a contender should have measured and did not, as rows and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.run import Commit
    from perfsite.model.series import SeriesKey
    from perfsite.report.missing import Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRow:
    """A series that the contender should have and does not.

    It was measured at `last` and in none of the newest `commits` of its environment, the contender's the last of them.
    """

    benchmark: str
    parameters: tuple[tuple[str, str], ...]
    metric: str
    environment: str
    last: str
    commits: int
    has_failed: bool
    """Whether the contender tried it, and it failed or was skipped."""

    @classmethod
    def of(cls, key: SeriesKey, gone: Missing, last: Commit) -> MissingRow:
        """Return a series that went missing, last measured at a commit."""
        return cls(
            benchmark=key.benchmark,
            parameters=key.parameters,
            metric=key.metric,
            environment=key.environment,
            last=last.sha,
            commits=gone.commits,
            has_failed=gone.has_failed,
        )


def missing_notes(rows: Sequence[MissingRow]) -> list[str]:
    """Return what is missing in words: a line for each environment and commit at which it was there last."""
    grouped: dict[tuple[str, str, bool], dict[str, None]] = {}
    for row in sorted(rows, key=lambda row: (row.environment, row.commits, row.has_failed)):
        grouped.setdefault((row.environment, row.last, row.has_failed), {})[wording.short_name(row.benchmark, 60)] = (
            None
        )
    notes = []
    for (environment, last, has_failed), names in grouped.items():
        listed = ", ".join(list(names)[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        what = "failed or skipped now, but measured" if has_failed else "not measured now, but"
        notes.append(f"{what} at {last[:8]} in {environment}: {listed}")
    return notes
