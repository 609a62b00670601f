"""Comments to try: checks' answers made by hand, from a clean one to one with hostile names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from perfsite.model.budget import Budget, Limit
from perfsite.model.event import BaselinePinned
from perfsite.model.findings import Rule, Stage, Verdict
from perfsite.model.policy import Threshold
from perfsite.model.run import Commit
from perfsite.model.series import SeriesKey
from perfsite.report.check import CheckRow, CheckView
from perfsite.report.check_details import RowDetails
from perfsite.report.check_missing import MissingRow
from perfsite.report.comment import CommentFacts, Measured, comment_view
from perfsite.report.views import Counts

if TYPE_CHECKING:
    from perfsite.report.comment_views import CommentView

HEAD, BASE = "9f3c2d1a" * 5, "1a2b3c4d" * 5
SITE = "https://owner.github.io/parser/"
HOSTILE = (
    "@everyone <!-- perfsite comment perfsite --> | a `b` </details><script>alert(1)</script> \x1b[31mred\x1b[0m\n"
    "# big\r\n/close #1 owner/repo#2 GH-3 !4 [x](javascript:alert(1)) ![i](https://evil.example/i.png) "
    "https://evil.example www.evil.example mail@evil.example 1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d "
    "$x$ ~~s~~ **b** __u__ &lt; &#64;team \\| \\ :tada: \u202eecalp\u202c \u2066x\u2069 \u200b\U000e0041"
)


def row(benchmark: str = "parse/json", **changes: Any) -> CheckRow:
    """Return a series without change, at 10 ms."""
    usual = CheckRow(
        benchmark=benchmark,
        parameters=(),
        metric="time",
        environment="ci-linux",
        unit="s",
        direction="lower",
        value=0.01,
        baseline=0.01,
        delta=0.0,
        noise_floor=0.013,
        detectable=0.021,
        p_value=None,
        threshold=0.2,
        threshold_absolute=None,
        verdict=Verdict.NO_CHANGE,
        severity="none",
        rule=Rule.PASS,
        doubts=(),
        stage=Stage.NONE,
        standing=False,
        details=RowDetails(baseline_points=12, threshold=Threshold(fail=0.2)),
    )
    return replace(usual, **changes)


def worse(benchmark: str = "parse/json", delta: float = 0.201, **changes: Any) -> CheckRow:
    """Return a regression, which fails above 20 %."""
    usual = {
        "value": 0.01 * (1 + delta),
        "delta": delta,
        "verdict": Verdict.REGRESSION,
        "severity": "critical" if delta > 0.1 else "major" if delta > 0.05 else "minor",
        "rule": Rule.FAIL if delta > 0.2 else Rule.PASS,
        "stage": Stage.SUSPECTED,
        "doubts": ("suspected: only the newest run shows it, and later runs confirm or withdraw it",),
    }
    return row(benchmark, **(usual | changes))


def better(benchmark: str = "render/svg", delta: float = -0.153, **changes: Any) -> CheckRow:
    """Return an improvement."""
    usual = {
        "value": 0.01 * (1 + delta),
        "delta": delta,
        "verdict": Verdict.IMPROVEMENT,
        "stage": Stage.SUSPECTED,
        "doubts": ("suspected: only the newest run shows it, and later runs confirm or withdraw it",),
    }
    return row(benchmark, **(usual | changes))


def unsure(benchmark: str = "young", why: str = "too few earlier points tell the noise", **changes: Any) -> CheckRow:
    """Return a series that nothing can be said of."""
    usual = {"verdict": Verdict.UNSURE, "doubts": (why,), "noise_floor": None, "detectable": None}
    return row(benchmark, **(usual | changes))


def first(benchmark: str = "new", **changes: Any) -> CheckRow:
    """Return a series without anything before."""
    usual = {"baseline": None, "delta": None, "details": RowDetails()}
    return unsure(benchmark, "first measurement: it becomes the baseline", **(usual | changes))


def missing(benchmark: str = "gone", *, has_failed: bool = False) -> MissingRow:
    """Return a series that the contender should have and does not."""
    return MissingRow(
        benchmark=benchmark,
        parameters=(),
        metric="time",
        environment="ci-linux",
        last=BASE,
        commits=1,
        has_failed=has_failed,
    )


def checked(*rows: CheckRow, gone: tuple[MissingRow, ...] = ()) -> CheckView:
    """Return a check's answer with these rows, in this order."""
    verdicts = [one.verdict for one in rows]
    standing = sum(one.standing for one in rows)
    counts = Counts(
        regression=verdicts.count(Verdict.REGRESSION) - standing,
        improvement=verdicts.count(Verdict.IMPROVEMENT),
        no_change=verdicts.count(Verdict.NO_CHANGE),
        unsure=verdicts.count(Verdict.UNSURE),
        standing=standing,
        failing=sum(one.rule is Rule.FAIL for one in rows),
    )
    return CheckView(sha=HEAD, rows=rows, counts=counts, sentence="", missing=gone)


