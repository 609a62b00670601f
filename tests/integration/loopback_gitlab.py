"""A whole GitLab on loopback for pipelines: its interface, its repositories over HTTP with logins, and its Pages.

with LoopbackGitLab(tmp_path) as gitlab:
    project = gitlab.project(42, "octo/perf", GITLAB_TOKEN=..., PERFSITE_TOKEN=...)
    pipeline = gitlab.pushed(project)             # what was pushed to main
    pipeline = gitlab.proposed(project, 7, head)  # a merge request of a branch of the project
"""

from __future__ import annotations

import base64
import shutil
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from git_http_server import GitHandler
from gitlab_server import TOKEN, GitLabServer
from loopback_hub import ALONE, Site, git_in
from pipeline_runner import Ask, Pipeline, PipelineRunner, Project

PUSH_TOKEN = "glpat-plantedTokenThatPushes"


class LoopbackGitLab(GitLabServer):
    """See the module; `is_private` says whether reading needs a token, too."""

    def __init__(self, folder: Path, *, is_private: bool = False) -> None:
        super().__init__()
        self.folder, self.is_private = folder, is_private
        self.job_tokens: dict[str, str] = {}
        self.pushes: list[tuple[str, str]] = []
        self.narrow_token = PUSH_TOKEN

    def __enter__(self) -> Self:
        super().__enter__()
        self.api_url = f"{self.api}/api/v4"
        self.server_url = self.serve(partial(_Git, self))
        self.published = self.folder / "published"
        self.published.mkdir(parents=True)
        self.pages_url = self.serve(partial(Site, directory=str(self.published)))
        self.runner = PipelineRunner(self, self.folder / "jobs", ALONE)
        return self

    def project(self, number: int, path: str, *, protected: tuple[str, ...] = (), **variables: str) -> Project:
        """Make a project with an empty repository, or change the variables of one."""
        origin = self.folder / "git" / f"{path}.git"
        if not origin.exists():
            origin.mkdir(parents=True)
            git_in(origin, "init", "-q", "--bare", "-b", "main")
            for name in ("uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter", "http.receivepack"):
                git_in(origin, "config", name, "true")
        made = Project(number, path, f"{self.server_url}/{path}", origin, variables, frozenset(protected))
        self.paths[number] = path
        return made

    def pushed(self, project: Project, *, source: str = "push") -> Pipeline:
        """Run the pipeline of the default branch: after a push, or by a schedule."""
        sha = git_in(project.origin, "rev-parse", "refs/heads/main").strip()
        return self.runner.run(project, Ask(source, sha, branch="main"))

    def proposed(
        self,
        project: Project,
        number: int,
        head: str,
        *,
        fork: Project | None = None,
        merged: str | None = None,
        at: Project | None = None,
    ) -> Pipeline:
        """Run the pipeline of a merge request: in the project that it comes from, unless `at` names the parent.

        `merged` is the merge that is tested, where that is what the project wants.
        """
        source = fork or project
        git_in(project.origin, "fetch", "-q", str(source.origin), f"+{head}:refs/merge-requests/{number}/head")
        self.merge_requests[number] = {
            "iid": number,
            "sha": head,
            "diff_refs": {"base_sha": head, "head_sha": head, "start_sha": head},
            "target_branch": "main",
            "source_branch": f"topic-{number}",
            "source_project_id": source.id,
            "state": "opened",
            "author": {"id": 3, "username": "ada"},
            "web_url": f"{project.url}/-/merge_requests/{number}",
        }
        told = {
            "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result" if merged else "detached",
            "CI_MERGE_REQUEST_IID": str(number),
            "CI_MERGE_REQUEST_PROJECT_ID": str(project.id),
            "CI_MERGE_REQUEST_PROJECT_PATH": project.path,
            "CI_MERGE_REQUEST_PROJECT_URL": project.url,
            "CI_MERGE_REQUEST_REF_PATH": f"refs/merge-requests/{number}/{'merge' if merged else 'head'}",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": f"topic-{number}",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head if merged else "",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(source.id),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": source.path,
            "CI_MERGE_REQUEST_SOURCE_PROJECT_URL": source.url,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": self.sha(project) if merged else "",
        }
        return self.runner.run(at or source, Ask("merge_request_event", merged or head, merge_request=told))

    def sha(self, project: Project, name: str = "refs/heads/main") -> str:
        """Return what a name of a project's repository stands for."""
        return git_in(project.origin, "rev-parse", name).strip()

    # What the runner of pipelines tells.

    def job_token(self, project: Project) -> str:
        """Return a new token that may read one project."""
        token = f"glcbt-plantedTokenOfJob{len(self.job_tokens) + 1}"
        self.job_tokens[token] = project.path
        return token

    def publish(self, project: Project, folder: Path) -> None:
        """Serve a folder in place of what was served before."""
        assert project.id == 42, "a fork has pages of its own"
        shutil.rmtree(self.published)
        shutil.copytree(folder, self.published)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return every secret that there was."""
        return (TOKEN, PUSH_TOKEN, *self.job_tokens)


class _Git(GitHandler):
    """The repositories over HTTP, by git's own program; logins as GitLab asks for them."""

    def __init__(self, hub: LoopbackGitLab, *arguments: Any) -> None:
        self.hub = hub
        super().__init__(*arguments)

    def do_GET(self) -> None:  # noqa: N802  # http.server's own name
        body = self.body()
        path = urlsplit(self.path).path
        project = path.lstrip("/").partition(".git")[0]
        user, password = self._login()
        is_push = "git-receive-pack" in self.path
        of_job = user == "gitlab-ci-token" and self.hub.job_tokens.get(password) == project
        pushes = password == PUSH_TOKEN and project == "octo/perf"
        is_refused = not (of_job or pushes) if password else is_push or self.hub.is_private
        if is_refused:
            self.answer(401, _ASKS, b"HTTP Basic: Access denied.\n")
        elif is_push and not pushes:
            self.answer(403, {}, b"You are not allowed to upload code.\n")
        else:
            if is_push and self.command == "POST":
                self.hub.pushes.append((project, user))
            self.answer(*self.backend(self.hub.folder / "git", path, body, user=user))

    do_POST = do_GET  # noqa: N815  # http.server's own name

    def _login(self) -> tuple[str, str]:
        scheme, _, told = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        user, _, password = base64.b64decode(told).decode().partition(":")
        return user, password


_ASKS = {"WWW-Authenticate": 'Basic realm="GitLab"'}
