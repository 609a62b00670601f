"""A run and what it is made of: one execution of one suite in one environment at one commit."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

_T = TypeVar("_T")
FactValue = str | int | float | bool
MAX_SAMPLES: Final = 100
"""Most samples that a run record keeps of one measurement (see `thin_samples`)."""


class Direction(StrEnum):
    """Which way is better; a metric with `neither` can change but never regress."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Status(StrEnum):
    """Whether a measurement came about."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing measured of a benchmark.

    `unit` is a base unit; `original_unit` is how the tool wrote it where that differs, so that nothing is lost.
    """

    name: str
    unit: str
    direction: Direction
    original_unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One benchmark's one metric in one run: its sample, as a centre and what is known of its spread.

    All numbers are finite and in the metric's base unit. `value` is None exactly where `status` is not ok.
    `count` is how many samples were taken, `samples` the samples kept (at most MAX_SAMPLES); `lower` and `upper`
    bound the centre as the tool reported it, `deviation` is the standard deviation of the samples. `statistics` are
    further figures of the same sample that the tool reported and that the samples kept do not tell: `min`, `max`,
    `mean`, `median`, `q1`, `q3`, `mad`, `p90`…
    """

    benchmark: str
    metric: Metric
    value: float | None
    parameters: Mapping[str, str] = field(default_factory=dict)
    status: Status = Status.OK
    count: int | None = None
    lower: float | None = None
    upper: float | None = None
    deviation: float | None = None
    samples: Sequence[float] | None = None
    statistics: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The measurements of one run as columns of one length n: the form on disk and of every bulk operation.

    A column that is None holds nothing for any row; `status` None means that all rows are ok, `parameters` None that
    no row has any. `metric` holds indices into `metrics`.
    """

    metrics: tuple[Metric, ...]
    benchmark: Sequence[str]
    metric: Sequence[int]
    value: Sequence[float | None]
    parameters: Sequence[Mapping[str, str] | None] | None = None
    status: Sequence[str] | None = None
    count: Sequence[int | None] | None = None
    lower: Sequence[float | None] | None = None
    upper: Sequence[float | None] | None = None
    deviation: Sequence[float | None] | None = None
    samples: Sequence[Sequence[float] | None] | None = None
    statistics: Sequence[Mapping[str, float] | None] | None = None

    def __len__(self) -> int:
        return len(self.benchmark)

    @classmethod
    def of(cls, measurements: Sequence[Measurement]) -> Columns:
        """Return the measurements as columns; samples past MAX_SAMPLES are thinned."""
        rows = list(measurements)
        index: dict[Metric, int] = {}
        metric = [index.setdefault(row.metric, len(index)) for row in rows]
        return cls(
            metrics=tuple(index),
            benchmark=[row.benchmark for row in rows],
            metric=metric,
            value=[row.value for row in rows],
            parameters=_column([row.parameters or None for row in rows]),
            status=None if all(row.status is Status.OK for row in rows) else [str(row.status) for row in rows],
            count=_column([_count(row) for row in rows]),
            lower=_column([row.lower for row in rows]),
            upper=_column([row.upper for row in rows]),
            deviation=_column([_deviation(row) for row in rows]),
            samples=_column([thin_samples(row.samples) if row.samples else None for row in rows]),
            statistics=_column([row.statistics or None for row in rows]),
        )

    def __iter__(self) -> Iterator[Measurement]:
        """Yield the rows one by one; for bulk work use the columns."""
        for i in range(len(self)):
            yield Measurement(
                benchmark=self.benchmark[i],
                metric=self.metrics[self.metric[i]],
                value=self.value[i],
                parameters=(self.parameters[i] if self.parameters else None) or {},
                status=Status(self.status[i]) if self.status else Status.OK,
                count=self.count[i] if self.count else None,
                lower=self.lower[i] if self.lower else None,
                upper=self.upper[i] if self.upper else None,
                deviation=self.deviation[i] if self.deviation else None,
                samples=self.samples[i] if self.samples else None,
                statistics=self.statistics[i] if self.statistics else None,
            )


def _column(values: list[_T | None]) -> list[_T | None] | None:
    return values if any(value is not None for value in values) else None


def _count(row: Measurement) -> int | None:
    return len(row.samples) if row.count is None and row.samples else row.count


