"""The list of all benchmarks: in the groups of the site, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.report import wording
from perfsite.report.benchmark_words import benchmark_state
from perfsite.report.benchmarks import is_standing, series_counts
from perfsite.report.grouping import OTHERS, benchmark_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.report.context import Context
    from perfsite.report.views import SeriesRow

MOST_OPEN: Final = 60
"""Benchmarks up to which every group is shown unfolded."""
_WORDS: Final = {"regression": "regressed", "improvement": "improved", "unsure": "unsure", "retired": "retired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkLine:
    """One benchmark: `state` is its worst verdict or `retired`, `delta` the delta of its worst series where that moved.

    `since` is the date where its worst series' regression began; empty for all else. `rank` is its place among all, the
    most urgent first, from 0: what regressed more than half a year ago comes after what is well.
    """

    name: str
    url: str
    state: str
    delta: str
    since: str
    series: int
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkGroup:
    """Benchmarks that belong together, the worst first; `summary` says how they stand, `state` is the worst of them."""

    name: str
    summary: str
    state: str
    lines: tuple[BenchmarkLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkListView:
    """The list of benchmarks; one group without a name where they fall into none."""

    sentence: str
    count: int
    groups: tuple[BenchmarkGroup, ...]

    @property
    def is_open(self) -> bool:
        """Whether the groups are few enough in lines to be shown unfolded."""
        return self.count <= MOST_OPEN


def benchmark_list(context: Context, rows: Mapping[int, SeriesRow]) -> BenchmarkListView:
    """Return the list of all benchmarks that have a point; `rows` are those of their series by number."""
    members: dict[str, list[int]] = {}
    for number, row in rows.items():
        members.setdefault(row.benchmark, []).append(number)
    lines = _lines(rows, members)
    group_of = benchmark_groups(context, members)
    grouped: dict[str, list[BenchmarkLine]] = {}
    for line in lines:
        grouped.setdefault(group_of[line.name], []).append(line)
    groups = [_group(name, one) for name, one in grouped.items()]
    groups.sort(key=lambda group: (group.name == OTHERS, group.lines[0].rank, group.name))
    return BenchmarkListView(sentence=_sentence(lines), count=len(lines), groups=tuple(groups))


def _lines(rows: Mapping[int, SeriesRow], members: Mapping[str, Sequence[int]]) -> list[BenchmarkLine]:
    """Return the benchmarks, the most urgent first: by their worst series, then by name."""
    ordered = {name: sorted((rows[number] for number in numbers), key=_rank) for name, numbers in members.items()}
    names = sorted(ordered, key=lambda name: (ordered[name][0].rank, name))
    return [_line(name, ordered[name], place) for place, name in enumerate(names)]


def _rank(row: SeriesRow) -> int:
    return row.rank


def _line(name: str, own: Sequence[SeriesRow], place: int) -> BenchmarkLine:
    worst = own[0]
    state = "retired" if worst.retired else benchmark_state(series_counts(own, [is_standing(row) for row in own]))
    moved = next((row for row in own if row.verdict == state), None)
    is_told = moved is not None and state in ("regression", "improvement")
    # Where many runs show it and the newest alone does not, its delta would speak against the verdict.
    return BenchmarkLine(
        name=name,
        url=worst.url,
        state=state,
        delta=moved.delta if moved is not None and is_told and not moved.level else "",
        since=moved.since.date if moved is not None and is_told and moved.since else "",
        series=len(own),
        rank=place,
    )


def _group(name: str, lines: Sequence[BenchmarkLine]) -> BenchmarkGroup:
    state = next((state for state in _WORDS if any(line.state == state for line in lines)), "no-change")
    return BenchmarkGroup(name=name, summary=_summary(lines), state=state, lines=tuple(lines))


def _summary(lines: Sequence[BenchmarkLine]) -> str:
    """Return how many benchmarks stand how: `12 benchmarks: 2 regressed, 1 unsure`."""
    counts = {state: sum(line.state == state for line in lines) for state in _WORDS}
    told = [f"{wording.count_text(count)} {_WORDS[state]}" for state, count in counts.items() if count]
    benchmarks = wording.plural(len(lines), "benchmark")
    return f"{benchmarks}: {', '.join(told)}" if told else benchmarks


def _sentence(lines: Sequence[BenchmarkLine]) -> str:
    return f"{_summary(lines)}." if lines else "Nothing was measured yet."
