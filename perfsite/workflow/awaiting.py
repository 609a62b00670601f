"""Await the end of a CI run: what it measured is whole only then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from perfsite.errors import DeliveryError

if TYPE_CHECKING:
    from perfsite.forges.forge import WorkflowRun

POLL_S: Final = 20.0


def ended(
    ask: Callable[[], WorkflowRun],
    *,
    attempt: int | None,
    wait_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> WorkflowRun:
    """Return a CI run once an attempt of it, or a later one, has ended.

    Parameters
    ----------
    ask
        Asks the host of the code for the run as it is.
    attempt
        Which one, counted from 1; None: the one that the host tells of.
    wait_s
        How long to wait; with 0 the run is returned as it is, ended or not.

    Raises
    ------
    DeliveryError
        The time is up.
    """
    end = clock() + wait_s
    while True:
        run = ask()
        # An attempt that was asked for a moment ago may not be told of yet.
        if not wait_s or (run.conclusion is not None and run.attempt >= (attempt or 1)):
            return run
        if clock() + POLL_S > end:
            which = f"attempt {attempt}" if attempt else "it"
            raise DeliveryError(
                f"{which} has not ended after {wait_s / 60:.0f} minutes",
                where=run.url,
                hint="run this again when it has: what was taken in already stays as it is",
            )
        sleep(POLL_S)
