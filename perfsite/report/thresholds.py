"""What each series' threshold is: the owner's, what its noise allows, and both as rules that can be reviewed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.series import Series, SeriesKey

STEP: Final = 1000
"""Exported thresholds are whole tenths of a percent, rounded up."""
HEADER: Final = "# Thresholds that perfsite adapted to the noise of each series."


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRow:
    """The thresholds of one series; fractions, None: not known, or none is set.

    `warn` and `fail` are the owner's, `name` where they come from: a preset, `rule`, or empty; `floor` is the smallest
    delta that one new run can be told from chance by, `adapted` the larger of that and what the owner asks for, and
    `detectable` the smallest change that one run shows four times out of five.
    """

    key: SeriesKey
    unit: str
    direction: str
    name: str
    warn: float | None
    fail: float | None
    minor: float
    floor: float | None
    adapted: float | None
    detectable: float | None

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as people read it; see `HEAD`."""
        parameters = f" ({self.key.parameter_text})" if self.key.parameters else ""
        return (
            wording.short_name(self.key.benchmark + parameters),
            wording.short_name(self.key.metric, 40),
            self.key.environment,
            self.name or wording.NONE,
            _percent(self.warn),
            _percent(self.fail),
            wording.noise_text(self.floor),
            _percent(self.adapted),
            _percent(self.detectable),
        )

    def document(self) -> dict[str, Any]:
        """Return the row for programs."""
        return {
            "benchmark": self.key.benchmark,
            "parameters": dict(self.key.parameters),
            "metric": self.key.metric,
            "environment": self.key.environment,
            "unit": self.unit,
            "direction": self.direction,
            "from": self.name or None,
            "warn": self.warn,
            "fail": self.fail,
            "noise_floor": self.floor,
            "adapted": self.adapted,
            "detectable": self.detectable,
        }


HEAD: Final = ("benchmark", "metric", "environment", "from", "warn", "fail", "noise", "adapted", "detectable")


def threshold_row(series: Series, judgement: Judgement, policy: Policy) -> ThresholdRow:
    """Return the thresholds that the next run of a series meets."""
    threshold = policy.threshold
    floor = _known(float(judgement.floors[-1])) if len(series) else None
    least = min((level for level in (threshold.warn, threshold.fail) if level is not None), default=None)
    adapted = None if least is None else max(least, floor or 0.0)
    return ThresholdRow(
        key=series.key,
        unit=series.unit,
        direction=str(series.direction),
        name=threshold.name,
        warn=threshold.warn,
        fail=threshold.fail,
        minor=policy.severities.minor,
        floor=floor,
        adapted=adapted,
        detectable=_known(float(judgement.detectable[-1])) if len(series) else None,
    )


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _percent(fraction: float | None) -> str:
    return wording.NONE if fraction is None else wording.delta_text(fraction).lstrip("+")


def rules_of(rows: Iterable[ThresholdRow]) -> list[dict[str, Any]]:
    """Return rules for perfsite.toml that set the adapted thresholds, in the order of their series' names.

    A rule knows no parameters: of series that differ in them only, the largest thresholds count. Series without a
    threshold of the owner's have none to adapt, and where the noise is not known the owner's stays as it is.
    """
    rules: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row.key, row.unit)):
        if row.floor is None or row.fail is None:
            continue
        name = (row.key.benchmark, row.key.metric, row.unit, row.key.environment)
        globs = dict(zip(("benchmark", "metric", "unit", "environment"), map(glob_of, name), strict=True))
        rule = rules.setdefault(name, {**globs})
        warn, fail = _rounded_up(max(row.warn or row.minor, row.floor)), _rounded_up(max(row.fail, row.floor))
        rule["warn"] = min(max(warn, rule.get("warn", 0.0)), max(fail, rule.get("fail", 0.0)))
        rule["fail"] = max(fail, rule.get("fail", 0.0))
    return list(rules.values())


def _rounded_up(fraction: float) -> float:
    # What is a whole number of steps but for rounding stays one.
    return math.ceil(fraction * STEP - 1e-9) / STEP


def glob_of(name: str) -> str:
    """Return the glob that selects exactly a name.

    Examples
    --------
    >>> glob_of("sort[n=*]")
    'sort[[]n=[*]]'
    """
    glob = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
    return glob if glob.strip() else f"[{glob[:1]}]{glob[1:]}"


def toml_of(rules: Sequence[dict[str, Any]]) -> str:
    """Return rules as the text of a perfsite.toml."""
    lines = [HEADER, "# Review them, then append them to site_config/perfsite.toml: later rules win.", ""]
    for rule in rules:
        lines.append("[[rules]]")
        for key, value in rule.items():
            text = toml_text(value) if isinstance(value, str) else repr(value)
            lines.append(f"{key} = {text}")
        lines.append("")
    return "\n".join(lines)


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def toml_text(text: str) -> str:
    r"""Return text as a string of TOML, whatever is in it.

    Examples
    --------
    >>> print(toml_text('a "b"\n\x1b'))
    "a \"b\"\n\u001b"
    """
    return '"' + "".join(_ESCAPES.get(letter) or _letter(letter) for letter in text) + '"'


def _letter(letter: str) -> str:
    # Direction marks and line separators would make a reviewer read another text than the one that counts.
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
