"""Fill in the files that `perfsite init` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from perfsite.errors import ConfigError
from perfsite.scaffold.actions import ACTIONS
from perfsite.scaffold.harness import UNKNOWN
from perfsite.scaffold.images import image_of, in_image, preparation

if TYPE_CHECKING:
    from perfsite.scaffold.harness import Harness

GITHUB: Final = (
    "perfsite-measure.yml",
    "perfsite-publish.yml",
    "perfsite-remeasure.yml",
    "perfsite-release-notes.yml",
)
GITLAB: Final = "perfsite.gitlab-ci.yml"
SECRETS: Final = (
    "PERFSITE_SLACK_URL",
    "PERFSITE_TEAMS_URL",
    "PERFSITE_DISCORD_URL",
    "PERFSITE_MAIL_URL",
    "PERFSITE_PAGERDUTY_URL",
    "PERFSITE_WEBHOOK_URL",
)
"""Secrets of the repository that the one step sees that sends alerts; those that are not set are empty.

The names that `url_env` has in the guide.
"""
_SLOT: Final = re.compile(r"@@([A-Z_]+)@@")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the files are made of.

    `requirement` is what pip installs as perfsite, `site_requirements` a file of what the pages of the owner's own
    MkDocs site need (None: nothing), `site_url` the address of the site where GitHub Pages' own is not the one, `seed`
    tells when in the hour the weekly run starts, so that not everybody's do at once, and `secrets` are the names of
    those that hold the addresses of channels.
    """

    harness: Harness
    branch: str
    requirement: str
    site_url: str | None = None
    site_requirements: str | None = None
    seed: str = ""
    secrets: tuple[str, ...] = SECRETS


def github_files(plan: Plan) -> dict[str, str]:
    """Return the workflows for GitHub by path."""
    return {f".github/workflows/{name}": _filled(name, _slots(plan)) for name in GITHUB}


def gitlab_files(plan: Plan) -> dict[str, str]:
    """Return the jobs for GitLab by path."""
    return {GITLAB: _filled(GITLAB, _slots(plan))}


def settings_file(plan: Plan) -> str:
    """Return the settings to begin with."""
    return _filled("perfsite.toml", _slots(plan))


def _slots(plan: Plan) -> dict[str, str]:
    """Return what stands for each name between `@@` in a template."""
    harness = plan.harness
    pins = {f"{_slot(action.name)}": action.pinned for action in ACTIONS}
    told = f"        # FILL IN: {harness.to_fill_in}.\n" if harness.to_fill_in else ""
    steps = _step("Install what the benchmarks need", harness.install)
    site = plan.site_requirements
    # An address or path of perfsite (`.`, `./perfsite`) takes the extra as a name does.
    notify = re.sub(r"\A(perfsite(?=[^\w[-]|\Z)|\.[\w./-]*\Z)", r"\1[notify]", plan.requirement)
    return {
        **pins,
        # In a filter of branches a plus is a sign: one or more of what stands before it.
        "BRANCH": _quoted(plan.branch.replace("+", r"\+")),
        "MINUTE": str(sum(plan.seed.encode()) % 60),
        "PERFSITE": _quoted(plan.requirement),
        "PERFSITE_NOTIFY": _quoted(notify),
        "INSTALL_STEP": steps,
        "UNKNOWN": told,
        "COMMAND": _block(harness.command, 10),
        "RESULTS": _quoted(harness.results),
        "SECRETS": "\n".join(f"          {name}: ${{{{ secrets.{name} }}}}" for name in plan.secrets),
        "SITE_INSTALL": _step("Install what the pages need", (f"python -m pip install -r {site}",) if site else ()),
        "GITLAB_UNKNOWN": f"    # FILL IN: {harness.to_fill_in}.\n" if harness.to_fill_in else "",
        "GITLAB_IMAGE": image_of(harness),
        "GITLAB_BEFORE": _before(preparation(harness)),
        "GITLAB_COMMAND": _script(in_image(harness.install), _told(harness.command)),
        "GITLAB_SITE": f"{_list((f'python3 -m pip install -r {site}',), 4)}\n" if site else "",
        "SITE_URL": f"\nsite_url = {_quoted(plan.site_url)}\n" if plan.site_url else "",
    }


def _slot(action: str) -> str:
    names = {"upload-pages-artifact": "UPLOAD_PAGES"}
    name = action.partition("/")[2]
    return names.get(name, name.replace("-", "_").upper())


def _filled(name: str, slots: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: slots[match[1]], _template(name))


@cache
def _template(name: str) -> str:
    return (files("perfsite.scaffold") / "files" / name).read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    """Return a text as YAML and TOML both read it: in JSON's quotes."""
    _is_plain(text)
    return json.dumps(text, ensure_ascii=False)


def _block(lines: Sequence[str], indent: int) -> str:
    for line in lines:
        _is_plain(line)
    return "\n".join(f"{' ' * indent}{line.rstrip()}" for line in lines)


def _list(lines: Sequence[str], indent: int) -> str:
    return "\n".join(f"{' ' * indent}- {_quoted(line)}" for line in lines)


def _step(name: str, lines: Sequence[str]) -> str:
    return f"      - name: {name}\n        run: |\n{_block(lines, 10)}\n" if lines else ""


def _told(command: Sequence[str]) -> tuple[str, ...]:
    """Return a command for GitLab: what the owner gave stays as it is, ours loses what GitHub alone understands."""
    return in_image(command) if tuple(command) == UNKNOWN.command else tuple(command)


def _script(install: Sequence[str], command: Sequence[str]) -> str:
    """Return lines of a script of GitLab, the command as one: its lines may go on in the next."""
    made = [_list(install, 4)] if install else []
    if len(command) == 1:
        return "\n".join([*made, _list(command, 4)])
    return "\n".join([*made, "    - |", _block([command[0].lstrip(), *command[1:]], 6)])


def _before(lines: Sequence[str]) -> str:
    """Return what a job of GitLab does first; it is said even where that is nothing, or it would be the project's."""
    return f"  before_script:\n{_list(lines, 4)}\n" if lines else "  before_script: []\n"


def _is_plain(text: str) -> None:
    """Refuse a text that would look different in the file than it is."""
    if _CONTROL.search(text):
        raise ConfigError(
            f"a control character in {json.dumps(text[:80])}",
            hint="give the command, the file or the branch in plain characters",
        )
