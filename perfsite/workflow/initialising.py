"""Set a project up: find out how it measures and where it lives, and write settings and workflows."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite import __version__
from perfsite.config import DEFAULT_PLACE
from perfsite.errors import ConfigError, DeliveryError
from perfsite.scaffold.harness import UNKNOWN, Harness, harnesses, with_command
from perfsite.scaffold.render import GITHUB, GITLAB, SECRETS, Plan, github_files, gitlab_files, settings_file
from perfsite.scaffold.tree import Tree, look
from perfsite.workflow import codebase

if TYPE_CHECKING:
    from perfsite.workflow.project import Project

_PUSHES: Final = (
    "create a project access token (role Developer, scope write_repository) and a masked CI/CD variable PERFSITE_TOKEN"
)
_PAGES: Final = re.compile(r"actions/deploy-pages|actions-gh-pages|pages-deploy-action|gh-deploy|\bgh-pages\b")
_BRANCH: Final = re.compile(r"[\w][\w./+-]*")


class Service(StrEnum):
    """Who runs the project's jobs."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


class Outcome(StrEnum):
    """What became of a file: `WRITTEN` anew, `CHANGED` by force, or `UNCHANGED`, as it would be written."""

    WRITTEN = "written"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitWish:
    """What the caller says; None: found out."""

    service: Service | None = None
    command: str | None = None
    results: str | None = None
    site_url: str | None = None
    requirement: str | None = None
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What was found out and written; `files` are paths from the project's folder."""

    service: Service
    harness: Harness
    branch: str
    repository_url: str | None
    files: Mapping[str, Outcome]
    notes: tuple[str, ...]
    next_steps: tuple[str, ...]
    is_dry: bool

    def sentences(self) -> list[str]:
        """Return the answer for people."""
        would = "would be " if self.is_dry else ""
        lines = [
            f"{path}: {'' if outcome is Outcome.UNCHANGED else would}{outcome}" for path, outcome in self.files.items()
        ]
        if self.next_steps:
            lines += [*([""] if lines else []), "Next:", *(f"{i}. {step}" for i, step in enumerate(self.next_steps, 1))]
        return lines

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {
            "version": 1,
            "ci": self.service,
            "format": self.harness.format or None,
            "command": list(self.harness.command),
            "results": self.harness.results,
            "to_fill_in": self.harness.to_fill_in,
            "branch": self.branch,
            "repository_url": self.repository_url,
            "files": [{"path": path, "outcome": outcome} for path, outcome in self.files.items()],
            "next_steps": list(self.next_steps),
            "dry_run": self.is_dry,
        }


def initialise(project: Project, wish: InitWish, environ: Mapping[str, str]) -> Initialised:
    """Write settings and workflows into a project: all files or none, and none over one that differs.

    Raises
    ------
    ConfigError
        Files exist and say something else, and `force` is not wished; or a name cannot stand in a workflow.
    DeliveryError
        A file cannot be written.
    """
    address = codebase.web_address(project, environ)
    service = wish.service or _service(project.root, address)
    top = codebase.top(project)
    if service is not Service.NONE and top not in (None, project.root):
        raise _below(project.root, top)
    tree = look(project.root)
    found = harnesses(tree)
    harness = found[0] if found else UNKNOWN
    if wish.command is not None:
        harness = with_command(wish.command, wish.results, found[0] if found else None)
    elif wish.results is not None:
        harness = Harness(**{**_fields(harness), "results": wish.results})
    branch = project.settings.branch or codebase.default_branch(project) or "main"
    if not _BRANCH.fullmatch(branch):
        hint = "set `branch` in site_config/perfsite.toml"
        raise ConfigError(f"'{branch[:60]}' cannot be the default branch of a workflow", hint=hint)
    plan = Plan(
        harness=harness,
        branch=branch,
        requirement=wish.requirement or f"perfsite=={__version__}",
        site_url=wish.site_url,
        site_requirements=_site_requirements(tree),
        seed=address or project.root.name,
        secrets=tuple(dict.fromkeys((*SECRETS, *_addresses(project)))),
    )
    contents = _contents(project, service, plan)
    outcomes = _compared(project.root, contents, force=wish.force)
    if not wish.dry_run:
        _write(project.root, {path: contents[path] for path, one in outcomes.items() if one is not Outcome.UNCHANGED})
    return Initialised(
        service=service,
        harness=harness,
        branch=branch,
        repository_url=address,
        files=outcomes,
        notes=(
            *_notes(harness, found, plan, address),
            *_file_notes(service, harness, tree),
            *_pages_notes(project.root, service),
        ),
        next_steps=(*_repository_steps(top, branch), *_next_steps(service, harness, branch, address)),
        is_dry=wish.dry_run,
    )


