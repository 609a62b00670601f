"""What counts as a regression, as data; reading it from a file is `perfsite.config`'s work."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Severities:
    """Sizes of |delta| at which a change is minor, major and critical; fractions, rising. Below `minor` it is noise."""

    minor: float = 0.02
    major: float = 0.05
    critical: float = 0.10

    def __post_init__(self) -> None:
        if not 0 < self.minor <= self.major <= self.critical:
            raise ValueError(f"severities must rise from above 0: {self.minor}, {self.major}, {self.critical}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """When a change for the worse makes a rule warn or fail; None: never.

    `warn` and `fail` are fractions of the baseline, `warn_absolute` and `fail_absolute` differences from it in the base
    unit, for what may well have a baseline of 0; all > 0. Where both kinds are set, either one suffices.
    """

    warn: float | None = None
    fail: float | None = None
    warn_absolute: float | None = None
    fail_absolute: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one series is judged.

    A delta counts when it passes both: `severities.minor` and what the series' own noise allows at `alpha`. A rule
    fails when a delta that counts also passes `threshold.fail`. Where fewer than `min_points` earlier points tell the
    noise, the threshold decides alone and the verdict carries a warning.
    """

    threshold: Threshold = field(default_factory=Threshold)
    severities: Severities = field(default_factory=Severities)
    alpha: float = 0.001
    """Significance level of one comparison, two-sided, in (0, 1): how often pure noise may pass as a change."""
    false_discovery_rate: float = 0.05
    """Which share of the findings of one commit that no later run has confirmed may be false on average, in (0, 1).

    Where nothing changed at all, it is how often a commit has any such finding, however many series it has.
    """
    min_points: int = 6
    """Earlier points needed before the noise counts as known."""
    baseline_points: int = 30
    """Most points, newest first, that make up a baseline."""
    sensitivity: float = 1.0
    """Scales the evidence a change point needs; above 1 fewer, surer change points."""


PRESETS: dict[str, Threshold] = {
    "throughput": Threshold(fail=0.10, name="throughput"),
    "latency": Threshold(fail=0.20, name="latency"),
    "memory": Threshold(fail=0.15, name="memory"),
}
"""Thresholds that apply without any configuration, by the kind of metric (see `preset_for`)."""
LOAD_TEST = "load-test"
PRESET_NAMES: tuple[str, ...] = (*PRESETS, LOAD_TEST)
_OF_LOAD: dict[str, Threshold] = {
    "p50": Threshold(warn=0.20, name=LOAD_TEST),
    "median": Threshold(warn=0.20, name=LOAD_TEST),
    "p95": Threshold(fail=0.20, name=LOAD_TEST),
    "p99": Threshold(warn=0.25, name=LOAD_TEST),
    "error_rate": Threshold(fail_absolute=0.02, name=LOAD_TEST),
}
_THROUGHPUT_OF_LOAD = Threshold(warn=0.30, name=LOAD_TEST)


def preset(name: str, metric: str, unit: str, direction: str) -> Threshold:
    """Return the threshold that a preset has for a metric.

    `load-test` has one for what decides over a load test, and none for the rest: its mean, its slowest request and its
    number of failures follow the percentiles and the error rate, and would say the same thing again.

    Examples
    --------
    >>> preset("load-test", "p95", "s", "lower").fail, preset("load-test", "error_rate", "1", "lower").fail_absolute
    (0.2, 0.02)
    >>> preset("load-test", "requests_per_second", "1/s", "higher").warn, preset("latency", "p95", "s", "lower").fail
    (0.3, 0.2)
    """
    if name != LOAD_TEST:
        return PRESETS[name]
    if direction == "higher" and unit == "1/s":
        return _THROUGHPUT_OF_LOAD
    return _OF_LOAD.get(metric, Threshold(name=LOAD_TEST))


def preset_for(unit: str, direction: str) -> Threshold:
    """Return the threshold that applies where the owner set none.

    Times are `latency`, sizes `memory`, whatever is better high `throughput`; a metric without a direction has none.

    Examples
    --------
    >>> preset_for("s", "lower").name, preset_for("1/s", "higher").name, preset_for("1", "neither").name
    ('latency', 'throughput', '')
    """
    if direction == "neither":
        return Threshold()
    if direction == "higher":
        return PRESETS["throughput"]
    return PRESETS["memory"] if unit == "B" else PRESETS["latency"]
