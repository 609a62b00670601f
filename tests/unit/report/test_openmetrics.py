"""OpenMetrics text: what Prometheus' own parsers read of it, hostile names included."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as prometheus_families

from perfsite.model.run import Columns, Direction, Measurement, Metric
from perfsite.report.openmetrics import FAMILIES, openmetrics

HOSTILE = 'a "quoted" \\ name\nof two lines\r{}=,# EOF\n'


def parsed(text, read=openmetrics_families):
    """Return family name: {labels: value}."""
    return {
        family.name: {tuple(sorted(one.labels.items())): one.value for one in family.samples} for family in read(text)
    }


def only(family, **labels):
    (value,) = [value for key, value in family.items() if labels.items() <= dict(key).items()]
    return value


def test_the_newest_state_of_every_series_is_read_by_prometheus_parsers(stepped):
    context = stepped.context
    text = openmetrics(context)
    assert text.endswith("\n# EOF\n")
    families = parsed(text)
    assert {family.unit for family in openmetrics_families(text)} == {"", "seconds", "ratio"}
    slow = families["perfsite_value_seconds"]
    number = next(i for i, one in enumerate(context.timeline.series) if one.key.benchmark == "slow")
    assert only(slow, benchmark="slow") == pytest.approx(context.timeline.series[number].values[-1])
    assert only(families["perfsite_baseline_seconds"], benchmark="slow") == pytest.approx(1, abs=0.01)
    assert only(families["perfsite_delta_ratio"], benchmark="slow") == pytest.approx(0.5, abs=0.01)
    assert only(families["perfsite_verdict"], benchmark="slow", verdict="regression", severity="critical") == 1
    assert only(families["perfsite_series"], environment="ci", verdict="regression") == 1
    assert only(families["perfsite_series"], verdict="unsure") == 0
    assert only(families["perfsite_open_incidents"], severity="critical") == 1
    assert only(families["perfsite_open_incidents"], severity="minor") == 0
    assert only(families["perfsite_last_run_timestamp_seconds"], environment="ci") == 1769731200
    assert parsed(text, prometheus_families) == families


def test_hostile_names_are_labels_and_nothing_else(make_run, make_report):
    names = [HOSTILE, "b" * 300, "\\", '"', "\u2028", "é"]
    report = make_report(make_run(i, dict.fromkeys(names, 1.0 + i % 3 / 100)) for i in range(8))
    text = openmetrics(report.context)
    assert "\r" not in text
    for read in (openmetrics_families, prometheus_families):
        values = parsed(text, read)["perfsite_value_seconds"]
        assert {dict(key)["benchmark"] for key in values} == {*names[1:], HOSTILE.replace("\r", " ")}


def test_parameters_that_are_written_alike_stay_two_series(make_run, make_report):
    rows = [
        Measurement(benchmark="a", metric=_TIME, value=1.0, parameters=parameters)
        for parameters in ({"k": "1, n=2"}, {"k": "1", "n": "2"}, {"k": "2"})
    ]
    rows += [Measurement(benchmark=name, metric=_TIME, value=1.0) for name in ("b\rc", "b c")]
    report = make_report([replace(make_run(0, {}), measurements=Columns.of(rows))])
    text = openmetrics(report.context)
    assert len(parsed(text)["perfsite_value"]) == text.count("\nperfsite_value{") == 5


_TIME = Metric(name="items", unit="items", direction=Direction.NEITHER)


def test_what_is_not_known_and_what_is_measured_no_more_has_no_sample(make_run, make_report):
    runs = [make_run(i, {"a": 1.0, **({"gone": 1.0} if i < 5 else {})}) for i in range(60)]
    text = openmetrics(make_report(runs).context)
    assert 'benchmark="gone"' not in text
    young = openmetrics(make_report([make_run(0, {"a": 1.0})]).context)
    assert "perfsite_noise_floor_ratio" not in young
    assert "nan" not in young.lower()


def test_an_empty_history_is_valid_too(make_report):
    families = parsed(openmetrics(make_report([]).context))
    assert set(families) == {"perfsite_open_incidents"}


def test_only_the_series_chosen_are_told(stepped):
    values = parsed(openmetrics(stepped.context, [1]))
    assert len(values["perfsite_value_seconds"]) == 1
    assert "perfsite_open_incidents" not in values


def test_two_thousand_series_are_read(make_run, make_report):
    report = make_report([make_run(0, {f"benchmark {i}": 1.0 + i for i in range(2000)})])
    assert len(parsed(openmetrics(report.context))["perfsite_value_seconds"]) == 2000


def test_every_unit_stands_at_the_end_of_its_name():
    assert [name for name, unit, _ in FAMILIES if unit and not name.endswith(f"_{unit}")] == []
