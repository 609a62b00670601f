"""Export: judged points and the state of every series, for other programs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from perfsite.errors import ConfigError, HistoryError
from perfsite.outputs.grafana import dashboard
from perfsite.outputs.parquet import load, write_parquet
from perfsite.outputs.point_text import point_csv, point_json_lines
from perfsite.report import wording
from perfsite.report.openmetrics import openmetrics
from perfsite.report.points import PointReport
from perfsite.workflow import codebase
from perfsite.workflow.address import site_address
from perfsite.workflow.gather import gather
from perfsite.workflow.reporting import span_of
from perfsite.workflow.site import judged_report

if TYPE_CHECKING:
    from perfsite.model.event import SeriesSelector
    from perfsite.report.build import Report
    from perfsite.workflow.project import Project

POINTS: Final = ("parquet", "csv", "jsonl")
"""Forms with a row for each point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: how many series were selected, points (None: the form has none) and bytes."""

    series: int | None
    points: int | None
    size: int
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, int | None]:
        """Return it for programs."""
        return {"series": self.series, "points": self.points, "bytes": self.size}

    @property
    def sentence(self) -> str:
        """Return it in words."""
        counts = [
            "" if self.points is None else wording.plural(self.points, "point"),
            "" if self.series is None else wording.plural(self.series, "series", "series"),
            wording.plural(self.size, "byte"),
        ]
        return ", ".join(count for count in counts if count)


def export(
    project: Project,
    form: str,
    file: BinaryIO,
    *,
    selector: SeriesSelector,
    since: str | None = None,
    site_url: str | None = None,
) -> Exported:
    """Write the judged history in one form into a file that is open for bytes.

    Parameters
    ----------
    form
        One of `POINTS`, `openmetrics`, or `grafana`, which reads no history.
    selector
        Only these series.
    since
        Only points after this: a day, a release's tag, or days before the newest commit (`30d`); None: all.

    Raises
    ------
    ConfigError
        No series is selected, `since` is nothing of these, or what writes the form is not installed.
    HistoryError
        There is no run, or the history cannot be read.
    """
    if form == "grafana":
        return _dashboard(project, file, site_url)
    if form == "parquet":
        load()  # what is missing is said before minutes of work
    gathered = gather(project)
    if not gathered.timeline.runs:
        raise HistoryError(
            "there is no run to export", where=str(project.history), hint="`perfsite record FILE` adds one"
        )
    report = judged_report(project, gathered)
    numbers = [i for i, one in enumerate(gathered.timeline.series) if selector.selects(one.key)]
    if not numbers:
        raise ConfigError(f"no series is selected: {selector}", hint="`perfsite baseline list` shows all")
    before = file.tell()
    points = _write(report, form, file, numbers if len(numbers) < len(gathered.timeline.series) else None, since)
    return Exported(series=len(numbers), points=points, size=file.tell() - before, warnings=gathered.warnings)


def _dashboard(project: Project, file: BinaryIO, site_url: str | None) -> Exported:
    """Write the Grafana dashboard of the project's site."""
    address = site_address(project, codebase.web_address(project, os.environ), site_url)
    if address is None:
        raise ConfigError(
            "the site's address is not known, and the dashboard reads from there",
            hint="set `site_url` in site_config/perfsite.toml, or give --site-url",
        )
    document = dashboard(project.title, address)
    size = file.write(json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")
    told = "in Grafana: install the data source Infinity, then Dashboards, New, Import"
    return Exported(series=None, points=None, size=size, notes=(told,))


def _write(report: Report, form: str, file: BinaryIO, numbers: list[int] | None, since: str | None) -> int | None:
    if form == "openmetrics":
        file.write(openmetrics(report.context, numbers).encode())
        return None
    start = -1 if since is None else span_of(report.context, since).start
    points = PointReport(report.context, numbers, start)
    if form == "parquet":
        write_parquet(file, points)
    else:
        for chunk in (point_csv if form == "csv" else point_json_lines)(points):
            file.write(chunk.encode())
    return points.written
