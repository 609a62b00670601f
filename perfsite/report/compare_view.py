"""What the page that compares any two commits, releases or environments needs; the browser divides and sorts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.machine import Machine, machine_text
from perfsite.report import wording
from perfsite.report.code_host import parts_url
from perfsite.report.compare_url import compare_url

if TYPE_CHECKING:
    from perfsite.report.context import Context

MOST_LINKS: Final = 10
MIXED: Final = -1
"""Stands for several machines at one commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareLink:
    """Two commits or releases that readers often compare: what they are, and the address of the answer."""

    base: str
    head: str
    what: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareView:
    """What can be compared: `links` are ready answers; `host_url` is what the host's pages of the code begin with."""

    sentence: str
    links: tuple[CompareLink, ...] = ()
    environments: tuple[str, ...] = ()
    host_url: str | None = None


def compare_view(context: Context) -> CompareView:
    """Return the page on which a reader chooses what to compare."""
    releases = context.timeline.releases
    commits = wording.plural(len(context.refs), "measured commit")
    with_releases = f", {wording.plural(len(releases), 'release')}" if releases else ""
    names = len(context.stops)
    return CompareView(
        sentence=f"Any two of {commits}{with_releases}, or {wording.plural(names, 'environment')} of one commit."
        if names > 1
        else f"Any two of {commits}{with_releases}.",
        links=tuple(_links(context)),
        environments=tuple(sorted({run.environment for run in context.timeline.runs})),
        host_url=parts_url(url) if (url := context.judged.repository_url) else None,
    )


def _links(context: Context) -> Iterator[CompareLink]:
    releases, trend = context.releases, context.trend_commits
    for i in reversed(range(len(releases.releases))[-MOST_LINKS:]):
        old = releases.previous[i]
        if old is not None:
            tags = releases.ref(old).tag, releases.ref(i).tag
            date = context.refs[releases.releases[i][0]].date
            yield CompareLink(base=tags[0], head=tags[1], what=f"released {date}", url=compare_url(*tags))
    for older, newer in reversed(list(pairwise(trend))[-MOST_LINKS:]):
        base, head = context.refs[older], context.refs[newer]
        what = wording.short_name(head.subject, 90)
        yield CompareLink(base=base.short, head=head.short, what=what, url=compare_url(base.sha, head.sha))


def compare_documents(context: Context) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what the comparison of single runs needs beside what others publish: the machines behind them.

    `data/machines.json` is `{"version": 1, "machines": [text], "environments": [{"environment", "commits": [],
    "machines": []}], "together": [{"metric", "unit", "direction", "environment", "share"}]}`. From each of `commits` on
    (positions) the environment's machine is that of `machines` (a place in the list of texts; -1: several at once).
    `share` is the correlation of the noise of two benchmarks in one run.
    """
    known: dict[tuple[str | None, ...], int] = {}
    texts: list[str] = []
    at: dict[str, dict[int, int]] = {}
    numbers: dict[int, int] = {}
    for run in context.timeline.runs:
        number = numbers.get(id(run.facts))
        if number is None:
            machine = Machine.of(run.facts)
            number = numbers[id(run.facts)] = known.setdefault(machine.spelling, len(known))
            if number == len(texts):
                texts.append(wording.short_name(machine_text(machine), 200) or "unknown machine")
        mine = at.setdefault(run.environment, {})
        mine[run.commit] = number if mine.get(run.commit, number) == number else MIXED
    together = context.levels.together
    yield (
        "data/machines.json",
        {
            "version": 1,
            "machines": texts,
            "environments": [_machines(name, commits) for name, commits in sorted(at.items())],
            "together": [
                {
                    "metric": metric,
                    "unit": unit,
                    "direction": direction,
                    "environment": environment,
                    "share": float(f"{share:.3g}"),
                }
                for (metric, unit, direction, environment), share in sorted(together.items())
            ],
        },
    )


def _machines(environment: str, commits: Mapping[int, int]) -> dict[str, Any]:
    """Return since which commits which machine measures."""
    starts: list[int] = []
    machines: list[int] = []
    for commit, number in sorted(commits.items()):
        if not machines or machines[-1] != number:
            starts.append(commit)
            machines.append(number)
    return {"environment": environment, "commits": starts, "machines": machines}
