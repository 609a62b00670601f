"""Change points of numbers from anywhere: one JSON array a line in, one answer a line, as it comes."""

from __future__ import annotations

import json
import math
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from perfsite.analysis.changepoint import Changes, find_changes
from perfsite.analysis.stepsize import measure_changes
from perfsite.errors import InputError
from perfsite.model.policy import Severities
from perfsite.sources.document import shorten, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

LONGEST_LINE: Final = 64 * 2**20
"""Bytes of a line: some three million numbers."""
_FIELDS: Final = ("values", "environments", "standard_errors")
_HINT: Final = (
    'a line is a JSON array of numbers, or {"values": [...], "environments": [...], "standard_errors": [...]}'
)


@dataclass(frozen=True, slots=True)
class Detected:
    """The change points of one line of `count` entries.

    `places`, shape (n,), are the positions of the entries that are numbers, rising: gaps are passed over, and positions
    count them. `values`, shape (n,), are those numbers, `found` what was found in them.
    """

    count: int
    places: NDArray[np.int64]
    values: FloatArray
    found: Changes

    @property
    def indices(self) -> list[int]:
        """Positions of the first number of each new level, rising."""
        indices: list[int] = self.places[list(self.found.indices)].tolist()
        return indices

    def document(self) -> dict[str, Any]:
        """Return the change points with size, interval, place and confidence, as JSON takes them."""
        return {
            "version": 1,
            "points": len(self.values),
            "gaps": self.count - len(self.values),
            "changes": self._changes() if self.found.indices else [],
        }

    def _changes(self) -> list[dict[str, Any]]:
        factors = np.ones(len(self.values))
        if self.found.offsets is not None and self.values.min() > 0:
            factors = np.exp(self.found.offsets)
        free, usable = self.values / factors, ~self.found.outliers
        edges = [0, *self.found.indices, len(free)]
        levels = np.array([_mean(free[a:b], usable[a:b]) for a, b in pairwise(edges)])
        units = factors[list(self.found.indices)]
        told = measure_changes(self.found, levels, units, sign=0, severities=Severities(), confounded=())
        changes = []
        for change in told:
            evidence = change.evidence
            assert evidence is not None
            numbers = {
                "before": change.before,
                "after": change.after,
                "delta": change.delta,
                "lower": change.lower,
                "upper": change.upper,
                "real": evidence.real,
                "confidence": evidence.confidence,
                "score": change.score,
            }
            changes.append(
                {
                    "index": int(self.places[change.index]),
                    "first": int(self.places[evidence.first]),
                    "last": int(self.places[evidence.last]),
                }
                | {name: number if math.isfinite(number) else None for name, number in numbers.items()}
                | {"noise": str(evidence.noise), "agreement": evidence.agreement}
            )
        return changes


def detect_lines(file: Path | None, *, sensitivity: float) -> Iterator[Detected]:
    """Yield the change points of each line of a file (None: standard input) as it is read; blank lines are passed over.

    Raises
    ------
    InputError
        The file cannot be read, or a line is not numbers; the lines before it have been answered.
    """
    name = "standard input" if file is None else str(file)
    with _opened(file, name) as stream:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE + 1), b""), start=1):
            where = f"{name}: line {number}"
            if len(line) > LONGEST_LINE:
                raise InputError(f"the line is longer than {LONGEST_LINE // 2**20} MiB", where=where, hint=_HINT)
            if line.strip():
                yield _detect(_parse(line, where), where, sensitivity)


@contextmanager
def _opened(file: Path | None, name: str) -> Iterator[BinaryIO]:
    try:
        if file is None:
            yield sys.stdin.buffer
        else:
            with file.open("rb") as stream:
                yield stream
    except OSError as error:
        hint = "name a file of numbers, or - for standard input"
        raise InputError(f"cannot be read: {error.strerror}", where=name, hint=hint) from error


def _parse(line: bytes, where: str) -> dict[str, Any]:
    """Return the fields of a line, `values` among them, each a list or None."""
    try:
        document = json.loads(line.decode("utf-8-sig"))
    except RecursionError as error:
        raise InputError("is nested too deeply", where=where, hint=_HINT) from error
    except ValueError as error:
        text = line[:200].decode("utf-8", "replace").strip()
        raise InputError(f"is not JSON: '{shorten(text)}'", where=where, hint=_HINT) from error
    if isinstance(document, list):
        document = {"values": document}
    if not isinstance(document, dict):
        raise InputError(f"expected an array of numbers, found {shown(document)}", where=where, hint=_HINT)
    odd = [name for name in document if name not in _FIELDS]
    if odd:
        raise InputError(f"there is no field '{shorten(odd[0])}'", where=where, hint=_HINT)
    for name in _FIELDS:
        field = document.get(name)
        if not isinstance(field, list) and (field is not None or name == "values"):
            raise InputError(f"$.{name}: expected an array, found {shown(field)}", where=where, hint=_HINT)
        if field is not None and len(field) != len(document["values"]):
            problem = f"$.{name}: expected one entry for each of the {len(document['values'])} values"
            raise InputError(f"{problem}, found {len(field)}", where=where, hint=_HINT)
    return document


def _detect(document: dict[str, Any], where: str, sensitivity: float) -> Detected:
    values = _numbers(document["values"], "values", where)
    places = np.flatnonzero(~np.isnan(values))
    labels = errors = None
    if document.get("environments") is not None:
        labels = _labels(document["environments"], where)[places]
    if document.get("standard_errors") is not None:
        errors = _numbers(document["standard_errors"], "standard_errors", where)
        if (errors < 0).any():
            at = int(np.flatnonzero(errors < 0)[0])
            problem = f"$.standard_errors[{at}]: expected a number not below 0, found {shown(float(errors[at]))}"
            raise InputError(problem, where=where, hint=_HINT)
        errors = errors[places]
    found = find_changes(values[places], standard_errors=errors, labels=labels, sensitivity=sensitivity)
    return Detected(len(values), places, values[places], found)


def _numbers(entries: list[Any], name: str, where: str) -> FloatArray:
    """Return the entries as an array, NaN for null and NaN."""
    numbers = np.full(len(entries), math.nan)
    for i, entry in enumerate(entries):
        if entry is None:
            continue
        try:
            number = float(entry) if type(entry) in (int, float) else math.inf
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise InputError(f"$.{name}[{i}]: expected a number, found {shown(entry)}", where=where, hint=_HINT)
        numbers[i] = number
    return numbers


def _labels(entries: list[Any], where: str) -> NDArray[np.int64]:
    """Return a code for each environment, texts and numbers by first appearance; -1 for null."""
    codes: dict[tuple[bool, Any], int] = {}
    labels = np.full(len(entries), -1, dtype=np.int64)
    for i, entry in enumerate(entries):
        if entry is None or entry != entry:  # noqa: PLR0124  # NaN, which JSON's readers make of the word
            continue
        if type(entry) not in (int, float, str):
            problem = f"$.environments[{i}]: expected a text or a number, found {shown(entry)}"
            raise InputError(problem, where=where, hint=_HINT)
        labels[i] = codes.setdefault((isinstance(entry, str), entry), len(codes))
    return labels


def _mean(values: FloatArray, usable: NDArray[np.bool_]) -> float:
    """Return the mean of the usable values, of all where none are; no sum overflows."""
    kept = values[usable] if usable.any() else values
    scale = float(np.abs(kept).max()) or 1.0
    return float((kept / scale).mean()) * scale
