"""codespeed: results as sent to it, the JSON of its timeline, or a dump of its database."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.importers.codespeed_dump import entries_of_dump, is_dump
from perfsite.importers.commits import Commits
from perfsite.importers.drafts import Draft, Drafts, watched
from perfsite.importers.files import json_files, load_json
from perfsite.model.run import Direction, Measurement, Source, environment_name
from perfsite.sources.base import facts_of, in_base
from perfsite.sources.document import is_storable, shown, step, storable
from perfsite.sources.formats.bench_entry import metric_for
from perfsite.sources.loose_times import time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from perfsite.model.run import Run

NAME: Final = "codespeed"
TITLE: Final = "codespeed: its result/add/json entries, timeline JSON, or manage.py dumpdata"
_HINT: Final = "Give a list of results as codespeed's /result/add/json/ takes them, or `manage.py dumpdata codespeed`."
_STATISTICS: Final = ("min", "max", "q1", "q3")


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
) -> Iterator[Run]:
    """Yield the runs of a codespeed history (https://github.com/tobami/codespeed), oldest first.

    A run is all results of one commit, branch, project, executable and environment. The executable is a parameter of
    its benchmarks. Units are the benchmark's, else seconds; `lessisbetter` is the direction. A commit that is no full
    sha is kept as a label. The timeline tells environments by number only and commits by ten digits: prefer a dump.

    Raises
    ------
    InputError
        Not such a file or folder, or nothing in it can be read (the latter while the runs are drawn).
    """
    files = json_files(path, hint=_HINT)
    noted = [] if problems is None else problems
    reader = _Reader(noted)
    return watched(
        reader.read(files, progress), path, noted, told=len(noted), what="result", doubts=reader.commits.doubts
    )


class _Reader:
    """Gathers the results of all files into runs."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self.commits = Commits()
        self.drafts = Drafts()

    def read(self, files: list[Path], progress: Callable[[int, int], None] | None) -> Iterator[Run]:
        return self.drafts.read(files, self._read, progress=progress, problems=self.problems)

    def _read(self, file: Path) -> None:
        for at, entry in _entries(load_json(file, where=file.name), file.name):
            self._take(entry, f"{file.name}: {at}")

    def _take(self, entry: Any, at: str) -> None:
        fault = _fault(entry)
        time = None if fault else _time(entry)
        if fault or time is None:
            self.problems.append(f"{at}: {fault or 'neither result_date nor revision_date is a time'} (left out)")
            return
        environment = storable(str(entry.get("environment") or NAME))
        branch, project = (_text(entry.get(key)) for key in ("branch", "project"))
        key = (str(entry["commitid"]), branch, project, _text(entry.get("executable")), environment)
        draft = self.drafts.of(key, lambda: self._draft(entry, time, environment, branch, project))
        draft.time = max(draft.time, time)
        draft.add(_measurement(entry))

    def _draft(
        self, entry: Mapping[str, Any], time: datetime, environment: str, branch: str | None, project: str | None
    ) -> Draft:
        written = _zoned(entry.get("revision_date")) or time
        return Draft(
            time=time,
            commit=self.commits.of(storable(str(entry["commitid"])), time=written),
            environment=environment_name(environment),
            source=Source(format=NAME, tool=NAME),
            branch=branch,
            suite=project,
            facts=facts_of(entry.get("facts") or {}),
        )


def _entries(root: Any, origin: str) -> Iterator[tuple[str, Any]]:
    """Yield place and entry of each result, in the form that codespeed takes them."""
    if isinstance(root, dict) and isinstance(root.get("timelines"), list):
        yield from _timelines(root["timelines"])
    elif isinstance(root, list) and is_dump(root):
        yield from entries_of_dump(root)
    elif isinstance(root, list):
        yield from ((step("$", i), entry) for i, entry in enumerate(root))
    elif isinstance(root, dict) and "commitid" in root:
        yield "$", root
    else:
        raise InputError("is no list of codespeed's results, no timeline and no dump", where=origin, hint=_HINT)


def _timelines(timelines: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the points of timelines: (date, value, deviation or max, q3, q1, min, commit, tag, branch)."""
    for i, timeline in enumerate(timelines):
        at = step("$.timelines", i)
        branches = timeline.get("branches") if isinstance(timeline, dict) else None
        for branch, executables in (branches if isinstance(branches, dict) else {}).items():
            for executable, points in (executables if isinstance(executables, dict) else {}).items():
                place = step(step(step(at, "branches"), branch), executable)
                for j, point in enumerate(points if isinstance(points, list) else []):
                    yield step(place, j), _point(point, timeline, branch, executable)


def _point(point: Any, timeline: Mapping[str, Any], branch: str, executable: str) -> Any:
    if not isinstance(point, list) or len(point) not in {5, 6, 9}:
        return point
    entry = {
        "benchmark": timeline.get("benchmark"),
        "units": timeline.get("units"),
        "lessisbetter": "more is better" not in str(timeline.get("lessisbetter")),
        "branch": branch,
        "executable": executable,
        "result_date": point[0],
        "result_value": point[1],
        # The oldest versions end with the branch's name missing.
        "commitid": point[6] if len(point) == 9 else point[3],
    }
    names = ("max", "q3", "q1", "min") if len(point) == 9 else ("std_dev",)
    return entry | {name: value for name, value in zip(names, point[2:], strict=False) if value != ""}


def _fault(entry: Any) -> str | None:
    """Return what is wrong with an entry; None where it can be read."""
    if not isinstance(entry, dict):
        return f"expected an object, found {shown(entry)}"
    commit, benchmark, value = entry.get("commitid"), entry.get("benchmark"), entry.get("result_value")
    if not isinstance(commit, (str, int)) or isinstance(commit, bool) or not str(commit).strip():
        return f"expected a commitid, found {shown(commit)}"
    if not isinstance(benchmark, str) or not benchmark or not is_storable(benchmark):
        return f"expected a benchmark's name, found {shown(benchmark)}"
    return None if _number(value) is not None else f"expected a number as result_value, found {shown(value)}"


def _measurement(entry: Mapping[str, Any]) -> Measurement:
    units = entry.get("units")
    unit = storable(units.strip()) if isinstance(units, str) and units.strip() else "seconds"
    less = entry.get("lessisbetter")
    direction = Direction.LOWER if str(less).lower() in {"true", "1", "none"} else Direction.HIGHER
    metric, written = metric_for(unit, name=entry["benchmark"], direction=direction)
    executable = _text(entry.get("executable"))
    known = {name: number for name in _STATISTICS if (number := _number(entry.get(name))) is not None}
    row = Measurement(
        benchmark=entry["benchmark"],
        parameters={"executable": executable} if executable else {},
        metric=metric,
        value=_number(entry["result_value"]),
        deviation=_number(entry.get("std_dev")),
        statistics=known or None,
    )
    return in_base(written, row)


def _number(value: object) -> float | None:
    """Return a number, also one sent as text, as forms do."""
    if isinstance(value, str) and len(value) < 100:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e300 < value < 1e300:
        return None
    return float(value)


def _text(value: object) -> str | None:
    return storable(str(value)) if isinstance(value, (str, int)) and str(value) else None


def _time(entry: Mapping[str, Any]) -> datetime | None:
    return _zoned(entry.get("result_date")) or _zoned(entry.get("revision_date"))


def _zoned(value: object) -> datetime | None:
    found = time_of(value) if isinstance(value, str) else None
    return None if found is None else found.astimezone(UTC)
