"""Execute GitHub workflows on this machine: their `run:` steps in order, in fresh checkouts, with what GitHub sets.

Honest rather than complete: a key, context, function or action that it does not know is an error, not a guess. Each
step gets a clean environment, each job a token with just the permissions that its workflow declares, capped for forks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import yaml
from workflow_expressions import Contexts, ExpressionError, Strict, as_text, condition, substituted

STEP_TIMEOUT_S: Final = 300
_STEP_KEYS: Final = {
    "name",
    "id",
    "if",
    "uses",
    "with",
    "run",
    "env",
    "shell",
    "working-directory",
    "continue-on-error",
}
_JOB_KEYS: Final = {
    *("name", "needs", "if", "runs-on", "permissions", "env", "outputs", "steps", "timeout-minutes", "environment"),
    *("concurrency", "defaults"),
}
_TOP_KEYS: Final = {"name", "run-name", "on", "permissions", "env", "concurrency", "defaults", "jobs"}
_SHELLS: Final = {
    None: ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
}
_SCOPES: Final = ("actions", "checks", "contents", "id-token", "issues", "pages", "pull-requests", "statuses")


class WorkflowError(Exception):
    """A workflow that GitHub would not start, or that asks for what this runner does not emulate."""


class Host(Protocol):
    """The GitHub that the workflows run on: a server on loopback, or nothing but a folder with a repository."""

    repository: str
    server_url: str
    api_url: str
    clone_url: str

    def grant(self, permissions: Mapping[str, str]) -> str:
        """Return a token that may do what the permissions say."""
        ...

    def begin(self, run: dict[str, Any]) -> None:
        """Take note of a workflow run that starts; `run` is its record as the API gives it."""
        ...

    def finish(self, run: dict[str, Any], jobs: list[dict[str, Any]]) -> None:
        """Take note of how it ended."""
        ...

    def add_artifact(self, run_id: int, name: str, content: bytes) -> int:
        """Keep the zip file of an artifact and return its id."""
        ...


@dataclass(frozen=True)
class Event:
    """What happened: GitHub's name of it, its payload, and the commit and ref that a workflow runs for."""

    name: str
    payload: Mapping[str, Any]
    sha: str
    ref: str
    actor: str = "ada"
    from_fork: bool = False


@dataclass
class StepRun:
    """One step: what it said on both streams, its outputs, and how it ended."""

    name: str
    outcome: str = "skipped"
    conclusion: str = "skipped"
    said: str = ""
    exit_code: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class JobRun:
    """One job: its steps, its outputs, its summary, and how it ended."""

    name: str
    result: str = "success"
    steps: list[StepRun] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    labels: tuple[str, ...] = ()
    """Of the runner that it asked for."""

    def step(self, name: str) -> StepRun:
        """Return a step by its name."""
        found = [step for step in self.steps if step.name == name]
        assert len(found) == 1, f"{name!r} is not one of {[step.name for step in self.steps]}"
        return found[0]

    @property
    def said(self) -> str:
        """Return the log of the job."""
        return "".join(f"## {step.name} [{step.conclusion}]\n{step.said}" for step in self.steps)


