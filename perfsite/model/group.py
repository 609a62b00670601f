"""Groups of series that the owner names: what a site shows together."""

from __future__ import annotations

from dataclasses import dataclass

from perfsite.model.selector import Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Selector):
    """A name for the series that the globs select; groups of one name are one."""

    name: str
