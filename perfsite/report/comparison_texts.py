"""A comparison in its forms: sections for text, Markdown and HTML, a table for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.model.units import format_pair
from perfsite.report import wording
from perfsite.report.comparison import ONE_RUN
from perfsite.report.context import csv_text
from perfsite.report.outline import VERDICT_WORDS, Cell, Grid, Part
from perfsite.report.release_words import mean_interval, mean_text
from perfsite.report.summary_texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfsite.model.series import SeriesKey
    from perfsite.report.comparison import ComparisonRow, ComparisonView

MOST_ROWS: Final = 40
MOST_NAMES: Final = 20
_SECTIONS: Final = (
    (Verdict.REGRESSION, "Worse"),
    (Verdict.IMPROVEMENT, "Better"),
    (Verdict.UNSURE, "Unsure"),
    (Verdict.NO_CHANGE, "No change"),
)
_CSV: Final = (
    "benchmark", "parameters", "metric", "environment", "unit", "before", "after", "delta", "lower", "upper", "noise",
    "effect", "verdict", "doubts",
)  # fmt: skip


def sections(view: ComparisonView, *, every: bool) -> Iterator[Part]:
    """Yield the sections of a comparison, the first to read first.

    `every` shows all rows, those without change, too; else what is long is cut, and says so.
    """
    for verdict, title in _SECTIONS:
        rows = view.of(verdict)
        if not rows or (verdict is Verdict.NO_CHANGE and not every):
            continue
        shown = rows if every else rows[:MOST_ROWS]
        left = len(rows) - len(shown)
        after = (f"and {wording.plural(left, 'more series', 'more series')}; --all shows every one",) if left else ()
        yield Part(title=title, grid=_table(shown), after=after)
    if view.means:
        yield Part(
            title="Geometric means",
            lines=("Of the ratios of all that was compared, with their 95 % intervals.",),
            grid=_means(view),
        )
    if view.left_out:
        lines = tuple(f"{environment}: {why}" for environment, why in view.left_out)
        yield Part(title="Not compared", lines=tuple(plain(line) for line in lines))
    for title, keys in (
        (plain(f"Only in {view.head.what}"), view.added),
        (plain(f"Only in {view.base.what}"), view.removed),
    ):
        if keys:
            yield Part(title=title, lines=tuple(_names(keys, None if every else MOST_NAMES)))
    if notes := [*_of_one_run(view), *view.notes]:
        yield Part(title="Notes", lines=tuple(plain(note) for note in notes))
    if view.url:
        yield Part(title="On the site", steps=(Cell(text="the same comparison, to sort and filter", url=view.url),))


def _of_one_run(view: ComparisonView) -> Iterator[str]:
    """Yield once what would stand at most rows of two files."""
    if count := sum(ONE_RUN in row.doubts for row in view.rows):
        yield f"No history knows the noise of {wording.plural(count, 'series', 'series')}: {ONE_RUN}."


def _table(rows: Sequence[ComparisonRow]) -> Grid:
    head = ("benchmark", "metric", "base → head", "change", "noise")
    return Grid(head=head, rows=tuple(_cells(row) for row in rows), right=frozenset({2, 3, 4}), tight=frozenset({1}))


def _cells(row: ComparisonRow) -> tuple[Cell, ...]:
    interval = "" if row.lower is None or row.upper is None else wording.interval_text(row.lower, row.upper)
    told = [interval, *([] if row.effect is None else [f"effect size {row.effect:+.2f}".replace("-", "−")])]
    notes = (wording.short_name(row.key.environment, 60), *(doubt for doubt in row.doubts if doubt != ONE_RUN))
    return (
        Cell(text=plain(wording.short_name(row.name)), url=row.url, note="; ".join(notes)),
        Cell(text=plain(wording.short_name(row.key.metric, 40))),
        Cell(text=" → ".join(format_pair(row.before, row.after, row.unit))),
        Cell(text=wording.delta_text(row.delta), note=", ".join(one for one in told if one), state=str(row.verdict)),
        Cell(text=wording.noise_text(row.noise)),
    )


def _means(view: ComparisonView) -> Grid:
    rows = tuple(
        (
            Cell(text=" · ".join(part for part in (one.group, one.metric, one.environment) if part)),
            Cell(text=wording.plural(one.mean.count, "series", "series")),
            Cell(text=mean_text(one.mean.delta), note=mean_interval(one.mean)),
            Cell(text=VERDICT_WORDS[one.state], state=one.state),
        )
        for one in view.means
    )
    return Grid(head=("group, metric, environment", "of", "mean change", "verdict"), rows=rows, right=frozenset({1, 2}))


def _names(keys: Sequence[SeriesKey], most: int | None) -> Iterator[str]:
    for key in keys[:most]:
        parameters = f" ({key.parameter_text})" if key.parameters else ""
        names = ((key.benchmark + parameters, 80), (key.metric, 40), (key.environment, 60))
        yield " · ".join(plain(wording.short_name(name, most)) for name, most in names)
    if most is not None and len(keys) > most:
        yield f"and {len(keys) - most} more"


def csv(view: ComparisonView) -> str:
    """Return the rows as a table: numbers in base units, changes as fractions; empty for what is not known.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    lines = [",".join(_CSV)]
    for row in view.rows:
        texts = (row.key.benchmark, row.key.parameter_text, row.key.metric, row.key.environment, row.unit)
        numbers = (row.before, row.after, row.delta, row.lower, row.upper, row.noise, row.effect)
        cells = [csv_text(plain(text)) for text in texts]
        cells += ["" if number is None else repr(float(number)) for number in numbers]
        lines.append(",".join([*cells, str(row.verdict), csv_text("; ".join(row.doubts))]))
    return "\n".join(lines) + "\n"
