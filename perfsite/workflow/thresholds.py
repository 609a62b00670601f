"""Thresholds: what each series' is, as rules to review, and what it would have caught."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.analysis.rehearsal import rehearse
from perfsite.errors import ConfigError, DeliveryError
from perfsite.report.rehearsals import RehearsedRow, RehearsedView, places_for, spaced
from perfsite.report.thresholds import HEADER, ThresholdRow, rules_of, threshold_row, toml_of
from perfsite.workflow.deciding import choose
from perfsite.workflow.gather import gather
from perfsite.workflow.judging import policy_of
from perfsite.workflow.new_file import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from perfsite.model.event import SeriesSelector
    from perfsite.workflow.project import Project

BUDGET: Final = 4000
"""Places at which changes are planted, in all series together: about a hundredth of a CPU second each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The thresholds of the series selected, and what should be said beside them."""

    rows: tuple[ThresholdRow, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return them for programs."""
        return {"version": 1, "thresholds": [row.document() for row in self.rows], "rules": rules_of(self.rows)}


def list_thresholds(project: Project, selector: SeriesSelector) -> Listed:
    """Return what each series selected is held to.

    Raises
    ------
    ConfigError
        No series is selected.
    HistoryError
        The history cannot be read at all.
    """
    gathered = gather(project)
    rows = [
        threshold_row(one.series, one.judgement, policy_of(one.series, project.settings))
        for one in choose(project, gathered, selector)
    ]
    return Listed(rows=tuple(rows), notes=gathered.notes, warnings=gathered.warnings)


def validate(
    project: Project, selector: SeriesSelector, *, progress: Callable[[int, int], None] | None = None
) -> RehearsedView:
    """Return what changes planted into the real history of each series selected would have shown.

    Of more than BUDGET series an evenly spaced BUDGET are tried.
    """
    chosen = list(choose(project, gather(project), selector))
    tried = spaced(range(len(chosen)), BUDGET)
    places = places_for(len(tried), BUDGET)
    rows = []
    for done, number in enumerate(tried, start=1):
        one = chosen[number]
        policy = policy_of(one.series, project.settings)
        found = rehearse(one.series, policy, one.judgement, most_places=places)
        rows.append(RehearsedRow(key=one.series.key, rehearsal=found))
        if progress is not None:
            progress(done, len(tried))
    return RehearsedView(rows=tuple(rows), passed_over=len(chosen) - len(tried))


def rules_text(rows: Sequence[ThresholdRow], *, as_json: bool) -> str:
    """Return the adapted thresholds as rules: the text of a perfsite.toml, or a JSON document."""
    rules = rules_of(rows)
    if not as_json:
        return toml_of(rules)
    return json.dumps({"version": 1, "rules": rules}, ensure_ascii=False, indent=2) + "\n"


def export(rows: Sequence[ThresholdRow], file: Path) -> int:
    """Write the adapted thresholds as rules to a file, `.json` or TOML; return how many there are.

    Raises
    ------
    ConfigError
        The file exists and is none of perfsite's exports.
    DeliveryError
        It cannot be written.
    """
    as_json = file.suffix == ".json"
    begin = '{\n  "version": 1,\n  "rules"' if as_json else HEADER
    try:
        if file.exists() and not file.read_text(encoding="utf-8", errors="replace").startswith(begin):
            raise ConfigError(
                "exists and is no export of thresholds", where=str(file), hint="name another file, or - to look at it"
            )
        write_text(file, rules_text(rows, as_json=as_json))
    except OSError as error:
        raise DeliveryError(
            f"cannot be written: {error.strerror}", where=str(file), hint="see that the folder is there and yours"
        ) from error
    return len(rules_of(rows))
