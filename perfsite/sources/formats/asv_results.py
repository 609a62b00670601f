"""One result file of asv, of version 1 or 2 of its format: what it says of a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.model.run import SHA, Columns, Commit
from perfsite.model.units import parse_unit
from perfsite.sources.base import facts_of
from perfsite.sources.document import shown
from perfsite.sources.formats.asv_rows import read_results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.run import FactValue
    from perfsite.sources.formats.asv_benchmarks import Suite
    from perfsite.sources.formats.asv_rows import Tell

_HINT: Final = "asv writes these files with `asv run`; was this one edited?"
_SYSTEM: Final = re.compile(r"(Linux|Darwin|Windows|FreeBSD)[ -](\S.*)\Z")
_SIZE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*\Z", re.ASCII)
# asv's machine facts under perfsite's names; what is not here keeps its own.
_FACTS: Final = {"arch": "arch", "cpu": "cpu.model", "num_cpu": "cpu.cores", "os": "os", "ram": "memory.bytes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result file: what was measured, of which commit, when, and where.

    `machine` is asv's name of the machine, None where the file has none; `environment` its name of the environment.
    """

    columns: Columns
    commit: Commit
    time: datetime
    machine: str | None
    environment: str
    facts: Mapping[str, FactValue]


class Facts:
    """The facts of the environments seen so far: all files of one mostly tell the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[tuple[object, ...], Mapping[str, FactValue]]] = {}

    def of(self, machine: Mapping[str, Any], content: Mapping[str, Any]) -> Mapping[str, FactValue]:
        """Return the facts that machine.json and a result file tell; they must not be changed."""
        params = content.get("params")
        params = params if isinstance(params, dict) else {}
        told = (machine, params, *(content.get(key) for key in ("python", "requirements", "env_vars")))
        key = (str(params.get("machine")), str(content.get("env_name")))
        known = self._known.get(key)
        if known is None or known[0] != told:
            known = self._known[key] = (told, _facts({**machine, **params}, content))
        return known[1]


def result_of(
    content: Any, machine: Mapping[str, Any], suite: Suite, *, facts: Facts, where: str, tell: Tell
) -> Result:
    """Return a result file's content as measurements, commit and facts.

    The run's time is when its last benchmark began, or else the commit's.

    Parameters
    ----------
    machine
        What machine.json says; empty where there is none.
    facts
        The facts of files read before, of the same history.
    tell
        Takes what is odd about single results.

    Raises
    ------
    InputError
        It is no result file, or says nothing of its commit.
    """
    if not isinstance(content, dict) or not isinstance(content.get("results"), dict):
        raise InputError("is not an asv result file: `results` is missing", where=where, hint=_HINT)
    sha = content.get("commit_hash")
    if not isinstance(sha, str) or not SHA.match(sha.lower()):
        raise InputError(f"`commit_hash` is no full hash: {shown(sha)}", where=where, hint=_HINT)
    committed = _time(content.get("date"))
    columns, started = read_results(content, suite, where=where, tell=tell)
    time = _time(started) or committed
    if time is None:
        raise InputError("neither `date` nor `started_at` tells when it was measured", where=where, hint=_HINT)
    params = content.get("params")
    params = params if isinstance(params, dict) else {}
    name = params.get("machine") or machine.get("machine")
    label = content.get("env_name")
    return Result(
        columns=columns,
        commit=Commit(sha=sha.lower(), time=committed),
        time=time,
        machine=str(name) if name else None,
        environment=label if isinstance(label, str) else _default_label(content),
        facts=facts.of(machine, content),
    )


def _time(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not milliseconds > 0:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _default_label(content: Mapping[str, Any]) -> str:
    """Return what asv before 0.2 would have named the environment."""
    requirements = content.get("requirements")
    parts = [f"py{content.get('python', '')}"]
    if isinstance(requirements, dict):
        parts += [f"{name}{version or ''}" for name, version in sorted(requirements.items())]
    return "-".join(parts)


def _facts(machine: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, FactValue]:
    found: dict[str, object] = {fact: machine.get(key) for key, fact in _FACTS.items()}
    for name in ("cpu.cores",):
        text = found[name]
        found[name] = int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else text
    system = found["os"]
    if isinstance(system, str) and (match := _SYSTEM.match(system)):
        # Every update changes the kernel; only the system itself splits a comparison.
        found["os"], found["kernel"] = match[1], match[2]
    found["memory.bytes"] = _memory(found["memory.bytes"], linux=found["os"] == "Linux")
    python = content.get("python")
    # An environment that was there before is named by the path of its python.
    found["runtime.python"] = None if isinstance(python, str) and ("/" in python or "\\" in python) else python
    for key, prefix in (("requirements", "requirement"), ("env_vars", "env")):
        extra = content.get(key)
        if isinstance(extra, dict):
            found |= {f"{prefix}.{name}": value for name, value in extra.items()}
    return facts_of(found)


def _memory(ram: object, *, linux: bool) -> object:
    """Return asv's `ram` in bytes: `4GB`, or the number that asv found: kilobytes on Linux, else bytes."""
    text = str(ram) if isinstance(ram, (str, int)) and not isinstance(ram, bool) else ""
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text) * 1024 if linux else int(text)
    match = _SIZE.match(text)
    unit = parse_unit(match[2]) if match else None
    if match is None or unit is None or unit.base != "B":
        return ram if isinstance(ram, str) else None
    return int(unit.to_base(float(match[1])))
