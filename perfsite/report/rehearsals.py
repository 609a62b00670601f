"""What rehearsed changes showed, series by series and in one sentence for each size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.analysis.rehearsal import LATER, SIZES, Rehearsal
from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.series import SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedRow:
    """One series: what a rehearsal of it showed; None: nothing can be rehearsed in it."""

    key: SeriesKey
    rehearsal: Rehearsal | None

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as people read it; see `head`: what share is caught at first sight / after LATER runs."""
        parameters = f" ({self.key.parameter_text})" if self.key.parameters else ""
        name = (
            wording.short_name(self.key.benchmark + parameters),
            wording.short_name(self.key.metric, 40),
            self.key.environment,
        )
        found = self.rehearsal
        if found is None:
            return (*name, *([wording.NONE] * (len(SIZES) + 1)))
        shares = [f"{_share(a)} / {_share(b)}" for a, b in zip(found.first_sight, found.lasting, strict=True)]
        return (*name, *shares, f"{found.alarms} of {found.replays}")

    def document(self) -> dict[str, Any]:
        """Return the row for programs."""
        found = self.rehearsal
        return {
            "benchmark": self.key.benchmark,
            "parameters": dict(self.key.parameters),
            "metric": self.key.metric,
            "environment": self.key.environment,
            "places": 0 if found is None else found.places,
            "first_sight": None if found is None else list(found.first_sight),
            "lasting": None if found is None else list(found.lasting),
            "false_alarms": None if found is None else found.alarms,
            "replays": None if found is None else found.replays,
        }


def head() -> tuple[str, ...]:
    """Return the titles of the columns."""
    return ("benchmark", "metric", "environment", *(f"{size:.0%}".replace("%", " %") for size in SIZES), "false alarms")


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedView:
    """All series that were rehearsed; `passed_over` series were left out to keep the work within bounds."""

    rows: tuple[RehearsedRow, ...]
    passed_over: int

    @property
    def told(self) -> list[Rehearsal]:
        """Return what could be rehearsed."""
        return [row.rehearsal for row in self.rows if row.rehearsal is not None]

    def caught(self, size: int, *, at_first_sight: bool) -> int:
        """Return in how many series a change of SIZES[size] would be caught."""
        return sum(one.catches(size, at_first_sight=at_first_sight) for one in self.told)

    def sentences(self) -> list[str]:
        """Return the summary for people."""
        told = self.told
        if not told:
            return ["No series is long enough to rehearse a change in it."]
        series = wording.plural(len(told), "series", "series")
        lines = [
            f"A change of {size * 100:g} % would be caught in {self.caught(number, at_first_sight=False)} of {series} "
            f"within {LATER} runs, in {self.caught(number, at_first_sight=True)} at first sight."
            for number, size in enumerate(SIZES)
        ]
        alarms, replays = sum(one.alarms for one in told), sum(one.replays for one in told)
        share = f"{100 * alarms / replays:.1f} %"
        tried = wording.plural(replays, "replay")
        lines.append(f"Without any change {alarms} of {tried} called one all the same ({share}).")
        return lines

    def document(self) -> dict[str, Any]:
        """Return everything for programs."""
        told = self.told
        return {
            "version": 1,
            "sizes": list(SIZES),
            "later_runs": LATER,
            "rehearsed": len(told),
            "passed_over": self.passed_over,
            "caught_at_first_sight": [self.caught(size, at_first_sight=True) for size in range(len(SIZES))],
            "caught_within_later_runs": [self.caught(size, at_first_sight=False) for size in range(len(SIZES))],
            "false_alarms": sum(one.alarms for one in told),
            "replays": sum(one.replays for one in told),
            "series": [row.document() for row in self.rows],
        }


MOST_PLACES: Final = 6


def places_for(series: int, budget: int) -> int:
    """Return how many places of each series are tried so that all together stay within a budget."""
    return max(1, min(MOST_PLACES, budget // max(series, 1)))


def spaced(names: Sequence[int], most: int) -> list[int]:
    """Return at most so many of a sequence, evenly spaced, the first included.

    Examples
    --------
    >>> spaced(range(10), 4)
    [0, 2, 5, 7]
    """
    return [names[i * len(names) // most] for i in range(most)] if len(names) > most else list(names)


def _share(fraction: float) -> str:
    return f"{100 * fraction:.0f}"
