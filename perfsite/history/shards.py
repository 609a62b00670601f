"""Where a run's line belongs: folders, months, shards that roll over, and what an append adds to each.

Both stores, the directory and the branch, follow this one plan, so that one can be copied over the other.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from perfsite.errors import HistoryError
from perfsite.history.codec import decode, encode, is_as_written
from perfsite.history.columns import Memo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perfsite.model.run import Run

SHARD_BYTES: Final = 1 << 20
"""A shard that would grow past this size is left as it is, and the next one is begun."""
MAX_LINE_BYTES: Final = 64 << 20
"""A longer line is no run, and is not read into memory to find out."""
EVENTS: Final = "events.jsonl"
PULL: Final = "pull"

_NAME: Final = re.compile(r"(\d{4}-\d\d)(?:-([1-9]\d{0,6}))?\.jsonl\Z", re.ASCII)
_ID: Final = re.compile(rb'\{"version":\d+,"id":"([0-9a-f]{32})"')


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: how many runs it wrote, and how many it left out because they were there already."""

    written: int
    known: int


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One line as it is stored: its shard (relative, `/` between parts), its number from 1, its bytes without the end.

    `origin` goes before the shard to name the place for people: `history/` or `perf-history:`.
    """

    shard: str
    number: int
    content: bytes
    origin: str = ""

    @property
    def where(self) -> str:
        """The place of the line, as errors name it."""
        return f"{self.origin}{self.shard}:{self.number}"


@dataclass(frozen=True, slots=True)
class Line:
    """One encoded run on its way into a shard: `stem` is the shard without number and suffix (`linux/2026-11`)."""

    stem: str
    id: str
    content: bytes


def encoded(runs: Iterable[Run]) -> list[Line]:
    """Return the runs as the lines to append; the first that cannot be stored stops all, before anything is written."""
    lines, memo = [], Memo()
    for run in runs:
        content = encode(run, memo).encode() + b"\n"
        if len(content) > MAX_LINE_BYTES:
            problem = f"a run of {len(content):,} bytes is too large for one line (at most {MAX_LINE_BYTES:,})"
            raise HistoryError(problem, where=f"run at {run.commit.sha[:12]}", hint="record it as several suites")
        lines.append(Line(_stem(run), line_id(content) or "", content))
    return lines


def _stem(run: Run) -> str:
    # The codec has made sure of both: a safe environment name, and a time with a zone.
    time = run.time.utctimetuple()
    folder = run.environment.name if run.pull_request is None else f"{PULL}/{run.environment.name}"
    return f"{folder}/{time.tm_year:04}-{time.tm_mon:02}"


def shard_name(stem: str, number: int) -> str:
    """Return the path of a month's shard; the first has no number.

    Examples
    --------
    >>> shard_name("linux/2026-11", 2)
    'linux/2026-11-2.jsonl'
    """
    return f"{stem}.jsonl" if number <= 1 else f"{stem}-{number}.jsonl"


def order_key(shard: str) -> tuple[bool, str, str, int, str]:
    """Sort shards by environment, month and number: pull requests last, the tenth shard after the second."""
    folder, _, name = shard.rpartition("/")
    match = _NAME.match(name)
    month, number = (match[1], int(match[2] or 1)) if match else (name, 0)
    return folder.startswith(f"{PULL}/"), folder, month, number, shard


def last_number(names: Iterable[str], month: str) -> int:
    """Return the number of the newest shard of a month (`2026-11`) among file names; 0 where there is none."""
    matches = (_NAME.match(name) for name in names)
    return max((int(match[2] or 1) for match in matches if match and match[1] == month), default=0)


def line_id(line: bytes) -> str | None:
    """Return the id of a stored line without decoding it where perfsite wrote it; None where it has none."""
    match = _ID.match(line)
    if match:
        return match[1].decode()
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    identity = record.get("id") if isinstance(record, dict) else None
    return identity if isinstance(identity, str) else None


def known_id(line: bytes) -> str | None:
    """Return the id of a stored line whose run can be read back; None for one that was torn or spoilt.

    Only such a line stands for its run: where a killed writer left half of it, the same run must be stored again.
    """
    identity = line_id(line)
    if identity is None or is_as_written(line, identity):
        return identity
    try:
        return decode(line, where="").id
    except HistoryError:
        return None


def known_ids(lines: Iterable[bytes]) -> frozenset[str]:
    """Return the ids of all lines that stand for their run."""
    return frozenset(filter(None, map(known_id, lines)))


@dataclass(slots=True)
class _Tail:
    """The newest shard of a month while a plan is made."""

    number: int
    size: int
    torn: bool
    ids: set[str]


@dataclass(slots=True)
class Plan:
    """What an append adds to which shard, worked out before a byte is written.

    Parameters
    ----------
    tail
        Returns number and content of the newest shard of a stem; `(0, b"")` where there is none.
    known
        Ids that are stored anywhere, where the whole history has been looked through.
    """

    tail: Callable[[str], tuple[int, bytes]]
    known: frozenset[str] = frozenset()
    additions: dict[str, list[bytes]] = field(default_factory=dict)
    _tails: dict[str, _Tail] = field(default_factory=dict)

    def add_all(self, lines: Iterable[Line]) -> Appended:
        """Plan the lines, in their order, and count those that are new."""
        total = written = 0
        for line in lines:
            total += 1
            written += self._add(line)
        return Appended(written=written, known=total - written)

    def _add(self, line: Line) -> bool:
        tail = self._tails.get(line.stem)
        if tail is None:
            tail = self._tails[line.stem] = self._read_tail(line.stem)
        if line.id in tail.ids or line.id in self.known:
            return False
        if tail.number == 0 or (tail.size and tail.size + len(line.content) > SHARD_BYTES):
            tail.number, tail.size, tail.torn = tail.number + 1, 0, False
        # The end of the last line is missing where a writer was killed: that line is lost, the next must not be.
        content = b"\n" + line.content if tail.torn else line.content
        self.additions.setdefault(shard_name(line.stem, tail.number), []).append(content)
        tail.size, tail.torn = tail.size + len(content), False
        tail.ids.add(line.id)
        return True

    def _read_tail(self, stem: str) -> _Tail:
        number, content = self.tail(stem)
        torn = bool(content) and not content.endswith(b"\n")
        return _Tail(number, len(content), torn, set(known_ids(content.split(b"\n"))))


def misplaced(path: str) -> str | None:
    """Return why a `.jsonl` file at this path of a history is not read, None where it is a shard.

    Any name is read in an environment's folder: a file that somebody renamed still holds runs. The file of events
    has its place, too.
    """
    if path == EVENTS:
        return None
    parts = path.split("/")
    if parts[0] == PULL:
        parts = parts[1:]
    if len(parts) == 2:
        return None
    return "not in an environment's folder (ENVIRONMENT/YYYY-MM.jsonl or pull/ENVIRONMENT/YYYY-MM.jsonl)"
