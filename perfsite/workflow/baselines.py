"""List the baselines of a history's series: what each is, how good, and how it became that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perfsite.model.units import format_value
from perfsite.report import wording
from perfsite.report.baselines import BaselineEntry, BaselineQuality, baseline_entries, baseline_quality
from perfsite.report.context import commit_ref
from perfsite.workflow.deciding import choose
from perfsite.workflow.gather import gather
from perfsite.workflow.judging import policy_of

if TYPE_CHECKING:
    from perfsite.model.event import SeriesSelector
    from perfsite.model.series import SeriesKey
    from perfsite.report.views import CommitRef
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineLine:
    """The baseline of one series: all its versions, oldest first, the last in force, and how good its own is."""

    key: SeriesKey
    unit: str
    entries: tuple[BaselineEntry, ...]
    quality: BaselineQuality | None

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as people read it; see `HEAD`."""
        key, quality = self.key, self.quality
        parameters = f" ({key.parameter_text})" if key.parameters else ""
        now = self.entries[-1] if self.entries else None
        interval = ""
        if quality is not None and quality.lower is not None:
            interval = f"{format_value(quality.lower, self.unit)} to {format_value(quality.upper, self.unit)}"
        return (
            wording.short_name(key.benchmark + parameters),
            wording.short_name(key.metric, 40),
            key.environment,
            now.value if now else wording.NONE,
            f"v{now.version} {now.kind}" if now else "none yet",
            now.date if now else "",
            interval,
            str(quality.points) if quality else "",
            quality.word if quality else "",
        )

    def document(self, *, history: bool) -> dict[str, Any]:
        """Return the baseline for programs; `history`: with every version it had."""
        now, quality = (self.entries[-1] if self.entries else None), self.quality
        told: dict[str, Any] = {
            "benchmark": self.key.benchmark,
            "parameters": dict(self.key.parameters),
            "metric": self.key.metric,
            "environment": self.key.environment,
            "unit": self.unit,
            "baseline": None if now is None else now.document(),
            "quality": None
            if quality is None
            else {
                "word": quality.word,
                "points": quality.points,
                "left_out": quality.left_out,
                "lower": quality.lower,
                "upper": quality.upper,
                "noise": quality.noise,
                "age_days": quality.age_days,
                "first_commit": quality.first.sha if quality.first else None,
                "last_commit": quality.last.sha if quality.last else None,
            },
        }
        if history:
            told["history"] = [entry.document() for entry in self.entries]
        return told


HEAD = ("benchmark", "metric", "environment", "baseline", "version", "since", "95 % interval", "points", "quality")
HISTORY_HEAD = ("version", "baseline", "since", "commit", "why", "decision")


def history_cells(entry: BaselineEntry) -> tuple[str, ...]:
    """Return a version as people read it; see `HISTORY_HEAD`."""
    commit = entry.commit.short if entry.commit else ""
    return (f"v{entry.version} {entry.kind}", entry.value, entry.date, commit, entry.why, entry.decision[:8])


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The baselines of the series selected, by name, and what should be said beside them."""

    lines: tuple[BaselineLine, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def list_baselines(project: Project, selector: SeriesSelector) -> Listed:
    """Return the baselines of the series selected.

    Raises
    ------
    ConfigError
        No series is selected.
    HistoryError
        The history cannot be read at all.
    """
    gathered = gather(project)
    commits = gathered.timeline.commits

    def ref(place: int) -> CommitRef:
        return commit_ref(commits[place])

    lines = [
        BaselineLine(
            key=one.series.key,
            unit=one.series.unit,
            entries=baseline_entries(one.series, one.judgement, one.decided, ref),
            quality=baseline_quality(one.series, one.judgement, policy_of(one.series, project.settings), ref),
        )
        for one in choose(project, gathered, selector)
    ]
    return Listed(lines=tuple(lines), notes=gathered.notes, warnings=gathered.warnings)
