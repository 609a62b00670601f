"""The hints of a history, found by benchmark, by commit and by change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.model.hint import Hint
    from perfsite.model.series import SeriesKey


class HintIndex:
    """Hints by what pages ask for; each list in the order the hints were found."""

    def __init__(self, hints: Sequence[Hint]) -> None:
        self._hints = hints

    @cached_property
    def by_benchmark(self) -> Mapping[str, Sequence[Hint]]:
        """Return the hints on what is open or stands, by benchmark."""
        grouped: dict[str, list[Hint]] = {}
        for hint in self._hints:
            if hint.is_current:
                for benchmark in sorted({key.benchmark for key in hint.series}):
                    grouped.setdefault(benchmark, []).append(hint)
        return grouped

    @cached_property
    def by_commit(self) -> Mapping[int, Sequence[Hint]]:
        """Return the hints on what changed at each commit."""
        grouped: dict[int, list[Hint]] = {}
        for hint in self._hints:
            if hint.commit is not None:
                grouped.setdefault(hint.commit, []).append(hint)
        return grouped

    @cached_property
    def by_change(self) -> Mapping[tuple[int, SeriesKey], Sequence[Hint]]:
        """Return the hints on what changed, by commit and series."""
        grouped: dict[tuple[int, SeriesKey], list[Hint]] = {}
        for commit, hints in self.by_commit.items():
            for hint in hints:
                for key in hint.series:
                    grouped.setdefault((commit, key), []).append(hint)
        return grouped
