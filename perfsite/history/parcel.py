"""A parcel: run lines on their way from a CI job that may not write the history to one that may.

The job that measures writes it as a file and uploads that as an artifact. Whoever opens a pull request decides what is
in it, so it is read as hostile: nothing of it is written to the disk or trusted to be as large as it says.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from perfsite.errors import HistoryError, InputError
from perfsite.history.checks import found
from perfsite.history.codec import decode
from perfsite.history.columns import Memo
from perfsite.history.shards import Appended, encoded, known_ids

if TYPE_CHECKING:
    from perfsite.model.run import Run

_T = TypeVar("_T")
_PIECE: Final = 1 << 16
_PART: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._-]{0,99}")
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)
_END: Final = b"PK\x05\x06"
_LOCATOR_64: Final = b"PK\x06\x07"
_AGAIN: Final = "nothing was stored; a parcel is what `perfsite record --output FILE` writes, uploaded as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a parcel may hold; `zip_bytes` of it as it arrives, `total_bytes` and `line_bytes` unpacked."""

    zip_bytes: int = 32 << 20
    total_bytes: int = 32 << 20
    line_bytes: int = 4 << 20
    files: int = 200
    runs: int = 200
    measurements: int = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A run as a parcel claims it to be, and the place where it stands, for people."""

    run: Run
    where: str


def write_runs(path: Path, runs: Iterable[Run]) -> Appended:
    """Write runs at the end of a file, as the history has them; those that stand in it already are left out.

    Raises
    ------
    HistoryError
        A run that cannot be stored, or a file that cannot be written.
    """
    lines = encoded(runs)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else b""
        known = known_ids(before.split(b"\n"))
        fresh = {line.id: line.content for line in lines if line.id not in known}
        torn = b"\n" if before and not before.endswith(b"\n") else b""
        if fresh:
            with path.open("ab") as file:
                file.write(torn + b"".join(fresh.values()))
    except OSError as error:
        hint = "name a file in a folder that can be written"
        raise HistoryError(f"cannot be written: {error.strerror}", where=str(path), hint=hint) from error
    return Appended(written=len(fresh), known=len(lines) - len(fresh))


def read_parcels(paths: Iterable[Path], limits: Limits | None = None) -> list[Claimed]:
    """Return all runs that parcels claim, each a zip file, a folder of files of run lines, or one such file.

    Raises
    ------
    InputError
        The first thing that is wrong; then nothing of any parcel may be used.
    """
    reader = _Reader(limits or Limits())
    for path in paths:
        for name, opened in _files(path, reader.limits):
            with opened as stream:
                reader.read(stream, name)
    if not reader.claimed:
        raise InputError("no run in it", where=", ".join(str(path) for path in paths), hint=_AGAIN)
    return reader.claimed


class _Stream(Protocol):
    """What is read of a file."""

    def read(self, size: int, /) -> bytes: ...


class _Reader:
    """Reads streams of run lines, counting what all of them together hold."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.claimed: list[Claimed] = []
        self._memo = Memo()
        self._bytes = 0
        self._measurements = 0

    def read(self, stream: _Stream, name: str) -> None:
        """Take in the lines of one file."""
        rest, number = bytearray(), 1
        while piece := stream.read(_PIECE):
            self._bytes += len(piece)
            if self._bytes > self.limits.total_bytes:
                raise _refused(name, f"more than {self.limits.total_bytes:,} bytes, unpacked")
            *ends, begin = piece.split(b"\n")
            for end in ends:
                self._line(bytes(rest + end), f"{name}:{number}")
                rest.clear()
                number += 1
            rest += begin
            if len(rest) > self.limits.line_bytes:
                raise _refused(
                    f"{name}:{number}", f"a line of more than {self.limits.line_bytes:,} bytes; record several suites"
                )
        if rest:
            raise _refused(f"{name}:{number}", f"the last line has no line end, after {found(_text(rest))}")

    def _line(self, line: bytes, where: str) -> None:
        if not line.strip():
            raise _refused(where, "an empty line")
        if len(line) > self.limits.line_bytes:
            raise _refused(where, f"a line of more than {self.limits.line_bytes:,} bytes; record several suites")
        try:
            run = decode(line, where=where, memo=self._memo)
        except HistoryError as error:
            hint = error.hint if error.hint == "upgrade perfsite" else _AGAIN
            raise InputError(error.problem, where=where, hint=hint) from None
        self._measurements += len(run.measurements)
        if not len(run.measurements):
            raise _refused(where, "a run without a measurement")
        if self._measurements > self.limits.measurements:
            raise _refused(where, f"more than {self.limits.measurements:,} measurements")
        if len(self.claimed) == self.limits.runs:
            raise _refused(where, f"more than {self.limits.runs:,} runs")
        self.claimed.append(Claimed(run=run, where=where))


