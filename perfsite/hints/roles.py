"""What a metric stands for, whatever its tool calls it: time, allocations, a tail of the latency, cache misses."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Final


class Role(Enum):
    """What a metric measures, as far as rules ask; a metric may have several roles or none."""

    TIME = auto()
    """How long it took: the metric a benchmark is for, wall clock."""
    CPU_TIME = auto()
    """Time spent computing, not waiting."""
    CYCLES = auto()
    INSTRUCTIONS = auto()
    CACHE_MISSES = auto()
    """Accesses that a cache did not answer, page faults among them."""
    CONTENTION = auto()
    """Locks that were waited for, threads that were switched."""
    ALLOCATIONS = auto()
    """How many objects were allocated."""
    ALLOCATED = auto()
    """How many bytes were allocated, freed or not."""
    MEMORY = auto()
    """Bytes held at most, or at the end."""
    COLLECTIONS = auto()
    """Garbage collections: how many, or the time they took."""
    MIDDLE = auto()
    """The median of single operations' times, beside which tails make sense."""
    TAIL = auto()
    """A high percentile of single operations' times."""
    THROUGHPUT = auto()
    ERRORS = auto()
    """The share of operations that failed."""
    USERS = auto()
    """The load that was put on."""
    REQUESTS = auto()
    """How many operations the percentiles are made of."""
    RESPONSE_SIZE = auto()
    PART = auto()
    """A part of a request's time: connecting, waiting for the answer."""


_EXACT: Final[dict[str, tuple[Role, ...]]] = {
    "time": (Role.TIME,),
    "real": (Role.TIME,),
    "wall": (Role.TIME,),
    "mean": (Role.TIME,),
    "median": (Role.TIME, Role.MIDDLE),
    "p50": (Role.TIME, Role.MIDDLE),
    "cpu_time": (Role.CPU_TIME,),
    "instructions": (Role.INSTRUCTIONS,),
    "allocations": (Role.ALLOCATIONS,),
    "total-blocks": (Role.ALLOCATIONS,),
    "allocated": (Role.ALLOCATED,),
    "total-bytes": (Role.ALLOCATED,),
    "total_allocated_bytes": (Role.ALLOCATED,),
    "gc.alloc.rate.norm": (Role.ALLOCATED,),
    "memory": (Role.MEMORY,),
    "mem_max_rss": (Role.MEMORY,),
    "max bytes": (Role.MEMORY,),
    "net_heap_growth": (Role.MEMORY,),
    "gctime": (Role.COLLECTIONS,),
    "gc.count": (Role.COLLECTIONS,),
    "gc.time": (Role.COLLECTIONS,),
    "gen0": (Role.COLLECTIONS,),
    "gen1": (Role.COLLECTIONS,),
    "gen2": (Role.COLLECTIONS,),
    "throughput": (Role.THROUGHPUT,),
    "requests_per_second": (Role.THROUGHPUT,),
    "rps": (Role.THROUGHPUT,),
    "error_rate": (Role.ERRORS,),
    "users": (Role.USERS,),
    "vus": (Role.USERS,),
    "requests": (Role.REQUESTS,),
    "size": (Role.RESPONSE_SIZE,),
    "ram hits": (Role.CACHE_MISSES,),
    "ram accesses": (Role.CACHE_MISSES,),
    "lockcontentioncount": (Role.CONTENTION,),
    "context-switches": (Role.CONTENTION,),
    "retries": (Role.CONTENTION,),
    "deadlock_failures": (Role.CONTENTION,),
    **dict.fromkeys(
        (
            "connect",
            "processing",
            "waiting",
            "dns+dialup",
            "dns-lookup",
            "req write",
            "resp wait",
            "resp read",
            "latency",
        ),
        (Role.PART,),
    ),
}
_UNITS: Final = {
    Role.TIME: {"s"},
    Role.CPU_TIME: {"s"},
    Role.MIDDLE: {"s"},
    Role.PART: {"s"},
    Role.ALLOCATED: {"B"},
    Role.MEMORY: {"B"},
    Role.RESPONSE_SIZE: {"B"},
    Role.THROUGHPUT: {"1/s", "B/s"},
}
_TAIL: Final = re.compile(r"p(?:9[0-9])(?:\.\d+)?\Z")
_CYCLES: Final = re.compile(r"(?:estimated |cpu[-_ ]|ref[-_ ])?cycles(?::\w+)?\Z")
_MISSES: Final = re.compile(r"(?:^|[^a-z])(?:miss(?:es)?|faults?)(?:[^a-z]|$)|faults\Z|\A(?:[id]1m[rw]|[id]lm[rw])\Z")
_PEAK: Final = re.compile(r"(?:peak|max)[-_ ]?(?:rss|mem(?:ory)?|heap)|(?:^|[^a-z])rss(?:[^a-z]|$)")


@lru_cache(maxsize=4096)
def roles_of(metric: str, unit: str) -> frozenset[Role]:
    """Return what a metric stands for; nothing where neither its name nor its unit says.

    Examples
    --------
    >>> sorted(role.name for role in roles_of("p50", "s")), sorted(role.name for role in roles_of("p99.9", "s"))
    (['MIDDLE', 'TIME'], ['TAIL'])
    >>> sorted(role.name for role in roles_of("LL Miss Rate", "1")), sorted(role.name for role in roles_of("x", "1"))
    (['CACHE_MISSES'], [])
    """
    name = metric.lower()
    found = {role for role in _EXACT.get(name, ()) if unit in _UNITS.get(role, {unit})}
    if not found:
        if unit == "s" and _TAIL.match(name):
            found = {Role.TAIL}
        elif _CYCLES.match(name):
            found = {Role.CYCLES}
        elif _MISSES.search(name):
            found = {Role.CACHE_MISSES}
        elif unit == "B" and _PEAK.search(name):
            found = {Role.MEMORY}
    return frozenset(found)
