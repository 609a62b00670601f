"""Releases as words: by how much one is faster than another, how sure that is, and what became worse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from perfsite.report.wording import count_text, delta_text, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.analysis.geometric import GeometricMean
    from perfsite.report.means import Headline

LEAST_MEAN: Final = 0.005
"""Means closer to "no difference" than this have no colour, however sure they are."""
WIDE: Final = 0.02
"""Half an interval beyond which a mean that leaves the question open is no "no change"."""
_MORE: Final = {"s": ("slower", "faster"), "B": ("larger", "smaller")}


def comparative(delta: float, unit: str) -> str:
    """Return the word for a difference of a metric of this unit.

    Examples
    --------
    >>> comparative(0.1, "s"), comparative(0.1, "1/s"), comparative(-0.1, "B"), comparative(0.1, "1")
    ('slower', 'faster', 'smaller', 'higher')
    """
    if unit.endswith("/s"):
        return "faster" if delta > 0 else "slower"
    more, less = _MORE.get(unit, ("higher", "lower"))
    return more if delta > 0 else less


def mean_text(delta: float) -> str:
    """Return a mean as a signed percentage of one decimal: more digits would say nothing.

    Examples
    --------
    >>> mean_text(-0.0004), mean_text(0.0314)
    ('±0.0 %', '+3.1 %')
    """
    return delta_text(round(delta, 3) + 0.0 if math.isfinite(delta) else delta)


def mean_interval(mean: GeometricMean) -> str:
    """Return the interval of a mean; empty where it is not known."""
    return f"{mean_text(mean.lower)} to {mean_text(mean.upper)}".replace("±", "") if math.isfinite(mean.lower) else ""


def group_state(mean: GeometricMean, sign: int, worse: int, better: int) -> str:
    """Return the verdict of a group's mean, for which one of its series must stand.

    Of many groups, one leaves zero out by chance. `worse`, `better` count its series that moved, `sign` is as in
    `mean_state`.
    """
    state = mean_state(mean, sign)
    is_backed = {"regression": worse, "improvement": better}.get(state, 1)
    return state if is_backed else "unsure"


def group_words(mean: GeometricMean, unit: str) -> str:
    """Return what a mean says: by how much it differs, or that this cannot be told."""
    if mean.is_told and (text := difference_text(mean.delta, unit)) != "equal":
        return text
    return "no change" if mean.upper - mean.lower <= 2 * WIDE else "unsure"


def difference_text(delta: float, unit: str) -> str:
    """Return a difference in words.

    Examples
    --------
    >>> difference_text(-0.032, "s"), difference_text(0.0, "s")
    ('3.2 % faster', 'equal')
    """
    size = mean_text(abs(delta)).lstrip("+±")
    return "equal" if size in ("0.0 %", "–") else f"{size} {comparative(delta, unit)}"


def size_range(mean: GeometricMean) -> str:
    """Return the interval of a mean that leaves out zero as sizes: `2.1 to 4.3 %`.

    Examples
    --------
    >>> from perfsite.analysis.geometric import GeometricMean
    >>> size_range(GeometricMean(delta=-0.032, lower=-0.043, upper=-0.021, count=9))
    '2.1 to 4.3 %'
    """
    low, high = sorted((abs(mean.lower), abs(mean.upper)))
    return f"{mean_text(low).lstrip('+±').removesuffix(' %')} to {mean_text(high).lstrip('+')}"


def mean_state(mean: GeometricMean, sign: int) -> str:
    """Return the verdict of a mean; `sign` is 1 where more is worse, -1 where it is better, 0 where neither is."""
    if not math.isfinite(mean.lower):
        return "unsure"
    if mean.is_told:
        if abs(mean.delta) < LEAST_MEAN or not sign:
            return "no-change"
        return "regression" if mean.delta * sign > 0 else "improvement"
    return "no-change" if mean.upper - mean.lower <= 2 * WIDE else "unsure"


def release_sentence(
    tag: str, old: str, head: Headline | None, changed: tuple[int, int], left_out: Sequence[str] = ()
) -> str:
    """Return a release against another in one sentence.

    `changed` counts the series that became worse and better, `left_out` names environments that are not compared.
    """
    end = f"; not compared: {_listed(left_out)}." if left_out else "."
    if head is None:
        return f"Nothing that {tag} and {old} have in common can be compared{end}"
    mean = head.mean
    of = "" if head.unit == "s" else f" in {head.metric}"
    many = "on geometric mean" if mean.count > 1 else "in its one benchmark"
    if mean.is_told and (text := difference_text(mean.delta, head.unit)) != "equal":
        told = f"{tag} is {text} than {old}{of} {many} ({size_range(mean)}); {_counts(*changed)}{end}"
    elif not math.isfinite(mean.lower):
        told = f"{tag} against {old}: {mean_text(mean.delta)}{of} {many}, of unknown noise; {_counts(*changed)}{end}"
    else:
        counts = _counts(*changed)
        size = f"{mean_text(mean.delta)}, {mean_interval(mean)}"
        told = f"{counts[0].upper()}{counts[1:]} from {old} to {tag}; no clear difference{of} {many} ({size}){end}"
    return told.replace(" %", "\u00a0%")


def stands_text(name: str, sha: str, instead: str, commits: int) -> str:
    """Return that a measured commit stands for one that was not, so many commits after it (0: not known).

    Examples
    --------
    >>> stands_text("v1.2", "0123456789abcdef", "fedcba98", 2)
    'v1.2 (01234567) was not measured itself: fedcba98, 2 commits before, stands for it.'
    """
    before = f", {plural(commits, 'commit')} before," if commits > 0 else ""
    return f"{name} ({sha[:8]}) was not measured itself: {instead}{before} stands for it."


def headline_text(head: Headline | None) -> str:
    """Return the mean that stands for all of a time, with its interval; empty where nothing was compared."""
    if head is None:
        return ""
    mean, of = head.mean, f" in {head.metric}"
    if mean.is_told and (text := difference_text(mean.delta, head.unit)) != "equal":
        return f"{text}{of} on geometric mean ({size_range(mean)})".replace(" %", "\u00a0%")
    interval = mean_interval(mean)
    size = f"{mean_text(mean.delta)}, {interval}" if interval else f"{mean_text(mean.delta)}, of unknown noise"
    return f"no clear difference{of} on geometric mean ({size})".replace(" %", "\u00a0%")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _counts(worse: int, better: int) -> str:
    if not worse and not better:
        return "no series changed"
    if not worse:
        return f"no series regressed, {count_text(better)} improved"
    return f"{plural(worse, 'series', 'series')} regressed" + (f", {count_text(better)} improved" if better else "")
