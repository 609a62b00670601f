"""What k6's metrics mean: their names, kinds and the figures of each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.run import Direction, Measurement, Status
from perfsite.model.units import guess_direction
from perfsite.sources.base import in_base, metric_of
from perfsite.sources.formats.load_metrics import percentile_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfsite.sources.base import Rows

KINDS: Final = frozenset({"trend", "counter", "gauge", "rate"})
_UNITS: Final = {"time": "ms", "data": "B"}
_TIMES: Final = re.compile(
    r"duration|latency|time(?!out)|waiting|blocked|connecting|handshaking|looking_up|sending|receiving"
    r"|(?:^|_)(?:ping|ttfb|fcp|lcp|inp|fid)\Z",
    re.IGNORECASE,
)
_DATA: Final = re.compile(r"(?:^|_)data_(?:sent|received)\Z")
_BAD: Final = re.compile(r"error|fail|drop|timeout|reject|miss", re.IGNORECASE)
_GOOD: Final = re.compile(r"check|succe|pass|(?:^|_)ok(?:_|\Z)|hit|valid", re.IGNORECASE)
_STATISTICS: Final = {"avg": "mean", "med": "p50", "min": "min", "max": "max"}
_NAMES: Final = {
    ("http_reqs", "count"): "requests",
    ("http_reqs", "rate"): "requests_per_second",
    ("http_req_failed", "rate"): "error_rate",
    # k6 counts true values as passes, and here true means that a request failed.
    ("http_req_failed", "passes"): "failures",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a k6 metric is and what its values are: `default`, `time` (ms) or `data` (bytes)."""

    type: str
    contains: str


def split_name(text: str) -> tuple[str, dict[str, str]]:
    """Return the metric and the tags of a submetric.

    Examples
    --------
    >>> split_name("http_req_duration{expected_response:true,group:::cart}")
    ('http_req_duration', {'expected_response': 'true', 'group': '::cart'})
    >>> split_name("http_reqs")
    ('http_reqs', {})
    """
    name, brace, rest = text.partition("{")
    if not brace or not rest.endswith("}") or not name:
        return text, {}
    tags = {}
    for part in rest[:-1].split(","):
        key, _, value = part.partition(":")
        key = key.strip(" \"'")
        if not key or key in tags:
            return text, {}
        tags[key] = value.strip(" \"'")
    return name, tags


def guess_kind(name: str, figures: Iterable[str]) -> Kind | None:
    """Return the kind of a metric that is not told, from its figures and name; None where it is none of k6's.

    Examples
    --------
    >>> guess_kind("http_req_waiting", ["avg", "p(95)"]), guess_kind("data_sent", ["count", "rate"])
    (Kind(type='trend', contains='time'), Kind(type='counter', contains='data'))
    >>> guess_kind("checks", ["passes", "fails", "value"]).type, guess_kind("vus", ["value"]).type
    ('rate', 'gauge')
    """
    held = set(figures)
    if held & {"avg", "med"} or any(statistic_name(figure) for figure in held - _STATISTICS.keys()):
        kind = "trend"
    elif held & {"passes", "fails", "matches"}:
        kind = "rate"
    elif "count" in held:
        kind = "counter"
    elif "value" in held or "rate" in held:
        kind = "gauge" if "value" in held else "rate"
    elif held & {"min", "max"}:
        kind = "trend"
    else:
        return None
    return Kind(kind, contents(split_name(name)[0], kind))


def contents(name: str, kind: str) -> str:
    """Return what a metric's values are where k6 does not tell: those of its own metrics, and times by their name."""
    if _DATA.search(name):
        return "data"
    return "time" if kind == "trend" and _TIMES.search(name) else "default"


def statistic_name(figure: str) -> str | None:
    """Return the metric of one of a trend's figures: `p(99.9)`, `med`, `avg`; None for anything else."""
    if figure.startswith("p(") and figure.endswith(")"):
        return percentile_name(figure[2:-1])
    return _STATISTICS.get(figure)


