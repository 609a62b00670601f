"""The pages of commits: what each changed, worst first, with the noise beside every delta."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from math import isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.model.findings import SEVERITIES, VERDICTS, Doubt, Rule
from perfsite.model.units import format_pair
from perfsite.report import code_host, commit_words, wording
from perfsite.report.baselines import who_and_why
from perfsite.report.causes import run_causes
from perfsite.report.commit_lines import unsure_reason
from perfsite.report.commit_views import CommitRow, CommitView, RunView
from perfsite.report.context import CSV_HEAD, Context
from perfsite.report.hints import commit_hints
from perfsite.report.incident_words import name_of
from perfsite.report.slug import release_url
from perfsite.report.stages import stage_text, suspicions_withdrawn
from perfsite.report.table import IMPROVEMENT, NO_CHANGE, REGRESSION, UNSURE
from perfsite.report.wording import one_line

if TYPE_CHECKING:
    from perfsite.history.timeline import RunFacts
    from perfsite.report.views import Counts

MOST_ROWS: Final = 100
"""Rows that stand on a commit's page itself; all of them are in the document beside it."""
MOST_UNSURE: Final = 4
"""Unsure ones among them: where hundreds are, a page of them says no more than their number."""
MOST_TAKEN_BACK: Final = 3
MOST_MISSING: Final = 20
MOST_WITHDRAWN: Final = 20
_TOLD: Final = int(Doubt.UNCONFIRMED | Doubt.WITHDRAWN | Doubt.OUTLIER)
_VERDICT_NAMES: Final = [str(verdict) for verdict in VERDICTS]
_WORDS: Final = [f"{name}," for name in _VERDICT_NAMES] + [f"{name},standing" for name in _VERDICT_NAMES]
_RULE_NAMES: Final = [rule.name.lower() for rule in Rule]


def commit_views(context: Context) -> Iterator[CommitView]:
    """Yield the page of every commit, oldest first."""
    for commit in range(len(context.refs)):
        yield commit_view(context, commit)


def commit_view(context: Context, commit: int) -> CommitView:
    """Return the page of one commit (a position in the timeline)."""
    facts = context.timeline.commits[commit]
    counts = context.table.counts_of(commit)
    picked = _changed(context, commit)
    shown = _shown(context, picked)
    reruns = context.timeline.reruns.of_commit(commit)
    rows = tuple(_rows(context, shown, reruns))
    runs = context.runs_at.get(commit, ())
    older, newer = _neighbours(context, commit)
    gone = context.missing.get(commit, ())
    pull_request = next((run.pull_request for run in runs if run.pull_request is not None), None)
    skipped = 0 if older is None else context.skipped(older, commit)
    worst = _worst(rows)
    sentence = _sentence(context, commit, counts, worst)
    return CommitView(
        ref=context.refs[commit],
        sentence=sentence,
        answer=commit_words.answer(context, commit, shown, sentence=sentence, worst=worst, skipped=skipped),
        state=wording.commit_state(counts),
        author=one_line(facts.author or ""),
        time=wording.time_text(facts.time),
        branch=next((one_line(run.branch) for run in runs if run.branch), None),
        pull_request=pull_request,
        pull_request_url=code_host.pull_request_url(context.judged.repository_url, pull_request),
        commit_url=context.commit_url(commit),
        notes=_notes(context, commit),
        counts=counts,
        rows=rows,
        rest=counts.total - len(rows),
        more=len(picked) - len(shown),
        missing=tuple(_missing_text(context, number, commit) for number in gone[:MOST_MISSING]),
        missing_count=len(gone),
        runs=tuple(_run_view(context, run) for run in runs),
        older=None if older is None else context.refs[older],
        newer=None if newer is None else context.refs[newer],
        skipped=skipped,
        compare_url=None if older is None else context.compare_url(older, commit),
        csv=_csv(context, commit),
        causes=run_causes(context, commit),
        incidents=context.incidents.at(commit)[: commit_words.MOST_INCIDENTS],
        hints=commit_hints(context, commit),
        release=_release(context, commit),
        reruns=wording.reruns_sentence([high / low - 1 if low > 0 else nan for _, low, high in reruns.values()]),
        is_aside=not context.is_on_trend(commit),
    )


def _sentence(context: Context, commit: int, counts: Counts, worst: str) -> str:
    """Return the verdict in one sentence, with what the next runs took back."""
    sentence = wording.commit_sentence(counts, worst, unsure_reason(context, commit, counts))
    doubts = context.table.doubts[context.table.rows_of(commit)]
    return suspicions_withdrawn(sentence, int(np.count_nonzero(doubts & int(Doubt.WITHDRAWN))))


def _release(context: Context, commit: int) -> tuple[str, str] | None:
    tag = context.release_of(commit)
    return None if tag is None else (tag, release_url(tag))


def _changed(context: Context, commit: int) -> list[int]:
    """Return the rows of the table that a commit changed or may have changed: findings, unsure, withdrawn suspicions.

    Regressions that began earlier are left to the document beside the page: this commit has no part in them.
    """
    table = context.table
    part = table.rows_of(commit)
    verdicts = table.verdicts[part]
    is_withdrawn = table.doubts[part] & int(Doubt.WITHDRAWN) != 0
    which = np.flatnonzero(((verdicts != NO_CHANGE) | is_withdrawn) & ~table.standing[part])
    if not len(which):
        return []
    sizes = np.nan_to_num(np.abs(table.deltas[part][which]), nan=-1.0, posinf=np.inf)
    # What is unsure is no finding: it stands below those of either kind.
    last = np.isin(verdicts[which], (UNSURE, NO_CHANGE))
    order = np.lexsort((table.series[part][which], -sizes, verdicts[which], last))
    picked: list[int] = (which[order] + part.start).tolist()
    return picked


