"""Which machines measured an environment, and when: from the facts of its runs on the trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from perfsite.model.causes import FactChange
from perfsite.model.machine import COMPARABILITY, Machine, same_machines

if TYPE_CHECKING:
    from perfsite.history.timeline import RunFacts

STRETCHES: Final = 60
"""Into how many stretches of runs a lane is divided at most."""
TURNS: Final = 2
"""Values that came on average more often than this take turns: their comings are no news."""
_SHARES: Final = "abcde"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSeen:
    """A machine with how many runs it made, and the first and the last commit of them; `lane` as in `MachineRow`."""

    machine: Machine
    runs: int
    first: int
    last: int
    is_newest: bool
    lane: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The machine of every run on the trend of one environment, by commit; runs that told nothing are left out."""

    commits: tuple[int, ...]
    machines: tuple[Machine, ...]

    @classmethod
    def by(cls, runs: Sequence[RunFacts]) -> Measured:
        """Return the machines of some runs; two spellings of one machine are one."""
        # Equal facts are one object, so that a machine is told once for all its runs.
        known = {id(run.facts): Machine.of(run.facts) for run in runs}
        alike = same_machines({machine for machine in known.values() if machine.is_known})
        told = [(run.commit, alike[known[id(run.facts)]]) for run in runs if known[id(run.facts)] in alike]
        told.sort(key=lambda pair: pair[0])
        return cls(tuple(commit for commit, _ in told), tuple(machine for _, machine in told))

    def seen(self) -> list[MachineSeen]:
        """Return every machine, that of the newest run first, then those with most runs."""
        places: dict[Machine, list[int]] = {}
        for place, machine in enumerate(self.machines):
            places.setdefault(machine, []).append(place)
        newest = self.machines[-1] if self.machines else None
        found = [
            MachineSeen(
                machine=machine,
                runs=len(at),
                first=self.commits[at[0]],
                last=self.commits[at[-1]],
                is_newest=machine is newest,
                lane=_lane(at, len(self.machines)),
            )
            for machine, at in places.items()
        ]
        return sorted(found, key=lambda one: (not one.is_newest, -one.runs, one.first))

    def moves(self) -> Mapping[int, tuple[FactChange, ...]]:
        """Return, by commit, which facts of the machine changed there; not those of which values take turns."""
        found: dict[int, list[FactChange]] = {}
        spelled = {machine: machine.spelling for machine in set(self.machines)}
        for place, name in enumerate(COMPARABILITY):
            told = [(at, one) for at, one in zip(self.commits, self.machines, strict=True) if spelled[one][place]]
            changes = [
                (at, FactChange(name=name, before=str(old.facts[place]), after=str(new.facts[place])))
                for (_, old), (at, new) in pairwise(told)
                if old is not new and spelled[old][place] != spelled[new][place]
            ]
            if len(changes) + 1 <= TURNS * len({spelled[one][place] for _, one in told}):
                for at, change in changes:
                    found.setdefault(at, []).append(change)
        return {at: tuple(changes) for at, changes in found.items()}


def _lane(places: Sequence[int], runs: int) -> str:
    """Return when a machine ran: a letter for each stretch of runs, by how many of them are its own."""
    stretches = min(STRETCHES, runs)
    mine, all_runs = [0] * stretches, [0] * stretches
    for place in range(runs):
        all_runs[place * stretches // runs] += 1
    for place in places:
        mine[place * stretches // runs] += 1
    most = len(_SHARES) - 1
    # A single run in a stretch is seen, however many others there are.
    return "".join(_SHARES[-(-one * most // whole)] for one, whole in zip(mine, all_runs, strict=True))
