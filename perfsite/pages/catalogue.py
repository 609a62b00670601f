"""The catalogue of what the site publishes for programs: every document with its address, version and fields.

A document of JSON is described by its schema alone (`schemas/NAME.schema.json`, which says its address in `x-path`):
the index, the data page and the tests are made from it. A new document needs such a file and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from perfsite.report.openmetrics import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROMISE: Final = (
    "Within a version fields are only added, and a path keeps its meaning. A field that goes or changes its meaning "
    "raises the version, under another path where both can be had. Readers ignore fields they do not know."
)
ORDER: Final = (
    "index", "series-csv", "metrics", "series", "benchmark", "commits", "commit", "commit-csv", "releases", "release",
    "incidents", "feed", "summary", "summary-csv", "environments", "machines", "commit-lines", "badge-svg", "badge",
    "overview", "run-schema", "event-schema",
)  # fmt: skip
"""Documents as the data page lists them; others follow by name."""
_COMMIT_COLUMNS: Final = (
    ("benchmark, parameters, metric, environment", "which series"),
    ("unit", "base unit of the values"),
    ("value, baseline", "in the base unit; an empty baseline: none"),
    ("noise_floor", "the smallest |delta| told from chance, a fraction"),
    ("verdict", "regression, improvement, no-change or unsure"),
    ("standing", "`standing` where the regression began at an earlier commit"),
)
_SERIES_COLUMNS: Final = (
    ("benchmark, parameters, metric, environment", "which series"),
    ("unit, direction", "base unit of the values, and which direction is better"),
    ("value, baseline", "the newest value and what it is held against, in the base unit"),
    ("delta, noise_floor", "fractions; empty where they are not known"),
    ("verdict, severity, rule", "how the newest point stands"),
    ("since, since_date", "the commit where its regression began"),
    ("last, last_date, points, retired", "the newest point, how many there are, and whether it is measured no more"),
    ("url", "page of the benchmark, from the root of the site"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One kind of document: `path` from the root of the site, with `{benchmark}` and the like where there are many.

    `version` and `schema` (an address) are None for formats that others define; `fields` are (name, meaning).
    """

    name: str
    path: str
    title: str
    description: str
    media_type: str
    version: int | None
    schema: str | None
    fields: tuple[tuple[str, str], ...]


_SUMMARY_COLUMNS: Final = (
    ("section", "health, period, to do, moved, group, cost, incident or month"),
    ("what, where", "what the line is about"),
    ("unit, then, now", "levels, in the base unit"),
    ("change, lower, upper", "now / then - 1 with its 99 % interval"),
    ("noise, verdict", "noise floor, and how it stands"),
    ("commit, text", "the commit of the change, and what is told in words"),
)
_OTHERS: Final = (
    Published(
        name="series-csv",
        path="data/series.csv",
        title="Every series as it stands, as a table",
        description="One line for each series: names, newest value, baseline, delta, noise, verdict and since when.",
        media_type="text/csv",
        version=1,
        schema=None,
        fields=_SERIES_COLUMNS,
    ),
    Published(
        name="metrics",
        path="data/metrics.txt",
        title="Every series as it stands, for Prometheus",
        description="OpenMetrics text that Prometheus, Grafana Alloy and others scrape from where the site stands. "
        "Gauges without timestamps, valid as Prometheus' text format, too; names of metrics and labels are kept within "
        "version 1. What is measured no more is left out.",
        media_type="application/openmetrics-text",
        version=1,
        schema=None,
        fields=tuple((name, meaning) for name, _, meaning in FAMILIES),
    ),
    Published(
        name="commit-csv",
        path="commits/{sha}/data.csv",
        title="All measurements of one commit",
        description="One line for each measurement; every number that the page of the commit was made of. "
        "An old commit of a large site has it packed, data.csv.gz, or, without a page, commits/{sha}.csv.gz.",
        media_type="text/csv",
        version=1,
        schema=None,
        fields=_COMMIT_COLUMNS,
    ),
    Published(
        name="summary-csv",
        path="data/summary.csv",
        title="Executive summary as a table",
        description="One line for each thing that the summary tells. The same in words: data/summary.md (Markdown) and "
        "data/summary.txt.",
        media_type="text/csv",
        version=1,
        schema=None,
        fields=_SUMMARY_COLUMNS,
    ),
    Published(
        name="feed",
        path="data/incidents.atom",
        title="Feed of incidents",
        description="The newest 50 regressions that later runs confirmed, Atom 1.0 (RFC 4287). An entry comes back as "
        "unread when somebody decides on it or it is fixed. Improvements are left out.",
        media_type="application/atom+xml",
        version=None,
        schema=None,
        fields=(),
    ),
    Published(
        name="badge-svg",
        path="badges/health.svg",
        title="A badge as a picture",
        description="For a README. One for each environment at badges/environments/{environment}.svg.",
        media_type="image/svg+xml",
        version=None,
        schema=None,
        fields=(),
    ),
)
_RECORDS: Final = (
    ("run", "data/run.schema.json", "Schema of a run", "What a line of the history may hold."),
    ("event", "data/event.schema.json", "Schema of an event", "What a line of events.jsonl may hold."),
)


