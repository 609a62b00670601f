"""Sources: text of a benchmark tool in, measurements out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, cast

from perfsite import plugins
from perfsite.errors import ConfigError, InputError

if TYPE_CHECKING:
    from perfsite.model.run import Reading
    from perfsite.sources.base import Source

GROUP: Final = "perfsite.sources"
"""Entry point group of formats that other packages bring."""
SOURCES: Final = {
    "ab": "perfsite.sources.formats.ab",
    "asv": "perfsite.sources.formats.asv",
    "bencher": "perfsite.sources.formats.bencher",
    "benchmarkdotnet": "perfsite.sources.formats.benchmarkdotnet",
    "benchmarkjs": "perfsite.sources.formats.benchmarkjs",
    "cargo-bench": "perfsite.sources.formats.cargo_bench",
    "catch2": "perfsite.sources.formats.catch2",
    "catch2-xml": "perfsite.sources.formats.catch2_xml",
    "criterion": "perfsite.sources.formats.criterion",
    "criterion-messages": "perfsite.sources.formats.criterion_messages",
    "criterion-text": "perfsite.sources.formats.criterion_text",
    "dart-benchmark": "perfsite.sources.formats.dart_benchmark",
    "github-action-benchmark": "perfsite.sources.formats.github_action_benchmark",
    "go-bench": "perfsite.sources.formats.go_bench",
    "go-test-json": "perfsite.sources.formats.go_test_json",
    "google-benchmark": "perfsite.sources.formats.google_benchmark",
    "google-benchmark-csv": "perfsite.sources.formats.google_benchmark_csv",
    "google-benchmark-text": "perfsite.sources.formats.google_benchmark_text",
    "gungraun": "perfsite.sources.formats.gungraun",
    "hey": "perfsite.sources.formats.hey",
    "hyperfine": "perfsite.sources.formats.hyperfine",
    "hyperfine-csv": "perfsite.sources.formats.hyperfine_csv",
    "iai": "perfsite.sources.formats.iai",
    "jmeter": "perfsite.sources.formats.jmeter",
    "jmeter-summary": "perfsite.sources.formats.jmeter_summary",
    "jmh": "perfsite.sources.formats.jmh",
    "jmh-csv": "perfsite.sources.formats.jmh_csv",
    "jmh-text": "perfsite.sources.formats.jmh_text",
    "julia-benchmarktools": "perfsite.sources.formats.julia_benchmarktools",
    "k6": "perfsite.sources.formats.k6",
    "k6-points": "perfsite.sources.formats.k6_points",
    "locust": "perfsite.sources.formats.locust",
    "locust-history": "perfsite.sources.formats.locust_history",
    "luau": "perfsite.sources.formats.luau",
    "oha": "perfsite.sources.formats.oha",
    "otava": "perfsite.sources.formats.otava",
    "pgbench": "perfsite.sources.formats.pgbench",
    "pyperf": "perfsite.sources.formats.pyperf",
    "pytest-benchmark": "perfsite.sources.formats.pytest_benchmark",
    "ruby-benchmark": "perfsite.sources.formats.ruby_benchmark",
    "tinybench": "perfsite.sources.formats.tinybench",
    "vegeta": "perfsite.sources.formats.vegeta",
    "vitest": "perfsite.sources.formats.vitest",
    "wrk": "perfsite.sources.formats.wrk",
}
"""perfsite's own formats: name -> module, imported when needed."""


Mapped = Mapping[str, "Source"]
"""Formats that the owner's configuration made, by name; they win over all others."""
NONE: Final[Mapped] = {}


def known() -> list[str]:
    """Return the names of all formats, perfsite's own first."""
    return [*SOURCES, *plugins.installed(GROUP, SOURCES)]


def load(name: str) -> Source:
    """Return the source of that name.

    Raises
    ------
    ConfigError
        There is none, or its plug-in is broken.
    """
    source = plugins.load(GROUP, name, SOURCES, kind="format")
    missing = [member for member in ("accepts", "parse") if not callable(getattr(source, member, None))]
    if missing:
        raise ConfigError(
            f"the plug-in '{name}' is no source: it has no {' and no '.join(missing)}",
            hint="Update or uninstall the package that brings it.",
        )
    return cast("Source", source)


