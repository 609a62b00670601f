"""Worked examples: every number in them is one of the judged history, and what is worked out comes out."""

import math

import numpy as np
import pytest

from perfsite.report.examples import NAMES, worked_examples
from perfsite.report.examples_beyond import cost_parts, rank_factors
from perfsite.report.examples_series import exact_text, find_case
from perfsite.report.wording import delta_text, noise_text


def values_of(example):
    return {step.name: step.value for step in example.steps}


@pytest.fixture(scope="module")
def noisy(make_run, make_report):
    """Return 60 commits of three series: one regresses by a fifth at 40, one strays once, one is restless."""
    rng = np.random.default_rng(3)
    noise = 1 + rng.normal(0, 0.01, (3, 60))
    noise[0, 40:] *= 1.2
    noise[1, 30] = 2.0
    noise[2] += rng.normal(0, 0.2, 60)
    return make_report([make_run(i, {f"b{n}": float(noise[n, i]) for n in range(3)}) for i in range(60)])


def test_the_example_of_a_comparison_is_what_was_judged(noisy, make_sha):
    context = noisy._context
    case = find_case(context)
    series, judgement = context.timeline.series[case.number], context.judged.judgements[case.number]
    at = case.change.index
    assert (series.key.benchmark, at) == ("b0", 40)
    told = values_of(noisy.examples["comparison"])
    baseline = float(judgement.baselines[at])
    count = int(judgement.baseline_counts[at])
    assert told["Baseline"] == exact_text(baseline, "s")
    assert baseline == pytest.approx(float(series.values[at - count : at].mean()), rel=1e-9)
    assert told["Value"] == exact_text(float(series.values[at]), "s")
    assert told["Delta"] == delta_text(float(judgement.deltas[at])) == delta_text(series.values[at] / baseline - 1)
    (made_of,) = [step.how for step in noisy.examples["comparison"].steps if step.name == "Baseline"]
    assert made_of.startswith(f"mean of {count} points, from ")
    assert noisy.examples["comparison"].where == f"at {make_sha(40)[:8]} (2026-02-10)"


def test_the_example_of_a_verdict_holds_both_tests(noisy):
    case = find_case(noisy._context)
    at, judgement = case.change.index, case.judgement
    told = values_of(noisy.examples["counting"])
    assert told["Noise floor"] == noise_text(float(judgement.floors[at]))
    assert (told["Beyond the noise?"], told["Large enough?"], told["Verdict"]) == ("yes", "yes", "Regression")
    assert told["Rule"] == {0: "pass", 1: "warn", 2: "fail"}[int(judgement.rules[at])]
    assert noisy.examples["counting"].verdict == "regression"


def test_the_example_of_a_change_point_divides_its_levels(noisy):
    change = find_case(noisy._context).change
    told = values_of(noisy.examples["change-point"])
    assert told["Level before"] == exact_text(change.before, "s")
    assert told["Level after"] == exact_text(change.after, "s")
    assert change.after / change.before - 1 == pytest.approx(change.delta, abs=1e-9)
    assert values_of(noisy.examples["severity"])["Severity"] == str(change.severity) == "critical"


def test_an_outlier_was_off_its_level_and_the_next_point_was_not(noisy):
    told = noisy.examples["outlier"]
    assert told.subject.startswith("b1 ")
    assert values_of(told)["Value"] == "2 s"


def test_the_rank_of_an_incident_is_the_product_that_is_shown(noisy):
    incident = max(noisy._judged.incidents, key=lambda one: one.rank)
    size, spread, recency = rank_factors(noisy._context, incident)
    assert 100 * size * spread * recency * incident.confidence == pytest.approx(incident.rank)
    days = 59 - incident.commit
    assert recency == pytest.approx(0.5 ** (days / 90), rel=0.05)
    assert values_of(noisy.examples["incident"])["Rank"] == f"{incident.rank:.1f}"


def test_the_cost_of_a_series_is_the_sum_that_is_shown(noisy):
    told = [one.quality for one in noisy._judged.in_depth.values() if one.quality is not None]
    for found in told:
        assert math.fsum(part for _, part, _ in cost_parts(found)) == pytest.approx(found.cost)
    assert values_of(noisy.examples["quality"])["Cost of a hundred runs"] == f"{max(one.cost for one in told):.0f}"


def test_the_geometric_mean_of_a_release_is_the_root_of_the_product_that_is_shown(make_run, make_report):
    rng = np.random.default_rng(5)
    noise = 1 + rng.normal(0, 0.005, (3, 60))
    noise[0, 30:] *= 1.3
    runs = [make_run(i, {f"io/b{n}": float(noise[n, i]) for n in range(3)}) for i in range(60)]
    report = make_report(runs, releases=[(15, "v1.0"), (45, "v1.1")])
    told = report.examples["release"]
    ratios = [float(text) for text in values_of(told)["Ratios"].split(", ")]
    assert len(ratios) == 3
    assert max(ratios) == pytest.approx(1.3, rel=0.01)
    mean = math.prod(ratios) ** (1 / 3)
    assert values_of(told)["Geometric mean"] == delta_text(mean - 1)
    assert told.where == "v1.1 against v1.0"
    assert told.url == next(view.url for view in report.releases() if view.tag == "v1.1")


def test_what_a_history_has_no_case_of_has_no_example(make_run, make_report):
    assert dict(make_report([]).examples) == {}
    assert dict(make_report([make_run(0, {"a": 1.0})]).examples) == {}
    quiet = make_report([make_run(i, {"a": 1 + (i % 3) / 1000}) for i in range(30)])
    assert "comparison" not in quiet.examples


def test_every_example_is_made_by_name_and_asked_for_by_the_page_on_methods(noisy):
    from importlib.resources import files

    text = files("perfsite.pages").joinpath("shells", "methods.md").read_text(encoding="utf-8")
    asked = [name for name in NAMES if f'data-example="{name}"' in text]
    assert asked == list(NAMES)
    assert worked_examples(noisy._context).keys() <= set(NAMES)