@dataclass
class WorkflowRun:
    """One run of a workflow."""

    id: int
    file: str
    name: str
    event: Event
    attempt: int = 1
    conclusion: str = "success"
    jobs: dict[str, JobRun] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Return the whole log."""
        return "".join(f"# {self.file}: {name} [{job.result}]\n{job.said}" for name, job in self.jobs.items())


@dataclass
class Job:
    """What a step runs in: a workspace, a token, and what steps before it have set."""

    runner: Runner
    run: WorkflowRun
    name: str
    folder: Path
    permissions: dict[str, str]
    token: str
    values: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    state: JobRun = field(default_factory=lambda: JobRun(""))
    failed: bool = False

    @property
    def workspace(self) -> Path:
        """Return the folder that the code is checked out into."""
        return self.folder / "work" / self.runner.host.repository.partition("/")[2]

    @property
    def temp(self) -> Path:
        """Return RUNNER_TEMP."""
        return self.folder / "temp"

    def contexts(self, **more: Any) -> Contexts:
        """Return what an expression of a step may ask for."""
        values = {
            **self.values,
            "steps": Strict("this job", self.values["steps"]),
            "env": dict(self.environment),
            **more,
        }
        status = {"success": not self.failed, "failure": self.failed, "always": True, "cancelled": False}
        return Contexts(values, status)

    def variables(self) -> dict[str, str]:
        """Return the variables that GitHub gives every step."""
        github = self.values["github"]
        tools = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
        named = ("actor", "api_url", "base_ref", "event_name", "event_path", "head_ref", "ref", "ref_name", "ref_type")
        named = (*named, "repository", "repository_owner", "run_attempt", "run_id", "server_url", "sha", "workflow")
        return {
            "PATH": os.pathsep.join([*reversed(self.path), *tools]),
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_JOB": self.name,
            **{f"GITHUB_{name.upper()}": as_text(github[name]) for name in named},
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "ImageOS": "ubuntu24",
            "ImageVersion": "20260101.1",
            **self.runner.variables,
        }


Action = Callable[[Job, Mapping[str, str], StepRun], None]


@dataclass
class Runner:
    """Executes the workflows of one repository.

    Parameters
    ----------
    host
        The GitHub that they run on.
    origin
        The bare repository behind it, for reading workflow files.
    folder
        Where jobs are executed.
    actions
        What stands for an action of others, by its name without the version.
    local_actions
        Folders that stand for composite actions by name (`perfsite/perfsite`).
    secrets
        Those of the repository; a run for a fork's pull request sees none.
    variables
        More environment variables, to keep this machine's settings out: how pip finds packages.
    """

    host: Host
    origin: Path
    folder: Path
    actions: Mapping[str, Action]
    local_actions: Mapping[str, Path] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    runs: list[WorkflowRun] = field(default_factory=list)

    def git(self, *arguments: str) -> str:
        """Ask the bare repository."""
        command = ["git", "-C", str(self.origin), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    def workflows(self, sha: str) -> dict[str, dict[str, Any]]:
        """Return the workflows of a commit by their path."""
        listed = self.git("ls-tree", "-r", "--name-only", sha, ".github/workflows/").splitlines()
        return {path: load_workflow(self.git("show", f"{sha}:{path}"), path) for path in listed}

    def fire(self, event: Event, *, default_sha: str | None = None) -> list[WorkflowRun]:
        """Let an event happen: run every workflow that waits for it, and those that wait for them.

        Workflows for a pull request or a push are those of its commit; all others those of the default branch.
        """
        default = default_sha or self.git("rev-parse", "refs/heads/main").strip()
        at = event.sha if event.name in ("push", "pull_request") else default
        done = [
            self.run(path, text, event)
            for path, text in sorted(self.workflows(at).items())
            if is_triggered(text["on"], event) and event.payload.get("workflow", path) == path
        ]
        return [*done, *(later for run in done for later in self._following(run, default))]

    def again(self, run_id: int, *, is_followed: bool = True) -> list[WorkflowRun]:
        """Start a run again: the next attempt of the same event and commit, and what waits for it, where it starts."""
        before = next(run for run in reversed(self.runs) if run.id == run_id)
        run = WorkflowRun(run_id, before.file, before.name, before.event, before.attempt + 1)
        self._execute(run, self.workflows(before.event.sha)[before.file])
        later = self._following(run, self.git("rev-parse", "refs/heads/main").strip()) if is_followed else []
        return [run, *later]

    def _following(self, run: WorkflowRun, default: str) -> list[WorkflowRun]:
        """Run what waits for the end of a run. GitHub chains three deep; these need one."""
        if run.event.name == "workflow_run":
            return []
        payload = {"action": "completed", "workflow_run": self.record(run), "repository": self.repository()}
        return self.fire(Event("workflow_run", payload, default, "refs/heads/main"), default_sha=default)

    def repository(self) -> dict[str, Any]:
        """Return the repository's record as events have it."""
        owner = self.host.repository.partition("/")[0]
        return {"full_name": self.host.repository, "default_branch": "main", "owner": {"login": owner}}

    def record(self, run: WorkflowRun) -> dict[str, Any]:
        """Return the record of a run as the API gives it."""
        request = run.event.payload.get("pull_request")
        head = request["head"] if request else {"sha": run.event.sha, "ref": run.event.ref.removeprefix("refs/heads/")}
        repository = head.get("repo") or {"full_name": self.host.repository}
        numbers = [] if run.event.from_fork or not request else [{"number": request["number"]}]
        return {
            "id": run.id,
            "name": run.name,
            "path": run.file,
            "event": run.event.name,
            "status": "completed",
            "conclusion": run.conclusion,
            "head_sha": head["sha"],
            "head_branch": head["ref"],
            "head_repository": repository,
            "repository": self.repository(),
            "run_attempt": run.attempt,
            "pull_requests": numbers,
            "html_url": f"{self.host.server_url}/{self.host.repository}/actions/runs/{run.id}",
            "actor": {"login": run.event.actor},
            "triggering_actor": {"login": run.event.actor},
        }

    def run(self, path: str, workflow: Mapping[str, Any], event: Event) -> WorkflowRun:
        """Run one workflow for an event."""
        run = WorkflowRun(1001 + len({run.id for run in self.runs}), path, workflow.get("name", path), event)
        self._execute(run, workflow)
        return run

    def _execute(self, run: WorkflowRun, workflow: Mapping[str, Any]) -> None:
        self.runs.append(run)
        event = run.event
        self.host.begin({**self.record(run), "status": "in_progress", "conclusion": None})
        given = _inputs(workflow["on"], event.payload.get("inputs", {}) if event.name == "workflow_dispatch" else None)
        run.jobs = self._jobs(run, workflow, given)
        results = {job.result for job in run.jobs.values()}
        run.conclusion = "failure" if "failure" in results else "success" if "success" in results else "skipped"
        first = (run.id * 10 + run.attempt) * 100
        records = [{"id": first + i, **_job_record(job)} for i, job in enumerate(run.jobs.values())]
        self.host.finish(self.record(run), records)

    def _jobs(self, run: WorkflowRun, workflow: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, JobRun]:
        """Run the jobs of a workflow in the order of their needs."""
        done: dict[str, JobRun] = {}
        waiting = dict(workflow["jobs"])
        while waiting:
            name = next((name for name, job in waiting.items() if set(_list(job.get("needs"))) <= set(done)), None)
            if name is None:
                raise WorkflowError(f"{run.file}: the needs of {', '.join(waiting)} run in a circle")
            done[name] = self._job(run, workflow, name, inputs, done)
            del waiting[name]
        return done

    def _job(
        self,
        run: WorkflowRun,
        workflow: Mapping[str, Any],
        name: str,
        inputs: Mapping[str, Any],
        done: Mapping[str, JobRun],
    ) -> JobRun:
        text = workflow["jobs"][name]
        _known(text, _JOB_KEYS, f"{run.file}: job {name}")
        permissions = self._permissions(run, workflow, text)
        folder = self.folder / f"{run.id}-{run.attempt}" / name
        needed = {
            need: {"result": done[need].result, "outputs": Strict(need, done[need].outputs)}
            for need in _list(text.get("needs"))
        }
        results = {done[need].result for need in needed}
        fork = run.event.from_fork and run.event.name == "pull_request"
        token = self.host.grant(permissions)
        values = {
            "github": self._github(run, folder, token, name),
            "needs": Strict(f"needs of {name}", needed),
            "inputs": Strict("the inputs of the workflow", inputs),
            "secrets": {"GITHUB_TOKEN": token, **({} if fork else self.secrets)},
            "vars": {},
            "steps": {},
            "job": {"status": "success"},
            # Its paths are missing on purpose: in a container they are those of the machine around it.
            "runner": Strict("the runner", {"os": "Linux", "arch": "X64"}),
        }
        job = Job(self, run, name, folder, permissions, token, values, state=JobRun(name))
        status = {
            "success": results <= {"success"},
            "failure": "failure" in results,
            "always": True,
            "cancelled": False,
        }
        job.state.labels = tuple(_list(text.get("runs-on")))
        asked = Contexts({key: values[key] for key in ("github", "needs", "inputs", "vars")}, status)
        if not condition(text.get("if"), asked):
            job.state.result = "skipped"
            job.state.outputs = dict.fromkeys(text.get("outputs") or {}, "")
            return job.state
        job.state.name = substituted(str(text.get("name", name)), asked)
        for level in (workflow.get("env"), text.get("env")):
            job.environment |= {key: substituted(str(value), job.contexts()) for key, value in (level or {}).items()}
        return self._steps(job, text, _default_shell(workflow, text))

    def _steps(self, job: Job, text: Mapping[str, Any], shell: str | None) -> JobRun:
        if text.get("runs-on") not in ("ubuntu-24.04", "ubuntu-latest"):
            raise WorkflowError(f"{job.run.file}: {job.name} runs on {text.get('runs-on')}")
        for folder in (job.workspace, job.temp, job.folder / "home"):
            folder.mkdir(parents=True)
        event = json.dumps(job.run.event.payload)
        Path(job.values["github"]["event_path"]).write_text(event, encoding="utf-8")
        for step in text["steps"]:
            execute(job, step, shell)
        job.state.outputs = {
            key: substituted(str(value), job.contexts()) for key, value in (text.get("outputs") or {}).items()
        }
        job.state.result = "failure" if job.failed else "success"
        return job.state

    def _permissions(self, run: WorkflowRun, workflow: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, str]:
        """Return what the token of a job may do."""
        told = job.get("permissions", workflow.get("permissions"))
        if told is None:
            raise WorkflowError(f"{run.file}: no permissions are declared, so the repository's setting would decide")
        if not isinstance(told, dict) or not set(told) <= set(_SCOPES):
            raise WorkflowError(f"{run.file}: permissions {told!r} are not known")
        if run.event.from_fork and run.event.name == "pull_request":
            return {scope: "read" for scope in told if scope != "id-token"}
        return dict(told)

    def _github(self, run: WorkflowRun, folder: Path, token: str, job: str) -> Strict:
        event = run.event
        request = event.payload.get("pull_request") if event.name == "pull_request" else None
        return Strict(
            "the github context",
            {
                "actor": event.actor,
                "api_url": self.host.api_url,
                "base_ref": request["base"]["ref"] if request else "",
                "event": dict(event.payload),
                "event_name": event.name,
                "event_path": str(folder / "event.json"),
                "head_ref": request["head"]["ref"] if request else "",
                "job": job,
                "ref": event.ref,
                "ref_name": event.ref.removeprefix("refs/heads/").removeprefix("refs/tags/").removeprefix("refs/"),
                "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
                "repository": self.host.repository,
                "repository_owner": self.host.repository.partition("/")[0],
                "run_attempt": str(run.attempt),
                "run_id": str(run.id),
                "server_url": self.host.server_url,
                "sha": event.sha,
                "token": token,
                "workflow": run.name,
                "workflow_sha": event.sha,
            },
        )


