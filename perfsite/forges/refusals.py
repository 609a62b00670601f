"""A host says no: with which status, and in which words, made harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import DeliveryError
from perfsite.report.wording import short_name

if TYPE_CHECKING:
    from perfsite.forges.http import Answer

_MOST_CHARACTERS: Final = 300
_MOST_ERRORS: Final = 5


class RefusedError(DeliveryError):
    """The host answered that it will not do this; `status` is the status of its answer."""

    def __init__(self, problem: str, *, where: str | None = None, hint: str | None = None, status: int = 0) -> None:
        super().__init__(problem, where=where, hint=hint)
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.problem, self.where, self.hint, self.status)


def _rebuild(problem: str, where: str | None, hint: str | None, status: int) -> RefusedError:
    return RefusedError(problem, where=where, hint=hint, status=status)


def told(answer: Answer) -> str:
    """Return what the host said of its refusal, in one line; empty where it said nothing that can be read.

    GitHub answers `{"message": …, "errors": [{"resource", "field", "code", "message"} or text]}`, GitLab
    `{"message": text or {field: [text]}}` or `{"error": …, "error_description": …}`.
    """
    body = answer.json()
    if not isinstance(body, dict):
        return ""
    texts = [*_texts(body.get("message")), *_texts(body.get("error")), *_texts(body.get("error_description"))]
    errors = body.get("errors")
    for error in errors[:_MOST_ERRORS] if isinstance(errors, list) else _texts(errors):
        if isinstance(error, dict):
            texts.append(" ".join(str(error[key]) for key in ("field", "code", "message") if error.get(key)))
        else:
            texts.append(str(error))
    return short_name("; ".join(text for text in texts if text), _MOST_CHARACTERS)


def _texts(value: Any) -> list[str]:
    """Return a text, or the texts of an object of lists, each after its name."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        named = list(value.items())[:_MOST_ERRORS]
        return [f"{key} {' '.join(map(str, texts)) if isinstance(texts, list) else texts}" for key, texts in named]
    return []
