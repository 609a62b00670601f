"""The sentence of a comment: the verdict in plain words, the largest change with its noise, what else there is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from perfsite.model.findings import Rule, Stage, Verdict
from perfsite.model.units import format_pair, format_value
from perfsite.report import wording
from perfsite.report.budgets import limit_text
from perfsite.report.check import largest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.report.check import CheckRow, CheckView

_LONGEST = 80


def name_text(row: CheckRow) -> str:
    """Return the benchmark with its parameters: `parse (n=10)`."""
    parameters = ", ".join(f"{name}={value}" for name, value in row.parameters)
    return f"{row.benchmark} ({parameters})" if parameters else row.benchmark


def sentence(view: CheckView, *, failed: int) -> tuple[str, str]:
    """Return the verdict in one sentence: the few words that must be seen, and what follows them.

    `failed` measurements of the contender's runs failed or were skipped.
    """
    counts = view.counts
    broken = sum(row.has_failed for row in view.missing)
    beyond = sum(bool(row.beyond) for row in view.rows)
    changes = [
        wording.plural(count, what)
        for count, what in ((counts.regression, "regression"), (counts.improvement, "improvement"))
        if count
    ]
    if not view.rows:
        told = f": {wording.plural(failed, 'measurement')} failed or skipped." if failed else "."
        return ("Nothing could be measured" if failed else "Nothing was measured"), told
    if changes:
        return " and ".join(changes), f"{_largest(view)}{_tail(view, broken=broken, beyond=beyond)}."
    if any(row.told_now for row in view.rows):
        return _told_late(view)
    if broken:
        return f"{wording.plural(broken, 'measurement')} failed", f"{_tail(view, beyond=beyond)}."
    if beyond:
        what = "is beyond its budget" if beyond == 1 else "are beyond their budgets"
        return f"{wording.plural(beyond, 'measurement')} {what}", f"{_tail(view)}."
    return _quiet(view)


def _told_late(view: CheckView) -> tuple[str, str]:
    """Return the same where only regressions of earlier commits are new to the reader."""
    late = sum(row.told_now for row in view.rows)
    which = "it began at an earlier commit" if late == 1 else "they began at earlier commits"
    return wording.plural(
        late, "regression"
    ), f": {which}, and only now can be told from the machine{_tail(view, late=late)}."


def _mended(view: CheckView) -> tuple[str, str]:
    """Return the same where what had regressed is back."""
    row = view.mended[0]
    what = f"{wording.short_name(name_text(row), _LONGEST)} {wording.short_name(row.metric, 40)}"
    size = f"{wording.delta_text(row.mended)} from the regressed level, noise {wording.noise_text(row.noise_floor)}"
    more = f" and {wording.count_text(len(view.mended) - 1)} more are" if len(view.mended) > 1 else " is"
    return f"{wording.plural(len(view.mended), 'earlier regression')} mended", (
        f": {what}{more} back at the level before ({size}){_tail(view)}."
    )


def _quiet(view: CheckView) -> tuple[str, str]:
    """Return the same where nothing is worse or better than its baseline."""
    counts = view.counts
    if view.mended:
        return _mended(view)
    total = wording.plural(counts.total, "measurement")
    if not view.judged:
        return "No baseline yet", f": {total} without anything to be compared with{_gone(view)}."
    if counts.unsure == counts.total:
        return "Cannot be judged", f": {total}, all unsure{_why(view)}{_gone(view)}."
    # What regressed earlier has not changed either, and is told once, behind it.
    same = f" in {wording.plural(counts.no_change, 'measurement')}" if counts.no_change else ""
    return "No change", f"{same}{_tail(view, with_unchanged=False)}."


def _largest(view: CheckView) -> str:
    row = largest(view.rows)
    if row is None:
        raise ValueError("a sentence names a change where there is one")
    what = f"{wording.short_name(name_text(row), _LONGEST)} {wording.short_name(row.metric, 40)}"
    size = row.change if row.delta is not None else " → ".join(format_pair(row.baseline, row.value, row.unit))
    noise = "noise not known" if row.noise_floor is None else f"noise {wording.noise_text(row.noise_floor)}"
    only = view.counts.regression + view.counts.improvement == 1
    return f"{': ' if only else ', the largest '}{what} {size} ({noise})"


def _tail(view: CheckView, *, broken: int = 0, beyond: int = 0, late: int = 0, with_unchanged: bool = True) -> str:
    """Return what else there is; `late` of the earlier regressions were named already."""
    counts = view.counts
    standing = counts.standing - late
    back = sum(row.verdict is Verdict.NO_CHANGE for row in view.mended)
    same = counts.no_change - back if with_unchanged else 0
    told = (
        (same, f"{wording.plural(same, 'measurement')} without change"),
        (counts.unsure, f"{wording.count_text(counts.unsure)} unsure"),
        (standing, f"{wording.plural(standing, 'earlier regression')} still open"),
        (back if counts.regression + counts.improvement else 0, f"{wording.plural(back, 'earlier regression')} mended"),
        (broken, f"{wording.count_text(broken)} failed"),
        (beyond, f"{wording.count_text(beyond)} beyond budget"),
    )
    return "".join(f"; {text}" for count, text in told if count) + _gone(view)


def _gone(view: CheckView) -> str:
    gone = sum(not row.has_failed for row in view.missing)
    return f"; {wording.count_text(gone)} not measured any more" if gone else ""


def _why(view: CheckView) -> str:
    """Return the commonest reason."""
    doubts = Counter(doubt for row in view.rows for doubt in row.doubts)
    if not doubts:
        return ""
    # Of equally common ones the first in order, so that the same measurements make the same words.
    common = min(doubts, key=lambda doubt: (-doubts[doubt], doubt))
    return f" ({common})"


def verdict_text(row: CheckRow) -> str:
    """Return the verdict with its severity: `suspected regression, critical`."""
    words = str(row.verdict).replace("-", " ")
    if row.stage is Stage.SUSPECTED:
        words = f"suspected {words}"
    if row.severity != "none":
        words += f", {row.severity}"
    if row.mended is not None:
        words += f", back from a regression ({wording.delta_text(row.mended)})"
    if row.standing:
        words += ", since an earlier commit, told only now" if row.told_now else ", since an earlier commit"
    return words


def mark_text(row: CheckRow, *, fails: bool) -> str:
    """Return whether a row fails or warns, and beyond what: `fails (limit +20.0 %)`; empty where it does neither."""
    if not fails and row.rule is Rule.PASS:
        return ""
    what = "fails" if fails else "warns"
    if row.beyond:
        return f"{what} (budget {limit_text(row.beyond[0].limit, row.unit)})"
    return what if row.rule is Rule.PASS else f"{what}{_limit(row)}"


def _limit(row: CheckRow) -> str:
    """Return the level of the threshold that the rule went by, in the direction that is worse."""
    levels, sign = row.details.threshold, 1 if row.direction == "lower" else -1
    if row.rule is Rule.FAIL:
        fraction, difference = levels.fail, levels.fail_absolute
    else:
        fraction, difference = levels.warn, levels.warn_absolute
    if fraction is not None:
        return f" (limit {wording.delta_text(sign * fraction)})"
    if difference is not None:
        return f" (limit {'+' if sign > 0 else wording.MINUS}{format_value(difference, row.unit)})"
    return ""


def points_text(rows: Sequence[CheckRow]) -> str:
    """Return of how many earlier runs the baselines are made; empty where there is none.

    Rows against a pinned baseline tell nothing of that.
    """
    known = sorted(row.details.baseline_points for row in rows if row.details.baseline_points)
    if not known:
        return ""
    if known[0] == known[-1]:
        return wording.plural(known[0], "run")
    return f"{known[0]} to {wording.plural(known[-1], 'run')}"