def execute(job: Job, step: Mapping[str, Any], shell: str | None, **more: Any) -> StepRun:
    """Execute one step, or skip it where its condition does not hold."""
    where = f"{job.run.file}: job {job.name}: step {step.get('name') or step.get('uses') or step.get('run')!r}"
    _known(step, _STEP_KEYS, where)
    done = StepRun(step.get("name") or step.get("uses") or str(step.get("run")).splitlines()[0])
    job.state.steps.append(done)
    own_id = step.get("id")
    try:
        if condition(step.get("if"), job.contexts(**more)):
            _execute(job, step, shell, done, more)
    except ExpressionError as error:
        raise WorkflowError(f"{where}: {error}") from error
    if done.outcome == "failure":
        tolerated = str(step.get("continue-on-error", False)).lower() == "true"
        done.conclusion = "success" if tolerated else "failure"
        job.failed = job.failed or not tolerated
    elif done.outcome == "success":
        done.conclusion = "success"
    if own_id:
        job.values["steps"][own_id] = {
            "outputs": dict(done.outputs),
            "outcome": done.outcome,
            "conclusion": done.conclusion,
        }
    return done


def _execute(job: Job, step: Mapping[str, Any], shell: str | None, done: StepRun, more: Mapping[str, Any]) -> None:
    contexts = job.contexts(**more)
    own = {key: substituted(str(value), contexts) for key, value in (step.get("env") or {}).items()}
    done.environment = {**job.environment, **own}
    within = job.contexts(**{**more, "env": done.environment})
    if "uses" in step:
        given = {key: substituted(_plain(value), within) for key, value in (step.get("with") or {}).items()}
        _use(job, step["uses"], given, done)
        return
    _run(job, substituted(step["run"], within), step, step.get("shell", shell), done, more)