def facts(view: CheckView, **changes: Any) -> CommentFacts:
    """Return what is known beside a check's answer."""
    names = sorted({one.environment for one in view.rows})
    usual = CommentFacts(
        project="perfsite",
        title="parser performance",
        head=Commit(sha=HEAD, subject="Rewrite the tokenizer"),
        base=Commit(sha=BASE, subject="Add a cache"),
        measured_base=Commit(sha=BASE, subject="Add a cache"),
        site_url=SITE,
        repository_url="https://github.com/owner/parser",
        run_url="https://github.com/owner/parser/actions/runs/7",
        measured={name: Measured(runs=1, machine="AMD EPYC 7763, 4 cores, Ubuntu 24.04") for name in names},
        pages={one.benchmark for one in view.rows},
    )
    return replace(usual, **changes)


def made(*rows: CheckRow, gone: tuple[MissingRow, ...] = (), **changes: Any) -> CommentView:
    """Return the comment on these rows."""
    view = checked(*rows, gone=gone)
    return comment_view(view, facts(view, **changes))


def steady(count: int = 12, **changes: Any) -> list[CheckRow]:
    """Return series without change."""
    return [row(f"steady/{i}", delta=(-1) ** i * 0.001 * i, **changes) for i in range(count)]


def _budget() -> Budget:
    return Budget(name="p95", limit=Limit(highest=0.011, target=1.0), benchmark="parse/*")


def _pin() -> BaselinePinned:
    return BaselinePinned(
        time=datetime(2026, 1, 27, tzinfo=UTC),
        author="Ada",
        reason="the release",
        source="perf_baseline.json",
        values=(),
    )


def _key(benchmark: str) -> SeriesKey:
    return SeriesKey(benchmark=benchmark, metric="time", environment="ci-linux")


CASES = {
    "clean": lambda: made(*steady()),
    "regressions": lambda: made(worse(), worse("parse/yaml", 0.08), *steady()),
    "improvements": lambda: made(better(), *steady()),
    "mixed": lambda: made(
        worse(parameters=(("n", "1000"),)),
        worse("parse/old", 0.15, standing=True, rule=Rule.WARN, stage=Stage.CONFIRMED, doubts=()),
        worse("parse/big", 0.12, beyond=(_budget(),), rule=Rule.FAIL, pinned=_pin()),
        better(),
        unsure("new machine", "not comparable: EPYC 7763 → EPYC 9V74"),
        row("rate", unit="1/s", direction="higher", value=8_000.0, baseline=10_000.0, metric="throughput"),
        *steady(3),
        gone=(missing(), missing("crash", has_failed=True)),
        incidents={_key("parse/old"): "incidents/1a2b3c4d5e/"},
        notes=("12 of 14 benchmarks of ci-linux became slower together, by about 8.0 %: more likely the machine",),
        warnings=("history/ci-linux/2026-01.jsonl: line 7 cannot be read",),
    ),
    "two environments": lambda: made(
        worse(), worse(environment="ci-mac", delta=0.08), *steady(3), *steady(3, environment="ci-mac")
    ),
    "no baseline": lambda: made(first("a"), first("b"), base=None, measured_base=None),
    "all unsure": lambda: made(unsure("a"), unsure("b")),
    "nothing measured": lambda: made(base=None, measured_base=None, measured={"ci-linux": Measured(runs=1)}),
    "everything failed": lambda: made(
        gone=(missing("a", has_failed=True), missing("b", has_failed=True)),
        failed=2,
        measured={"ci-linux": Measured(runs=1)},
    ),
    "one failed": lambda: made(*steady(3), gone=(missing("crash", has_failed=True),)),
    "not certain": lambda: made(
        worse(rule=Rule.WARN),
        *steady(2),
        certain=False,
        notes=("9f3c2d1a is not in this clone: compared with all that is older, and no rule fails",),
    ),
    "mended": lambda: made(*steady(4), row("parse/old", mended=-0.167)),
    "told_late": lambda: made(
        *steady(2), worse("parse/old", standing=True, told_now=True), worse("parse/more", standing=True, rule=Rule.WARN)
    ),
    "level": lambda: made(
        worse(delta=-0.056, severity="critical", rule=Rule.FAIL, details=RowDetails(level=0.214, baseline_points=30)),
        worse("parse/yaml", 0.08),
    ),
    "clean but not certain": lambda: made(
        *steady(2), certain=False, notes=("9f3c2d1a is not in this clone: compared with all that is older",)
    ),
    "no ratio": lambda: made(
        row(
            baseline=0.0,
            delta=None,
            value=3.0,
            unit="1",
            verdict=Verdict.REGRESSION,
            details=RowDetails(threshold=Threshold(fail_absolute=2.0)),
            rule=Rule.FAIL,
            noise_floor=None,
        ),
        *steady(2),
    ),
    "without addresses": lambda: made(worse(), *steady(2), site_url=None, repository_url=None, run_url=None),
    "hostile": lambda: made(
        worse(HOSTILE, parameters=((HOSTILE, HOSTILE),), metric=HOSTILE, doubts=(HOSTILE,)),
        row(HOSTILE, metric="other"),
        gone=(missing(HOSTILE),),
        title=HOSTILE,
        head=Commit(sha=HEAD, subject=HOSTILE),
        notes=(HOSTILE,),
        warnings=(HOSTILE,),
        run_url=None,
    ),
    "many": lambda: made(*(worse(f"{i:05} {'🚀é' * 150}", 0.3 - i * 1e-6) for i in range(10_000)), most_rows=200),
}
"""What a comment may have to say, by name."""
