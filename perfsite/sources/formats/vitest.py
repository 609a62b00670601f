"""vitest: `vitest bench --outputJson FILE`, `--reporter=json`, and what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import MOST_MEASUREMENTS, Rows, in_base, metric_of
from perfsite.sources.document import Document, shorten, step
from perfsite.sources.formats.tinybench_statistics import spread_of
from perfsite.sources.formats.vitest_console import HEADER, read_tables
from perfsite.sources.formats.vitest_names import BREAK, in_file, short_paths
from perfsite.sources.lines import plain
from perfsite.sources.loading import objects_in, outline, parse_json, read_text, rewound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME: Final = "vitest"
TITLE: Final = "vitest bench --outputJson, --reporter=json, or its console output"
MAKE: Final = "npx vitest bench --run --outputJson bench.json"
_HINT: Final = "vitest writes it with `vitest bench --outputJson FILE` (version 5: `--reporter=json`); was it edited?"
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER, original_unit="ms")
_THROUGHPUT: Final = Metric(name="throughput", unit="1/s", direction=Direction.HIGHER, original_unit="hz")
_MS: Final = metric_of("time", "ms")[1]


def accepts(head: str) -> bool:
    """Whether a file that begins so is vitest's: files with groups, or test results with benchmarks."""
    document = outline(head)
    if document is None:
        return HEADER.search(plain(head)) is not None
    if not isinstance(document, dict):
        return False
    if any("filepath" in file and "groups" in file for file in objects_in(document.get("files"))):
        return True
    if "numTotalTests" not in document:
        return False
    results = document.get("testResults")
    if isinstance(results, dict):
        return any("hz" in entry or "rme" in entry for group in results.values() for entry in objects_in(group))
    tests = (test for file in objects_in(results) for test in objects_in(file.get("assertionResults")))
    return any(isinstance(test.get("benchmarks"), list) for test in tests)


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of vitest's benchmarks (versions 0.23 to 5).

    A benchmark is named by its file, the titles around it and its own name: `test/sum.bench.ts > sums > reduce`.
    Version 5 writes whole paths, of which the file's name stays, with as many folders as tell it from others;
    versions before 1 name neither file nor outer titles.

    `time` (in ms) has tinybench's statistics, `throughput` is `hz`; version 5 has statistics of both. A benchmark
    without numbers failed. `id`, `rank` and comparisons with an earlier file are no measurements.
    """
    head, stream = rewound(stream, origin=origin)
    is_json = outline(head) is not None
    rows = Rows(Document(origin, hint=_HINT, top="$" if is_json else ""))
    warnings: list[str] = []
    if is_json:
        root = parse_json(_text(stream, rows.document), origin=origin, hint=_HINT, packed=True)
        for at, name, entry in _entries(root, rows, warnings):
            _read_entry(name, entry, at, rows, warnings)
    else:
        for row, at in read_tables(stream, rows.document):
            rows.add(row, at)
    return Reading(measurements=rows.reading().measurements, tool="vitest", warnings=tuple(warnings))


def _text(stream: TextIO, document: Document) -> str:
    """Return the text of a report; one of more benchmarks than can be read is refused before they cost memory."""
    text = read_text(stream, origin=document.origin)
    if text.count('"rme"') > MOST_MEASUREMENTS:
        problem = f"more than {MOST_MEASUREMENTS:,} measurements in one file"
        document.note("$", problem, hint="Record it in parts, each with its own `--suite`.")
        document.finish()
    return text


def _entries(root: object, rows: Rows, warnings: list[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield place, name and numbers of each benchmark."""
    document = rows.document
    if not isinstance(root, dict):
        document.expected("$", "an object", root)
    elif "files" in root:
        for at, file in document.objects(root, "files", "$"):
            path = document.text(file, "filepath", at) or ""
            for inside, group in document.objects(file, "groups", at):
                title = in_file(document.text(group, "fullName", inside) or "", path)
                yield from _benches(group, "benchmarks", inside, title, document)
    elif isinstance(root.get("testResults"), dict):
        results = root["testResults"]
        for title in results:
            yield from _benches(results, title, "$.testResults", title, document)
    else:
        yield from _tests(root, rows, warnings)


def _benches(
    parent: Mapping[str, Any], key: str, at: str, title: str, document: Document
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for place, entry in document.objects(parent, key, at):
        name = document.text(entry, "name", place)
        if name is not None:
            yield place, f"{title}{BREAK}{name}" if title else name, entry


def _tests(root: Mapping[str, Any], rows: Rows, warnings: list[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the benchmarks of version 5, which run inside tests; a test that failed before is one that failed."""
    document = rows.document
    files = document.objects(root, "testResults", "$")
    paths = [document.text(file, "name", at) or "" for at, file in files]
    for (at, file), path in zip(files, short_paths(paths), strict=True):
        tests = document.objects(file, "assertionResults", at)
        measured = any("benchmarks" in test for _, test in tests)
        for inside, test in tests:
            if test.get("benchmarks"):
                for place, group in document.objects(test, "benchmarks", inside):
                    title = document.text(group, "name", place)
                    yield from _benches(group, "tasks", place, f"{path}{BREAK}{title}", document)
            elif measured or ".bench" in path:
                _absent_test(test, inside, path, rows, warnings)


def _absent_test(test: Mapping[str, Any], at: str, path: str, rows: Rows, warnings: list[str]) -> None:
    status = {"failed": Status.FAILED, "pending": Status.SKIPPED, "skipped": Status.SKIPPED, "todo": Status.SKIPPED}
    state = test.get("status")
    if not isinstance(state, str) or state not in status:
        return
    above = test.get("ancestorTitles")
    title = rows.document.text(test, "title", at)
    titles = [path, *(text for text in (above if isinstance(above, list) else []) if isinstance(text, str)), title]
    name = BREAK.join(text for text in titles if text)
    warnings.append(f"{shorten(name)}: {status[state]}")
    rows.add(Measurement(benchmark=name, metric=_TIME, value=None, status=status[state]), at)


def _read_entry(name: str, entry: Mapping[str, Any], at: str, rows: Rows, warnings: list[str]) -> None:
    document = rows.document
    if "latency" in entry:
        _read_statistics(name, entry, at, rows)
        return
    spread = spread_of(entry, at, document)
    if document.is_faulty(at):
        return
    if spread is None:
        warnings.append(f"{shorten(name)}: failed: it has no numbers")
        rows.add(Measurement(benchmark=name, metric=_TIME, value=None, status=Status.FAILED), at)
        return
    rows.add(in_base(_MS, Measurement(benchmark=name, metric=_TIME, **spread)), at)
    hz = document.number(entry, "hz", at, required=False, least=0)
    if hz is not None and not document.is_faulty(at):
        rows.add(Measurement(benchmark=name, metric=_THROUGHPUT, value=hz, count=spread["count"]), at)


def _read_statistics(name: str, entry: Mapping[str, Any], at: str, rows: Rows) -> None:
    document = rows.document
    for key, metric in (("latency", _TIME), ("throughput", _THROUGHPUT)):
        stats = document.mapping(entry, key, at, required=key == "latency")
        spread = None if stats is None else spread_of(stats, step(at, key), document)
        if spread is not None and not document.is_faulty(at):
            row = Measurement(benchmark=name, metric=metric, **spread)
            rows.add(in_base(_MS, row) if key == "latency" else row, at)
        elif stats is not None and not document.is_faulty(at):
            document.note(step(at, key), "has neither samples nor a median nor a mean")
