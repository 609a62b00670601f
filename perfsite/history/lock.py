"""Let one process at a time write a directory; a writer that dies gives the lock back."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from perfsite.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "win32":
    import hashlib
    import msvcrt
    import tempfile

    def _open(root: Path) -> int:
        # Directories cannot be locked here, and a lock file must not stand among the shards that people commit.
        name = hashlib.sha256(str(root.resolve()).lower().encode()).hexdigest()[:32]
        return os.open(Path(tempfile.gettempdir()) / f"perfsite-{name}.lock", os.O_RDWR | os.O_CREAT)

    def _take(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    _BUSY: tuple[type[OSError], ...] = (PermissionError, OSError)
else:
    import fcntl

    def _open(root: Path) -> int:
        return os.open(root, os.O_RDONLY)

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    _BUSY: tuple[type[OSError], ...] = (BlockingIOError,)


@contextmanager
def locked(root: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock of a directory that exists; closing the file, and so any end of the process, gives it back.

    Raises
    ------
    HistoryError
        Another process held it for all of `timeout_s`.
    OSError
        The directory cannot be opened or locked at all.
    """
    file = _open(root)
    try:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                _take(file)
                break
            except _BUSY as error:
                if time.monotonic() > deadline:
                    problem = f"another process has been writing here for {timeout_s:.0f} s"
                    hint = "nothing was stored; end that process, or wait for it, and record again"
                    raise HistoryError(problem, where=str(root), hint=hint) from error
            time.sleep(0.01)
        yield
    finally:
        os.close(file)
