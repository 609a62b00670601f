"""How much of each commit is published: a page for every one until the site would grow past what its host takes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.report.context import CSV_HEAD
from perfsite.report.table import IMPROVEMENT, REGRESSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.report.context import Context

    IntArray = NDArray[np.int64]

ROOM_BYTES: Final = 900_000_000
"""What a site may grow to: GitHub Pages publishes 1 GB, and the sizes of pages are estimates before they are made."""
KEPT_COMMITS: Final = 100
"""Newest commits that always have their page and their plain CSV: pull requests and chats link to them now."""
PACKING: Final = 4
"""How many times smaller a commit's measurements are packed; 4.7 for django-asv's."""
_FIGURES_BYTES: Final = 38
"""What the figures and the verdict of a line take, beside the names of its series."""
_ROW_BYTES: Final = 650
"""What a row takes on the page itself."""
_MOST_ROWS: Final = 100
_PAGE_BYTES: Final = 12_000
"""What a page says beside its rows, and the summary for programs that goes with it."""


class Form(IntEnum):
    """How much of a commit is published, from all to least; every one keeps all its values."""

    WHOLE = 0
    """Its page, and its measurements as CSV."""
    PACKED = 1
    """Its page, and its measurements as CSV packed with gzip."""
    VALUES = 2
    """Its packed measurements, which the page for missing addresses shows under the commit's address."""


def plan_forms(
    wanted: str | int, *, other: int, pages: IntArray, values: IntArray, speaks: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Return the form of each commit.

    Parameters
    ----------
    wanted
        `all`: everything whole; a number: the newest so many commits; `auto`: as many as there is room for.
    other
        Bytes of everything that is no commit's.
    pages, values
        Estimated bytes of each commit's page and of its CSV, shape (commits,), oldest first.
    speaks
        Which commits have something to say beside their values: they are the last to lose their page, and lose it to
        `auto` only.

    Notes
    -----
    `auto` takes what is missed least first, from the oldest commit on and no more than is needed: the plain form of
    the measurements, then pages of commits with nothing to say, then any.

    Examples
    --------
    >>> pages, values = np.full(300, 2_000_000), np.full(300, 2_000_000)
    >>> plan_forms("auto", other=0, pages=pages, values=values, speaks=np.zeros(300, bool))[[0, 199, 200, -1]].tolist()
    [1, 1, 0, 0]
    >>> plan_forms(298, other=0, pages=pages, values=values, speaks=np.zeros(300, bool))[:3].tolist()
    [2, 2, 0]
    """
    forms = np.zeros(len(pages), np.int8)
    old = np.arange(len(pages)) < len(pages) - (wanted if isinstance(wanted, int) else KEPT_COMMITS)
    if isinstance(wanted, int):
        forms[old & ~speaks] = Form.VALUES
    if wanted != "auto":
        return forms
    excess = other + int(pages.sum()) + int(values.sum()) - ROOM_BYTES
    steps = (
        (old, Form.PACKED, values - values // PACKING),
        (old & ~speaks, Form.VALUES, pages),
        (old & speaks, Form.VALUES, pages),
    )
    for candidates, form, saved in steps:
        at = np.flatnonzero(candidates)
        gained = np.cumsum(saved[at])
        taken = at[: int(np.searchsorted(gained, excess)) + 1] if excess > 0 else at[:0]
        forms[taken] = form
        excess -= int(saved[taken].sum())
    return forms


def commit_forms(context: Context, *, other: int, shell: int) -> Sequence[Form]:
    """Return the form of each commit; `other` is what all else takes, `shell` an empty page, in bytes."""
    table, commits = context.table, len(context.refs)
    heads = np.array([len(head.encode()) for head in context.csv_heads] or [0], np.int64)
    of_lines = np.bincount(table.commits, heads[table.series] + _FIGURES_BYTES, commits) if commits else np.empty(0)
    rows = np.minimum(table.counts[:, [REGRESSION, IMPROVEMENT]].sum(axis=1), _MOST_ROWS)
    forms = plan_forms(
        context.judged.commit_pages,
        other=other,
        pages=shell + _PAGE_BYTES + _ROW_BYTES * rows,
        values=of_lines.astype(np.int64) + len(CSV_HEAD),
        speaks=_speaking(context),
    )
    return [Form(code) for code in forms.tolist()]


def _speaking(context: Context) -> NDArray[np.bool_]:
    """Return which commits have more to say than values: findings, incidents, releases, decisions, pull requests."""
    table, judged = context.table, context.judged
    says = np.zeros(len(context.refs), np.bool_)
    # A regression that stands from before is counted apart: the commit has no part in it.
    says |= table.counts[:, [REGRESSION, IMPROVEMENT]].any(axis=1)
    named = [incident.commit for incident in judged.incidents]
    named += [position for position, _ in judged.timeline.releases]
    named += [run.commit for run in judged.timeline.runs if run.pull_request is not None]
    named += [*context.accepted, *context.withdrawn_at]
    says[np.array([at for at in named if at >= 0], np.int64)] = True
    return says
