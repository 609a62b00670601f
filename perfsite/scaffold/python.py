"""Find out how a Python project is installed with what its benchmarks need."""

from __future__ import annotations

import re
import tomllib
from shlex import quote
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perfsite.scaffold.tree import Tree


def installation(tree: Tree, *needed: str) -> tuple[str, ...]:
    """Return lines of bash that install a project, where it can be installed, and the packages that are needed.

    A requirements file, extra or dependency group that names one of the packages is taken as the place where the
    owner keeps what benchmarks need; without one the packages are installed by their names.

    Parameters
    ----------
    needed
        Names of packages; the last one is looked for.
    """
    wanted = re.compile(rf"(?i)(?<![\w-]){'[-_.]'.join(map(re.escape, needed[-1].split('-')))}(?![\w-])")
    project = _pyproject(tree)
    can_be_built = "build-system" in project or bool(set(tree.paths) & {"setup.py"}) or "setup.cfg" in tree.paths
    table = project.get("project")
    table = table if isinstance(table, dict) else {}
    # An extra is one of a package: where none can be built, what it names is installed by name.
    extra = _naming(table.get("optional-dependencies"), wanted) if can_be_built else None
    group = _naming(project.get("dependency-groups"), wanted)
    files = tree.named("requirements*.txt", "requirements/*.txt", "*-requirements.txt")
    file = next((path for path in files if wanted.search(tree.text(path))), None)
    words = [] if not can_be_built else [f"'.[{extra}]'" if extra else "."]
    if file:
        words += ["-r", quote(file)]
    elif group and not extra:
        words += ["--group", group]
    elif not extra:
        words += needed
    lines = ["python -m pip install --upgrade pip"] if "--group" in words else []
    plain = "requirements.txt"
    if plain in tree.paths and file != plain and not can_be_built:
        words += ["-r", plain]
    return (*lines, f"python -m pip install {' '.join(words)}")


def _pyproject(tree: Tree) -> dict[str, Any]:
    if "pyproject.toml" not in tree.paths:
        return {}
    try:
        return tomllib.loads(tree.text("pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return {}


def _naming(groups: Any, wanted: re.Pattern[str]) -> str | None:
    """Return the name of the first group of requirements that has a wanted one."""
    if not isinstance(groups, dict):
        return None
    for name, entries in groups.items():
        texts = [entry for entry in entries if isinstance(entry, str)] if isinstance(entries, list) else []
        if re.fullmatch(r"[\w.-]+", name) and any(wanted.match(text) for text in texts):
            return str(name)
    return None
