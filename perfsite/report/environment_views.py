"""What a reader will see of environments, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.views import CommitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """One machine that measured an environment; `share` of its runs is text, `lane` codes when.

    `lane` has one letter for each stretch of the environment's runs, oldest first: `a` none of them to `e` all of them.
    Empty where there is one machine only.
    """

    text: str
    runs: int
    share: str
    first: CommitRef
    last: CommitRef
    is_newest: bool
    lane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsChanged:
    """The facts that changed at one run of an environment, in words, and the commits on either side of it."""

    texts: tuple[str, ...]
    splits: bool
    """Whether one of them splits the comparison: another machine measures from here on."""
    commit: CommitRef
    previous: CommitRef
    compare_url: str | None
    """The commits between, at the repository's host; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """A run at which most benchmarks of an environment moved together, in words."""

    text: str
    commit: CommitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentCard:
    """One environment: what it is made of, what changed and when, how often it runs and how quiet it is.

    `anchor` is its place on the page. `splitting` are the newest values of the facts that split the comparison (empty
    text: not recorded), `recorded` all others; `restless` are names of facts that change all the time. Lists are the
    newest first and may be cut; `change_count` and `shift_count` tell how many there are.
    """

    name: str
    anchor: str
    is_retired: bool
    runs: int
    pull_runs: int
    commits: int
    series: int
    retired_series: int
    first: str
    last: str
    newest: CommitRef
    rhythm: str
    noise: str
    noise_of: str
    bad_runs: int
    splitting: tuple[tuple[str, str], ...]
    recorded: tuple[tuple[str, str], ...]
    restless: tuple[str, ...]
    machines: tuple[MachineRow, ...]
    machine_count: int
    changes: tuple[FactsChanged, ...]
    change_count: int
    shifts: tuple[ShiftRow, ...]
    shift_count: int

    @property
    def has_facts(self) -> bool:
        """Whether its runs recorded anything of their machine."""
        return bool(self.recorded or self.machines) or any(value for _, value in self.splitting)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentsView:
    """Every environment, those that still run first, by name; `retired` are folded away."""

    sentence: str
    environments: tuple[EnvironmentCard, ...]
    retired: tuple[EnvironmentCard, ...]
