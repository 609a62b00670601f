"""Judged points as text: a table of comma-separated values, or a line of JSON each; a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.findings import SEVERITIES, VERDICTS, Rule
from perfsite.report import wording
from perfsite.report.context import csv_text
from perfsite.report.points import COLUMNS, NORMAL_95, VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.report.points import PointReport, Points

_RULES: Final = {int(rule): rule.name.lower() for rule in Rule}


def point_csv(report: PointReport) -> Iterator[str]:
    """Yield a table of all points, a batch at a time: the columns of `COLUMNS`, an empty cell for what is not known.

    Numbers have all their digits; a cell that a spreadsheet would run as a formula has an apostrophe in front.
    """
    yield f"{','.join(COLUMNS)}\n"
    cells = _Cells(report, text=lambda text: csv_text(text) if text else "", null="")
    for batch in report.batches():
        yield "".join(f"{','.join(row)}\n" for row in zip(*cells.of(batch), strict=True))


def point_json_lines(report: PointReport) -> Iterator[str]:
    """Yield a JSON object on a line for each point, a batch at a time; null: not known."""
    names = [f'{{"version":{VERSION},"benchmark":', *(f',"{name}":' for name in list(COLUMNS)[1:])]
    cells = _Cells(report, text=lambda text: json.dumps(text, ensure_ascii=False), null="null", is_json=True)
    for batch in report.batches():
        rows = zip(*cells.of(batch), strict=True)
        yield "".join(
            ["".join([part for pair in zip(names, row, strict=True) for part in pair]) + "}\n" for row in rows]
        )


class _Cells:
    """The cells of rows as text; those that rows share are made once."""

    def __init__(self, report: PointReport, *, text: Callable[[str], str], null: str, is_json: bool = False) -> None:
        self._report = report
        self._context = report.context
        self._text = text
        self._null = null
        self._is_json = is_json
        self._verdicts = [text(str(verdict)) for verdict in VERDICTS]
        self._rules = {code: text(name) for code, name in _RULES.items()}
        self._environments = [one.key.environment for one in self._context.timeline.series]
        self._series = cache(self._series_cells)
        self._commit = cache(self._commit_cells)
        self._run = cache(self._run_cells)
        self._time = cache(self._time_cell)

    def of(self, batch: Points) -> list[list[str]]:
        """Return the columns of a batch, in the order of `COLUMNS`."""
        numbers, commits, verdicts = batch.series.tolist(), batch.commits.tolist(), batch.verdicts.tolist()
        environments = [self._environments[number] for number in numbers]
        runs = [self._run(environment, commit) for environment, commit in zip(environments, commits, strict=True)]
        halves = NORMAL_95 * batch.errors
        text = self._text
        severities = [
            text(wording.severity_text(SEVERITIES[code], VERDICTS[verdict]))
            for code, verdict in zip(batch.severities.tolist(), verdicts, strict=True)
        ]
        return [
            *map(list, zip(*(self._series(number) for number in numbers), strict=True)),
            *map(list, zip(*(self._commit(commit) for commit in commits), strict=True)),
            self._flags(batch.on_trend),
            [pull for pull, _ in runs],
            [self._time(time) for time in batch.times.tolist()],
            [source for _, source in runs],
            self._numbers(batch.values),
            self._numbers(batch.values - halves),
            self._numbers(batch.values + halves),
            [str(count) if count else self._null for count in batch.counts.tolist()],
            self._numbers(batch.baselines),
            self._numbers(batch.deltas),
            self._numbers(batch.floors),
            [self._verdicts[code] for code in verdicts],
            severities,
            [self._rules[code] for code in batch.rules.tolist()],
            self._flags(batch.standing),
            [self._commit(commit)[0] if commit >= 0 else self._null for commit in batch.since.tolist()],
            self._flags(batch.suspected),
            self._flags(batch.outliers),
        ]

    def _series_cells(self, number: int) -> tuple[str, ...]:
        series = self._context.timeline.series[number]
        key, text = series.key, self._text
        parameters = json.dumps(dict(key.parameters), ensure_ascii=False) if self._is_json else text(key.parameter_text)
        return (
            text(key.benchmark),
            parameters,
            text(key.metric),
            text(series.unit),
            text(str(series.direction)),
            text(key.environment),
        )

    def _commit_cells(self, position: int) -> tuple[str, ...]:
        timeline = self._context.timeline
        commit, place = timeline.commits[position], timeline.places[position]
        time = self._null if commit.time is None else self._stamp(commit.time)
        return self._text(commit.sha), time, str(position), str(place) if place >= 0 else self._null

    def _run_cells(self, environment: str, commit: int) -> tuple[str, str]:
        run = self._report.run_at(environment, commit)
        if run is None:
            return self._null, self._null
        pull = self._null if run.pull_request is None else str(run.pull_request)
        return pull, self._text(run.source.format)

    def _time_cell(self, seconds: float) -> str:
        return self._stamp(datetime.fromtimestamp(seconds, UTC)) if isfinite(seconds) else self._null

    def _stamp(self, time: datetime) -> str:
        return self._text(time.astimezone(UTC).isoformat().replace("+00:00", "Z"))

    def _numbers(self, numbers: NDArray[Any]) -> list[str]:
        return [repr(number) if isfinite(number) else self._null for number in numbers.tolist()]

    @staticmethod
    def _flags(flags: NDArray[Any]) -> list[str]:
        return ["true" if flag else "false" for flag in flags.tolist()]
