"""The actions of others that our workflows use, each by the hash of one version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action at one commit.

    `seen_in` are repositories whose workflows, or documented workflows, use it by this very hash and call it this
    version: what a hash stands for was looked up there, at least twice, and is never written from memory.
    """

    name: str
    sha: str
    version: str
    seen_in: tuple[str, str]

    @property
    def pinned(self) -> str:
        """Return the text that stands behind `uses:`."""
        return f"{self.name}@{self.sha} # {self.version}"


ACTIONS: Final = (
    # From version 7 on it refuses by itself to check out a fork's commit in a privileged workflow.
    Action(
        name="actions/checkout",
        sha="9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0",
        version="v7.0.0",
        seen_in=("python/cpython", "zizmorcore/zizmor"),
    ),
    Action(
        name="actions/setup-python",
        sha="a309ff8b426b58ec0e2a45f0f869d46889d02405",
        version="v6.2.0",
        seen_in=("python/cpython", "pydantic/pydantic"),
    ),
    Action(
        name="actions/upload-artifact",
        sha="043fb46d1a93c77aae656e7c1c64a875d1fc6a0a",
        version="v7.0.1",
        seen_in=("astral-sh/ruff", "zizmorcore/zizmor"),
    ),
    Action(
        name="actions/upload-pages-artifact",
        sha="fc324d3547104276b827a68afc52ff2a11cc49c9",
        version="v5.0.0",
        seen_in=("leanprover-community/queueboard", "zizmorcore/zizmor"),
    ),
    Action(
        name="actions/deploy-pages",
        sha="cd2ce8fcbc39b97be8ca5fce6e763baed58fa128",
        version="v5.0.0",
        seen_in=("leanprover-community/queueboard", "zizmorcore/zizmor"),
    ),
)