def _deviation(row: Measurement) -> float | None:
    """Return the standard deviation: that of the samples where nothing else tells the spread."""
    samples = row.samples
    if row.deviation is not None or not samples or len(samples) < 2 or row.lower is not None:
        return row.deviation
    # Sums that overflow become infinite and are left out; math.fsum and ** would raise.
    mean = sum(samples) / len(samples)
    spread = sqrt(sum((sample - mean) * (sample - mean) for sample in samples) / (len(samples) - 1))
    return spread if isfinite(spread) else None


def thin_samples(samples: Sequence[float]) -> Sequence[float]:
    """Return all samples up to MAX_SAMPLES, else an evenly spaced MAX_SAMPLES of the sorted ones.

    The smallest and the largest always stay. That samples were left out shows in `count`, which tells how many
    were taken.
    """
    n = len(samples)
    if n <= MAX_SAMPLES:
        return samples
    ordered = sorted(samples)
    return [ordered[round(i * (n - 1) / (MAX_SAMPLES - 1))] for i in range(MAX_SAMPLES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What is known of a commit; `sha` is 40 hex digits (64 in a sha-256 repository), lower case.

    For a pull request `sha` is the head's and `tested` the merge commit that was measured. `parents` is None where
    they are not known, an empty tuple at a root.
    """

    sha: str
    time: datetime | None = None
    subject: str | None = None
    author: str | None = None
    parents: tuple[str, ...] | None = None
    dirty: bool | None = None
    tested: str | None = None


def stand_in(label: str, *, time: datetime | None = None) -> Commit:
    """Return a commit for code that is known by a label only: a release, a short sha, a build number.

    The sha is a digest of the label, the same for the same label, and names no commit of any repository; the label is
    the subject, so that people see what the tool called it.

    Examples
    --------
    >>> stand_in("v1.2").sha == stand_in("v1.2").sha != stand_in("v1.3").sha
    True
    """
    digest = hashlib.sha1(b"perfsite label\0" + label.encode(errors="replace"), usedforsecurity=False)
    return Commit(sha=digest.hexdigest(), subject=label, time=time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The owner's name of a place where runs are comparable, and the facts of the machine at the time of the run.

    Facts have dotted lower-case names: `cpu.model`, `cpu.cores`, `memory.bytes`, `accelerator`, `os`, `kernel`,
    `arch`, `runtime.python`, `runner.image`.
    """

    name: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a run's measurements come from: format, tool, its version, the CI run and which attempt of it."""

    format: str
    tool: str | None = None
    version: str | None = None
    url: str | None = None
    attempt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of one suite in one environment at one commit: one line of the history.

    `id` is the content hash that `perfsite.history.codec` gives it; None until then. `time` is aware, in UTC.
    A `calibration` is one of several runs of the same code, made to learn the noise: it is no point of a trend.
    """

    time: datetime
    commit: Commit
    environment: Environment
    source: Source
    measurements: Columns
    branch: str | None = None
    pull_request: int | None = None
    suite: str | None = None
    artifact: str | None = None
    calibration: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a source found in one result file: measurements, and whatever facts the tool wrote beside them."""

    measurements: Sequence[Measurement]
    tool: str | None = None
    tool_version: str | None = None
    time: datetime | None = None
    suite: str | None = None
    commit: Commit | None = None
    branch: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    earlier: tuple[Reading, ...] = ()
    """Runs that stand in the same file before this one, oldest first; most formats hold one run a file."""


SHA: Final = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_ENVIRONMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_RESERVED: Final = frozenset({"pull", "con", "prn", "aux", "nul"})


def is_environment_name(name: str) -> bool:
    """Whether a name may be an environment's: it is a key, a folder and a part of a URL at once.

    Letters, digits, `.`, `_`, `-`; at most 100; the first a letter or digit; not a reserved word (`pull`); no dot
    or `.lock` at the end, which git and Windows refuse.
    """
    stem = name.lower()
    return (
        _ENVIRONMENT.match(name) is not None
        and stem.partition(".")[0] not in _RESERVED
        and not stem.endswith((".", ".lock"))
    )


def environment_name(text: str) -> str:
    """Return any text as a valid environment name, the same for the same text.

    Examples
    --------
    >>> environment_name("ubuntu-latest/conda py3.8")
    'ubuntu-latest-conda-py3.8'
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:100].rstrip("-._") or "default"
    return name if is_environment_name(name) else f"env-{name[:90]}".removesuffix(".lock")
