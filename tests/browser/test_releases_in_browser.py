"""Releases and comparisons in a real browser: the same numbers as Python's, and an answer to whatever is typed."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pytest

from perfsite.analysis.geometric import geometric_mean
from perfsite.config import Settings
from perfsite.history.order import arrange
from perfsite.history.query import Fold
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source
from perfsite.pages.publish import publish_site
from perfsite.report.build import Report
from perfsite.report.release_words import mean_interval, mean_text
from perfsite.workflow.incidents import incidents_of
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.site import as_judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

COMMITS = 60
RELEASES = ((9, "v1.0"), (29, "v1.1"), (49, "v1.2"))
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
NAMES = tuple(f"{group}/bench_{i}" for group in ("io", "cpu") for i in range(8))


def _runs() -> Iterator[Run]:
    rng = np.random.default_rng(11)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for i in range(COMMITS):
        time = start + timedelta(days=i)
        for environment in ("linux", "macos"):
            rows = []
            for k, name in enumerate(NAMES):
                level = (k + 1) * 1e-3 * (1.1 if name.startswith("io") and i >= 20 else 1.0)
                if name == "cpu/bench_7" and i >= 40:
                    continue
                rows.append(Measurement(benchmark=name, metric=TIME, value=level * (1 + 0.005 * rng.normal())))
            model = "AMD EPYC 7763" if environment == "linux" else "Apple M1" if i < 45 else "Apple M4"
            yield Run(
                time=time,
                commit=Commit(sha=f"{i:02x}{'ab' * 19}", time=time, subject=f"commit {i} <b>"),
                environment=Environment(name=environment, facts={"cpu.model": model}),
                source=Source(format="test"),
                measurements=Columns.of(rows),
            )


@pytest.fixture(scope="module")
def report() -> Report:
    fold = Fold()
    for run in _runs():
        fold.add(run)
    timeline = fold.timeline(arrange(fold.commits, (), frozenset(), "main"))
    object.__setattr__(timeline, "releases", RELEASES)
    settings = Settings()
    judged = judge_timeline(timeline, settings, ())
    incidents = incidents_of(judged.timeline, judged.judgements, settings, ())
    return Report(as_judged(judged, incidents=incidents.all, title="example"))


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("releases")
    publish_site(report, project=made / "none", output=made / "site", site_url="https://example.org/project/")
    return made / "site"


@pytest.fixture(scope="module")
def site(folder: Path, serve: Callable[..., str]) -> str:
    return serve(folder, prefix="/project/")


def _sha(i: int) -> str:
    return f"{i:02x}{'ab' * 19}"


def _compare(page: Page, site: str, **query: str) -> Page:
    page.goto(f"{site}compare/?{urlencode(query)}")
    page.locator(".ps-compare__answer h2").first.wait_for()
    return page


def _csv(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as got:
        page.get_by_role("link", name="Download as CSV").click()
    return list(csv.DictReader(io.StringIO(got.value.path().read_text(encoding="utf-8"))))


def _rows_of(folder: Path, i: int) -> dict[tuple[str, str], dict[str, str]]:
    text = (folder / "commits" / _sha(i) / "data.csv").read_text(encoding="utf-8")
    return {(row["benchmark"], row["environment"]): row for row in csv.DictReader(io.StringIO(text))}


def test_two_commits_are_divided_as_python_divides_them(folder: Path, site: str, page: Page) -> None:
    _compare(page, site, base=_sha(12)[:6], head=_sha(25))
    rows = {(row["benchmark"], row["environment"]): row for row in _csv(page)}
    before, after = _rows_of(folder, 12), _rows_of(folder, 25)
    assert set(rows) == set(before) & set(after)
    for key, row in rows.items():
        old, new = before[key], after[key]
        delta = float(new["value"]) / float(old["value"]) - 1
        need = math.hypot(*(math.log1p(float(one["noise_floor"])) for one in (old, new)))
        assert float(row["delta"]) == pytest.approx(delta)
        assert float(row["must_exceed"]) == pytest.approx(math.expm1(need))
        is_worse = math.log1p(delta) > max(need, math.log1p(0.02))
        assert row["verdict"] == ("regression" if is_worse else "no-change")


def test_the_mean_of_a_group_is_that_of_python(folder: Path, site: str, page: Page) -> None:
    _compare(page, site, base=_sha(12), head=_sha(25), environment="linux")
    row = page.locator(".ps-table--means tbody tr", has_text="io").inner_text()
    before, after = _rows_of(folder, 12), _rows_of(folder, 25)
    keys = [key for key in before if key[0].startswith("io/") and key[1] == "linux"]
    logs = np.log([float(after[key]["value"]) / float(before[key]["value"]) for key in keys])
    needs = np.array(
        [math.hypot(*(math.log1p(float(side[key]["noise_floor"])) for side in (before, after))) for key in keys]
    )
    machines: Any = page.evaluate("fetch('../data/machines.json').then(got => got.json())")
    share = next(one["share"] for one in machines["together"] if one["environment"] == "linux")
    mean = geometric_mean(logs, needs / 3.3, share)
    assert mean_text(mean.delta) in row
    assert mean_interval(mean) in row


def test_two_releases_are_compared_by_their_levels(report: Report, site: str, page: Page) -> None:
    _compare(page, site, base="v1.0", head="v1.1")
    rows = {(row["benchmark"], row["environment"]): row for row in _csv(page)}
    levels = report._context.releases.levels
    old, new = levels.column(9), levels.column(29)
    for number, series in enumerate(report._context.timeline.series):
        row = rows[series.key.benchmark, series.key.environment]
        assert float(row["delta"]) == pytest.approx(math.expm1(new.logs[number] - old.logs[number]), rel=1e-3, abs=1e-5)
    assert page.locator("h2.ps-hero__sentence").inner_text().startswith("v1.1 is ")
    assert "than v1.0 on geometric mean" in page.locator("h2.ps-hero__sentence").inner_text()


def test_base_and_head_swap_and_the_address_keeps_them(site: str, page: Page) -> None:
    _compare(page, site, base="v1.0", head="v1.1")
    page.get_by_role("button", name="Swap base and head").click()
    page.wait_for_function("location.search.includes('base=v1.1')")
    assert "head=v1.0" in page.url
    page.locator("h2.ps-hero__sentence", has_text="faster than v1.1").wait_for()
    page.select_option(".ps-compare__answer [name=verdict]", "improvement")
    page.wait_for_function("location.search.includes('verdict=improvement')")
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    page.locator(".ps-filter__count", has_text="16 of 32 series").wait_for()


def test_another_machine_is_unsure_and_in_no_mean(site: str, page: Page) -> None:
    _compare(page, site, base=_sha(42), head=_sha(50))
    assert "not comparable: Apple M1 → Apple M4" in page.locator(".ps-callout").first.inner_text()
    verdicts = {row["environment"]: row["verdict"] for row in _csv(page)}
    assert verdicts == {"linux": "no-change", "macos": "unsure"}
    assert "macos" not in page.locator(".ps-table--means").inner_text()


def test_two_environments_are_compared_but_not_judged(site: str, page: Page) -> None:
    _compare(page, site, base=_sha(12), head=_sha(12), base_environment="linux", head_environment="macos")
    assert (
        "what is the machine's and what the code's cannot be told" in page.locator("h2.ps-hero__sentence").inner_text()
    )
    assert {row["verdict"] for row in _csv(page)} == {"unsure"}


def test_what_only_one_side_has_is_listed(site: str, page: Page) -> None:
    _compare(page, site, base=_sha(39), head=_sha(44))
    page.get_by_text(f"2 series only in {_sha(39)[:8]}").click()
    assert page.locator(".ps-compare__answer details .ps-name").first.inner_text() == "cpu/bench_7"


@pytest.mark.parametrize(
    ("base", "answer"),
    [
        ("v9.9", "v9.9 is neither a release of this site nor the beginning"),
        ("abcdef1", "No measured commit begins with abcdef1"),
        ("<img src=x onerror=window.pwned=1>", "is neither a release"),
    ],
)
def test_what_cannot_be_found_is_said(site: str, page: Page, base: str, answer: str) -> None:
    page.goto(f"{site}compare/?{urlencode({'base': base, 'head': _sha(1)})}")
    page.get_by_text(answer).wait_for()
    assert page.evaluate("window.pwned") is None


def test_without_a_choice_the_newest_commit_is_held_against_the_last_release(site: str, page: Page) -> None:
    _compare(page, site)
    assert page.input_value("[name=base]") == "v1.2"
    assert page.input_value("[name=head]") == _sha(59)[:12]


def test_typing_offers_releases_and_commits(site: str, page: Page) -> None:
    _compare(page, site)
    page.fill("[name=base]", "v1")
    page.wait_for_function("document.querySelectorAll('#ps-compare-base option').length === 3")
    page.fill("[name=base]", "2026-02-03")
    page.wait_for_function("document.querySelectorAll('#ps-compare-base option').length === 1")
    assert page.locator("#ps-compare-base option").get_attribute("value") == _sha(33)[:12]


def test_the_matrix_shows_any_base_and_every_series(site: str, page: Page) -> None:
    page.goto(f"{site}releases/")
    cells = page.locator(".ps-matrix__groups tr", has_text="io").first.locator("td")
    before = cells.all_inner_texts()
    page.select_option("[name=rows]", "all")
    page.locator(".ps-filter__count", has_text="32 series, 2 releases").wait_for()
    assert cells.all_inner_texts() == before  # What the browser computes is what Python placed.
    page.fill("[name=find]", "bench_3")
    page.locator(".ps-filter__count", has_text="0 groups, 4 series").wait_for()
    page.select_option("[name=against]", "first")
    page.wait_for_function("location.search.includes('against=first')")


def test_the_section_for_release_notes_is_copied(site: str, page: Page) -> None:
    page.goto(f"{site}releases/v1.1/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("## Performance")
    assert copied == page.input_value(".ps-copy__text")


def test_without_javascript_ready_comparisons_are_listed(site: str, page_factory: Callable[..., Page]) -> None:
    page = page_factory(javascript=False)
    page.goto(f"{site}compare/")
    assert "needs JavaScript" in page.locator("noscript").first.inner_text()
    assert page.locator(".ps-compare__links a").count() == 12
    page.goto(f"{site}releases/v1.1/")
    assert page.locator(".ps-copy__text").is_visible()
