"""Where the analysis runs: in this process, in a pool of processes, or on the workers of a Dask cluster."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite import __version__
from perfsite.analysis.batches import Answer, Case, analyse_batch, batches_of
from perfsite.errors import ConfigError

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

_log = logging.getLogger(__name__)
WORTH_A_POOL: Final = 1_500_000
"""Points from which several processes end sooner than one: measured on two cores, starting and sending included."""
CONNECT_S: Final = 10
_DASK: Final = "install perfsite[dask] here and on the workers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to analyse.

    `jobs` is the number of processes: 1 this one, None as many as there are cores for a history that is large enough.
    `dask` is the address of a Dask scheduler (`tcp://10.0.0.1:8786`), which then has the say.
    """

    jobs: int | None = None
    dask: str | None = None


def analyse_all(cases: Sequence[Case], place: Place | None = None) -> list[Answer]:
    """Return what the analysis of every series finds, in their order: the same wherever it runs.

    A pool that dies (its processes killed for their memory, say) or a cluster that goes away costs time: what it had
    not answered is analysed here.

    Raises
    ------
    ConfigError
        There is no such cluster, or its workers cannot work with this perfsite.
    """
    place = place or Place()
    batches = list(batches_of(cases))
    with _executor(place, sum(len(case.series) for case in cases), len(batches)) as executor:
        answers = [analyse_batch(batch) for batch in batches] if executor is None else _answers(executor, batches)
    return [answer for batch in answers for answer in batch]


def _answers(executor: Executor, batches: Sequence[Sequence[Case]]) -> list[list[Answer]]:
    """Return the answers of an executor; from where it is lost, those of this process."""
    answers: list[list[Answer]] = []
    try:
        futures: list[Future[list[Answer]]] = [executor.submit(analyse_for, _tools(), batch) for batch in batches]
        answers.extend(future.result() for future in futures)
    except ModuleNotFoundError as error:
        raise ConfigError(f"a worker cannot work: {_short(error)}", where="--dask", hint=_DASK) from error
    except _lost() as error:
        _log.warning("processes were lost (%s); the rest is analysed in this one", _short(error))
        answers.extend(analyse_batch(batch) for batch in batches[len(answers) :])
    return answers


def analyse_for(caller: str, batch: Sequence[Case]) -> list[Answer]:
    """Return what the analysis of some series finds, for a caller of the very same perfsite and numpy.

    Raises
    ------
    ConfigError
        The caller's are others: the same history would get other verdicts, depending on who was free.
    """
    if caller != _tools():
        raise ConfigError(
            f"a worker has {_tools()} and this is {caller}", where="--dask", hint="install the same versions everywhere"
        )
    return analyse_batch(batch)


def _tools() -> str:
    return f"perfsite {__version__} with numpy {np.__version__}"


@contextmanager
def _executor(place: Place, points: int, batches: int) -> Iterator[Executor | None]:
    """Yield where to send batches to, None for this process; what was started is ended."""
    if place.dask is not None:
        with _dask(place.dask) as executor:
            yield executor
        return
    jobs = min(_jobs(place.jobs, points), batches)
    if jobs <= 1:
        yield None
        return
    pool = ProcessPoolExecutor(jobs, mp_context=_context())
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _jobs(wanted: int | None, points: int) -> int:
    if wanted is not None:
        return wanted
    return cores() if points >= WORTH_A_POOL else 1


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _context() -> BaseContext:
    """Return how processes are made: from a server that has imported what they need, and nothing else of this one."""
    import multiprocessing

    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([analyse_batch.__module__])
    return context


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(f"Dask is not installed: {error}", where="--dask", hint=_DASK) from error
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError, TypeError) as error:
        hint = "give the address that the scheduler printed, like tcp://10.0.0.1:8786"
        raise ConfigError(
            f"no Dask scheduler answers: {_short(error)}", where=f"--dask {address}", hint=hint
        ) from error
    try:
        executor: Executor = client.get_executor(pure=False)
        yield executor
    finally:
        client.close()


def _lost() -> tuple[type[BaseException], ...]:
    """Return the errors that say that a pool or a cluster is gone, not that the analysis failed."""
    lost: list[type[BaseException]] = [BrokenExecutor, CancelledError]
    if "distributed" in sys.modules:
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        lost += [KilledWorker, CommClosedError]
    return tuple(lost)


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
