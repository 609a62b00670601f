"""A whole GitHub on loopback for workflows: its interface, its repository over HTTP with logins, and its Pages.

    with LoopbackHub(tmp_path) as hub:
        runner = hub.runner(secrets={"KEY": "..."})
        runs = hub.pushed(runner)                       # what was pushed to main, and all workflows that follow
        runs = hub.proposed(runner, 7, head, fork="eve/perf")

Every token may do what the permissions of its job say: writing is refused by the servers, and `overreached` tells what
was read without permission.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from git_http_server import GitHandler
from github_server import GitHubServer
from workflow_actions import Pages, actions
from workflow_runner import Event, Runner, WorkflowRun

ROOT = Path(__file__).resolve().parents[2]
ALONE = {
    "PIP_NO_INDEX": "1",
    "PIP_QUIET": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NO_MKDOCS_2_WARNING": "1",
}
"""Variables that cut a job off from the network and this machine's settings."""
_SCOPES = (
    (r"/actions/.*", {"actions"}),
    (r"/pulls.*|/commits/[^/]+/pulls", {"pull-requests"}),
    (r"/issues/(\d+/)?comments.*", {"pull-requests", "issues"}),
    (r"/issues.*", {"issues"}),
    (r"/commits/[^/]+/check-runs|/check-runs.*", {"checks"}),
    (r"/commits/[^/]+/statuses|/statuses.*", {"statuses"}),
    (r"/(compare|releases)/.*", {"contents"}),
    (r"/collaborators/.*", {"contents", "actions"}),  # metadata, which every token of a job has
)


