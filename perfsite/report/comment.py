"""The comment on a pull request as data: a check's answer with what a reader of the request needs beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Rule, Verdict
from perfsite.model.units import format_pair
from perfsite.report import code_host, comment_words, wording
from perfsite.report.check_missing import missing_notes
from perfsite.report.comment_views import CommentGroup, CommentRow, CommentView, Mention, Outcome
from perfsite.report.compare_url import compare_url
from perfsite.report.environments import environment_url
from perfsite.report.gate import Gate, is_failing
from perfsite.report.slug import benchmark_url

if TYPE_CHECKING:
    from perfsite.model.run import Commit
    from perfsite.model.series import SeriesKey
    from perfsite.report.check import CheckRow, CheckView

MOST_NAMED: Final = 3
MOST_ROWS: Final = 20
_SHORT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of an environment's runs of the contender; `machine` in words, empty: not known."""

    runs: int
    machine: str = ""
    suites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFacts:
    """What a comment tells beside the check's answer.

    Parameters
    ----------
    project
        What tells this project from another one in the same repository.
    base
        What the contender was compared with; `measured_base` the newest measured commit of that history, which the
        page of comparisons knows.
    site_url, repository_url
        Of the site and of the code, without a slash at the end; None: not known, no links.
    pages
        Benchmarks that have a page.
    incidents
        URLs of incidents, from the root of the site, by series.
    failed
        Measurements of the contender's runs that failed or were skipped.
    certain
        False where it is not known what the contender must be compared with.
    """

    project: str
    title: str
    head: Commit
    base: Commit | None = None
    measured_base: Commit | None = None
    site_url: str | None = None
    repository_url: str | None = None
    run_url: str | None = None
    measured: Mapping[str, Measured] = field(default_factory=dict)
    pages: Collection[str] = frozenset()
    incidents: Mapping[SeriesKey, str] = field(default_factory=dict)
    failed: int = 0
    certain: bool = True
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    gate: Gate = Gate.RULES
    most_rows: int = MOST_ROWS


def comment_view(view: CheckView, facts: CommentFacts) -> CommentView:
    """Return the comment on what a check answered."""
    rows = [(row, _row(row, facts)) for row in view.rows]
    lead, rest = comment_words.sentence(view, failed=facts.failed)
    fails = any(made.fails for _, made in rows)
    regressed = bool(view.counts.regression) or any(row.told_now for row in view.rows)
    warns = any(row.rule is not Rule.PASS for row in view.rows) or any(row.has_failed for row in view.missing)
    broken = bool(facts.failed and not view.rows)
    return CommentView(
        project=facts.project,
        title=facts.title,
        sha=view.sha,
        head=_mention(facts.head, facts),
        base=None if facts.base is None else _mention(facts.base, facts),
        outcome=_outcome(view, fails=fails, warns=warns or broken),
        fails=fails,
        warns=warns or broken or regressed,
        caveat="" if facts.certain or not facts.notes else facts.notes[0],
        has_regressed=regressed,
        is_telling=view.judged and view.counts.unsure < view.counts.total,
        lead=lead,
        rest=rest,
        power=wording.power_sentence([row.detectable for row in view.rows if row.detectable is not None]),
        groups=_groups(rows, facts),
        remarks=tuple(_remarks(view, facts)),
        links=tuple(_links(view, facts)),
        values_url=_values(view, facts),
        most_rows=facts.most_rows,
    )


def _outcome(view: CheckView, *, fails: bool, warns: bool) -> Outcome:
    if fails or view.counts.regression or any(row.told_now for row in view.rows):
        return Outcome.REGRESSED
    # An earlier regression warns at every commit until it is decided on: no news to this one.
    news = any(row.has_failed for row in view.missing) or any(row.beyond for row in view.rows)
    if warns and (news or not view.rows):
        return Outcome.REGRESSED
    return Outcome.CHANGED if view.counts.improvement or view.missing or view.mended else Outcome.QUIET