def recognise(head: str) -> list[str]:
    """Return the names of the formats that a file with this head may be of.

    Plug-ins are asked only about files that perfsite itself does not know.
    """
    own = [name for name in SOURCES if load(name).accepts(head)]
    return own or [name for name in plugins.installed(GROUP, SOURCES) if load(name).accepts(head)]


class Beside(Protocol):
    """Opens files beside a result file."""

    def __call__(self, name: str) -> TextIO | None:
        """Return the file of that name, relative to the result file's folder; None where there is none."""
        ...


def folder_patterns() -> dict[str, str]:
    """Return the formats whose tools write folders, each with the glob of its result files in one."""
    found = {name: getattr(load(name), "FOLDER", None) for name in known()}
    return {name: pattern for name, pattern in found.items() if isinstance(pattern, str)}


def read(
    stream: TextIO,
    *,
    origin: str,
    format: str | None = None,  # noqa: A002 (the option's name)
    beside: Beside | None = None,
    mapped: Mapped = NONE,
) -> tuple[str, Reading]:
    """Return the format of a result file and what the file says.

    Parameters
    ----------
    stream
        The file as text (UTF-8), at its start.
    origin
        The file's name, for messages.
    format
        The name of its format; None: recognised by its content.
    beside
        What opens files beside this one; None: there are none.
    mapped
        The formats of the owner's own.

    Raises
    ------
    InputError
        Not recognised, fitting two formats, or not readable as its format.
    ConfigError
        There is no such format.
    """
    from perfsite.sources.loading import rewound

    if format is not None:
        return format, _parse(format, mapped, stream, origin, beside)
    head, stream = rewound(stream, origin=origin)
    found = [name for name, source in mapped.items() if source.accepts(head)] or recognise(head)
    if len(found) == 1:
        return found[0], _parse(found[0], mapped, stream, origin, beside)
    if found:
        raise InputError(
            f"fits {len(found)} formats: {', '.join(found)}",
            where=origin,
            hint=f"Choose one with `--format {found[0]}`.",
        )
    _explain(stream, head, origin=origin)
    raise InputError(
        "is of no format that perfsite knows",
        where=origin,
        hint=f"Name its format with `--format NAME`; known are: {', '.join([*mapped, *known()])}.",
    )


def _parse(name: str, mapped: Mapped, stream: TextIO, origin: str, beside: Beside | None) -> Reading:
    from perfsite.sources.base import checked, tidied

    source = mapped.get(name) or load(name)
    if name in SOURCES or name in mapped:
        return tidied(_parsed(source, stream, origin, beside))
    try:
        reading = _parsed(source, stream, origin, beside)
        return tidied(replace(reading, measurements=checked(reading.measurements, origin=origin, plugin=name)))
    except plugins.BROKEN as error:
        raise ConfigError(
            f"the plug-in of the format '{name}' failed on {origin}: {type(error).__name__}: {error}"[:1000],
            hint="Update the package that brings it, or report this to its authors.",
        ) from error


def _parsed(source: Source, stream: TextIO, origin: str, beside: Beside | None) -> Reading:
    wanted: tuple[str, ...] = getattr(source, "COMPANIONS", ())
    if not wanted:
        return source.parse(stream, origin=origin)
    with ExitStack() as opened:
        companions = {}
        for name in wanted:
            file = beside(name) if beside is not None else None
            if file is not None:
                companions[name] = opened.enter_context(file)
        parse: Any = source.parse
        return cast("Reading", parse(stream, origin=origin, companions=companions))


def _explain(stream: TextIO, head: str, *, origin: str) -> None:
    """Raise what is wrong with a file that is meant to be JSON, or with an empty one."""
    from perfsite.sources.loading import read_json

    if not head.strip() or head.lstrip()[0] in "{[":
        read_json(stream, origin=origin, hint="Give the result file as the benchmark tool wrote it.")
