"""A made-up site of any size for the tests of the pages: seeded, with hostile texts and every kind of verdict."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import synthetic_data
import synthetic_overview
import synthetic_releases
import synthetic_sections
import synthetic_shape

from perfsite.model.units import format_value
from perfsite.report.budgets import BudgetRow, BudgetsView, FigureRow, ServiceView, ShareBar
from perfsite.report.commit_lines import lines_document
from perfsite.report.commit_views import CommitAnswer, CommitLine, CommitRow, CommitView, RunView
from perfsite.report.hint_views import HintView
from perfsite.report.incident_views import (
    CulpritRow,
    DecisionRow,
    IncidentChart,
    IncidentGroup,
    IncidentLine,
    IncidentsView,
    IncidentView,
    MemberRow,
)
from perfsite.report.quality import BadRunRow, NoiseView, QualityRow, QualityView, SlowRow
from perfsite.report.reasons import ReasonText
from perfsite.report.retention import Form
from perfsite.report.summary_records import summary_documents
from perfsite.report.views import (
    STANDINGS,
    BaselineRow,
    BenchmarkView,
    ChangeRow,
    CommitRef,
    Counts,
    DataView,
    EnvironmentView,
    OverviewView,
    Problem,
    SeriesRow,
)

if TYPE_CHECKING:
    from perfsite.report.badges import BadgeView
    from perfsite.report.benchmark_list import BenchmarkListView
    from perfsite.report.example_views import ExampleView
    from perfsite.report.feed import FeedView
    from perfsite.report.release_views import ReleaseView

HOSTILE = (
    "<script>window.pwned=1</script>\"'><img src=x onerror=window.pwned=1>{{7*7}}`|**b**](javascript:alert(1)) \u202e"
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
STATES = ("regression", "unsure", "improvement", "no-change")
SUBJECTS = (
    "Cache compiled patterns between calls",
    "Fix off-by-one in the tokenizer",
    "Bump actions/checkout from 3 to 4",
    "Refactor the writer so that a very long commit subject has something to show when there is no room for it at all",
    "Merge branch 'fast-path'",
)


@dataclass(frozen=True)
class SyntheticSite:
    """A `SiteView` of `series` series and `commits` commits; the same for the same arguments."""

    series: int = 40
    commits_count: int = 60
    title: str = "Tokenizer performance"
    hostile: str = HOSTILE
    seed: int = 7
    forms: tuple[Form, ...] = ()
    environments: tuple[str, ...] = field(default=("linux-x86", "macos-arm"))
    is_guarded: bool = False

    @cached_property
    def refs(self) -> list[CommitRef]:
        made = []
        for i in range(self.commits_count):
            sha = hashlib.sha1(f"{self.seed}/{i}".encode()).hexdigest()
            subject = self.hostile if i == self.commits_count - 2 else SUBJECTS[i % len(SUBJECTS)]
            made.append(
                CommitRef(sha=sha, short=sha[:7], subject=subject, date=str(self._time(i))[:10], url=f"commits/{sha}/")
            )
        return made

    def _time(self, i: int) -> np.datetime64:
        return np.datetime64("2026-11-21T10:00:00") - np.timedelta64(9 * (self.commits_count - 1 - i), "h")

    @cached_property
    def values(self) -> np.ndarray:
        """Shape (series, commits), base unit, from 1 µs to 1 s."""
        rng = np.random.default_rng(self.seed)
        base = 10 ** rng.uniform(-6, 0, size=(self.series, 1))
        noise = rng.normal(1, 0.01, size=(self.series, self.commits_count))
        step = np.ones((self.series, self.commits_count))
        for s in range(self.series):
            kind = s % 5
            if kind in (0, 2):
                step[s, self.change_index(s) :] = 1.14 if kind == 0 else 0.9
            if s % 7 == 3:
                step[s, self.commits_count // 3] = 2.5
        return base * noise * step

    def change_index(self, s: int) -> int:
        return max(1, self.commits_count - 2 - (s * 7) % max(1, self.commits_count // 2))

    def verdict(self, s: int) -> str:
        return {0: "regression", 1: "unsure", 2: "improvement"}.get(s % 5, "no-change")

    def name(self, s: int) -> str:
        if s == 3:
            return self.hostile
        if s == 4:
            return (
                "package.module.suite.ABenchmarkWithAVeryLongNameThatNobodyWouldEverChoose.time_something_" + "x" * 90
            )
        return f"tokenizer.suite_{s // 8}.time_parse_{s}"

    def slug(self, s: int) -> str:
        return f"benchmark-{s:04d}"

    def environment(self, s: int) -> str:
        return self.environments[s % len(self.environments)]

    def row(self, s: int) -> SeriesRow:
        values = self.values[s]
        tail = values[-60:]
        spread = float(tail.max() - tail.min()) or 1.0
        codes = ((tail - tail.min()) / spread * 51).round().astype(int)
        change = self.change_index(s)
        verdict = self.verdict(s)
        moved = verdict in ("regression", "improvement")
        mark = change - (self.commits_count - len(tail)) if moved else -1
        baseline = float(np.median(values[:change]))
        delta = float(np.median(values[change:])) / baseline - 1
        return SeriesRow(
            benchmark=self.name(s),
            url=f"benchmarks/{self.slug(s)}/",
            parameters=f"n={10 ** (s % 4)}" if s % 3 == 0 else "",
            metric="time",
            environment=self.environment(s),
            current=format_value(float(values[-1]), "s"),
            baseline=format_value(baseline, "s"),
            delta=f"{delta * 100:+.1f} %",
            noise="±3.1 %",
            verdict=verdict,
            severity="critical" if verdict == "regression" else "none",
            rule="fail" if s % 10 == 0 else "warn" if verdict == "regression" else "pass",
            doubts=("Fewer than 6 earlier points tell the noise; the threshold decided alone.",) if s % 5 == 1 else (),
            since=self.refs[change] if moved else None,
            last=self.refs[-1],
            points=self.commits_count,
            spark="".join(LETTERS[c] for c in codes),
            mark=mark,
            direction="lower",
            rank=(STATES.index(verdict) + 4 * (s % 10 == 5 or s % 11 == 10)) * self.series + s,
            retired=s % 11 == 10,
            level="shown by many runs, not by one: the level is +5.2 %" if s % 5 == 0 else "",
            causes=(f"runtime.python {self.hostile} → 3.13",) if s % 3 == 0 else (),
            missing=f"not measured since {self.refs[2].short} (2026-01-03), 4 commits" if s % 11 == 3 else "",
            pinned=f"pinned 2026-01-27, {self.hostile}" if s % 7 == 0 else "",
            trend="new" if s % 9 == 1 else "+5.2 %" if verdict == "regression" else "steady",
            is_old=s % 10 == 5,
            incident=self._incident(s).url if verdict == "regression" else "",
            decision="acknowledged" if s % 20 == 0 else "",
            groups=synthetic_overview.groups_of(self, s),
        )

    def change(self, s: int) -> ChangeRow:
        row, i = self.row(s), self.change_index(s)
        return ChangeRow(
            benchmark=row.benchmark,
            url=row.url,
            parameters=row.parameters,
            metric=row.metric,
            environment=row.environment,
            before=row.baseline,
            after=row.current,
            delta=row.delta,
            interval="+12.1 % to +15.4 %",
            verdict=row.verdict,
            severity=row.severity,
            commit=self.refs[i],
            previous=self.refs[i - 1],
            skipped=s % 3,
            compare_url="https://example.org/compare/a...b" if s % 2 == 0 else None,
            sure="97 % sure",
            evidence=(f"It came after {self.hostile}.", "38 runs before, 2 after."),
            hint=f"{self.hostile} changed in the culprit range." if s % 4 == 0 else "",
            stage="suspected" if s % 10 == 0 else "",
            causes=(f"not comparable: {self.hostile} → EPYC 9V74",) if s % 4 == 0 else (),
        )

    def _hint(self, s: int) -> HintView:
        return HintView(
            rule="files",
            sentence=f"{self.hostile} changed in the culprit range.",
            confidence="low",
            because=f"the name shares words with {self.hostile}",
            next_step=f"Read the change of {self.hostile}.",
            benchmark=self.hostile,
            url=f"benchmarks/{self.slug(s)}/",
            where=f"{self.hostile} · time and 2 more series",
            commit=self.refs[self.change_index(s)],
        )

    def _baselines(self, s: int) -> tuple[BaselineRow, ...]:
        accepted = BaselineRow(
            metric="time",
            environment=self.environment(s),
            parameters=self.hostile,
            version=2,
            kind="accepted",
            value="1.2 ms",
            points="12",
            date="2026-05-01",
            commit=self.refs[3],
            why=f"accepted by {self.hostile}: {self.hostile}",
            current=True,
        )
        return accepted, replace(accepted, version=1, kind="automatic", points="1", commit=None, current=False)

    def _changed(self) -> list[int]:
        return [s for s in range(self.series) if s % 5 in (0, 2)]

    @property
    def overview(self) -> OverviewView:
        rows = sorted((self.row(s) for s in range(self.series)), key=lambda row: row.rank)
        return OverviewView(
            sentence=f"{self.series // 5} series stand above their baseline; the worst is 14 % slower than it was.",
            state="regression",
            counts=Counts(
                regression=2,
                improvement=self.series // 5,
                no_change=self.series - 3 * (self.series // 5),
                unsure=self.series // 5,
                standing=self.series // 5 - 2,
                failing=self.series // 10,
            ),
            series=self.series,
            benchmarks=self.series,
            commits=self.commits_count,
            runs=self.commits_count * 2,
            measurements=self.series * self.commits_count,
            last=self.refs[-1],
            changes=tuple(self.change(s) for s in self._changed()[:12]),
            rows=tuple(rows),
            environments=self._environments(),
            metrics=("time",),
            problems=2,
            incidents=tuple(self._incident(s) for s in self._changed()[:3]),
            open_incidents=4,
            missing=tuple(row for row in rows if row.missing)[:3],
            missing_count=sum(bool(row.missing) for row in rows),
            standings={one: sum(row.standing == one for row in rows) for one in STANDINGS},
            step=synthetic_overview.step(self),
            periods=synthetic_overview.periods(self),
            groups=synthetic_overview.groups(self, rows),
            quality="3 of 7 series would show a change of 5 % in a single run",
            budgets=f"2 of 2 budgets missed, {self.hostile}.",
        )

    def _incident(self, s: int) -> IncidentLine:
        ref = self.refs[self.change_index(s)]
        name = self.hostile if s == 0 else self.name(s)
        return IncidentLine(
            id=ref.sha[:10],
            url=f"incidents/{ref.sha[:10]}/",
            sentence=f"{name} regressed by +13.8\u00a0%",
            worst=name,
            state="acknowledged" if s else "new",
            state_text=f"acknowledged by {self.hostile} on 2026-05-01: {self.hostile}" if s else "",
            kind="regression",
            severity="critical",
            colour="regression",
            commit=ref,
            series=1,
            standing=1,
            benchmarks=1,
            environments=(self.environment(s),),
            confidence="> 99.9 %",
            rank=12.5,
            is_open=True,
            is_old=False,
            confirmed=s != 2,
        )

    def _incidents(self) -> list[IncidentLine]:
        return list({line.id: line for line in (self._incident(s) for s in self._changed())}.values())

    def _incident_list(self) -> IncidentsView:
        lines = self._incidents()
        group = IncidentGroup(title="Improvements", why="Nothing to do.", count=7, lines=tuple(lines[2:3]))
        return IncidentsView(
            sentence="2 open incidents, 1 acknowledged; 29 changes in 29 incidents so far.",
            state="regression",
            open=tuple(lines[:2]),
            open_count=4,
            groups=(group,),
            changes=29,
            incidents=29,
        )

    @property
    def incident_index(self) -> Mapping[str, Any]:
        told = [synthetic_data.incident(line) for line in self._incidents()]
        return {"version": 1, "incidents": told}

    def incidents(self) -> Iterator[IncidentView]:
        for line in self._incidents():
            commit = CulpritRow(
                short=line.id, subject=self.hostile, author=self.hostile, date="2026-05-01",
                url=line.commit.url, measured=True, likely=True,
            )  # fmt: skip
            yield IncidentView(
                line=line,
                lead="> 99.9 % sure that it is real and large enough to matter. 1 benchmark in linux-x86.",
                good=self.refs[0],
                bad=line.commit,
                range_text="One of 2 commits did it; the most likely is marked.",
                compare_url="javascript:alert(1)",
                commits=(commit, replace(commit, short="0000000000", url=None, measured=False, likely=False)),
                commit_count=40,
                files=((self.hostile, "changed"), ("src/tokenizer.py", "added")),
                hints=(self._hint(0),),
                chart=self._incident_chart(),
                file_count=120,
                members=(
                    MemberRow(
                        benchmark=self.hostile,
                        url="benchmarks/benchmark-0000/",
                        parameters=self.hostile,
                        metric="time",
                        environment="linux-x86",
                        before="1.2 ms",
                        after="1.4 ms",
                        delta="+13.8 %",
                        interval="+11 % to +16 %",
                        verdict="regression",
                        severity="critical",
                        confidence="> 99.9 %",
                        now="stands",
                        commit=self.refs[0],
                    ),
                ),
                member_count=99,
                decisions=(
                    DecisionRow(
                        state="ignored",
                        author=self.hostile,
                        time="2026-05-01 12:00 UTC",
                        until="2026-06-01",
                        reason=self.hostile,
                    ),
                ),
                why="it has grown from 3 to 9 series since it was ignored",
                elsewhere="Measured before and after it, and unchanged: the same benchmarks in macos-arm.",
                earlier=(line,),
                causes=(f"linux-x86: runtime.python {self.hostile}.",),
                next_steps=("Read the commit below. Mend it, revert it, or accept it.",),
                commands=(f'perfsite incidents ack {line.id} --reason "…"',),
            )

    def _incident_chart(self) -> IncidentChart:
        return IncidentChart(
            width=640,
            height=120,
            line="M8 100L216 104L424 30L632 26",
            mark=320.0,
            before=(8.0, 320.0, 102.0),
            after=(320.0, 632.0, 28.0),
            before_text="1.2 ms",
            after_text="1.4 ms",
            first=self.refs[0],
            last=self.refs[-1],
            points=4,
            name=self.hostile,
        )

    def _environments(self) -> tuple[EnvironmentView, ...]:
        return tuple(
            EnvironmentView(
                name=name,
                runs=self.commits_count,
                commits=self.commits_count,
                first=self.refs[0].date,
                last=self.refs[-1].date,
                facts={"cpu.model": "AMD EPYC 7763", "cpu.cores": "4", "os": self.hostile},
            )
            for name in self.environments
        )

    @property
    def data(self) -> DataView:
        return DataView(
            problems=(
                Problem(
                    where="history/linux-x86/2026-11.jsonl:12",
                    problem=f"expected an object, found text {self.hostile}",
                    hint="Delete the line or restore it from the branch.",
                ),
                Problem(where="history/linux-x86/2026-10.jsonl:3", problem="torn line", hint="Record the run again."),
            ),
            problem_count=2,
            runs=self.commits_count * 2,
            measurements=self.series * self.commits_count,
            failed=3,
            skipped=1,
            notes=("No repository was at hand: commits are ordered by their time.",),
            examples={
                "benchmark": self.slug(0),
                "environment": self.environments[0],
                "sha": self.refs[-1].sha,
                "release": next(self.releases()).url.split("/")[1],
            },
        )

    @property
    def commit_lines(self) -> Sequence[CommitLine]:
        return [
            CommitLine(
                ref=ref,
                author=self.hostile if i % 9 == 0 else "Ada Lovelace",
                sentence=self._sentence(i),
                state=self._state(i),
                counts=self._counts(i),
                environments=len(self.environments),
                pull_request=17 if i == self.commits_count - 1 else None,
                is_aside=i == self.commits_count - 1,
                releases=((self.hostile, next(self.releases()).url),) if i == self.commits_count - 3 else (),
            )
            for i, ref in reversed(list(enumerate(self.refs)))
        ]

    def _here(self, i: int) -> list[int]:
        return [s for s in self._changed() if self.change_index(s) == i]

    def _state(self, i: int) -> str:
        here = self._here(i)
        return "no-change" if not here else self.verdict(here[0])

    def _sentence(self, i: int) -> str:
        here = self._here(i)
        return f"{len(here)} of {self.series} measurements changed." if here else "Nothing changed beyond its noise."

    def _counts(self, i: int) -> Counts:
        slower = sum(self.verdict(s) == "regression" for s in self._here(i))
        faster = len(self._here(i)) - slower
        return Counts(regression=slower, improvement=faster, no_change=self.series - slower - faster)

    @property
    def commit_index(self) -> Mapping[str, Any]:
        return {
            "version": 1,
            "sha": [ref.sha for ref in self.refs],
            "time": [str(self._time(i)) + "Z" for i in range(self.commits_count)],
            "subject": [ref.subject for ref in self.refs],
            "repository": "https://example.org/o/r",
            "host": "https://example.org/o/r",
        }

    @property
    def series_index(self) -> Mapping[str, Any]:
        return {
            "version": 1,
            "series": [
                {
                    "benchmark": self.name(s),
                    "url": f"benchmarks/{self.slug(s)}/",
                    "parameters": self.row(s).parameters,
                    "metric": "time",
                    "unit": "s",
                    "direction": "lower",
                    "environment": self.environment(s),
                }
                for s in range(self.series)
            ],
        }

    def quality(self) -> QualityView:
        row = QualityRow(
            benchmark=HOSTILE,
            url="benchmarks/benchmark-0003/",
            parameters="n=1000",
            metric="time",
            environment="ci",
            noise="±23.4 %",
            interval="±12.0 %",
            samples="3",
            cost="120",
            reasons=(_REASON, _REASON),
            others=2,
        )
        bad = BadRunRow(commit=self.refs[0], environment="ci", text="6 of 8 series strayed, 6 higher")
        return QualityView(
            sentence="3 of 7 series measure well enough.",
            counts=(("hide what matters", "regression", 2), ("bad runs", "unsure", 0)),
            rows=(row,),
            rows_rest=4,
            slow=(_slow(HOSTILE),),
            slow_rest=0,
            bad_runs=(bad,),
            bad_runs_rest=1,
        )

    def section(self, url: str) -> Any:
        mine = {"budgets/": _budgets, "incidents/": self._incident_list, "quality/": self.quality}
        return mine[url]() if url in mine else getattr(synthetic_sections, url.strip("/"))(self)

    def commit_forms(self, *, other: int, shell: int) -> Sequence[Form]:
        assert other > shell > 0
        return self.forms or [Form.WHOLE] * self.commits_count

    def releases(self) -> Iterator[ReleaseView]:
        return synthetic_sections.release_pages(self)

    def documents(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        yield "data/commits.json", self.commit_index
        yield "data/commit-lines.json", lines_document(self.commit_lines)
        yield "data/series.json", self.series_index
        yield "data/incidents.json", self.incident_index
        yield from synthetic_data.documents(self)
        yield from summary_documents(self.section("summary/"))
        yield from synthetic_releases.documents(self)

    @property
    def feed(self) -> FeedView:
        return synthetic_data.feed(self)

    @property
    def examples(self) -> Mapping[str, ExampleView]:
        return synthetic_data.examples(self)

    def badges(self) -> Iterator[BadgeView]:
        return synthetic_data.badges(self)

    @property
    def benchmark_list(self) -> BenchmarkListView:
        return synthetic_shape.benchmark_list(self)

    def benchmarks(self) -> Iterator[BenchmarkView]:
        for s in sorted(range(self.series), key=self.name):
            row = self.row(s)
            moved = row.verdict in ("regression", "improvement")
            changes = (self.change(s),) if moved else ()
            yield BenchmarkView(
                name=row.benchmark,
                slug=self.slug(s),
                url=row.url,
                sentence=f"time is {row.delta} against its baseline in {row.environment}.",
                state=row.verdict,
                rows=tuple(
                    self._in_environment(row, name)
                    for name in (self.environments if s % 4 == 0 else (row.environment,))
                ),
                changes=changes,
                first=self.refs[0],
                last=self.refs[-1],
                noise=_noise(),
                hints=(self._hint(s),) if s % 3 == 0 else (),
                baselines=self._baselines(s) if s % 3 == 0 else (),
                baseline_count=3 if s % 3 == 0 else 0,
                withdrawn=(f"Withdrawn: the regression of +9.1 % at 1a2b3c4d in {self.hostile}.",)
                if s % 3 == 0
                else (),
                points=self.commits_count,
                chart=json.dumps(self._chart(s)),
                shape=synthetic_shape.shape(self, s),
                beside=synthetic_shape.beside(self, s),
                next_step=synthetic_shape.next_step(self, s),
            )

    def _in_environment(self, row: SeriesRow, name: str) -> SeriesRow:
        return replace(row, environment=name)

    def _chart(self, s: int) -> dict[str, Any]:
        values = self.values[s]
        change = self.change_index(s)
        row = self.row(s)
        moved = row.verdict in ("regression", "improvement")
        cut = change if moved else self.commits_count
        levels = np.full(self.commits_count, np.median(values[:cut]))
        levels[cut:] = np.median(values[cut:]) if cut < self.commits_count else 0
        code = {"regression": 0, "unsure": 1, "improvement": 2, "no-change": 3}[row.verdict]
        one = {
            "parameters": row.parameters,
            "metric": "time",
            "unit": "s",
            "direction": "lower",
            "environment": row.environment,
            "label": f"time in {row.environment}",
            "commits": list(range(self.commits_count)),
            "values": values.tolist(),
            "baselines": [None, *np.full(self.commits_count - 1, np.median(values[:cut])).tolist()],
            "floors": [None] * 6 + [0.031] * (self.commits_count - 6),
            "levels": levels.tolist(),
            "verdicts": [3] * cut + [code] * (self.commits_count - cut),
            "outliers": [self.commits_count // 3] if s % 7 == 3 else [],
            "changes": [
                {
                    "index": change,
                    "delta": 0.14 if code == 0 else -0.1,
                    "lower": 0.12,
                    "upper": 0.16,
                    "verdict": row.verdict,
                    "severity": "critical",
                }
            ]
            if moved
            else [],
            "suspected": [self.commits_count - 1] if code == 0 else [],
            "withdrawn": [2],
            "thresholds": {"name": "latency", "warn": levels[0] * 1.1, "fail": levels[0] * 1.2},
            "budgets": [{"name": self.hostile, "lowest": None, "highest": levels[0] * 1.18}],
            "facts": [[self.commits_count // 2, f"Python 3.11 → {self.hostile}"]],
            "machines": [self.hostile, "AMD EPYC 7763"],
            "machine": [i % 2 for i in range(self.commits_count)],
        }
        names = self.environments if s % 4 == 0 else (row.environment,)
        series = [{**one, "environment": name, "label": f"time in {name}"} for name in names]
        minutes = [29_000_000, *([1440] * (self.commits_count - 1))]
        releases = [[self.commits_count // 2, self.hostile], [self.commits_count - 2, "v1.0"]]
        head = {"version": 1, "benchmark": row.benchmark, "releases": releases, "minutes": minutes}
        return {**head, "series": series}

    def commits(self) -> Iterator[CommitView]:
        for i, ref in enumerate(self.refs):
            here = self._here(i)
            rows = tuple(
                CommitRow(
                    benchmark=self.name(s),
                    url=f"benchmarks/{self.slug(s)}/",
                    parameters=self.row(s).parameters,
                    metric="time",
                    environment=self.environment(s),
                    value=format_value(float(self.values[s, i]), "s"),
                    baseline=self.row(s).baseline,
                    delta=self.row(s).delta,
                    noise="±3.1 %",
                    verdict=self.verdict(s),
                    severity="critical",
                    rule="fail",
                    doubts=(f"not comparable: {self.hostile} → EPYC 9V74",) if s % 3 == 0 else (),
                    stage="suspected" if s % 3 == 0 else "",
                    pinned=self.row(s).pinned,
                    anchor="environment=linux-x86&metric=%22%3E%3Cscript%3E" if s % 2 else "",
                    runs="median of 3 runs, 2.1 % apart" if s % 4 == 0 else "",
                )
                for s in here[:100]
            )
            yield CommitView(
                ref=ref,
                sentence=self._sentence(i),
                answer=CommitAnswer(
                    headline=f"{len(here)} regressions, the largest {self.hostile} (+14 %)" if here else "No change",
                    belief=(f"Later runs stayed at the new level of {self.hostile}.",) if here else (),
                    steps=("Read the change, then mend it, revert it, or accept it as the new normal.",)
                    if here
                    else (),
                    commands=(f'perfsite incidents ack {ref.sha[:10]} --reason "{self.hostile}"',) if here else (),
                ),
                state=self._state(i),
                author=self.hostile if i % 2 == 0 else "Ada Lovelace",
                time=str(self._time(i)).replace("T", " ")[:16] + " UTC",
                branch=self.hostile if i % 2 == 0 else "main",
                pull_request=17 if i == self.commits_count - 1 else None,
                pull_request_url="https://example.org/pull/17" if i == self.commits_count - 1 else None,
                commit_url=f"https://example.org/commit/{ref.sha}",
                notes=(f"Accepted as the new normal of 2 series by {self.hostile}.",) if i % 11 == 5 else (),
                causes=(f"linux-x86: runtime.python {self.hostile} → 3.13",) if i % 2 == 0 else (),
                hints=(self._hint(0),) if i % 2 == 0 else (),
                more=7 if i % 2 == 0 else 0,
                counts=self._counts(i),
                rows=rows,
                rest=self.series - len(rows),
                missing=("tokenizer.gone · time · linux-x86", self.hostile) if i == self.commits_count - 2 else (),
                missing_count=2 if i == self.commits_count - 2 else 0,
                runs=tuple(
                    RunView(
                        environment=name,
                        time=str(self._time(i)).replace("T", " ")[:16] + " UTC",
                        source="pytest-benchmark 5.1",
                        source_url="https://example.org/actions/1" if i % 2 else None,
                        measurements=self.series // 2,
                        failed=1 if i % 8 == 0 else 0,
                        facts={"cpu.model": "AMD EPYC 7763", "os": self.hostile},
                    )
                    for name in self.environments
                ),
                older=self.refs[i - 1] if i else None,
                newer=self.refs[i + 1] if i + 1 < self.commits_count else None,
                skipped=i % 3,
                compare_url=f"https://example.org/r/compare/{self.refs[i - 1].sha}...{self.refs[i].sha}" if i else None,
                csv=self._csv(i),
                release=(self.hostile, next(synthetic_sections.release_pages(self)).url) if i % 2 == 0 else None,
                is_aside=i == self.commits_count - 1,
                reruns="Each value is the median of its runs, which lie 2.0 % apart." if i % 2 == 0 else "",
                incidents=tuple(self._incidents()[:1]) if i % 2 == 0 else (),
            )

    def _csv(self, i: int) -> str:
        here = set(self._here(i))
        lines = ["benchmark,parameters,metric,environment,unit,value,baseline,noise_floor,verdict,standing"]
        for s in range(self.series):
            cells = io.StringIO()
            row = self.row(s)
            names = (self.name(s), row.parameters, "time", self.environment(s), "s")
            csv.writer(cells, lineterminator="").writerow(names)
            verdict = self.verdict(s) if s in here else "no-change"
            lines.append(f"{cells.getvalue()},{self.values[s, i]},{np.median(self.values[s])},0.031,{verdict},")
        return "\n".join([*lines, ""])


_REASON = ReasonText(
    what="Two modes 8 % apart, 40 % of the runs in the smaller one.", step="Pin <CPU frequency> & threads."
)


def _slow(name: str) -> SlowRow:
    return SlowRow(
        benchmark=name,
        url="benchmarks/benchmark-0000/",
        parameters="n=1000",
        metric="time",
        environment="ci",
        kind="drift",
        text="+6.2 % (+4.1 % to +8.0 %) over the newest 90 points, about +1.0 % a week, no step explains it",
        state="regression",
    )


def _noise() -> tuple[NoiseView, ...]:
    return (
        NoiseView(
            label=f"time · {HOSTILE}",
            slow=(_slow("benchmark"),),
            reasons=(_REASON,),
            figures=("noise ±3.1 %", "10 samples a run"),
        ),
    )


def _budgets() -> BudgetsView:
    row = BudgetRow(
        name="login <stays> quick",
        benchmark="/login",
        url="benchmarks/login-0000/",
        parameters="users=10",
        metric="p95",
        environment="ci",
        limit="at most 250 ms",
        current="262 ms",
        headroom="4.8 % beyond",
        attainment="98.0 %",
        attainment_of="target 99.0 %; 98 of 100 points in 30 days",
        bars=(
            ShareBar(days="7 days", text="90.0 %", percent=90.0, is_own=False),
            ShareBar(days="30 days", text="98.0 %", percent=98.0, is_own=True),
        ),
        target_percent=99.0,
        remaining="more misses than allowed",
        burn="burning 10.0× as fast as allowed",
        is_burning=True,
        state="regression",
        word="missed",
    )
    figure = FigureRow(
        name="slowest page",
        environment="ci",
        current="262 ms",
        delta="+4.8 %",
        noise="±1.2 %",
        verdict="regression",
        members="worst of 3",
        commit=None,
        budget=row,
    )
    return BudgetsView(
        sentence="2 of 2 budgets missed.",
        counts=(("missed", "regression", 2),),
        services=(ServiceView(name="shop", figures=(figure,), rows=(row,)),),
        rows=(row,),
        rest=3,
        unmeasured=4,
    )