def _shown(context: Context, picked: Sequence[int]) -> list[int]:
    """Return the rows that stand on the page itself: all found, the first unsure ones, the first withdrawn ones."""
    room = {UNSURE: MOST_UNSURE, NO_CHANGE: MOST_TAKEN_BACK}
    shown = []
    for i, code in zip(picked, context.table.verdicts[np.asarray(picked, dtype=np.int64)].tolist(), strict=True):
        if code in room:
            room[code] -= 1
            if room[code] < 0:
                continue
        shown.append(i)
    return shown[:MOST_ROWS]


def _rows(
    context: Context, picked: Sequence[int], reruns: Mapping[int, tuple[int, float, float]]
) -> Iterator[CommitRow]:
    """Yield what stands of some rows of the table on their commit's page."""
    table = context.table
    which = np.asarray(picked, dtype=np.int64)
    columns = (
        table.series, table.commits, table.values, table.baselines, table.deltas, table.floors,
        table.detectable, table.verdicts, table.severities, table.rules, table.doubts,
    )  # fmt: skip
    # Taken out of the table in one go: single items of arrays cost more than all that is done with them.
    for number, at, value, baseline, delta, floor, detectable, code, severity, rule, doubts in zip(
        *(column[which].tolist() for column in columns), strict=True
    ):
        series, verdict = context.timeline.series[number], VERDICTS[code]
        stage = stage_text(verdict, doubts)
        # What the stage tells is not told again among the doubts.
        doubtful = doubts & ~_TOLD if stage else doubts
        before, here = format_pair(baseline, value, series.unit)
        yield CommitRow(
            benchmark=series.key.benchmark,
            url=context.urls[number],
            parameters=context.parameters[number],
            metric=series.key.metric,
            environment=series.key.environment,
            value=here,
            baseline=before,
            delta=wording.delta_text(delta),
            noise=wording.noise_text(floor),
            verdict=_VERDICT_NAMES[code],
            severity=wording.severity_text(SEVERITIES[severity], verdict),
            rule=_RULE_NAMES[rule],
            doubts=context.doubts_at(number, at, doubtful, unsure=code == UNSURE, detectable=detectable),
            stage=stage,
            pinned=context.pin_text(number),
            anchor=context.anchors[number],
            runs=wording.reruns_text(*reruns[number]) if number in reruns else "",
        )


def _worst(rows: Sequence[CommitRow]) -> str:
    """Return the change that the sentence names: the first regression, else the first improvement."""
    for code in (REGRESSION, IMPROVEMENT):
        for row in rows:
            if row.verdict == _VERDICT_NAMES[code]:
                return f"{name_of(row.benchmark, row.parameters)} ({row.delta})"
    return ""


def _neighbours(context: Context, commit: int) -> tuple[int | None, int | None]:
    """Return the measured commits of the trend before and after this one."""
    trend = context.trend_commits
    at = bisect_left(trend, commit)
    after = at + 1 if at < len(trend) and trend[at] == commit else at
    return (trend[at - 1] if at > 0 else None), (trend[after] if after < len(trend) else None)


def _missing_text(context: Context, number: int, commit: int) -> str:
    """Return a series that has no measurement at a commit, and whether it was tried."""
    absent = context.timeline.absent.get(number, ())
    at = bisect_left(absent, commit)
    tried = " · failed or skipped" if at < len(absent) and absent[at] == commit else ""
    return f"{context.series_text(number)}{tried}"


def _notes(context: Context, commit: int) -> tuple[str, ...]:
    facts = context.timeline.commits[commit]
    notes = []
    why = context.timeline.off_trend.get(commit)
    if why and not any(run.pull_request is not None for run in context.runs_at.get(commit, ())):
        notes.append(f"Off-branch: {why}. Its measurements are in no trend and no baseline.")
    if facts.dirty:
        notes.append("Measured with uncommitted changes: never a baseline.")
    if facts.tested and facts.tested != facts.sha:
        notes.append(f"The merge {facts.tested[:8]} of this commit with its target was measured.")
    for event, series in context.accepted.get(commit, ()):
        for_these = wording.plural(series, "series", "series")
        notes.append(f"Accepted as the new normal of {for_these}{who_and_why(event)}.")
    notes.extend(context.withdrawn_at.get(commit, ())[:MOST_WITHDRAWN])
    return tuple(notes)


def _run_view(context: Context, run: RunFacts) -> RunView:
    source = run.source
    tool = source.tool or source.format
    return RunView(
        environment=run.environment,
        time=wording.time_text(run.time),
        source=one_line(f"{tool} {source.version}" if source.version else tool),
        source_url=source.url if source.url and source.url.startswith(("https://", "http://")) else None,
        measurements=run.measurements,
        failed=run.failed,
        facts=context.facts_text(run),
    )


def _csv(context: Context, commit: int) -> str:
    table = context.table
    part = table.rows_of(commit)
    heads = context.csv_heads
    lines = [f"{CSV_HEAD},value,baseline,noise_floor,verdict,standing"]
    words = table.verdicts[part] + len(_VERDICT_NAMES) * table.standing[part]
    columns = (table.series[part], table.values[part], table.baselines[part], table.floors[part], words)
    for number, value, baseline, floor, word in zip(*(column.tolist() for column in columns), strict=True):
        before = "" if isnan(baseline) else f"{baseline:.6g}"
        noise = "" if isnan(floor) else f"{floor:.4g}"
        lines.append(f"{heads[number]},{value:.12g},{before},{noise},{_WORDS[word]}")
    lines.append("")
    return "\n".join(lines)
