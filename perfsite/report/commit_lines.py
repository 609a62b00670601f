"""The list of commits: its lines, newest first, and the document that holds all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from perfsite.report import wording
from perfsite.report.commit_views import CommitLine
from perfsite.report.slug import release_url

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.views import Counts


def commit_lines(context: Context) -> list[CommitLine]:
    """Return the list of commits, newest first."""
    tags: dict[int, list[tuple[str, str]]] = {}
    for commit, tag in context.timeline.releases:
        tags.setdefault(commit, []).append((tag, release_url(tag)))
    lines = []
    for commit in reversed(range(len(context.refs))):
        runs = context.runs_at.get(commit, ())
        counts = context.table.counts_of(commit)
        numbers = [run.pull_request for run in runs if run.pull_request is not None]
        lines.append(
            CommitLine(
                ref=context.refs[commit],
                author=wording.one_line((context.timeline.commits[commit].author or "")[:200]),
                sentence=wording.commit_sentence(counts, "", unsure_reason(context, commit, counts)),
                state=wording.commit_state(counts),
                counts=counts,
                environments=len({run.environment for run in runs}),
                pull_request=numbers[0] if numbers else None,
                is_aside=not context.is_on_trend(commit),
                releases=tuple(reversed(tags.get(commit, ()))),
            )
        )
    return lines


def unsure_reason(context: Context, commit: int, counts: Counts) -> str:
    """Return why nothing of a commit could be judged; empty where something could."""
    if counts.total == 0 or counts.unsure < counts.total:
        return ""
    return wording.unsure_why(context.table.doubts[context.table.rows_of(commit)].tolist())


def lines_document(lines: Sequence[CommitLine]) -> Mapping[str, Any]:
    """Return the list for programs and for the script of its page, as columns.

    Parameters
    ----------
    lines
        Newest first; the document is oldest first, so that its positions are those of `data/commits.json`.

    Returns
    -------
    Mapping
        `author` (text), `regression`, `improvement`, `unsure`, `standing`, `total` (measurements), `pull_request`
        (number or null), `aside` (0 or 1: off the trend), and `releases`: `[position, name, URL]` of the newest commit
        that each holds.
    """
    told = [*reversed(lines)]
    counts = ("regression", "improvement", "unsure", "standing", "total")
    return {
        "version": 1,
        "author": [line.author[:80] for line in told],
        **{name: [getattr(line.counts, name) for line in told] for name in counts},
        "pull_request": [line.pull_request for line in told],
        "aside": [int(line.is_aside) for line in told],
        "releases": [[i, name, url] for i, line in enumerate(told) for name, url in line.releases],
    }