def schemas() -> Iterator[tuple[str, bytes]]:
    """Yield the published schemas of all documents: path from the root of the site, and what they hold."""
    for name in _names():
        yield _schema_path(name), _file(name)


@cache
def catalogue() -> tuple[Published, ...]:
    """Return every kind of document."""
    documents = tuple(_described(name, json.loads(_file(name))) for name in _names())
    records = tuple(
        Published(
            name=f"{name}-schema",
            path=path,
            title=title,
            description=description,
            media_type="application/schema+json",
            version=1,
            schema=None,
            fields=(),
        )
        for name, path, title, description in _RECORDS
    )
    return tuple(sorted((*documents, *_OTHERS, *records), key=lambda one: _place(one.name)))


def index_document(title: str, site_url: str | None) -> Mapping[str, Any]:
    """Return what is published as `data/index.json`."""
    told = [
        {
            "name": one.name,
            "path": one.path,
            "title": one.title,
            "description": one.description,
            "media_type": one.media_type,
            "version": one.version,
            "schema": one.schema,
        }
        for one in catalogue()
    ]
    return {"version": 1, "title": title, "site_url": site_url, "promise": PROMISE, "documents": told}


def _described(name: str, schema: Mapping[str, Any]) -> Published:
    version = schema["properties"].get("version")
    return Published(
        name=name,
        path=schema["x-path"],
        title=schema["title"],
        description=schema["description"],
        media_type="application/json",
        version=version["const"] if version else None,
        schema=_schema_path(name),
        fields=tuple(fields(schema)),
    )


def fields(schema: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of an object by a schema, those within it after it: `series[].unit` and what it means.

    Examples
    --------
    >>> inner = {"type": "object", "properties": {"b": {"type": "string", "description": "A text."}}}
    >>> list(fields({"properties": {"a": {"type": "array", "description": "All.", "items": inner}}}))
    [('a', 'All.'), ('a[].b', 'A text.')]
    """
    for name, one in schema.get("properties", {}).items():
        yield f"{start}{name}", one.get("description", "")
        yield from fields(one, f"{start}{name}.")
        yield from fields(one.get("items", {}), f"{start}{name}[].")


def _names() -> list[str]:
    ending = ".schema.json"
    found = (file.name for file in files("perfsite.pages").joinpath("schemas").iterdir())
    return sorted(name.removesuffix(ending) for name in found if name.endswith(ending))


def _place(name: str) -> tuple[int, str]:
    return ORDER.index(name) if name in ORDER else len(ORDER), name


def _file(name: str) -> bytes:
    return files("perfsite.pages").joinpath("schemas", f"{name}.schema.json").read_bytes()


def _schema_path(name: str) -> str:
    return f"data/{name}.schema.json"
