"""Evaluate the expressions of GitHub workflows (`${{ … }}`, `if:`); what it does not know it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?\b)|(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[!<>()\[\].,*]))"
)
_INSERT = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = ("success", "failure", "always", "cancelled")


class ExpressionError(Exception):
    """An expression that GitHub would refuse, or that this evaluator does not know."""


class Strict(dict[str, Any]):
    """A context whose names are all known beforehand: asking for another is a slip of the pen."""

    def __init__(self, what: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.what = what


@dataclass
class Contexts:
    """What an expression may ask for: named values, and how the steps or jobs before ended."""

    values: Mapping[str, Any]
    status: Mapping[str, bool] = field(default_factory=dict)


def evaluate(text: str, contexts: Contexts) -> Any:
    """Return the value of one expression, without its `${{ }}`."""
    parser = _Parser(text, contexts)
    value = parser.either()
    if parser.peek() is not None:
        raise ExpressionError(f"{text.strip()!r}: not understood from {parser.peek()!r} on")
    return value


def substituted(text: str, contexts: Contexts) -> str:
    """Return a text with its expressions replaced by their values."""
    return _INSERT.sub(lambda match: as_text(evaluate(match[1], contexts)), text)


def condition(text: str | bool | None, contexts: Contexts) -> bool:
    """Return whether an `if:` holds; without a function of status it asks for success first, as GitHub does."""
    if text is None:
        return contexts.status["success"]
    text = str(text).strip()
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", text, re.DOTALL)
    inner = whole[1] if whole else text
    value = truth(evaluate(inner, contexts))
    if re.search(rf"\b({'|'.join(_STATUS)})\s*\(", inner):
        return value
    return contexts.status["success"] and value


def truth(value: Any) -> bool:
    """Return whether GitHub takes a value for true."""
    return value not in (None, False, 0, "")


def as_text(value: Any) -> str:
    """Return a value as GitHub writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise ExpressionError(f"an object stands where a text belongs: {str(value)[:80]}")
    return str(value)


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return bool(left == right)
    return _number(left) == _number(right)


def _format(template: str, *values: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda match: as_text(values[int(match[1])]), template)


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_equal(item, what) for item in where)
    return as_text(what).lower() in as_text(where).lower()


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": _contains,
    "startsWith": lambda where, what: as_text(where).lower().startswith(as_text(what).lower()),
    "endsWith": lambda where, what: as_text(where).lower().endswith(as_text(what).lower()),
    "format": _format,
    "toJSON": lambda value: json.dumps(value, indent=2),
    "fromJSON": json.loads,
}


class _Parser:
    """A recursive descent over one expression that computes as it goes."""

    def __init__(self, text: str, contexts: Contexts) -> None:
        self.text, self.contexts = text, contexts
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None:
                raise ExpressionError(f"{text.strip()!r}: not understood at {text[position : position + 20]!r}")
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind]))
            position = match.end()
        self.position = 0

    def peek(self) -> str | None:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else None

    def take(self, expected: str | None = None) -> tuple[str, str]:
        if self.position >= len(self.tokens):
            raise ExpressionError(f"{self.text.strip()!r}: ends too early")
        token = self.tokens[self.position]
        if expected is not None and token[1] != expected:
            raise ExpressionError(f"{self.text.strip()!r}: {expected!r} expected, {token[1]!r} found")
        self.position += 1
        return token

    def either(self) -> Any:
        value = self.both()
        while self.peek() == "||":
            self.take()
            other = self.both()
            value = value if truth(value) else other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.peek() == "&&":
            self.take()
            other = self.compared()
            value = other if truth(value) else value
        return value

    def compared(self) -> Any:
        value = self.negated()
        while self.peek() in ("==", "!=", "<", "<=", ">", ">="):
            sign, other = self.take()[1], self.negated()
            if sign in ("==", "!="):
                value = _equal(value, other) is (sign == "==")
            else:
                left, right = _number(value), _number(other)
                value = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]
        return value

    def negated(self) -> Any:
        if self.peek() == "!":
            self.take()
            return not truth(self.negated())
        return self.reached()

    def reached(self) -> Any:
        value, path = self.plain()
        while self.peek() in (".", "["):
            if self.take()[1] == ".":
                kind, name = self.take()
                if kind != "name":
                    raise ExpressionError(f"{self.text.strip()!r}: '.{name}' is not known here")
            else:
                name = as_text(self.either())
                self.take("]")
            value, path = _member(value, name, path), f"{path}.{name}"
        return value

    def plain(self) -> tuple[Any, str]:
        kind, token = self.take()
        if kind == "number":
            return (float(token) if "." in token else int(token)), token
        if kind == "text":
            return token[1:-1].replace("''", "'"), "text"
        if token == "(":
            value = self.either()
            self.take(")")
            return value, "( )"
        if kind != "name":
            raise ExpressionError(f"{self.text.strip()!r}: {token!r} is not expected here")
        if self.peek() == "(":
            return self.called(token), f"{token}()"
        if token in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[token], token
        if token not in self.contexts.values:
            raise ExpressionError(f"{self.text.strip()!r}: there is no context {token!r} here")
        return self.contexts.values[token], token

    def called(self, name: str) -> Any:
        self.take("(")
        values = []
        while self.peek() != ")":
            values.append(self.either())
            if self.peek() == ",":
                self.take()
        self.take(")")
        if name in _STATUS:
            if name not in self.contexts.status:
                raise ExpressionError(f"{self.text.strip()!r}: {name}() is not allowed here")
            return self.contexts.status[name]
        if name not in _FUNCTIONS:
            raise ExpressionError(f"{self.text.strip()!r}: the function {name} is not known")
        return _FUNCTIONS[name](*values)


def _member(value: Any, name: str, path: str) -> Any:
    if isinstance(value, Strict):
        if name not in value:
            raise ExpressionError(f"{path}.{name}: {value.what} has no {name!r}, only {', '.join(value) or 'nothing'}")
        return value[name]
    if isinstance(value, Mapping):
        return value.get(name)
    return None
