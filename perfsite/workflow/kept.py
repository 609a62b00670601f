"""What a process that builds a site again and again keeps between two builds: never a verdict, only equal work."""

from __future__ import annotations

import hashlib
import pickle
from contextlib import contextmanager
from typing import TYPE_CHECKING

from perfsite.history.kept import KeptRuns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from perfsite.analysis.batches import Answer, Case
    from perfsite.pages.kept import KeptSite


class KeptAnswers:
    """What the analysis found, by all that it was asked: the analysis of a series is a function of its case."""

    def __init__(self) -> None:
        self._before: dict[bytes, Answer] = {}

    def all(self, cases: Sequence[Case], analyse: Callable[[Sequence[Case]], list[Answer]]) -> list[Answer]:
        """Return the answer of every case, in their order; only those not asked the last time are analysed.

        Equal cases may be written differently (what they share counts), which costs an analysis and changes nothing.
        """
        keys = [hashlib.blake2b(pickle.dumps(case, pickle.HIGHEST_PROTOCOL), digest_size=16).digest() for case in cases]
        new = [number for number, key in enumerate(keys) if key not in self._before]
        found = dict(zip(new, analyse([cases[number] for number in new]), strict=True))
        answers = [found[i] if i in found else self._before[key] for i, key in enumerate(keys)]
        self._before = dict(zip(keys, answers, strict=True))
        return answers


class Kept:
    """What is kept: decoded runs, analysed series, rendered shells and pages.

    Everything is found by the content that it was made of, so that a build that keeps makes the very same site as one
    that does not.
    """

    def __init__(self, site: KeptSite) -> None:
        self.runs = KeptRuns()
        self.answers = KeptAnswers()
        self.site = site


@contextmanager
def keeping() -> Iterator[Kept]:
    """Yield something to keep things in, until the end of the process's building."""
    from perfsite.pages.kept import KeptSite

    with KeptSite() as site:
        yield Kept(site)
