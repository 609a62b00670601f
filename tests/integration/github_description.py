"""GitHub's own description of its API: requests and answers are held against it.

`violations(...)` says what is wrong with one exchange, `example(operation)` returns GitHub's own example of an answer.
"""

from __future__ import annotations

import copy
import json
import threading
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from openapi_core import Config, OpenAPI
    from openapi_core.datatypes import RequestParameters
    from werkzeug.datastructures import Headers, ImmutableMultiDict

DATA = Path(__file__).with_name("github_openapi")
_ONE_AT_A_TIME = threading.Lock()


@dataclass
class _Request:
    host_url: str
    path: str
    method: str
    content_type: str
    body: bytes | None
    parameters: RequestParameters = field(default_factory=RequestParameters)


@dataclass
class _Response:
    status_code: int
    headers: dict[str, str]
    content_type: str
    data: bytes | None


@cache
def description() -> OpenAPI:
    """Return the description, loaded once."""
    document = json.loads((DATA / "openapi.json").read_text("utf-8"))
    strict = Config(spec_validator_cls=None, additional_properties_default_policy="allow")
    return OpenAPI.from_dict(document, config=strict)


@cache
def _document() -> dict[str, Any]:
    return json.loads((DATA / "openapi.json").read_text("utf-8"))


@cache
def _examples() -> dict[str, Any]:
    return json.loads((DATA / "examples.json").read_text("utf-8"))


def example(operation: str) -> Any:
    """Return a copy of GitHub's own example of an operation's answer (`issues/create-comment`)."""
    return copy.deepcopy(_examples()[operation])


def violations(
    method: str, target: str, body: bytes | None, status: int, headers: dict[str, str], answer: bytes | None
) -> list[str]:
    """Return what GitHub's description finds wrong with a request and its answer.

    A refusal (400 and above) that the description does not list for the operation, as GitHub gives many, must only look
    as refusals do.
    """
    parts = urlsplit(target)
    query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
    request = _Request(
        host_url="http://127.0.0.1",
        path=parts.path,
        method=method.lower(),
        content_type="application/json" if body else "",
        body=body,
        parameters=RequestParameters(query=query, header=Headers(), cookie=ImmutableMultiDict()),
    )
    content_type = headers.get("Content-Type", "").partition(";")[0]
    response = _Response(status_code=status, headers=headers, content_type=content_type, data=answer or None)
    with _ONE_AT_A_TIME:
        found = [f"request {method} {target}: {_words(error)}" for error in description().iter_request_errors(request)]
        found += [f"request {method} {target}: {text}" for text in _unknown(method, parts.path, query, body)]
        if found:
            return found
        if status >= 400 and str(status) not in _statuses(method, parts.path):
            told = json.loads(answer or b"null")
            is_refusal = isinstance(told, dict) and isinstance(told.get("message"), str)
            return [] if is_refusal else [f"answer {status} to {method} {target}: it is no refusal of GitHub's"]
        errors = description().iter_response_errors(request, response)
        return [f"answer {status} to {method} {target}: {_words(error)}" for error in errors]


def _statuses(method: str, path: str) -> set[str]:
    """Return the statuses that the description lists for an operation."""
    operation = _operation(method, path)
    return set(operation["responses"]) if operation else set()


def _unknown(method: str, path: str, query: dict[str, str], body: bytes | None) -> list[str]:
    """Return what the operation does not know: GitHub would ignore it, and a misspelt field would go unnoticed."""
    operation = _operation(method, path)
    if operation is None:
        return []
    known = {_resolved(parameter)["name"] for parameter in operation.get("parameters", ())}
    found = [f"no such parameter: {name}" for name in query if name not in known]
    if body:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        found += _unknown_fields(schema, json.loads(body), "$")
    return found


def _unknown_fields(schema: dict[str, Any], value: Any, where: str) -> list[str]:
    schema = _resolved(schema)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [text for index, item in enumerate(value) for text in _unknown_fields(items, item, f"{where}[{index}]")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    found = [f"no such field: {where}.{name}" for name in value if name not in known]
    return found + [
        text for name in value if name in known for text in _unknown_fields(known[name], value[name], f"{where}.{name}")
    ]


def _operation(method: str, path: str) -> dict[str, Any] | None:
    here = path.split("/")
    for pattern, item in _document()["paths"].items():
        parts = pattern.split("/")
        is_this = len(parts) == len(here) and all(p == h or p.startswith("{") for p, h in zip(parts, here, strict=True))
        if is_this and method.lower() in item:
            return item[method.lower()]
    return None


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return _document()["components"][kind][name]


def _words(error: BaseException) -> str:
    """Return what is wrong, without repeating the whole value."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        inner = [f"{wrong.json_path} {_leaf(wrong)}" for wrong in getattr(cause, "schema_errors", ())]
        told += inner or [f"{type(cause).__name__}: {str(cause)[:200]}"]
        cause = cause.__cause__
    return " | ".join(told)[:2000]


def _leaf(error: Any) -> str:
    """Return the innermost message: which of several forms failed says little."""
    message = error.message if len(error.message) <= 200 else f"{error.message[:200]}…"
    inner = "; ".join(f"{each.json_path} {_leaf(each)}" for each in list(error.context or ())[:6])
    return f"{message} ({inner})" if inner else message