def _use(job: Job, name: str, given: dict[str, str], done: StepRun) -> None:
    action, _, version = name.partition("@")
    runner = job.runner
    if name.startswith("./") or action in runner.local_actions:
        folder = job.workspace / name if name.startswith("./") else runner.local_actions[action]
        _composite(job, folder, given, done)
        return
    if action not in runner.actions or not version:
        raise WorkflowError(f"{job.run.file}: the action {name} is not known here")
    done.outcome = "success"
    runner.actions[action](job, given, done)


def _composite(job: Job, folder: Path, given: Mapping[str, str], done: StepRun) -> None:
    """Run the steps of a composite action; its outputs are those of its steps that it names."""
    text = yaml.safe_load((folder / "action.yml").read_text(encoding="utf-8"))
    if text["runs"]["using"] != "composite":
        raise WorkflowError(f"{folder}: not a composite action")
    unknown = set(given) - set(text.get("inputs") or {})
    if unknown:
        raise WorkflowError(f"{folder}: the action has no input {', '.join(sorted(unknown))}")
    inputs = {key: given.get(key, str(one.get("default", ""))) for key, one in (text.get("inputs") or {}).items()}
    outer, job.values["steps"] = job.values["steps"], {}
    before = job.environment
    job.environment = {**done.environment, "GITHUB_ACTION_PATH": str(folder)}
    for step in text["runs"]["steps"]:
        if "run" in step and "shell" not in step:
            raise WorkflowError(f"{folder}: a step of a composite action needs a shell")
        execute(
            job, step, None, inputs=Strict("the action's inputs", inputs), secrets={}, needs=Strict("an action", {})
        )
    contexts = job.contexts()
    outputs = text.get("outputs") or {}
    done.outputs = {key: substituted(str(one["value"]), contexts) for key, one in outputs.items()}
    del job.environment["GITHUB_ACTION_PATH"]
    set_by_steps = {key: value for key, value in job.environment.items() if done.environment.get(key) != value}
    job.values["steps"], job.environment = outer, {**before, **set_by_steps}
    done.outcome = "failure" if job.failed else "success"


