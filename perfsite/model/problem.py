"""Something wrong that did not stop the work: told on the site's data page, not raised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One bad place of the history: where it is (`file:line`), what is wrong and what to do next."""

    where: str
    problem: str
    hint: str | None = None
