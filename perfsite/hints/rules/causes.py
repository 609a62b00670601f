"""Rules on what changed at the same commit: files, dependencies, runtimes, the benchmark itself, the machine."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from perfsite.hints.naming import is_benchmark_file, is_lock_file, match_files, names_file
from perfsite.hints.phrases import names, percent
from perfsite.hints.rules.base import Words, at_change
from perfsite.model.hint import Confidence, Hint

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence, Fact

MOST_RATE: Final = 0.2
"""A fact that changes more often than this coincides with everything."""
RARE: Final = 0.05
SURE_SHARE: Final = 0.9
SPLITTING: Final = frozenset({"cpu.model", "cpu.cores", "accelerator", "os"})
"""Facts that the verdict itself already speaks of."""
_MARGIN: Final = 1.15


def machine(evidence: Evidence) -> Hint | None:
    """Return by how much the environment became slower as one, and how to tell whether the machine did it."""
    shift = evidence.together
    worse = evidence.track.sign * evidence.delta
    if shift is None or not (shift.delta > 0 and worse > 0):
        return None
    told = [fact for fact in evidence.facts if fact.before is not None and fact.after is not None]
    hint = at_change(
        evidence,
        Confidence.HIGH if shift.moved >= SURE_SHARE * shift.among else Confidence.MEDIUM,
        Words(
            sentence=f"{shift.moved} of {shift.among} benchmarks in {evidence.track.key.environment} became slower by "
            f"about {percent(shift.delta)} at the same run: look at the machine before the code.",
            because=f"{percent(shift.moved / shift.among)} of the benchmarks that could show it moved alike",
            next_step=f"Put {told[0].name} back to {_short(told[0].before)} for one run, or run an older commit again."
            if told
            else "Run an older commit again on this machine: if it is as slow now, no commit did it.",
        ),
        {"moved": shift.moved, "among": shift.among, "shift": shift.delta},
    )
    # Noise moves change points by a run or two: the hint is told once, where the environment moved.
    return replace(hint, commit=shift.commit)


def runtime(evidence: Evidence) -> Hint | None:
    """Return that a runtime, compiler, kernel, image or the tool itself was another from this run on."""
    told = [
        fact
        for fact in evidence.facts
        if fact.name not in SPLITTING and fact.before is not None and fact.after is not None and fact.rate <= MOST_RATE
    ]
    if not told:
        return None
    told.sort(key=lambda fact: (not fact.name.startswith(("runtime", "compiler", "tool")), fact.rate, fact.name))
    against = [track for track in evidence.elsewhere if _moved_too(evidence, track.key.environment)]
    if against:
        return None
    rare = told[0].rate <= RARE
    more = f" (and {len(told) - 1} more facts)" if len(told) > 1 else ""
    return at_change(
        evidence,
        Confidence.MEDIUM if rare else Confidence.LOW,
        Words(
            sentence=f"From this run on {_fact_text(told[0])}{more}.",
            because=f"{told[0].name} changed in {percent(told[0].rate)} of the runs"
            + (", so it is hardly here by chance" if rare else ", so it may be here by chance"),
            next_step=f"Run this commit with {told[0].name} {_short(told[0].before)} again: if the level is back, the "
            "code did not do it.",
        ),
        {"rate": told[0].rate, "facts": len(told)},
    )


def _moved_too(evidence: Evidence, environment: str) -> bool:
    """Whether the series moved as much in another environment, whose facts are other ones."""
    for track in evidence.elsewhere:
        if track.key.environment == environment:
            shift = evidence.shift_of(track)
            return shift is not None and shift.change is not None and shift.delta * evidence.delta > 0
    return False


def _fact_text(fact: Fact) -> str:
    return f"{fact.name} went {_short(fact.before)} → {_short(fact.after)}"


def _short(value: object) -> str:
    return names([str(value)], longest=60)


def dependencies(evidence: Evidence) -> Hint | None:
    """Return that a lock file changed in the culprit range."""
    locks = [path for path in evidence.files if is_lock_file(path)]
    if not locks:
        return None
    others = len(evidence.files) - len(locks)
    alone = others == 0
    if others > 30:
        return None
    return at_change(
        evidence,
        Confidence.HIGH if alone else Confidence.MEDIUM if others <= 3 else Confidence.LOW,
        Words(
            sentence=f"{names(locks, longest=60)} changed in this range"
            + (" and nothing else did." if alone else f", beside {others} other file{'s' if others > 1 else ''}."),
            because="no other file changed" if alone else "the other files may be the cause as well",
            next_step=f"Measure with the old {names(locks[:1], longest=60)} once: if the level is back, bisect its "
            "upgrades, not the code.",
        ),
        {"lock_files": len(locks), "other_files": others},
    )


def benchmark_changed(evidence: Evidence) -> Hint | None:
    """Return that the benchmark's own file changed in the culprit range."""
    name = evidence.track.key.benchmark
    own = [path for path in evidence.files if names_file(name, path)]
    sure = bool(own)
    if not own:
        matches = match_files(name, evidence.files, evidence.ground.rarity, evidence.ground.benchmarks)
        own = [match.path for match in matches[:3] if is_benchmark_file(match.path)]
    if not own:
        return None
    return at_change(
        evidence,
        Confidence.HIGH if sure else Confidence.MEDIUM,
        Words(
            sentence=f"The benchmark itself changed in this range: {names(own, longest=60)}.",
            because="its name holds this path" if sure else "its name and this path share rare words",
            next_step="Read that change first: if it measures something else now, accept the new level as baseline.",
        ),
        {"files": len(own)},
    )


def files(evidence: Evidence) -> Hint | None:
    """Return the files of the culprit range that the owner's paths, or the benchmark's name, point to."""
    name, changed = evidence.track.key.benchmark, evidence.files
    patterns = evidence.ground.paths(name)
    if patterns:
        told = [path for path in changed if any(fnmatchcase(path, pattern) for pattern in patterns)]
        if not told:
            return None
        return _points(evidence, told, Confidence.HIGH if len(told) < len(changed) else Confidence.MEDIUM,
                       "the owner's paths say that this benchmark runs them")  # fmt: skip
    matches = match_files(name, changed, evidence.ground.rarity, evidence.ground.benchmarks)
    matches = [match for match in matches if not is_benchmark_file(match.path) and not names_file(name, match.path)]
    if not matches:
        return None
    best = [match for match in matches if match.weight * _MARGIN >= matches[0].weight]
    # Where much of the range is pointed to, nothing is; one word must point all the closer.
    sure = len(best[0].words) >= 2
    if len(best) > max(3, len(changed) * (0.3 if sure else 0.15)):
        return None
    why = f"name and path share {names([word + '…' for word in best[0].words])}, rare in both"
    return _points(evidence, [match.path for match in best], Confidence.MEDIUM if sure else Confidence.LOW, why)


def _points(evidence: Evidence, told: list[str], confidence: Confidence, because: str) -> Hint:
    total = len(evidence.files)
    return at_change(
        evidence,
        confidence,
        Words(
            sentence=f"Of {total} file{'s' if total > 1 else ''} changed in this range, this benchmark points to "
            f"{names(told, longest=60)}.",
            because=because,
            next_step=f"Read the change of {names(told[:1], longest=60)} first.",
        ),
        {"files": len(told), "changed": total},
    )
