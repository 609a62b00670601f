"""Runs that were read before: a process that reads a history again and again decodes only the lines that are new."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from perfsite.history.codec import decode
from perfsite.history.columns import Memo

if TYPE_CHECKING:
    from perfsite.model.run import Run


class KeptRuns:
    """Runs by the content of their line; what one reading did not meet is forgotten at the next."""

    def __init__(self) -> None:
        self._memo = Memo()
        self._before: dict[bytes, Run] = {}
        self._now: dict[bytes, Run] = {}

    def begin(self) -> None:
        """Begin another reading."""
        self._before, self._now = self._now, {}

    def decode(self, line: bytes, *, where: str, samples: bool) -> Run:
        """Return the run of a line; one shared with earlier readings, which must not be changed.

        Raises
        ------
        HistoryError
            As of `perfsite.history.codec.decode`.
        """
        key = hashlib.blake2b(line, digest_size=16, person=b"samples" if samples else b"without").digest()
        run = self._before.get(key) or self._now.get(key)
        if run is None:
            run = decode(line, where=where, memo=self._memo, samples=samples)
        self._now[key] = run
        return run
