"""The options that select series, the same for every command that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from perfsite.model.event import SeriesSelector

if TYPE_CHECKING:
    from collections.abc import Mapping


def series_options(function: Any) -> Any:
    """Add the options that select series; the command gets `benchmark`, `parameters`, `metric`, `environment`."""
    for option in (
        click.option("--environment", metavar="GLOB", help="Only series of these environments."),
        click.option("--metric", metavar="GLOB", help="Only series of these metrics."),
        click.option("--parameters", metavar="GLOB", help="Only series of these parameters, written `n=1000, k=2`."),
        click.option("--benchmark", metavar="GLOB", help="Only series of these benchmarks.  [all]"),
    ):
        function = option(function)
    return function


def chosen(globs: Mapping[str, str | None]) -> SeriesSelector:
    """Return what the options select."""
    return SeriesSelector(**{name: glob for name, glob in globs.items() if glob})