def _row(row: CheckRow, facts: CommentFacts) -> CommentRow:
    fails = is_failing(row, facts.gate, certain=facts.certain)
    changed = row.verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT) and (row.told_now or not row.standing)
    before, after = format_pair(row.baseline, row.value, row.unit)
    return CommentRow(
        benchmark=comment_words.name_text(row),
        url=_site(facts, benchmark_url(row.benchmark)) if row.benchmark in facts.pages else "",
        metric=row.metric,
        before=before + (" (pinned)" if row.pinned else ""),
        after=after,
        change=row.change,
        noise=wording.noise_text(row.noise_floor),
        verdict=comment_words.verdict_text(row),
        mark=comment_words.mark_text(row, fails=fails),
        incident=_site(facts, facts.incidents[row.key]) if row.key in facts.incidents else "",
        is_notable=changed or fails or bool(row.beyond) or row.mended is not None,
        fails=fails,
    )


def _groups(rows: Sequence[tuple[CheckRow, CommentRow]], facts: CommentFacts) -> tuple[CommentGroup, ...]:
    """Return the environments, the one with the worst row first, then those that measured nothing."""
    found: dict[str, list[tuple[CheckRow, CommentRow]]] = {}
    for row, made in rows:
        found.setdefault(row.environment, []).append((row, made))
    for name in sorted(facts.measured):
        found.setdefault(name, [])
    groups = []
    for name, members in found.items():
        measured = facts.measured.get(name, Measured(runs=0))
        groups.append(
            CommentGroup(
                environment=name,
                url=_site(facts, environment_url(name)) if members else "",
                machine=measured.machine,
                runs=measured.runs,
                suites=measured.suites,
                points=comment_words.points_text([row for row, _ in members]),
                rows=tuple(made for _, made in sorted(members, key=lambda one: not one[1].is_notable)),
            )
        )
    return tuple(groups)


def _remarks(view: CheckView, facts: CommentFacts) -> list[str]:
    """Return what to mind: what the comparison lacks, doubts of findings, what is missing, decisions, then the rest."""
    gone = missing_notes(view.missing)
    known = {*gone}
    told = [f"beyond its budget: {text}" for text in view.beyond[: MOST_NAMED * 2]]
    if len(view.beyond) > len(told):
        told.append(f"{wording.count_text(len(view.beyond) - len(told))} more are beyond their budgets")
    doubtful = sum(row.verdict is not Verdict.NO_CHANGE for row in view.rows)
    told += [_of(why, names, every=doubtful) for why, names in view.doubts.items()]
    told += gone
    told += [note for note in facts.notes if note not in known]
    told += [f"baseline {what}: {_names(names)}" for what, names in view.pins.items()]
    if any(row.standing and row.pinned is None and not row.told_now for row in view.rows):
        told.append("earlier regressions began before this change and do not fail here")
    told += facts.warnings
    # What cannot be compared at all comes before what is found by comparing.
    return told if facts.certain else [*facts.notes[:1], *(text for text in told if text not in facts.notes[:1])]


def _of(why: str, names: Sequence[str], *, every: int) -> str:
    """Return a remark with whom it is about, where it does not say so and that is not every one of them."""
    return why if len(names) in (0, every) else f"{why}: {_names(names)}"


def _names(names: Sequence[str]) -> str:
    more = f" and {wording.count_text(len(names) - MOST_NAMED)} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def _links(view: CheckView, facts: CommentFacts) -> list[tuple[str, str]]:
    links = [("all values of this commit", _values(view, facts))]
    if links[0][1] and facts.measured_base is not None and facts.measured_base.sha != view.sha:
        links.append(("compared with its base", _site(facts, compare_url(facts.measured_base.sha, view.sha))))
    links.append(("CI run", facts.run_url or ""))
    return [(text, url) for text, url in links if url]


def _values(view: CheckView, facts: CommentFacts) -> str:
    # Uncommitted changes have no page.
    return _site(facts, f"commits/{view.sha}/") if view.rows and not facts.head.dirty else ""


def _mention(commit: Commit, facts: CommentFacts) -> Mention:
    return Mention(
        short=commit.sha[:_SHORT],
        subject=wording.one_line(commit.subject or ""),
        url=code_host.commit_url(facts.repository_url, commit.sha) or "",
    )


def _site(facts: CommentFacts, path: str) -> str:
    return f"{facts.site_url.rstrip('/')}/{path}" if facts.site_url else ""
