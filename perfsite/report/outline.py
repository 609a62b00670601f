"""The executive summary as sections of sentences and small tables: what Markdown, text and mailed HTML are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.report.summary_views import MoverRow, SummaryView

MONTHS_TITLE: Final = "Month by month"
GROUPS_NOTE: Final = (
    "Geometric means of the levels now by those of then, with their 95 % intervals; where a group's metrics differ in "
    "which way is better, + is worse."
)
VERDICT_WORDS: Final = {"regression": "worse", "improvement": "better", "unsure": "unsure", "no-change": "no change"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A text with the page that it leads to, relative to the site, and a second line in small print."""

    text: str
    url: str = ""
    note: str = ""
    state: str = ""
    """A verdict's name, for the colour; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A small table; `right` are the columns of numbers, `tight` those of words that are not to be broken."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: frozenset[int] = frozenset()
    tight: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section: sentences, a numbered list, a table, each of which may be empty; `after` is what follows them."""

    title: str
    lines: tuple[str, ...] = ()
    steps: tuple[Cell, ...] = ()
    grid: Grid | None = None
    after: tuple[str, ...] = ()


def outline(view: SummaryView) -> Iterator[Part]:
    """Yield the sections of a summary, the first to read first; what has nothing to say is left out or says so."""
    yield _to_do(view)
    yield _changed(view)
    for title, rows, count in (("Worse", view.worse, view.worse_count), ("Better", view.better, view.better_count)):
        if rows:
            yield Part(title=title, grid=_movers(rows), after=_rest(rows, count))
    if view.groups:
        yield Part(
            title="By group",
            lines=(GROUPS_NOTE,),
            grid=_groups(view),
            after=_more(view.groups_rest, "group", "moved less"),
        )
    yield _costs(view)
    if view.incidents:
        lines = tuple(
            (
                Cell(text=line.sentence, url=line.url, state=line.colour),
                Cell(text=line.commit.date or line.commit.short),
                Cell(text=line.state),
            )
            for line in view.incidents
        )
        yield Part(
            title="Open incidents",
            grid=Grid(head=("incident", "since", "state"), rows=lines, tight=frozenset({1, 2})),
            after=_more(view.open_incidents - len(lines), "incident", "ranks lower", "rank lower"),
        )
    if view.months:
        yield _months(view)
    yield Part(title="How far the data goes", lines=view.quality)


def _more(count: int, one: str, how: str, many: str = "") -> tuple[str, ...]:
    return (f"{wording.plural(count, f'more {one}')} {how if count == 1 or not many else many}.",) if count > 0 else ()


def _rest(rows: Sequence[MoverRow], count: int) -> tuple[str, ...]:
    rest = count - sum(1 + row.others for row in rows)
    return (f"{wording.plural(rest, 'more series', 'more series')} moved less.",) if rest > 0 else ()


def _to_do(view: SummaryView) -> Part:
    if not view.actions:
        return Part(title="What to do", lines=(view.idle,))
    steps = tuple(Cell(text=one.title, url=one.url, note=one.why) for one in view.actions)
    return Part(title="What to do", steps=steps, after=_more(view.actions_rest, "thing", "can wait"))


def _changed(view: SummaryView) -> Part:
    lines = [view.changed]
    if view.release:
        lines.append(view.release)
    return Part(title=f"What changed: {view.period.title}", lines=(*lines, view.basis))


def _movers(rows: Sequence[MoverRow]) -> Grid:
    made = []
    for row in rows:
        others = f"and {row.others} more series" if row.others else ""
        made.append(
            (
                Cell(
                    text=wording.short_name(row.benchmark),
                    url=row.url,
                    note="; ".join(part for part in (row.where, others) if part),
                ),
                Cell(text=row.values),
                Cell(
                    text=row.change.text,
                    note=", ".join(part for part in (row.change.interval, row.stage) if part),
                    state=row.verdict,
                ),
                Cell(text=row.noise),
                _commit(row),
            )
        )
    head = ("benchmark", "then → now", "change", "noise", "since commit")
    return Grid(head=head, rows=tuple(made), right=frozenset({1, 2, 3}))


def _commit(row: MoverRow) -> Cell:
    if row.commit is None:
        return Cell(text="no single commit")
    return Cell(
        text=f"{row.commit.short} {wording.short_name(row.commit.subject, 50)}".rstrip(),
        url=row.incident or row.commit.url,
        note=row.commit.date,
    )


def _groups(view: SummaryView) -> Grid:
    rows = tuple(
        (
            Cell(text=row.name),
            Cell(text=wording.count_text(row.series)),
            Cell(text=wording.count_text(row.worse)),
            Cell(text=wording.count_text(row.better)),
            Cell(text=row.text, note=row.interval),
            Cell(text=VERDICT_WORDS[row.verdict], state=row.verdict),
        )
        for row in view.groups
    )
    head = ("group", "series", "worse", "better", "mean change", "verdict")
    return Grid(head=head, rows=rows, right=frozenset({1, 2, 3, 4}))


def _costs(view: SummaryView) -> Part:
    if not view.costs:
        return Part(title="What it costs", lines=("Nothing that the data could tell.",))
    rows = tuple(
        (Cell(text=row.what), Cell(text=row.sentence, url=row.url, note=row.note, state=row.state))
        for row in view.costs
    )
    return Part(title="What it costs", grid=Grid(head=("of what", "cost"), rows=rows))


def _months(view: SummaryView) -> Part:
    rows = tuple(
        (
            Cell(text=row.month),
            Cell(text=wording.count_text(row.commits)),
            Cell(text=wording.count_text(row.series)),
            Cell(text=wording.count_text(row.standing)),
            Cell(text=row.change_text),
        )
        for row in view.months
    )
    head = ("month", "commits", "series", "standing regressions", "levels against the first")
    grid = Grid(head=head, rows=rows, right=frozenset({1, 2, 3, 4}))
    return Part(title=MONTHS_TITLE, lines=(view.chart.text,) if view.chart else (), grid=grid)
