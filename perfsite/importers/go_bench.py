"""Go: a collection of benchmark files, one for each commit or release."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfsite.errors import CombinedInputError, InputError
from perfsite.importers.commits import Commits
from perfsite.model.run import Columns, Environment, Run, Source, environment_name
from perfsite.sources.base import parse_time
from perfsite.sources.formats import go_bench, go_test_json
from perfsite.sources.loading import HEAD_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfsite.model.run import Commit, Reading

NAME: Final = "go-bench"
TITLE: Final = "Go: a folder of benchmark files (`go test -bench`), one for each commit or release"
_ENDINGS: Final = frozenset({".txt", ".bench", ".out", ".log", ".json", ".jsonl", ""})
_SOURCES: Final = (go_bench, go_test_json)
_HEAD_BYTES: Final = 4096
_HINT: Final = "Give the folder that holds the files that `go test -bench . > FILE` wrote."
_TIME: Final = re.compile(rb"^(?:upload-time|date|commit-time):[ \t]{1,9}(\S[^\r\n]{0,99})", re.MULTILINE)
_EVENT: Final = re.compile(rb'^\{"Time":"([^"]{1,64})"')
_SHA: Final = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{40}|[0-9a-f]{64})(?![0-9A-Za-z])")
_DAY: Final = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?!\d)", re.ASCII)


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
) -> Iterator[Run]:
    """Yield the runs of a folder of Go benchmark files and of the folders in it, oldest first; one file will do too.

    The commit is the file's own `commit:` line, as perf.golang.org wants it, else the hash in the file's name, else
    the name itself stands in for a commit. The time is the file's `upload-time:`, `date:` or `commit-time:`, that of
    its first event, else a day in its name, else when the file was last changed, which is told. The environment is
    named after system and architecture, as perfsite names those it captures itself.

    Raises
    ------
    InputError
        There is no such folder, or nothing in it can be read (the latter while the runs are drawn).
    """
    if not path.exists():
        raise InputError("there is no such folder", where=str(path), hint=_HINT)
    return _runs(path, progress, [] if problems is None else problems)


def _runs(root: Path, progress: Callable[[int, int], None] | None, problems: list[str]) -> Iterator[Run]:
    files = sorted((_about(file), file.as_posix(), file) for file in _files(root))
    commits = Commits()
    undated: list[str] = []
    count, told = 0, len(problems)
    for done, (_, _, file) in enumerate(files, start=1):
        name = file.name if file == root else file.relative_to(root).as_posix()
        try:
            reading = _read(file, name)
        except InputError as error:
            problems.append(f"{error} (left out)")
        else:
            problems.extend(f"{name}: {warning}" for warning in reading.warnings)
            for part in (*reading.earlier, reading):
                count += 1
                yield _run(part, file, name, commits, undated)
        if progress is not None:
            progress(done, len(files))
    if count == 0:
        causes = [InputError(text, hint=_HINT) for text in problems[told:]]
        raise CombinedInputError([InputError("holds no file of Go benchmarks", where=str(root), hint=_HINT), *causes])
    if undated:
        problems.append(
            f"{undated[0]}{f' and {len(undated) - 1} more' if len(undated) > 1 else ''} do not say when they were "
            "measured: the time of their last change stands in; a line `commit-time: 2026-01-31T12:00:00Z` would tell"
        )
    problems.extend(commits.doubts())


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(folder) / name
            if not name.startswith(".") and path.suffix.lower() in _ENDINGS and path.is_file():
                yield path


def _about(path: Path) -> float:
    """Return about when a file was measured, from a quick look at its head; what cannot be opened comes first."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        found = _TIME.search(head) or _EVENT.match(head)
        time = (parse_time(found[1].decode(errors="replace")) if found else None) or _day(path.name)
        return time.timestamp() if time else path.stat().st_mtime
    except OSError:
        return 0


def _read(path: Path, name: str) -> Reading:
    try:
        with path.open(encoding="utf-8-sig", errors="strict", newline="") as stream:
            head = stream.read(HEAD_CHARACTERS)
            source = next((source for source in _SOURCES if source.accepts(head)), None)
            if source is None:
                raise InputError("holds no output of Go benchmarks", where=name, hint=_HINT)
            stream.seek(0)
            reading: Reading = source.parse(stream, origin=name)
            return reading
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=name, hint=_HINT) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=name, hint="Is it there?") from None


def _run(reading: Reading, path: Path, name: str, commits: Commits, undated: list[str]) -> Run:
    time = reading.time or _day(path.name)
    if time is None:
        undated.append(name)
        time = datetime.fromtimestamp(int(path.stat().st_mtime), tz=UTC)
    facts = reading.facts
    system = str(facts.get("os", "go")).lower()
    return Run(
        time=time,
        commit=_commit(reading, path, name, time, commits),
        environment=Environment(
            name=environment_name("-".join([system, *([str(facts["arch"])] if "arch" in facts else [])])), facts=facts
        ),
        source=Source(format=go_bench.NAME, tool="go", version=reading.tool_version),
        measurements=Columns.of(reading.measurements),
        branch=reading.branch,
    )


def _commit(reading: Reading, path: Path, name: str, time: datetime, commits: Commits) -> Commit:
    if reading.commit is not None:
        if reading.commit.subject is None:
            return reading.commit
        # The label of a stand-in, which the end of the import tells.
        return commits.of(reading.commit.subject, time=reading.commit.time or time)
    match = _SHA.search(path.name)
    return commits.of(match[1] if match else name.removesuffix(path.suffix), time=time)


def _day(text: str) -> datetime | None:
    """Return the day in a file's name: `2026-01-31` or `20260131`."""
    for match in _DAY.finditer(text):
        try:
            found = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
        except ValueError:
            continue
        if 1990 < found.year < 2100:
            return found
    return None
