"""Where runs and decisions are kept: the project's directory, or the history branch of its repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perfsite.errors import ConfigError
from perfsite.history.store import DirectoryStore
from perfsite.workflow import codebase

if TYPE_CHECKING:
    from perfsite.history.branch import BranchStore
    from perfsite.model.run import Run
    from perfsite.workflow.project import Project


@dataclass(frozen=True, slots=True)
class Kept:
    """A store, and where it is in words: `history`, `branch perf-history of origin`."""

    store: DirectoryStore | BranchStore
    place: str


def keep(project: Project, *, push: bool) -> Kept:
    """Return where to append: the directory, or with `push` the branch.

    Raises
    ------
    ConfigError
        There is no repository that has a branch.
    """
    if not push:
        return Kept(DirectoryStore(project.history), project.shown(project.history))
    repository = codebase.find(project)
    if repository is None:
        raise ConfigError(
            "--push needs a git repository", where=str(project.root), hint="leave it out to write into history/"
        )
    from perfsite.history.branch import BranchStore

    branch = project.settings.history_branch
    remote = f" of {repository.remote}" if repository.remote else " (no remote to push to)"
    return Kept(BranchStore(repository.root, branch, remote=repository.remote), f"branch {branch}{remote}")


def appended_text(written: int, known: int, place: str) -> str:
    """Return what became of runs that were to be appended, for people."""
    again = f" ({known} known already, not stored again)" if known else ""
    return f"{written} run{'' if written == 1 else 's'} appended to {place}{again}"


def run_document(run: Run) -> dict[str, Any]:
    """Return one of these runs for programs."""
    return {
        "sha": run.commit.sha,
        "environment": run.environment.name,
        "format": run.source.format,
        "measurements": len(run.measurements),
    }
