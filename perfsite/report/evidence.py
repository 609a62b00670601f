"""What speaks for a change point, in words and as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.findings import NoiseKind
from perfsite.report.wording import count_text, plural

if TYPE_CHECKING:
    from perfsite.model.findings import ChangePoint
    from perfsite.report.views import CommitRef

_NOISE: Final = {
    NoiseKind.INDEPENDENT: "Each run strays from the level by itself.",
    NoiseKind.MEMORY: "A run that strays takes the next ones along, so more evidence was asked for.",
    NoiseKind.WANDERING: "The level drifts by itself, so a change must stand out of the drift.",
}


def sure_text(change: ChangePoint) -> str:
    """Return how sure it is that the level changed, wherever: `97 % sure`; its place has a sentence of its own."""
    if change.evidence is None:
        return ""
    percent = change.evidence.real * 100
    return "over 99 % sure" if percent > 99 else "under 1 % sure" if percent < 1 else f"{percent:.0f} % sure"


def sentences(change: ChangePoint, commit_of: Callable[[int], CommitRef]) -> tuple[str, ...]:
    """Return the evidence in sentences; `commit_of` gives the commit of a point of the series."""
    told = change.evidence
    if told is None:
        return ()
    lines = [_place(told.first, told.last, change.index, commit_of), _strength(change)]
    if told.weighted:
        lines.append("Runs counted by how far their own samples spread.")
    if told.machines_told:
        lines.append("What the machines differ by was taken out.")
    return (*lines, _NOISE[told.noise])


def _place(first: int, last: int, index: int, commit_of: Callable[[int], CommitRef]) -> str:
    if first == last == index:
        return "Its place is clear: no other measured commit fits (95 %)."
    before, end = commit_of(first - 1), commit_of(last)
    return f"It came after {before.short} ({before.date}) and not later than {end.short} ({end.date}), with 95 %."


def _strength(change: ChangePoint) -> str:
    assert change.evidence is not None
    told = change.evidence
    errors = "over 100" if change.score > 100 else f"{change.score:.1f}"
    runs = f"{plural(told.points_before, 'run')} before, {count_text(told.points_after)} after"
    pairs = f"{told.agreement:.0%}".replace("%", " %")
    return f"{runs}; the levels are {errors} standard errors apart, and {pairs} of pairs of near runs differ this way."


def document(change: ChangePoint) -> dict[str, Any]:
    """Return the evidence as data; empty where it was not weighed."""
    told = change.evidence
    if told is None:
        return {}
    return {
        "real": float(f"{told.real:.4g}"),
        "confidence": float(f"{told.confidence:.4g}"),
        "first": told.first,
        "last": told.last,
        "score": float(f"{min(change.score, 1e9):.4g}"),
        "points_before": told.points_before,
        "points_after": told.points_after,
        "agreement": float(f"{told.agreement:.4g}"),
        "weighted": told.weighted,
        "machines_told": told.machines_told,
        "noise": str(told.noise),
    }
