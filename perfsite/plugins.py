"""Find a named plug-in: perfsite's own first, then those of installed packages by entry point."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

# What somebody else's code can raise; a bug of ours is not among the readers' causes here.
BROKEN: Final = (
    ImportError, AttributeError, SyntaxError, NameError, TypeError, ValueError, LookupError, OSError, RuntimeError,
    AssertionError, ArithmeticError,
)  # fmt: skip


def installed(group: str, own: Mapping[str, str]) -> list[str]:
    """Return the names of installed plug-ins of a group, sorted; those that perfsite has itself are left out."""
    return sorted({point.name for point in _points(group)} - own.keys())


def load(group: str, name: str, own: Mapping[str, str], *, kind: str) -> Any:
    """Return the module or object of that name.

    Parameters
    ----------
    group
        Entry point group, for example `perfsite.sources`.
    own
        perfsite's own: name -> module path. They cannot be replaced by a plug-in.
    kind
        What it is, for messages: `format`.

    Raises
    ------
    ConfigError
        Nobody has that name, two packages have it, or the plug-in cannot be loaded.
    """
    if name in own:
        return importlib.import_module(own[name])
    points = [point for point in _points(group) if point.name == name]
    if not points:
        known = ", ".join([*own, *installed(group, own)])
        raise ConfigError(f"there is no {kind} '{name}'", hint=f"Known are: {known}.")
    if len(points) > 1:
        packages = " and ".join(sorted({_package(point) for point in points}))
        raise ConfigError(f"two packages bring a {kind} '{name}': {packages}", hint="Uninstall one of them.")
    point = points[0]
    try:
        return point.load()
    except BROKEN as error:
        raise ConfigError(
            f"the plug-in '{name}' of {_package(point)} cannot be loaded ({point.value}): "
            f"{type(error).__name__}: {error}",
            hint=f"Update or uninstall {_package(point)}.",
        ) from error


def _points(group: str) -> list[EntryPoint]:
    # Looking through all installed packages takes tens of milliseconds, so only who needs plug-ins pays for it.
    from importlib.metadata import entry_points

    return list(entry_points(group=group))


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown package"
