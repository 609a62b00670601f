"""Bencher: perf queries and reports that its command line or API exported as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.importers.commits import Commits
from perfsite.importers.drafts import Draft, Drafts, watched
from perfsite.importers.files import json_files, load_json
from perfsite.model.run import Source, environment_name
from perfsite.sources.base import in_base, parse_time
from perfsite.sources.document import Document, is_storable, shown, step, storable
from perfsite.sources.formats.bencher import BOUNDS, measurements_of, parameters_of
from perfsite.sources.formats.bencher_measures import measure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from perfsite.model.run import Run

NAME: Final = "bencher"
TITLE: Final = "Bencher: JSON of `bencher perf` and `bencher report list`"
_HINT: Final = "Give what `bencher perf … --format json` or `bencher report list PROJECT` printed, or a folder of that."


def read(
    path: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    problems: list[str] | None = None,
) -> Iterator[Run]:
    """Yield the runs of exports of Bencher (https://bencher.dev/docs/api/projects/perf/ and …/reports/), oldest first.

    A perf query holds series; their points are gathered by report into runs. The testbed is the environment, the
    version's hash the commit; without one, branch and version number stand in. Iterations of a report are samples.
    Thresholds, boundaries and alerts are Bencher's verdicts, not measurements.

    Raises
    ------
    InputError
        Not such a file or folder, or nothing in it can be read (the latter while the runs are drawn).
    """
    files = json_files(path, hint=_HINT)
    noted = [] if problems is None else problems
    reader = _Reader(noted)
    runs = reader.read(files, progress)
    return watched(runs, path, noted, told=len(noted), what="report", doubts=reader.commits.doubts)


class _Reader:
    """Gathers the points of all files into runs."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self.commits = Commits()
        self.drafts = Drafts()

    def read(self, files: list[Path], progress: Callable[[int, int], None] | None) -> Iterator[Run]:
        return self.drafts.read(files, self._read, progress=progress, problems=self.problems)

    def _read(self, file: Path) -> None:
        self._take(load_json(file, where=file.name), Document(file.name, hint=_HINT))

    def _take(self, root: Any, document: Document) -> None:
        if isinstance(root, dict) and "results" in root and "branch" not in root:
            for at, series in self._objects(root.get("results"), "$.results", document):
                self._take_series(series, at, document)
        elif isinstance(root, dict) and "results" in root:
            self._take_report(root, "$", document)
        elif isinstance(root, list):
            for at, report in self._objects(root, "$", document):
                self._take_report(report, at, document)
        else:
            raise InputError("is neither a perf query nor reports: `results` is missing", where=document.origin)

    def _objects(self, values: object, at: str, document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
        for i, value in enumerate(values if isinstance(values, list) else []):
            if isinstance(value, dict):
                yield step(at, i), value
            else:
                self._tell(document, step(at, i), f"expected an object, found {shown(value)}")

    def _tell(self, document: Document, at: str, problem: str) -> None:
        self.problems.append(f"{document.origin}: {at}: {problem} (left out)")

    def _take_series(self, series: Mapping[str, Any], at: str, document: Document) -> None:
        for inside, point in self._objects(series.get("metrics"), step(at, "metrics"), document):
            draft = self._draft(point, series, point.get("version"), point.get("report"))
            if draft is None:
                self._tell(document, inside, f"no time: {shown(point.get('start_time'))}")
            else:
                self._add(draft, series, point.get("metric"), inside, document)

    def _take_report(self, report: Mapping[str, Any], at: str, document: Document) -> None:
        branch = _mapping(report.get("branch"))
        version = branch.get("version") or _mapping(branch.get("head")).get("version")
        draft = self._draft(report, report, version, report.get("uuid"))
        if draft is None:
            self._tell(document, at, f"no time: {shown(report.get('start_time'))}")
            return
        adapter = report.get("adapter")
        if isinstance(adapter, str) and adapter:
            draft.source = Source(format=NAME, tool=storable(adapter))
        iterations = report.get("results")
        for i, iteration in enumerate(iterations if isinstance(iterations, list) else []):
            place = step(step(at, "results"), i)
            for inside, result in self._objects(iteration, place, document):
                self._take_result(draft, result, inside, document)

    def _take_result(self, draft: Draft, result: Mapping[str, Any], at: str, document: Document) -> None:
        """Take one benchmark with its measures, or (before 2024) one measure with its benchmarks."""
        for key, inner in (("measures", "measure"), ("benchmarks", "benchmark")):
            for inside, entry in self._objects(result.get(key), step(at, key), document):
                found = {**result, **entry} if inner == "measure" else {**result, "benchmark": entry}
                self._add(draft, found, entry.get("metric"), inside, document)

    def _draft(
        self, timed: Mapping[str, Any], series: Mapping[str, Any], version: object, report: object
    ) -> Draft | None:
        time = parse_time(timed.get("start_time"))
        if time is None:
            return None
        branch = _name(series.get("branch")) or "main"
        testbed = _name(series.get("testbed")) or NAME
        number, sha = _mapping(version).get("number"), _mapping(version).get("hash")
        label = sha if isinstance(sha, str) and sha else f"{branch}@{number}"
        key = (report if isinstance(report, str) else (time, label), branch, testbed)
        return self.drafts.of(
            key,
            lambda: Draft(
                time=time,
                commit=self.commits.of(storable(label), time=time),
                environment=environment_name(testbed),
                source=Source(format=NAME, tool=NAME),
                branch=branch,
            ),
        )

    def _add(self, draft: Draft, series: Mapping[str, Any], numbers: object, at: str, document: Document) -> None:
        benchmark = _name(series.get("benchmark"))
        measure = series.get("measure") or series.get("metric_kind")
        name, units = _name(measure), _mapping(measure).get("units")
        known = {
            BOUNDS.get(key, key): float(number)
            for key, number in _mapping(numbers).items()
            if isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) < 1e300
        }
        if not benchmark or not name or not known:
            self._tell(document, at, "expected a benchmark, a measure and a metric with a value")
            return
        metric, unit = measure_of(name, units if isinstance(units, str) else None)
        checks = Document(document.origin, hint=_HINT)
        parameters = parameters_of(_mapping(series.get("parameters")), at, checks)
        for row in measurements_of({key: number for key, number in known.items() if is_storable(key)}, metric):
            draft.add(in_base(unit, replace(row, benchmark=benchmark, parameters=parameters)))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _name(value: object) -> str | None:
    """Return the name of one of Bencher's objects, or of what stands for it."""
    name = value.get("name") or value.get("slug") if isinstance(value, dict) else value
    return name if isinstance(name, str) and name and is_storable(name) else None
