"""pyperf and pyperformance: a folder of result files, one for each release or commit."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import ConfigError, InputError
from perfsite.importers.commits import Commits
from perfsite.importers.result_files import opened, run_of, runs_of
from perfsite.model.run import is_environment_name
from perfsite.sources.base import parse_time, text_of
from perfsite.sources.document import shorten, storable
from perfsite.sources.formats import pyperf
from perfsite.sources.loading import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from perfsite.model.run import Commit, Run

NAME: Final = "pyperf"
TITLE: Final = "pyperf and pyperformance: a folder with a file for each release or commit"
ENVIRONMENT: Final = "pyperf"
"""The environment of all runs where the owner names none."""
_HINT: Final = "Give a folder of files that pyperf or pyperformance wrote with `-o FILE`."
_SUFFIXES: Final = (".json", ".json.gz")
_HEAD_BYTES: Final = 16_384
_DATE: Final = re.compile(rb'"date":\s*"([0-9 T:.-]{10,40})"')
_FULL_SHA: Final = re.compile(r"(?<![0-9a-z])[0-9a-f]{40}(?![0-9a-z])")
_SHORT_SHA: Final = re.compile(r"(?<![0-9a-z])(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,39}(?![0-9a-z])")


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
    environment: str = ENVIRONMENT,
) -> Iterator[Run]:
    """Yield the runs of all files under a folder, or of one file, `.json` and `.json.gz`, oldest first.

    The commit is the one that pyperformance noted (`commit_id`), else one whose full hash stands in the file's name,
    else a label stands in for it: a short hash in the name, or the name itself. pyperf's times have no zone: they are
    taken for UTC.

    Parameters
    ----------
    environment
        The environment's name, one for all runs: the files name a host at most, which in CI is a new one each time.

    Raises
    ------
    ConfigError
        The environment's name is not valid.
    InputError
        There is no such file, or nothing can be read (the latter while the runs are drawn).
    """
    if not is_environment_name(environment):
        raise ConfigError(
            f"'{shorten(environment)}' cannot be an environment's name",
            hint="Use letters, digits, '.', '_' and '-', at most 100, beginning with a letter or digit.",
        )
    if not path.exists():
        raise InputError("there is no such folder", where=str(path), hint=_HINT)
    root, files = (path, _files(path)) if path.is_dir() else (path.parent, [path])
    if not files:
        raise InputError("holds no .json and no .json.gz", where=str(path), hint=_HINT)
    return _Collection(root, environment, [] if problems is None else problems).runs(files, progress)


def _files(root: Path) -> list[Path]:
    try:
        found = [file for file in root.rglob("*.json*") if file.name.endswith(_SUFFIXES) and file.is_file()]
    except OSError as error:
        raise InputError(
            f"cannot be listed: {error.strerror or error}", where=str(root), hint="May you read it?"
        ) from None
    return sorted(found, key=lambda file: (_about(file), file.relative_to(root).as_posix()))


def _about(file: Path) -> bytes:
    """Return about when a file was made, as it stands in its first characters; nothing where it does not."""
    try:
        with file.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            head = gzip.GzipFile(fileobj=raw).read(_HEAD_BYTES) if is_packed else raw.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""  # it is told when the file is read
    found = _DATE.search(head)
    return found[1].replace(b"T", b" ") if found else b""


class _Collection:
    """The files of one folder while they are read."""

    def __init__(self, root: Path, environment: str, problems: list[str]) -> None:
        self.root = root
        self.environment = environment
        self.problems = problems
        self.commits = Commits()
        self.hosts: set[str] = set()
        self.zoneless = False

    def runs(self, files: list[Path], progress: Callable[[int, int], None] | None) -> Iterator[Run]:
        """Yield the run of each file, and tell at last what was assumed."""
        yield from runs_of(files, self._run, root=self.root, hint=_HINT, progress=progress, problems=self.problems)
        self.problems.extend(self.commits.doubts())
        if self.zoneless:
            self.problems.append("pyperf writes its times without their zone: they are taken for UTC")
        if len(self.hosts) > 1:
            self.problems.append(
                f"the files come from {len(self.hosts)} hosts; where these are different machines, import the files "
                "of each by themselves with --environment NAME"
            )

    def _run(self, file: Path) -> Run:
        where = file.relative_to(self.root).as_posix()
        with opened(file, where=where) as stream:
            root = read_json(stream, origin=where, hint=_HINT)
        reading = pyperf.reading_of(root, origin=where)
        self.problems.extend(f"{where}: {warning}" for warning in reading.warnings)
        metadata = pyperf.common_metadata(root)
        commit = self._commit(metadata, file.name.removesuffix(".gz").removesuffix(".json"))
        began = pyperf.started(root, zone=UTC)
        time = began or commit.time
        if time is None:
            raise InputError("neither `date` nor `commit_date` tells when it was measured", where=where, hint=_HINT)
        self.zoneless = self.zoneless or began is not None
        if host := text_of(metadata.get("hostname")):
            self.hosts.add(host)
        run = run_of(reading, source=NAME, environment=self.environment, commit=commit, time=time)
        return replace(run, branch=text_of(metadata.get("commit_branch")))

    def _commit(self, metadata: Mapping[str, Any], stem: str) -> Commit:
        time = parse_time(metadata.get("commit_date"), without_zone=UTC)
        told = text_of(metadata.get("commit_id"))
        if told:
            return self.commits.of(told, time=time)
        found = _FULL_SHA.search(stem) or _SHORT_SHA.search(stem)
        return self.commits.of(found[0] if found else storable(stem), time=time)