class LoopbackHub(GitHubServer):
    """See the module.

    Parameters
    ----------
    folder
        Where the repository (`origin`, bare), the published site and the jobs are kept.
    is_private
        Whether reading the repository needs a token, too.
    """

    def __init__(self, folder: Path, *, is_private: bool = False) -> None:
        super().__init__()
        self.folder, self.is_private = folder, is_private
        self.origin = folder / "git" / f"{self.repository}.git"
        self.granted: list[tuple[int, dict[str, str]]] = []
        self.may_push = True
        self.pushes = 0
        self.tokens: list[str] = []

    def __enter__(self) -> Self:
        super().__enter__()
        self.origin.mkdir(parents=True)
        git_in(self.origin, "init", "-q", "--bare", "-b", "main")
        self.configure()
        self.server_url = self._serving(partial(_Git, self))
        published = self.folder / "pages" / "published"
        published.mkdir(parents=True)
        self.pages = Pages(self.folder / "pages", self._serving(partial(Site, directory=str(published))) + "/")
        self.people["ada"] = "admin"
        return self

    def _serving(self, handler: Any) -> str:
        server, url = serving(handler)
        self._servers.append(server)
        return url

    @property
    def api_url(self) -> str:
        """Return where the interface is."""
        return self.url

    @property
    def clone_url(self) -> str:
        """Return what is cloned."""
        return f"{self.server_url}/{self.repository}"

    def runner(self, *, secrets: Mapping[str, str] | None = None) -> Runner:
        """Return what executes the repository's workflows, cut off from the network and this machine's settings."""
        own = {"perfsite/perfsite": ROOT}
        folder = self.folder / "jobs"
        return Runner(self, self.origin, folder, actions(self.pages), own, dict(secrets or {}), ALONE)

    def configure(self) -> None:
        """Let the repository be used as GitHub lets it."""
        for name in ("uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter", "http.receivepack"):
            self.git("config", name, "true")

    def git(self, *arguments: str) -> str:
        """Ask or change the repository."""
        return git_in(self.origin, *arguments)

    # What people do.

    def sha(self, name: str = "refs/heads/main") -> str:
        """Return what a name of the repository stands for."""
        return git_in(self.origin, "rev-parse", name).strip()

    def pushed(self, runner: Runner, *, actor: str = "ada") -> list[WorkflowRun]:
        """Run what follows a push to the default branch."""
        sha = self.sha()
        payload = {"ref": "refs/heads/main", "after": sha, "repository": runner.repository()}
        return runner.fire(Event("push", payload, sha, "refs/heads/main", actor))

    def proposed(self, runner: Runner, number: int, head: str, *, fork: str | None = None) -> list[WorkflowRun]:
        """Run what follows a push of `head` to a pull request, opening it where there is none."""
        merge = git_in(self.origin, "merge-tree", "--write-tree", "refs/heads/main", head).split()[0]
        who = {f"GIT_{role}_{key}": "GitHub" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        parents = ("-p", "refs/heads/main", "-p", head)
        tested = git_in(self.origin, "commit-tree", *parents, "-m", f"Merge {head} into main", merge, env=who).strip()
        git_in(self.origin, "update-ref", f"refs/pull/{number}/merge", tested)
        git_in(self.origin, "update-ref", f"refs/pull/{number}/head", head)
        pull = self.pulls.get(number) or self.pull(number, head=head, base=self.sha(), fork=fork)
        pull["head"]["sha"] = head
        payload = {"number": number, "pull_request": pull, "repository": runner.repository()}
        author = (fork or self.repository).partition("/")[0]
        event = Event("pull_request", payload, tested, f"refs/pull/{number}/merge", author, from_fork=fork is not None)
        return runner.fire(event)

    def commented(
        self, runner: Runner, number: int, body: str, *, login: str = "ada", is_followed: bool = False
    ) -> list[WorkflowRun]:
        """Run what follows a comment in a pull request; `is_followed`: also what waits for a run that a job started."""
        payload = {
            "action": "created",
            "issue": {"number": number, "pull_request": {"url": f"{self.url}/pulls/{number}"}},
            "comment": {
                "body": body,
                "user": {"login": login, "id": sum(login.encode())},
                "created_at": _stamp(datetime.now(UTC)),
            },
            "repository": runner.repository(),
        }
        runs = runner.fire(Event("issue_comment", payload, self.sha(), "refs/heads/main", login))
        while self.reruns:
            runs += runner.again(self.reruns.pop(), is_followed=is_followed)
        while self.dispatches:
            workflow, ref, inputs = self.dispatches.pop(0)
            assert ref == "main"
            runs += self.dispatched(runner, workflow, inputs)
        return runs

    def dispatched(self, runner: Runner, workflow: str, inputs: Mapping[str, str]) -> list[WorkflowRun]:
        """Run what somebody starts by hand."""
        path = f".github/workflows/{workflow}"
        payload = {"inputs": dict(inputs), "workflow": path, "repository": runner.repository()}
        return runner.fire(Event("workflow_dispatch", payload, self.sha(), "refs/heads/main"))

    def released(self, runner: Runner, tag: str) -> list[WorkflowRun]:
        """Run what follows the publishing of a release; its tag must be there."""
        release = self.release(tag)
        payload = {"action": "published", "release": release, "repository": runner.repository()}
        return runner.fire(Event("release", payload, self.sha(f"refs/tags/{tag}"), f"refs/tags/{tag}"))

    # What the runner of workflows tells.

    def grant(self, permissions: Mapping[str, str]) -> str:
        """Make a new token the only one, with these permissions."""
        self.token = f"ghs_plantedTokenOfJob{len(self.tokens) + 1}"
        self.tokens.append(self.token)
        self.permissions = {scope for scope, level in permissions.items() if level == "write"}
        self.granted.append((len(self.requests), dict(permissions)))
        self.may_push = permissions.get("contents") == "write"
        return self.token

    def begin(self, run: dict[str, Any]) -> None:
        """Keep the record of a run that starts; an attempt after the first has jobs of its own."""
        made = self.runs.get(run["id"]) or self.run(run["id"], head=run["head_sha"])
        self.jobs[run["id"]].clear()
        self._tell(made, run)
        made["created_at"] = made["run_started_at"] = _stamp(datetime.now(UTC))

    def finish(self, run: dict[str, Any], jobs: list[dict[str, Any]]) -> None:
        """Keep how it ended."""
        self._tell(self.runs[run["id"]], run)
        for job in jobs:
            labels, told = job["labels"], {key: job[key] for key in ("id", "name", "status", "conclusion")}
            self.job(run["id"], labels=labels, **told)

    def _tell(self, made: dict[str, Any], run: dict[str, Any]) -> None:
        for key in (
            "name",
            "path",
            "event",
            "status",
            "conclusion",
            "head_sha",
            "head_branch",
            "run_attempt",
            "html_url",
        ):
            made[key] = run[key]
        made["head_repository"] |= {"full_name": run["head_repository"]["full_name"]}
        made["actor"] |= {"login": run["actor"]["login"]}
        made["pull_requests"] = []
        made["updated_at"] = _stamp(datetime.now(UTC))

    def add_artifact(self, run_id: int, name: str, content: bytes) -> int:
        """Keep the zip file of an artifact."""
        return int(self.artifact(run_id, name, content)["id"])

    def overreached(self) -> list[str]:
        """Return what was asked for without the permission to read it."""
        found = []
        for i, (start, permissions) in enumerate(self.granted):
            end = self.granted[i + 1][0] if i + 1 < len(self.granted) else len(self.requests)
            for asked in self.requests[start:end]:
                path = asked.path.removeprefix(f"/repos/{self.repository}")
                scopes = next((scopes for pattern, scopes in _SCOPES if re.fullmatch(pattern, path)), set(permissions))
                if not scopes & set(permissions) and asked.path != "/graphql":
                    found.append(f"{asked.method} {path} with {permissions}")
        return found


class _Git(GitHandler):
    """The repository over HTTP, by git's own program; logins as GitHub asks for them."""

    def __init__(self, hub: LoopbackHub, *arguments: Any) -> None:
        self.hub = hub
        super().__init__(*arguments)

    def do_GET(self) -> None:  # noqa: N802  # http.server's own name
        parts = urlsplit(self.path)
        body = self.body()
        is_push = "git-receive-pack" in self.path
        known = self._is_known()
        if (is_push or self.hub.is_private) and not known:
            self.answer(401, {"WWW-Authenticate": 'Basic realm="GitHub"'}, b"")
            return
        if is_push and not self.hub.may_push:
            self.answer(403, {}, b"Permission to octo/perf.git denied to github-actions[bot].\n")
            return
        self.hub.pushes += is_push and self.command == "POST"
        path = parts.path.replace(self.hub.repository, f"{self.hub.repository}.git", 1)
        path = path.replace(".git.git", ".git", 1)
        self.answer(*self.backend(self.hub.folder / "git", path, body, user="octo" if known else ""))

    do_POST = do_GET  # noqa: N815  # http.server's own name

    def _is_known(self) -> bool:
        told = self.headers.get("Authorization", "").split(" ")[-1]
        expected = base64.b64encode(f"x-access-token:{self.hub.token}".encode()).decode()
        return told == expected


class Site(SimpleHTTPRequestHandler):
    """What is published, with the page for what is missing, as GitHub Pages serves it."""

    def log_message(self, *_: object) -> None:
        """Keep standard error clean."""


def serving(handler: Any) -> tuple[ThreadingHTTPServer, str]:
    """Start a server on 127.0.0.1 and return it with its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def git_in(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    command = ["git", "-C", str(folder), *arguments]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
    return done.stdout
