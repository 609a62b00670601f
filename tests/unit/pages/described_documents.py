"""The documents that the site describes, each with what tells whether one keeps to its schema."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema

from perfsite.pages import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def pattern(path: str) -> re.Pattern[str]:
    """Return what the addresses of a kind of document look like."""
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + r"\Z")


def validators() -> Iterator[tuple[catalogue.Published, jsonschema.Draft202012Validator]]:
    """Yield every kind of document that has a schema."""
    for one in catalogue.catalogue():
        if one.schema is not None:
            schema = json.loads(dict(catalogue.schemas())[one.schema])
            yield one, jsonschema.Draft202012Validator(schema)


def files_of(folder: Path, path: str) -> list[Path]:
    """Return the documents of a kind in a published site."""
    return [file for file in folder.rglob("*.*") if pattern(path).match(file.relative_to(folder).as_posix())]


def undescribed(document: Any, schema: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield the fields of a document that its schema says nothing of."""
    if isinstance(document, dict) and "properties" in schema:
        for name, value in document.items():
            if name not in schema["properties"]:
                yield f"{place}{name}"
            else:
                yield from undescribed(value, schema["properties"][name], f"{place}{name}.")
    if isinstance(document, list) and "items" in schema:
        for item in document:
            yield from undescribed(item, schema["items"], f"{place}[].")
