"""Machines: the comparability facts of a run, which of them differ between two, and how people call them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perfsite.model.run import FactValue

COMPARABILITY: Final = ("cpu.model", "cpu.cores", "accelerator", "os")
"""Facts that split a comparison: points that differ in one were measured on different machines."""
_MARKS: Final = re.compile(r"\((?:r|tm|c)\)|[®™©]", re.IGNORECASE)
_FILLERS: Final = re.compile(r"\b(?:cpu|processor|\d+-core|(?:dual|quad|six|eight)-core)\b", re.IGNORECASE)
_CLOCK: Final = re.compile(r"@?\s*\b[\d.]+\s*[gm]hz\b", re.IGNORECASE)
_MODEL: Final = re.compile(r"\b\w*\d\w*\b")
_BARE_SYSTEMS: Final = {"linux": "linux", "windows": "windows", "darwin": "macos", "macos": "macos"}


@dataclass(frozen=True, slots=True)
class Machine:
    """The comparability facts of a run, in the order of COMPARABILITY; None: not known."""

    facts: tuple[FactValue | None, ...]

    @classmethod
    def of(cls, facts: Mapping[str, FactValue]) -> Machine:
        """Return the machine that an environment's facts tell of."""
        return cls(tuple(facts.get(name) for name in COMPARABILITY))

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it."""
        return any(fact is not None for fact in self.facts)

    @property
    def spelling(self) -> tuple[str | None, ...]:
        """Return the facts in one spelling: tools write `Intel(R) Xeon(R) CPU` and `Intel Xeon` of one processor."""
        model, cores, accelerator, system = self.facts
        return (
            None if model is None else _folded(_without_clock(str(model))),
            None if cores is None else _number(cores),
            None if accelerator is None else _folded(str(accelerator)),
            None if system is None else _folded(str(system)),
        )


def machine_text(machine: Machine) -> str:
    """Return a machine in words: `AMD EPYC 7763 64-Core Processor, 4 cores, Ubuntu 24.04`; empty where not known."""
    words = [
        f"{fact} cores" if name == "cpu.cores" else str(fact)
        for name, fact in zip(COMPARABILITY, machine.facts, strict=True)
        if fact is not None
    ]
    return ", ".join(words)


def difference(old: Machine, new: Machine) -> tuple[str, str]:
    """Return the parts that differ of two machines, in short words; empty where none is known to.

    Examples
    --------
    >>> facts = {"cpu.cores": 4, "os": "Ubuntu 24.04"}
    >>> old = Machine.of({"cpu.model": "AMD EPYC 7763 64-Core Processor", **facts})
    >>> difference(old, Machine.of({"cpu.model": "AMD EPYC 9V74 80-Core Processor", **facts}))
    ('EPYC 7763', 'EPYC 9V74')
    """
    before, after = [], []
    rows = zip(COMPARABILITY, old.facts, new.facts, old.spelling, new.spelling, strict=True)
    for name, old_fact, new_fact, one, other in rows:
        if not _is_compatible(one, other):
            texts = [str(old_fact), str(new_fact)]
            if name == "cpu.model":
                short = [_short_model(text) for text in texts]
                texts = short if short[0] != short[1] else texts
            elif name == "cpu.cores":
                texts = [f"{text} cores" for text in texts]
            before.append(texts[0])
            after.append(texts[1])
    return ", ".join(before), ", ".join(after)


def same_machines(machines: Collection[Machine]) -> dict[Machine, Machine]:
    """Return, for machines of one environment, the one that stands for each.

    Two spellings of one machine are one. One of which less is known is taken for the only one that it may be; where it
    may be several, it stays by itself.
    """
    spelled: dict[tuple[str | None, ...], Machine] = {}
    for machine in sorted(machines, key=lambda machine: str(machine.facts)):
        spelled.setdefault(machine.spelling, machine)
    stand_in: dict[Machine, Machine] = {}
    for machine in machines:
        fuller = [
            other
            for spelling, other in spelled.items()
            if spelling != machine.spelling and _tells_more(spelling, machine.spelling)
        ]
        most = [one for one in fuller if not any(_tells_more(other.spelling, one.spelling) for other in fuller)]
        stand_in[machine] = most[0] if len(most) == 1 else spelled[machine.spelling]
    return stand_in


def _tells_more(fuller: tuple[str | None, ...], one: tuple[str | None, ...]) -> bool:
    """Return whether all that is known of one machine holds of another of which more is known."""
    pairs = list(zip(fuller, one, strict=True))
    agrees = all(_is_compatible(a, b) for a, b in pairs)
    more = any(a is not None and (b is None or (a != b and b in _BARE_SYSTEMS)) for a, b in pairs)
    less = any(b is not None and (a is None or (a != b and a in _BARE_SYSTEMS)) for a, b in pairs)
    return agrees and more and not less


def _is_compatible(one: str | None, other: str | None) -> bool:
    """Return whether two facts may be of one machine: the same, one not known, or `Linux` and one of its systems."""
    if one is None or other is None or one == other:
        return True
    bare = _BARE_SYSTEMS.get(one) or _BARE_SYSTEMS.get(other)
    return bare is not None and _family(one) == _family(other)


def _family(system: str) -> str:
    return _BARE_SYSTEMS.get(system.partition(" ")[0], "linux")


def _folded(text: str) -> str:
    return " ".join(_FILLERS.sub(" ", _MARKS.sub(" ", text)).casefold().split())


def _without_clock(model: str) -> str:
    """Return a processor's name without its clock, unless the clock is all that tells it from others."""
    rest = _CLOCK.sub(" ", model)
    return rest if _MODEL.search(_FILLERS.sub(" ", rest)) else model


def _short_model(model: str) -> str:
    short = " ".join(_FILLERS.sub(" ", _MARKS.sub(" ", _without_clock(model))).split())
    return re.sub(r"^(?:AMD|Intel|Apple)\s+(?=\S)", "", short) or model


def _number(value: FactValue) -> str:
    text = str(value).strip()
    return str(int(float(text))) if re.fullmatch(r"\d+(?:\.0+)?", text) else text.casefold()
