from __future__ import annotations

import json
import random

import pytest

from perfsite.model.findings import ChangeEvidence, ChangePoint, NoiseKind, Severity, Verdict
from perfsite.report.evidence import sentences, sure_text
from perfsite.report.views import CommitRef


def change(**more) -> ChangePoint:
    told = {
        "real": 0.974,
        "confidence": 0.951,
        "first": 9,
        "last": 12,
        "reach": 0.2,
        "points_before": 10,
        "points_after": 1200,
        "agreement": 0.981,
        "weighted": False,
        "machines_told": False,
        "noise": NoiseKind.INDEPENDENT,
    }
    return ChangePoint(
        index=10,
        before=1.0,
        after=1.1,
        delta=0.1,
        lower=0.08,
        upper=0.12,
        score=12.34,
        verdict=Verdict.REGRESSION,
        severity=Severity.MAJOR,
        evidence=ChangeEvidence(**{**told, **more}),
    )


def commit_of(point: int) -> CommitRef:
    return CommitRef(sha=f"{point:040x}", short=f"c{point}", url="", date=f"day {point}", subject="")


def test_the_evidence_is_told_in_words():
    place, strength, noise = sentences(change(), commit_of)
    assert place == "It came after c8 (day 8) and not later than c12 (day 12), with 95 %."
    assert strength == (
        "10 runs before, 1\u202f200 after; the levels are 12.3 standard errors apart, "
        "and 98 % of pairs of near runs differ this way."
    )
    assert noise == "Each run strays from the level by itself."


def test_a_change_whose_place_is_clear_says_so():
    assert sentences(change(first=10, last=10), commit_of)[0] == (
        "Its place is clear: no other measured commit fits (95 %)."
    )


def test_what_detection_took_into_account_is_told():
    told = " ".join(sentences(change(weighted=True, machines_told=True, noise=NoiseKind.MEMORY), commit_of))
    assert "own samples spread" in told
    assert "machines differ" in told
    assert "takes the next ones along" in told


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.974, "97 % sure"), (0.999, "over 99 % sure"), (1.0, "over 99 % sure"), (0.001, "under 1 % sure")],
)
def test_no_change_is_told_to_be_certain(confidence, words):
    assert sure_text(change(real=confidence)) == words


def test_a_benchmarks_page_and_its_data_carry_the_evidence(make_run, make_report):
    noise = random.Random(0)
    runs = [make_run(i, {"parse": (1.0 if i < 20 else 1.5) + noise.gauss(0, 0.01)}) for i in range(40)]
    (view,) = make_report(runs).benchmarks()
    (row,) = view.changes
    assert row.sure == "over 99 % sure"
    assert "20 runs before, 20 after" in row.evidence[1]
    (told,) = json.loads(view.chart)["series"][0]["changes"]
    assert told["confidence"] > 0.99
    assert (told["first"], told["last"], told["noise"]) == (20, 20, "independent")