def _fields(harness: Harness) -> dict[str, Any]:
    return {name: getattr(harness, name) for name in Harness.__dataclass_fields__}


def _addresses(project: Project) -> list[str]:
    """Return the variables that the channels of the settings read their addresses from."""
    return sorted({one.url_env for one in project.settings.notify.channels if one.url_env})


def _service(root: Path, address: str | None) -> Service:
    """Return who runs jobs here: as a file of theirs tells, else as the host's name does, else GitHub."""
    if (root / ".gitlab-ci.yml").exists():
        return Service.GITLAB
    if (root / ".github").is_dir():
        return Service.GITHUB
    return Service.GITLAB if re.match(r"https?://[^/]*gitlab", address or "") else Service.GITHUB


def _contents(project: Project, service: Service, plan: Plan) -> dict[str, str]:
    """Return the files to write. Settings that exist are the owner's: they are never looked at twice."""
    made = {}
    if not (project.root / DEFAULT_PLACE).exists():
        made[DEFAULT_PLACE.as_posix()] = settings_file(plan)
    if service is Service.GITHUB:
        made |= github_files(plan)
    elif service is Service.GITLAB:
        made |= gitlab_files(plan)
    return made


def _site_requirements(tree: Tree) -> str | None:
    """Return the file of what the pages of the owner's own MkDocs site need, where there is one."""
    if "mkdocs.yml" not in tree.paths:
        return None
    named = ("docs/requirements.txt", "requirements-docs.txt", "requirements/docs.txt", "docs-requirements.txt")
    return next((path for path in named if path in tree.paths), None)


def _compared(root: Path, contents: Mapping[str, str], *, force: bool) -> dict[str, Outcome]:
    """Return what will become of each file; nothing is written where one says something else."""
    outcomes, differing = {}, []
    for path, text in contents.items():
        place = root / path
        if place.is_symlink() or (place.exists() and not place.is_file()):
            raise ConfigError(
                "a link or a folder stands where a file is to be written", where=path, hint="move it away"
            )
        if not place.exists():
            outcomes[path] = Outcome.WRITTEN
        elif place.read_bytes() == text.encode():
            outcomes[path] = Outcome.UNCHANGED
        else:
            outcomes[path] = Outcome.CHANGED
            differing.append(path)
    if differing and not force:
        listed = ", ".join(differing)
        hint = "`--dry-run --force` says what would change, --force writes over them; git keeps what they were"
        raise ConfigError(f"these files say something else, and nothing was written: {listed}", hint=hint)
    return outcomes


def _write(root: Path, contents: Mapping[str, str]) -> None:
    """Write all files under other names first, so that a full disk leaves none of them half written."""
    waiting: list[tuple[Path, Path]] = []
    try:
        for path, text in contents.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = place.with_name(f".{place.name}.{os.getpid()}")
            waiting.append((beside, place))
            beside.write_bytes(text.encode())
        for beside, place in waiting:
            beside.replace(place)
    except OSError as error:
        hint = "see that there is room and that you may write there; files that were not finished are gone"
        raise DeliveryError(f"cannot be written: {error.strerror}", where=str(error.filename), hint=hint) from error
    finally:
        for beside, _ in waiting:
            beside.unlink(missing_ok=True)


def _notes(harness: Harness, found: list[Harness], plan: Plan, address: str | None) -> list[str]:
    """Return what was found out, and what was not."""
    notes = []
    if harness.found_in:
        notes.append(f"{harness.found_in}: {harness.format}; measured by: {' && '.join(harness.command)}")
    others = [f"{one.format} ({one.found_in})" for one in found[1:]]
    if others:
        notes.append(f"also here, and not measured: {', '.join(others)}; add their commands and files to the workflow")
    if address is None and plan.site_url is None:
        notes.append("no remote tells where the code is; links need `repository_url` in site_config/perfsite.toml")
    if plan.site_requirements:
        notes.append(f"{plan.site_requirements} is installed before the site is built")
    return notes


