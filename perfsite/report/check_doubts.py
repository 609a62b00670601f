"""Why verdicts of a check should be read with care, told together: what could not have shown, and what to do then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfsite.report.check import CheckRow

USUAL: Final = 0.1
"""The change that should show where no threshold says which: a critical one, as severities go."""


def doubts_of(rows: Iterable[CheckRow]) -> dict[str, list[str]]:
    """Return why verdicts other than no-change should be read with care, and of which benchmarks and metrics.

    No names stand beside a reason that tells by itself whom it is about.
    """
    found: dict[tuple[str, bool], list[CheckRow]] = {}
    for row in rows:
        for doubt in row.doubts if row.verdict is not Verdict.NO_CHANGE else ():
            # The minimum detectable effect is each row's own: told with it, a hundred rows had a hundred reasons.
            reason, said, _ = doubt.partition(wording.WOULD_SEE)
            found.setdefault((reason, bool(said)), []).append(row)
    told: dict[str, list[str]] = {}
    for (reason, sees), some in found.items():
        blind = [one for one in some if sees and _detectable(one) > _wanted(one)]
        if blind:
            told[f"{reason}; {_blind_text(blind, len(some))}"] = []
            continue
        sight = f"{wording.WOULD_SEE}{wording.size_text(max(map(_detectable, some)))} or more" if sees else ""
        told[f"{reason}{sight}"] = [_name(row) for row in some]
    return told


def _blind_text(blind: Sequence[CheckRow], among: int) -> str:
    """Return how many of some rows could not have shown what their owner wants to see, the worst, and what to do."""
    worst = min(blind, key=lambda row: (-_detectable(row), _name(row)))
    sees = _detectable(worst)
    only = "not even a doubling" if sees >= 1 else f"only one of {wording.size_text(sees)} or more"
    wanted = sorted({_wanted(row) for row in blind})
    change = f"a change of {' to '.join(f'{one * 100:g} %' for one in dict.fromkeys((wanted[0], wanted[-1])))}"
    if among == 1:
        told, them = f"{_name(worst)} could not have shown {change}, {only}", "it"
    else:
        of = f"{wording.count_text(len(blind))} of {wording.plural(among, 'measurement')}"
        whole = f"none of {wording.plural(among, 'measurement')} could have shown {change}"
        told = whole if len(blind) == among else f"{of} could not have shown {change}"
        told, them = f"{told}, the worst, {_name(worst)}, {only}", "them"
    return f"{told}: measure {them} several times, longer, or on a quieter machine"


def _detectable(row: CheckRow) -> float:
    return row.detectable or 0.0


def _wanted(row: CheckRow) -> float:
    """Return the change that a row should show: where its rule begins to act."""
    levels = row.details.threshold
    return min((one for one in (levels.warn, levels.fail) if one is not None), default=USUAL)


def _name(row: CheckRow) -> str:
    return f"{wording.short_name(row.benchmark)} {wording.short_name(row.metric, 40)}"
