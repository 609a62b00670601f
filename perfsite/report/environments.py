"""Environments as a reader sees them: facts, and when they changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.views import EnvironmentView


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentsView:
    """Every environment with its newest facts."""

    sentence: str
    environments: tuple[EnvironmentView, ...]


def environments_view(context: Context) -> EnvironmentsView:
    """Return the page on the environments."""
    environments = context.environments()
    return EnvironmentsView(sentence=f"{len(environments)} environments.", environments=environments)
