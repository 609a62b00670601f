"""Which host of code this is: the one that the environment speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.errors import DeliveryError
from perfsite.forges.github import github_of
from perfsite.forges.gitlab import gitlab_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.forges.forge import Forge


def forge_of(environ: Mapping[str, str]) -> Forge:
    """Return the host that the environment speaks of; GitHub's variables come before GitLab's.

    Raises
    ------
    DeliveryError
        It speaks of none, or its token is missing.
    """
    if environ.get("GITHUB_REPOSITORY") or environ.get("GITHUB_ACTIONS"):
        return github_of(environ)
    if environ.get("CI_PROJECT_ID") or environ.get("GITLAB_CI"):
        return gitlab_of(environ)
    raise DeliveryError(
        "nothing says where the code is hosted",
        hint="In GitHub Actions and GitLab CI this is known; elsewhere set GITHUB_REPOSITORY (owner/name) and "
        "GITHUB_TOKEN, or CI_API_V4_URL, CI_PROJECT_ID and GITLAB_TOKEN.",
    )
