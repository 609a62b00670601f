"""A dump of codespeed's database: `manage.py dumpdata codespeed`, with tables that refer to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.sources.document import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIX: Final = "codespeed."
_SPREAD: Final = {"std_dev": "std_dev", "val_min": "min", "val_max": "max", "q1": "q1", "q3": "q3"}
_FACTS: Final = {"cpu": "cpu.model", "os": "os", "kernel": "kernel", "memory": "memory"}


def is_dump(entries: list[Any]) -> bool:
    """Whether a list holds rows of codespeed's tables."""
    return any(isinstance(entry, dict) and str(entry.get("model", "")).startswith(_PREFIX) for entry in entries)


def entries_of_dump(rows: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield place and entry, in the form that codespeed takes them, of each result in a dump."""
    tables: dict[str, dict[Any, Mapping[str, Any]]] = {}
    results: list[tuple[str, Mapping[str, Any]]] = []
    for i, row in enumerate(rows):
        fields = row.get("fields") if isinstance(row, dict) else None
        key = row.get("pk") if isinstance(row, dict) else None
        if not isinstance(fields, dict) or not isinstance(key, (int, str)):
            continue
        model = str(row.get("model")).removeprefix(_PREFIX)
        if model == "result":
            results.append((step("$", i), fields))
        else:
            tables.setdefault(model, {})[key] = fields
    for at, fields in results:
        yield at, _entry(fields, tables)


def _entry(fields: Mapping[str, Any], tables: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> dict[str, Any]:
    def of(model: str, key: object) -> Mapping[str, Any]:
        return tables.get(model, {}).get(key, {}) if isinstance(key, (int, str)) else {}

    revision = of("revision", fields.get("revision"))
    branch = of("branch", revision.get("branch"))
    # Before there were branches, revisions belonged to projects.
    project = of("project", branch.get("project", revision.get("project")))
    benchmark = of("benchmark", fields.get("benchmark"))
    environment = of("environment", fields.get("environment"))
    spread = {name: fields[column] for column, name in _SPREAD.items() if fields.get(column) is not None}
    return {
        "commitid": revision.get("commitid"),
        "revision_date": revision.get("date"),
        "result_date": fields.get("date"),
        "branch": branch.get("name"),
        "project": project.get("name"),
        "executable": of("executable", fields.get("executable")).get("name"),
        "benchmark": benchmark.get("name"),
        "units": benchmark.get("units"),
        "lessisbetter": benchmark.get("lessisbetter"),
        "environment": environment.get("name"),
        "facts": {fact: environment.get(column) for column, fact in _FACTS.items() if environment.get(column)},
        "result_value": fields.get("value"),
        **spread,
    }
