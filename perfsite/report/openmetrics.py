r"""The state of every series as OpenMetrics text, for Prometheus, its textfile collector, its Pushgateway or Grafana.

All families are gauges without timestamps, so that readers of the older Prometheus text format take the same text:
those know no other type that fits, and count times in milliseconds. When a series was measured is a gauge of its own.

References
----------
.. [1] OpenMetrics 1.0, https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md
.. [2] Prometheus' text format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import SEVERITIES, VERDICTS, Rule, Severity, Verdict
from perfsite.model.incident import IncidentKind
from perfsite.report import wording

if TYPE_CHECKING:
    from perfsite.model.series import Series
    from perfsite.report.context import Context

UNITS: Final = {"s": "seconds", "B": "bytes"}
"""Units that a metric's name tells; what is measured in another has it in the label `unit` only."""
FAMILIES: Final = (
    ("perfsite_value", "", "Newest value of a series, in the unit of its label."),
    ("perfsite_value_seconds", "seconds", "Newest value of a series."),
    ("perfsite_value_bytes", "bytes", "Newest value of a series."),
    ("perfsite_baseline", "", "What the newest value of a series is held against, in the unit of its label."),
    ("perfsite_baseline_seconds", "seconds", "What the newest value of a series is held against."),
    ("perfsite_baseline_bytes", "bytes", "What the newest value of a series is held against."),
    ("perfsite_delta_ratio", "ratio", "Newest value / baseline - 1."),
    (
        "perfsite_noise_floor_ratio",
        "ratio",
        "The smallest delta of a series, either way, that can be told from chance.",
    ),
    ("perfsite_verdict", "", "1 for the verdict, severity and rule that the newest value of a series stands at."),
    ("perfsite_run_timestamp_seconds", "seconds", "When a series was measured last."),
    ("perfsite_series", "", "Series that are measured, by environment and the verdict of their newest value."),
    ("perfsite_open_incidents", "", "Open incidents, regressions only, by severity."),
    ("perfsite_last_run_timestamp_seconds", "seconds", "When an environment measured last."),
)
"""Name, unit and meaning of everything that is told, in its order."""


@dataclass(slots=True)
class _Text:
    """Samples by family; a family's stand together in the text, as both formats want it."""

    samples: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name, _, _ in FAMILIES})

    def add(self, family: str, labels: str, value: float, digits: int = 12) -> None:
        """Add one sample; what is not finite is not known, and is left out."""
        if math.isfinite(value):
            self.samples[family].append(f"{family}{{{labels}}} {value:.{digits}g}")

    def written(self) -> Iterator[str]:
        for name, unit, meaning in FAMILIES:
            if self.samples[name]:
                yield f"# HELP {name} {meaning}"
                yield f"# TYPE {name} gauge"
                if unit:
                    yield f"# UNIT {name} {unit}"
                yield from self.samples[name]
        yield "# EOF"


def openmetrics(context: Context, numbers: Iterable[int] | None = None) -> str:
    """Return the newest state of series that are still measured, by number; None: of all.

    The same history gives the same text. What is not known, a baseline or a noise floor, has no sample.
    """
    text = _Text()
    every = range(len(context.timeline.series)) if numbers is None else numbers
    living = [
        number
        for number in every
        if len(context.timeline.series[number]) and not context.is_retired(context.timeline.series[number])
    ]
    counts: Counter[tuple[str, Verdict]] = Counter()
    for number, labels in zip(living, _labels(context, living), strict=True):
        verdict = _add_series(context, text, number, labels)
        counts[context.timeline.series[number].key.environment, verdict] += 1
    for environment in sorted({environment for environment, _ in counts}):
        for verdict in VERDICTS:
            labels = f"environment={_quoted(environment)},verdict={_quoted(verdict)}"
            text.add("perfsite_series", labels, counts[environment, verdict])
    if numbers is None:
        _add_incidents(context, text)
    _add_runs(context, text, {context.timeline.series[number].key.environment for number in living})
    return "\n".join([*text.written(), ""])


def _add_series(context: Context, text: _Text, number: int, labels: str) -> Verdict:
    series, judgement = context.timeline.series[number], context.judged.judgements[number]
    ending = f"_{UNITS[series.unit]}" if series.unit in UNITS else ""
    verdict = VERDICTS[int(judgement.verdicts[-1])]
    severity = wording.severity_text(SEVERITIES[int(judgement.severities[-1])], verdict)
    rule = Rule(int(judgement.rules[-1])).name.lower()
    text.add(f"perfsite_value{ending}", labels, float(series.values[-1]))
    text.add(f"perfsite_baseline{ending}", labels, float(judgement.baselines[-1]))
    text.add("perfsite_delta_ratio", labels, float(judgement.deltas[-1]), 6)
    text.add("perfsite_noise_floor_ratio", labels, float(judgement.floors[-1]), 6)
    state = f'verdict="{verdict}",severity="{severity}",rule="{rule}"'
    text.add("perfsite_verdict", f"{labels},{state}", 1)
    text.add("perfsite_run_timestamp_seconds", labels, float(series.times[-1]))
    return verdict


def _add_incidents(context: Context, text: _Text) -> None:
    found = Counter(
        one.severity for one in context.judged.incidents if one.is_open and one.kind is not IncidentKind.IMPROVEMENT
    )
    for severity in Severity:
        text.add("perfsite_open_incidents", f"severity={_quoted(severity)}", found[severity])


def _add_runs(context: Context, text: _Text, environments: Iterable[str]) -> None:
    for environment in sorted(environments):
        times = [run.time for run in context.runs_in.get(environment, ()) if run.pull_request is None]
        if times:
            stamp = max(times).timestamp()
            text.add("perfsite_last_run_timestamp_seconds", f"environment={_quoted(environment)}", stamp)


def _labels(context: Context, numbers: Sequence[int]) -> list[str]:
    """Return the labels of some series, no two the same: a sample that stands twice makes a text invalid.

    Names that look the same as labels are told apart by the number of the series, as `data/series.json` counts them.
    """
    plain = [_of(context.timeline.series[number]) for number in numbers]
    seen = Counter(plain)
    return [
        text if seen[text] == 1 else f'{text},series="{number}"' for text, number in zip(plain, numbers, strict=True)
    ]


def _of(series: Series) -> str:
    key = series.key
    told = {
        "benchmark": key.benchmark,
        "parameters": key.parameter_text,
        "metric": key.metric,
        "environment": key.environment,
        "unit": series.unit,
        "direction": str(series.direction),
    }
    return ",".join(f"{name}={_quoted(text)}" for name, text in told.items())


def _quoted(text: str) -> str:
    r"""Return a label's value as both formats escape it.

    A carriage return is no line's end to either, but to many a program between; in its place stands a space.

    Examples
    --------
    >>> print(_quoted('a "b" \\ c\nd'))
    "a \"b\" \\ c\nd"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ")
    return f'"{escaped}"'
