"""What a step of a GitHub job is given and hands on: the event that started it, and outputs for what comes later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfsite.errors import ConfigError, DeliveryError, InputError
from perfsite.history.checkout import read_event

if TYPE_CHECKING:
    from perfsite.workflow.project import Project


def event_of(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what GitHub wrote about the event that started this job; empty where there is none.

    Raises
    ------
    InputError
        It cannot be read.
    """
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    hint = "GitHub Actions writes it; elsewhere leave GITHUB_EVENT_PATH out"
    try:
        return read_event(Path(path))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"the event cannot be read: {error}", where="GITHUB_EVENT_PATH", hint=hint) from None


def default_branch_of(project: Project, event: Mapping[str, Any]) -> str:
    """Return the name of the default branch: as the event tells it, else as the owner set it.

    Raises
    ------
    ConfigError
        Neither does.
    """
    repository = event.get("repository")
    told = repository.get("default_branch") if isinstance(repository, dict) else None
    branch = told or project.settings.branch
    if not isinstance(branch, str):
        raise ConfigError(
            "which branch is the default one is not known",
            where="perfsite.toml",
            hint='set `branch = "main"`; in GitHub Actions the event tells it',
        )
    return branch


def hand_on(environ: Mapping[str, str], outputs: Mapping[str, str | int | None]) -> None:
    """Write outputs of this step, where it is one; None becomes an empty text.

    Raises
    ------
    DeliveryError
        The file cannot be written.
    ValueError
        A value that is no plain word: a line end in it would set other outputs.
    """
    path = environ.get("GITHUB_OUTPUT")
    if not path:
        return
    lines = []
    for name, value in outputs.items():
        text = "" if value is None else str(value)
        if not re.fullmatch(r"[\w./-]*", text):
            raise ValueError(f"{name}: not a plain word: {text!r}")
        lines.append(f"{name}={text}\n")
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        hint = "GitHub Actions makes that file; elsewhere leave GITHUB_OUTPUT out"
        raise DeliveryError(f"cannot be written: {error.strerror}", where="GITHUB_OUTPUT", hint=hint) from error
