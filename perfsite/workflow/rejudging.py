"""Judge the whole history under two configurations and tell what differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfsite import config
from perfsite.config import DEFAULT_PLACE, Settings
from perfsite.errors import ConfigError
from perfsite.report.rejudge import Rejudged, compare_judgements
from perfsite.workflow import codebase
from perfsite.workflow.gather import gather
from perfsite.workflow.judging import judge_timeline

if TYPE_CHECKING:
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project

NOTHING: Final = "none"
"""The configuration that sets nothing."""


def rejudge(project: Project, old: str, new: str) -> tuple[Rejudged, Gathered]:
    """Return what two configurations say differently, and the history they judged.

    Parameters
    ----------
    old, new
        Each a settings file, `none` for the defaults, a git revision (its `site_config/perfsite.toml`), or
        `REVISION:PATH`.

    Raises
    ------
    ConfigError
        One of them is neither, or holds wrong settings.
    HistoryError
        The history cannot be read.
    """
    before, after = _settings(project, old), _settings(project, new)
    gathered = gather(project)
    judged = [judge_timeline(gathered.timeline, settings, gathered.events) for settings in (before, after)]
    first, second = ((one.judgements, one.aside) for one in judged)
    return compare_judgements(gathered.timeline, first, second), gathered


def _settings(project: Project, name: str) -> Settings:
    if name == NOTHING:
        return Settings()
    for folder in (Path(), project.root):
        if (folder / name).is_file():
            return config.load(project.root, folder / name)
    revision, _, path = name.partition(":")
    text = codebase.file_at(project, revision, path or DEFAULT_PLACE.as_posix())
    if text is None:
        hint = "give a settings file, a git revision, REVISION:PATH, or `none` for the defaults"
        raise ConfigError("neither a file nor a revision that has settings", where=name[:200], hint=hint)
    return config.parse(text, where=name[:200])
