"""Recorded facts: which of them differ between two runs of an environment, beside those that split the comparison."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from perfsite.model.causes import FactChange
from perfsite.model.machine import COMPARABILITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfsite.history.timeline import RunFacts

    Values = Mapping[str, frozenset[str]]

TOOL: Final = "tool."
"""Stands before a tool in the name of a fact that is the tool's version: `tool.pytest-benchmark`."""
RESTLESS_SHARE, RESTLESS_CHANGES = 0.25, 4
"""A fact that changed so many times, and at more than this share of an environment's commits, explains nothing."""


class RecordedFacts:
    """The facts of all runs of a trend, by environment and commit.

    Parameters
    ----------
    runs
        In the order of their commits; those of pull requests and of other commits off the trend left out.
    """

    def __init__(self, runs: Iterable[RunFacts]) -> None:
        self._runs: dict[str, dict[int, list[RunFacts]]] = {}
        for run in runs:
            self._runs.setdefault(run.environment, {}).setdefault(run.commit, []).append(run)
        self._values: dict[frozenset[tuple[int, str | None, str | None]], Values] = {}
        self._restless: dict[str, frozenset[str]] = {}

    def changes(self, environment: str, older: int, newer: int) -> tuple[FactChange, ...]:
        """Return which facts differ between the runs of an environment at two commits, by name.

        Where an environment has several runs at a commit, a fact differs if no value of it is common to both commits.
        One that is known at one of them only does not, nor does one that changes all the time.
        """
        runs = self._runs.get(environment, {})
        if older not in runs or newer not in runs:
            return ()
        found = _differing(self._values_of(runs[older]), self._values_of(runs[newer]))
        if not found:
            return ()
        restless = self._restless_of(environment)
        return tuple(change for change in found if change.name not in restless)

    def restless(self, environment: str) -> frozenset[str]:
        """Return the names of the facts of an environment that change all the time: they are no news and no cause."""
        return self._restless_of(environment) if environment in self._runs else frozenset()

    def _values_of(self, runs: list[RunFacts]) -> Values:
        # Equal facts are one object, so that runs of one kind share their values.
        kind = frozenset((id(run.facts), run.source.tool, run.source.version) for run in runs)
        if kind not in self._values:
            values: dict[str, set[str]] = {}
            for run in runs:
                for name, text in _texts(run).items():
                    values.setdefault(name, set()).add(text)
            self._values[kind] = {name: frozenset(texts) for name, texts in values.items()}
        return self._values[kind]

    def _restless_of(self, environment: str) -> frozenset[str]:
        if environment not in self._restless:
            stops = [self._values_of(runs) for _, runs in sorted(self._runs[environment].items())]
            counts: dict[str, int] = {}
            for older, newer in pairwise(stops):
                for change in () if older is newer else _differing(older, newer):
                    counts[change.name] = counts.get(change.name, 0) + 1
            most = max(RESTLESS_SHARE * len(stops), RESTLESS_CHANGES - 1)
            self._restless[environment] = frozenset(name for name, count in counts.items() if count > most)
        return self._restless[environment]


def _differing(older: Values, newer: Values) -> list[FactChange]:
    if older is newer:
        return []
    return [
        FactChange(name=name, before=", ".join(sorted(older[name])), after=", ".join(sorted(newer[name])))
        for name in sorted(older.keys() & newer.keys())
        if not older[name] & newer[name]
    ]


def _texts(run: RunFacts) -> dict[str, str]:
    texts = {name: _text(name, value) for name, value in run.facts.items() if name not in COMPARABILITY}
    if run.source.version:
        texts[f"{TOOL}{run.source.tool or run.source.format}"] = run.source.version
    return texts


def _text(name: str, value: object) -> str:
    """Return a fact as text; sizes in steps that a person would call different."""
    if name.endswith(".bytes") and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value / 2**30:.1f} GiB"
    return "yes" if value is True else "no" if value is False else str(value)