def run_command(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> tuple[int, str]:
    """Run what a job runs; return its exit code, and all that it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=STEP_TIMEOUT_S,
        check=False,
    )
    return done.returncode, done.stdout


def _run(
    job: Job, script: str, step: Mapping[str, Any], shell: str | None, done: StepRun, more: Mapping[str, Any]
) -> None:
    """Run a script as GitHub does: a file handed to the shell, files for what it sets."""
    if shell not in _SHELLS:
        raise WorkflowError(f"{job.run.file}: the shell {shell!r} is not known here")
    files = {name: job.temp.parent / f"_{name}" for name in ("env", "output", "path", "step_summary")}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    script_file = job.temp.parent / "_script.sh"
    script_file.write_text(script, encoding="utf-8")
    folder = substituted(step.get("working-directory", "."), job.contexts(**more))
    told = {f"GITHUB_{name.upper()}": str(file) for name, file in files.items()}
    environ = {**job.variables(), **told, **done.environment}
    done.exit_code, done.said = run_command([*_SHELLS[shell], str(script_file)], job.workspace / folder, environ)
    done.outcome = "success" if done.exit_code == 0 else "failure"
    done.outputs = _assignments(files["output"])
    job.environment |= _assignments(files["env"])
    job.path += files["path"].read_text(encoding="utf-8").split()
    job.state.summary += files["step_summary"].read_text(encoding="utf-8")


def _assignments(file: Path) -> dict[str, str]:
    """Read `name=value` lines and `name<<END` blocks, as GITHUB_OUTPUT and GITHUB_ENV have them."""
    found, lines = {}, iter(file.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, sign, value = line.partition("=")
        if "<<" in name or not sign:
            name, _, end = line.partition("<<")
            if not end:
                raise WorkflowError(f"not an assignment: {line!r}")
            block = []
            for inner in lines:
                if inner == end:
                    break
                block.append(inner)
            value = "\n".join(block)
        found[name] = value
    return found


def load_workflow(text: str, path: str) -> dict[str, Any]:
    """Read a workflow; YAML 1.1 takes its `on:` for true."""
    found = yaml.safe_load(text)
    workflow = {"on" if key is True else key: value for key, value in found.items()}
    _known(workflow, _TOP_KEYS, path)
    if not isinstance(workflow["on"], dict):
        workflow["on"] = dict.fromkeys(_list(workflow["on"]))
    return workflow


def is_triggered(on: Mapping[str, Any], event: Event) -> bool:
    """Return whether an event starts a workflow."""
    if event.name not in on:
        return False
    wanted = on[event.name]
    if event.name == "schedule" or not wanted:
        return True
    if event.name == "push":
        return event.ref.removeprefix("refs/heads/") in wanted.get("branches", [event.ref.removeprefix("refs/heads/")])
    if event.name == "workflow_run" and event.payload["workflow_run"]["name"] not in wanted["workflows"]:
        return False
    return "types" not in wanted or event.payload.get("action") in wanted["types"]


def _inputs(on: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the inputs of a dispatch, with their defaults; for another event (None) they are empty."""
    declared = (on.get("workflow_dispatch") or {}).get("inputs") or {}
    unknown = set(given or {}) - set(declared)
    if unknown:
        raise WorkflowError(f"the dispatch has no input {', '.join(sorted(unknown))}")
    if given is None:
        return dict.fromkeys(declared, "")
    return {name: given.get(name, (one or {}).get("default", "")) for name, one in declared.items()}


def _default_shell(workflow: Mapping[str, Any], job: Mapping[str, Any]) -> str | None:
    told = [((one.get("defaults") or {}).get("run") or {}).get("shell") for one in (job, workflow)]
    return next((shell for shell in told if shell), None)


def _job_record(job: JobRun) -> dict[str, Any]:
    steps = [{"name": step.name, "conclusion": step.conclusion, "status": "completed"} for step in job.steps]
    return {
        "name": job.name,
        "labels": list(job.labels),
        "status": "completed",
        "conclusion": job.result,
        "steps": steps,
    }


def _plain(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _known(text: Mapping[str, Any], keys: set[str], where: str) -> None:
    unknown = set(text) - keys
    if unknown:
        raise WorkflowError(f"{where}: {', '.join(sorted(map(str, unknown)))} is not known here")


def _list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)