class K6Rows:
    """Takes the figures of k6's metrics into rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.warnings: list[str] = []

    def add(
        self,
        name: str,
        kind: Kind,
        figures: Mapping[str, float | None],
        at: str,
        *,
        samples: Sequence[float] | None = None,
    ) -> None:
        """Add all figures of one metric or submetric.

        Parameters
        ----------
        figures
            As k6 names them: `avg`, `p(95)`, `count`; `rate` is events per second for a counter, else a fraction.
            None: nothing was measured.
        samples
            The single values, kept with the median.
        """
        count = figures.get("count")
        number = int(count) if kind.type == "trend" and count and count >= 1 else None
        done = set()
        for figure, value in figures.items():
            named = self._figure(name, kind, figure)
            if named is None or named[0] in done:
                continue
            done.add(named[0])
            benchmark, parameters = split_name(name)
            metric, unit = metric_of(named[0], named[1], direction=named[2])
            row = Measurement(
                benchmark=benchmark,
                parameters=parameters,
                metric=metric,
                value=value,
                status=Status.OK if value is not None else Status.SKIPPED,
                count=number,
                samples=samples if figure == "med" else None,
            )
            self.rows.add(in_base(unit, row), at)

    def _figure(self, name: str, kind: Kind, figure: str) -> tuple[str, str, Direction | None] | None:
        """Return metric, unit and direction of a figure; None: it says nothing of its own."""
        base = split_name(name)[0]
        unit = _UNITS.get(kind.contains, "")
        known = _NAMES.get((base, figure))
        bad, good = _BAD.search(base), _GOOD.search(base)
        if kind.type == "trend":
            metric = statistic_name(figure)
            return (metric, unit, guess_direction(base, "s" if unit == "ms" else unit or "1")) if metric else None
        if kind.type == "counter" and figure in {"count", "rate"}:
            if kind.contains == "data":
                metric = "bytes" if figure == "count" else "bytes_per_second"
            else:
                metric = known or ("count" if figure == "count" else "per_second")
            if figure == "count":
                return metric, unit, Direction.LOWER if bad else Direction.NEITHER
            return metric, f"{unit or '1'}/s", Direction.LOWER if bad else Direction.HIGHER
        if kind.type == "rate" and figure in {"rate", "passes", "fails"}:
            direction = Direction.LOWER if bad else Direction.HIGHER if good else Direction.NEITHER
            return known or figure, "", direction if figure == "rate" or known else Direction.NEITHER
        if kind.type == "gauge" and figure in {"value", "min", "max"}:
            return figure, unit, Direction.LOWER if unit == "ms" or bad else Direction.NEITHER
        return None

    def add_threshold(self, name: str, expression: str, passed: bool, at: str) -> None:
        """Add whether a threshold was kept: 1 or 0."""
        benchmark, tags = split_name(name)
        metric = metric_of("passed", "", direction=Direction.HIGHER)[0]
        parameters = {**tags, "threshold": expression}
        row = Measurement(benchmark=benchmark, parameters=parameters, metric=metric, value=float(passed))
        self.rows.add(row, at)

    def add_check(self, name: str, group: str, passes: float, fails: float, at: str) -> None:
        """Add how often a check passed and failed; one that never ran is skipped."""
        parameters = {"check": name, "group": group} if group else {"check": name}
        total = passes + fails
        for figure, value, direction in (
            ("rate", passes / total if total else None, Direction.HIGHER),
            ("passes", passes, Direction.NEITHER),
            ("fails", fails, Direction.LOWER),
        ):
            metric = metric_of(figure, "", direction=direction)[0]
            status = Status.OK if value is not None else Status.SKIPPED
            row = Measurement(benchmark="checks", parameters=parameters, metric=metric, value=value, status=status)
            self.rows.add(row, at)