def _file_notes(service: Service, harness: Harness, tree: Tree) -> list[str]:
    """Return what is to be filled in, and what .gitlab-ci.yml lacks for the jobs that are included into it."""
    where = "" if service is Service.NONE else "; look for FILL IN in the file written"
    fill = [f"could not be found out: {harness.to_fill_in}{where}"] if harness.to_fill_in else []
    text = (tree.root / ".gitlab-ci.yml").read_text("utf-8", "replace") if _has_gitlab(service, tree) else ""
    told = re.search(r"(?m)^stages:[ \t]*(\[[^\]]*\]|(?:#.*)?(?:\n[ \t]*(?:-.*|#.*)?)+)", text)
    if told is None or re.search(r"(?<![\w.-])test(?![\w.-])", told[1]):
        return fill
    return [*fill, ".gitlab-ci.yml has `stages:` without `test`, the stage of these jobs: add it, or change theirs"]


def _has_gitlab(service: Service, tree: Tree) -> bool:
    return service is Service.GITLAB and (tree.root / ".gitlab-ci.yml").is_file()


def _pages_notes(root: Path, service: Service) -> list[str]:
    """Return which workflows of the owner's publish to GitHub Pages already, where there is one site for all."""
    if service is not Service.GITHUB:
        return []
    files = sorted((root / ".github" / "workflows").glob("*.y*ml"))
    told = [file.name for file in files if file.name not in GITHUB and _PAGES.search(_text(file))]
    gone = "perfsite-publish.yml would take the place of what is there; see One site of a repository in the guide"
    return [f"{', '.join(told)}: publishes to GitHub Pages, of which a repository has one, and {gone}"] if told else []


def _text(file: Path) -> str:
    """Return the text of a small file; empty where it cannot be read, since then it tells nothing."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _below(root: Path, top: Path) -> ConfigError:
    """Return what is wrong with workflows in a folder of a repository, where nobody would ever read them."""
    here = root.relative_to(top).as_posix()
    return ConfigError(
        f"workflows are read in the repository's own folder only, and this is {here} in it",
        where=str(root),
        hint=f"run `perfsite init` in {top}: it finds what is in folders; `--ci none` says what to run here",
    )


def _repository_steps(top: Path | None, branch: str) -> list[str]:
    """Return what to do where there is no git repository yet."""
    return [f"git init --initial-branch {branch}, and push it to a repository"] if top is None else []


def _next_steps(service: Service, harness: Harness, branch: str, address: str | None) -> list[str]:
    """Return what only the owner can do, in order."""
    if service is Service.NONE:
        measure = f"measure: {' && '.join(harness.command)}"
        if harness.command == UNKNOWN.command:
            measure = "run your benchmarks, so that they write what `perfsite record --list-formats` names"
        return [
            measure,
            f"in every branch: perfsite check {harness.results}, which fails where it regressed",
            f"on {branch}: perfsite record {harness.results} --push, then perfsite build; publish the folder site/",
        ]
    file = GITLAB if service is Service.GITLAB else GITHUB[0]
    fill = [f"look for FILL IN in {file}: {harness.to_fill_in}"] if harness.to_fill_in else []
    if service is Service.GITLAB:
        return [
            *fill,
            f'add to .gitlab-ci.yml: include: [{{local: "{GITLAB}"}}]',
            f"{_PUSHES}: protected, or not protected, so that runs of merge requests are kept, too",
            "for a note in each merge request another one (role Reporter, scope api), as GITLAB_TOKEN, not protected",
            f"commit and push to {branch}; the first run becomes the baseline",
        ]
    settings = f"{address}/settings/pages" if address else "Settings of the repository"
    return [
        *fill,
        f"{settings}, Pages: choose GitHub Actions as the source",
        f"commit and push to {branch}; the first run becomes the baseline",
        "open a pull request: it gets one comment, and one check that you may require before merging",
    ]