def _files(path: Path, limits: Limits) -> Iterator[tuple[str, AbstractContextManager[_Stream]]]:
    """Yield the name of every file of a parcel, for people, and its content."""
    try:
        if path.is_dir():
            yield from _of_folder(path, limits)
            return
        if not stat.S_ISREG(path.stat().st_mode):
            raise _refused(str(path), "neither a file nor a folder")
        with path.open("rb") as file:
            head = file.read(4)
        if head[:2] == b"PK":
            with _zip(path, limits) as (archive, entries):
                for entry in entries:
                    yield f"{path}: {entry.filename}", _Entry(archive, entry, str(path))
        elif path.suffix == ".zip":
            raise _refused(str(path), f"not a zip file: it begins with {found(_text(head))}")
        else:
            yield str(path), path.open("rb")
    except OSError as error:
        hint = "name the parcel that the measuring job left: a zip file, a folder or a file of run lines"
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path), hint=hint) from None


def _of_folder(top: Path, limits: Limits) -> Iterator[tuple[str, AbstractContextManager[_Stream]]]:
    """Yield the files of a folder; a link, and what has no business in it, is refused."""
    paths: list[Path] = []
    for folder, folders, files in os.walk(top):
        paths += [Path(folder, name) for name in (*files, *folders)]
        if len(paths) > limits.files:
            raise _refused(str(top), f"more than {limits.files:,} files")
    for path in sorted(paths):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        _fits(path.relative_to(top).as_posix(), str(top))
        if not stat.S_ISREG(mode):
            raise _refused(str(path), "a link or a device, not a file")
        yield str(path), path.open("rb")


@contextmanager
def _zip(path: Path, limits: Limits) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """Open a zip file and return its files, every name looked at before the first byte is unpacked."""
    _has_small_directory(path, limits)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _refused(str(path), f"not a zip file that can be read: {error}") from None
    with archive:
        seen: set[str] = set()
        entries = []
        for entry in archive.infolist():
            where, name = str(path), entry.orig_filename
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if name.endswith("/") and not entry.file_size and kind in (0, stat.S_IFDIR):
                _fits(f"{name}x.jsonl", where)
                continue
            _fits(name, where)
            if kind not in (0, stat.S_IFREG):
                raise _refused(f"{where}: {name}", "a link or a device, not a file")
            if entry.flag_bits & 0x1:
                raise _refused(f"{where}: {name}", "encrypted")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _refused(f"{where}: {name}", f"compressed by method {entry.compress_type}, not deflate")
            if name.casefold() in seen:
                raise _refused(f"{where}: {name}", "a second file of that name")
            seen.add(name.casefold())
            entries.append(entry)
        yield archive, entries


def _has_small_directory(path: Path, limits: Limits) -> None:
    """Refuse a zip file whose list of contents would cost much to read; Python reads all of it at once.

    The end record is looked for where Python looks first: in the last 22 bytes, where a zip file without a comment
    has it. One with a comment, or with the larger end record of zip64, is refused: Python would read another record
    than the one that was checked.
    """
    size = path.stat().st_size
    if size > limits.zip_bytes:
        raise _refused(str(path), f"{size:,} bytes; at most {limits.zip_bytes:,} are taken in")
    with path.open("rb") as file:
        file.seek(max(0, size - 42))
        tail = file.read(42)
    before, end = tail[:-22], tail[-22:]
    if len(end) < 22 or not end.startswith(_END) or end[20:] != b"\0\0":
        raise _refused(str(path), "not a zip file that can be read: cut off, or with a comment at its end")
    if before.startswith(_LOCATOR_64):
        raise _refused(str(path), "a zip64 file; so large a parcel is not taken in")
    entries, directory = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if entries > limits.files or directory > limits.files * 1000:
        raise _refused(str(path), f"a list of {entries:,} files in {directory:,} bytes; at most {limits.files:,} files")


class _Entry:
    """One file of a zip, whose reading fails with errors of ours."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> None:
        self._where = f"{where}: {entry.filename}"
        self._stream = self._tried(lambda: archive.open(entry))

    def __enter__(self) -> _Entry:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, unpacked."""
        return self._tried(lambda: self._stream.read(size))

    def _tried(self, act: Callable[[], _T]) -> _T:
        try:
            return act()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise _refused(self._where, f"cannot be unpacked: {error}") from None


def _fits(name: str, where: str) -> None:
    """Refuse a name that no parcel of ours has; nothing is ever written under it, but it shows what was tried."""
    parts = name.split("/")
    if len(name) > 300 or not 1 <= len(parts) <= 4 or any(not _is_plain(part) for part in parts):
        raise _refused(where, f"holds a file called {found(name)}: a path that leads elsewhere, or no plain name")
    if not name.endswith(".jsonl"):
        raise _refused(where, f"holds {found(name)}; only files of run lines (.jsonl) are taken in")


def _is_plain(part: str) -> bool:
    return _PART.fullmatch(part) is not None and not _DEVICE.match(part) and not part.endswith((".", " "))


def _refused(where: str, problem: str) -> InputError:
    return InputError(problem, where=where, hint=_AGAIN)


def _text(content: bytes | bytearray) -> str:
    return content[:200].decode("utf-8", "replace")
