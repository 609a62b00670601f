"""Execute GitLab pipelines on this machine: the jobs of `.gitlab-ci.yml` in fresh clones, with what GitLab sets.

Honest rather than complete: a keyword, variable or expression that it does not know is an error, not a guess. Jobs are
chosen by their `rules` with the variables that are known before a job runs, their scripts run as the runner runs them:
`before_script` and `script` in one shell that ends at the first failure, `after_script` in another. Nothing is masked.
The forms are those of docs.gitlab.com/ci: yaml, variables/predefined_variables, pipelines/merge_request_pipelines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import yaml
from workflow_runner import run_command

STAGES: Final = (".pre", "build", "test", "deploy", ".post")
_JOB: Final = {
    *("stage", "image", "extends", "interruptible", "timeout", "rules", "variables", "needs", "resource_group"),
    *("before_script", "script", "after_script", "artifacts"),
}
_TOP: Final = {"stages", "include", "variables", "default", "workflow"}
JOB_ONLY: Final = {
    *("CI_BUILDS_DIR", "CI_JOB_ID", "CI_JOB_STATUS", "CI_JOB_TOKEN", "CI_JOB_URL", "CI_PIPELINE_ID", "CI_PIPELINE_URL"),
    *("CI_PROJECT_DIR", "CI_REPOSITORY_URL", "CI_RUNNER_EXECUTABLE_ARCH", "CI_SERVER"),
}
"""Variables that GitLab has when a runner takes the job, and not for `rules`."""
BEFORE: Final = {
    *("CI", "GITLAB_CI", "CI_API_V4_URL", "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_COMMIT_SHA", "CI_COMMIT_TAG"),
    *("CI_DEFAULT_BRANCH", "CI_PAGES_DOMAIN", "CI_PAGES_URL", "CI_PIPELINE_SOURCE", "CI_PROJECT_ID", "CI_PROJECT_NAME"),
    *("CI_PROJECT_NAMESPACE", "CI_PROJECT_PATH", "CI_PROJECT_URL", "CI_SERVER_HOST", "CI_SERVER_URL"),
    *("CI_JOB_IMAGE", "CI_JOB_NAME", "CI_JOB_STAGE"),
    *("CI_MERGE_REQUEST_EVENT_TYPE", "CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_PROJECT_ID"),
    *("CI_MERGE_REQUEST_PROJECT_PATH", "CI_MERGE_REQUEST_PROJECT_URL", "CI_MERGE_REQUEST_REF_PATH"),
    *("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
    *("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"),
    *("CI_MERGE_REQUEST_SOURCE_PROJECT_URL", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
    *("CI_MERGE_REQUEST_TARGET_BRANCH_SHA",),
}
"""Those of GitLab's predefined variables that this runner sets and that are known before a job runs."""


class PipelineError(Exception):
    """A configuration that GitLab would not accept, or that asks for what this runner does not emulate."""


@dataclass(frozen=True)
class Project:
    """A project on a server: `origin` is its bare repository, `variables` its CI/CD variables, (name, protected)."""

    id: int
    path: str
    url: str
    origin: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()


class Host(Protocol):
    """The GitLab that pipelines run on."""

    server_url: str
    api_url: str
    pages_url: str

    def job_token(self, project: Project) -> str:
        """Return a new token that may read the project while its job runs."""
        ...

    def publish(self, project: Project, folder: Path) -> None:
        """Serve a folder as the project's pages."""
        ...


@dataclass(frozen=True)
class Ask:
    """What a pipeline runs for: its source, the commit, and the branch or the merge request."""

    source: str
    sha: str
    branch: str | None = None
    merge_request: Mapping[str, str] = field(default_factory=dict)


@dataclass
class JobRun:
    """One job: what it said on both streams, and how it ended: `success`, `failed` or `skipped`."""

    name: str
    status: str = "skipped"
    said: str = ""
    exit_code: int | None = None
    folder: Path = Path()
    artifacts: Path | None = None


@dataclass
class Pipeline:
    """One pipeline and the jobs that are in it, in the order in which they ran."""

    id: int
    ask: Ask
    jobs: dict[str, JobRun] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Return how it ended."""
        return "failed" if any(job.status == "failed" for job in self.jobs.values()) else "success"

    @property
    def said(self) -> str:
        """Return the logs of all jobs."""
        return "".join(f"## {job.name} [{job.status}]\n{job.said}" for job in self.jobs.values())


@dataclass
class PipelineRunner:
    """Executes pipelines.

    Parameters
    ----------
    folder
        Where jobs are executed.
    variables
        More environment variables, to keep this machine's settings out.
    """

    host: Host
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    pipelines: list[Pipeline] = field(default_factory=list)

    def run(self, project: Project, ask: Ask) -> Pipeline:
        """Run the pipeline that a commit's own configuration makes; one without jobs is not created."""
        pipeline = Pipeline(501 + len(self.pipelines), ask)
        _git(project.origin, "update-ref", f"refs/pipelines/{pipeline.id}", ask.sha)
        known = self._before(project, ask)
        config = load(project.origin, ask.sha)
        chosen = {name: job for name, job in jobs(config).items() if is_chosen(job, known, name)}
        self.pipelines.append(pipeline)
        for name in _ordered(chosen, tuple(config.get("stages", STAGES))):
            pipeline.jobs[name] = self._job(project, pipeline, name, chosen[name], known)
        return pipeline

    def _before(self, project: Project, ask: Ask) -> dict[str, str]:
        """Return the variables that `rules` may ask: predefined ones and the project's, which come before."""
        namespace, _, name = project.path.rpartition("/")
        made = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.host.api_url,
            "CI_COMMIT_SHA": ask.sha,
            "CI_COMMIT_REF_NAME": ask.branch or ask.merge_request["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"],
            "CI_DEFAULT_BRANCH": "main",
            "CI_PAGES_DOMAIN": "127.0.0.1",
            "CI_PAGES_URL": self.host.pages_url,
            "CI_PIPELINE_SOURCE": ask.source,
            "CI_PROJECT_ID": str(project.id),
            "CI_PROJECT_NAME": name,
            "CI_PROJECT_NAMESPACE": namespace,
            "CI_PROJECT_PATH": project.path,
            "CI_PROJECT_URL": project.url,
            "CI_SERVER_HOST": "127.0.0.1",
            "CI_SERVER_URL": self.host.server_url,
            **({"CI_COMMIT_BRANCH": ask.branch} if ask.branch else {}),
            **ask.merge_request,
        }
        if unknown := set(made) - BEFORE:
            raise PipelineError(f"GitLab has no variables {unknown}")
        # Protected branches are the default branch here; merge requests come from branches that are not.
        seen = {name for name in project.variables if ask.branch == "main" or name not in project.protected}
        return {**made, **{name: project.variables[name] for name in seen}}

    def _job(
        self, project: Project, pipeline: Pipeline, name: str, job: Mapping[str, Any], known: Mapping[str, str]
    ) -> JobRun:
        done = JobRun(name)
        needs = _needs(job)
        if any(pipeline.jobs[need].status != "success" for need in needs if need in pipeline.jobs):
            return done
        token = self.host.job_token(project)
        done.folder = self.folder / str(pipeline.id) / name
        clone = done.folder / "builds" / project.path
        address = f"{project.url.replace('://', f'://gitlab-ci-token:{token}@')}.git"
        own = {key: str(value) for key, value in (job.get("variables") or {}).items() if key not in project.variables}
        predefined = {
            **known,
            "CI_JOB_NAME": name,
            "CI_JOB_STAGE": job.get("stage", "test"),
            "CI_JOB_IMAGE": job.get("image", ""),
            "CI_BUILDS_DIR": str(done.folder / "builds"),
            "CI_JOB_ID": str(pipeline.id * 100 + len(pipeline.jobs)),
            "CI_JOB_TOKEN": token,
            "CI_JOB_URL": f"{project.url}/-/jobs/{pipeline.id * 100 + len(pipeline.jobs)}",
            "CI_PIPELINE_ID": str(pipeline.id),
            "CI_PROJECT_DIR": str(clone),
            "CI_REPOSITORY_URL": address,
            "CI_SERVER": "yes",
        }
        variables = {**predefined, **own}
        environ = {**self._machine(done), **{key: expanded(value, variables) for key, value in variables.items()}}
        _check_out(clone, address, pipeline, environ.get("GIT_DEPTH", "20"))
        for need, wants in needs.items():
            before = pipeline.jobs.get(need)
            if wants and before and before.artifacts:
                shutil.copytree(before.artifacts, clone, dirs_exist_ok=True)
        lines = [*_lines(job.get("before_script")), *_lines(job["script"])]
        done.exit_code, done.said = _shell(lines, clone, environ)
        done.status = "success" if done.exit_code == 0 else "failed"
        if job.get("after_script"):
            told = {"success": "success", "failed": "failed"}[done.status]
            _, said = _shell(_lines(job["after_script"]), clone, {**environ, "CI_JOB_STATUS": told})
            done.said += said
        if done.status == "success" and "artifacts" in job:
            done.artifacts = _kept(job["artifacts"], clone, done.folder / "artifacts", environ)
        if name == "pages" and done.artifacts is not None:
            self.host.publish(project, done.artifacts / "public")
        return done

    def _machine(self, done: JobRun) -> dict[str, str]:
        """Return the environment of the image."""
        home = done.folder / "home"
        home.mkdir(parents=True)
        tools = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
        return {"PATH": os.pathsep.join(tools), "HOME": str(home), "LANG": "C.UTF-8", **self.variables}


def load(origin: Path, sha: str) -> dict[str, Any]:
    """Return the configuration of a commit with what it includes of its own repository."""
    text = yaml.safe_load(_git(origin, "show", f"{sha}:.gitlab-ci.yml"))
    included = text.get("include") or []
    whole: dict[str, Any] = {}
    for one in included if isinstance(included, list) else [included]:
        if set(one) != {"local"}:
            raise PipelineError(f"include: {one} is not emulated")
        whole = merged(whole, yaml.safe_load(_git(origin, "show", f"{sha}:{one['local'].lstrip('/')}")))
    return merged(whole, text)


def merged(below: Any, above: Any) -> Any:
    """Return one value over another: tables key by key, anything else replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: merged(below[key], value) if key in below else value for key, value in above.items()}}


def jobs(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the jobs of a configuration by name, with what they extend; names that begin with a dot are no jobs."""
    if other := {"default", "workflow"} & set(config):
        raise PipelineError(f"{other} is not emulated")
    made = {}
    for name in config:
        if name in _TOP or name.startswith("."):
            continue
        whole = _extended(config, name)
        if unknown := set(whole) - _JOB:
            raise PipelineError(f"{name}: {', '.join(sorted(unknown))} is not known here")
        whole["variables"] = {**(config.get("variables") or {}), **(whole.get("variables") or {})}
        stages = (".pre", *config.get("stages", STAGES), ".post")
        if whole.get("stage", "test") not in stages:
            raise PipelineError(f"{name}: chosen stage {whole.get('stage')} does not exist; available are {stages}")
        if "script" not in whole:
            raise PipelineError(f"{name}: script is missing")
        made[name] = whole
    return made


def _extended(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    job = dict(config[name])
    parent = job.pop("extends", None)
    return job if parent is None else merged(_extended(config, parent), job)


def is_chosen(job: Mapping[str, Any], known: Mapping[str, str], name: str) -> bool:
    """Return whether the first rule that fits adds a job; without rules it is in every pipeline of a branch."""
    if "rules" not in job:
        return known["CI_PIPELINE_SOURCE"] != "merge_request_event"
    for rule in job["rules"]:
        if set(rule) - {"if", "when"}:
            raise PipelineError(f"{name}: the rule {rule} is not emulated")
        if "if" not in rule or holds(rule["if"], known):
            return bool(rule.get("when") != "never")
    return False


_TOKEN: Final = re.compile(r"""\s*(?:(?P<op>&&|\|\||==|!=)|\$(?P<name>\w+)|(?P<null>null\b)|"(?P<text>[^"]*)")""")


def holds(expression: str, known: Mapping[str, str]) -> bool:
    """Return whether a condition of `rules:if` holds: comparisons of variables and texts, `&&` before `||`.

    Examples
    --------
    >>> holds('$A == "1" && $B', {"A": "1"}), holds('$A == "1" || $B', {"A": "1"}), holds("$A == $B", {})
    (False, True, True)
    """
    tokens, place = [], 0
    while expression[place:].strip():
        match = _TOKEN.match(expression, place)
        if match is None:
            raise PipelineError(f"the condition {expression!r} is not understood at {expression[place:]!r}")
        tokens.append(match)
        place = match.end()
    return any(all(_compared(part, known) for part in _split(one, "&&")) for one in _split(tokens, "||"))


def _split(tokens: Sequence[re.Match[str]], operator: str) -> list[list[re.Match[str]]]:
    parts: list[list[re.Match[str]]] = [[]]
    for token in tokens:
        if token["op"] == operator:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _compared(tokens: Sequence[re.Match[str]], known: Mapping[str, str]) -> bool:
    values = [_value(token, known) for token in tokens if not token["op"]]
    operators = [token["op"] for token in tokens if token["op"]]
    if len(values) == 1 and not operators:
        return bool(values[0])
    if len(values) != 2 or len(operators) != 1:
        raise PipelineError(f"not a comparison: {[token[0] for token in tokens]}")
    return (values[0] == values[1]) is (operators[0] == "==")


def _value(token: re.Match[str], known: Mapping[str, str]) -> str | None:
    name = token["name"]
    if name is None:
        return None if token["null"] else token["text"]
    if name in JOB_ONLY:
        raise PipelineError(f"{name} is known to a job only, not to its rules")
    if name.startswith(("CI_", "GITLAB_CI")) and name not in BEFORE:
        raise PipelineError(f"GitLab has no variable {name}, or this runner does not set it")
    return known.get(name)


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """Return the value of a variable with the variables in it; `$$` is a dollar.

    Examples
    --------
    >>> expanded("$A/${B}$$C$D", {"A": "a", "B": "b"})
    'a/b$C'
    """
    return re.sub(
        r"\$(?:(\$)|(\w+)|\{(\w+)\})",
        lambda match: "$" if match[1] else variables.get(match[2] or match[3], ""),
        text,
    )


def _needs(job: Mapping[str, Any]) -> dict[str, bool]:
    """Return the jobs that one needs, and whether it takes their artifacts."""
    made = {}
    for one in job.get("needs", ()):
        need = {"job": one} if isinstance(one, str) else one
        if set(need) - {"job", "artifacts", "optional"}:
            raise PipelineError(f"needs: {need} is not emulated")
        made[need["job"]] = need.get("artifacts", True)
    return made


def _ordered(chosen: Mapping[str, Mapping[str, Any]], stages: Sequence[str]) -> list[str]:
    """Return the jobs in an order in which each comes after what it needs."""
    done: list[str] = []
    waiting = dict(chosen)
    for name, job in chosen.items():
        for need in job.get("needs", ()):
            of, is_optional = (need, False) if isinstance(need, str) else (need["job"], need.get("optional", False))
            if of not in chosen and not is_optional:
                raise PipelineError(f"'{name}' job needs '{of}' job, but '{of}' does not exist in the pipeline")
    while waiting:
        ready = [name for name, job in waiting.items() if not (set(_needs(job)) & set(waiting))]
        if not ready:
            raise PipelineError(f"the needs of {', '.join(waiting)} run in a circle")
        done += sorted(ready, key=lambda name: stages.index(waiting[name].get("stage", "test")))[:1]
        del waiting[done[-1]]
    return done


def _check_out(clone: Path, address: str, pipeline: Pipeline, depth: str) -> None:
    """Fetch and check out as the runner does: the pipeline's own ref, and all branches where the depth is 0."""
    clone.mkdir(parents=True)
    ref, branch = f"refs/pipelines/{pipeline.id}", pipeline.ask.branch
    specs = [f"+{ref}:{ref}"]
    if depth == "0":
        specs += ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    elif branch:
        specs.append(f"+refs/heads/{branch}:refs/remotes/origin/{branch}")
    _git(clone, "init", "-q", "-b", "none")
    _git(clone, "remote", "add", "origin", address)
    deep = [] if depth == "0" else ["--depth", depth]
    _git(clone, "fetch", "-q", "--prune", "--force", *deep, "origin", *specs)
    _git(clone, "checkout", "-q", "-f", "--detach", pipeline.ask.sha)


def _lines(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _shell(lines: Sequence[str], folder: Path, environ: Mapping[str, str]) -> tuple[int, str]:
    """Run lines in one shell as the runner's script does: each is told before, and the first that fails ends it."""
    script = ["set -eo pipefail", "set +o noclobber"]
    for line in lines:
        first = line.splitlines()[0]
        told = f"$ {first}" if first == line.rstrip("\n") else f"$ {first} # collapsed multi-line command"
        script += [f"printf '%s\\n' {_quoted(told)}", line]
    file = folder.parent / "script.sh"
    file.write_text("\n".join([*script, ""]), encoding="utf-8")
    return run_command(["bash", str(file)], folder, environ)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _kept(artifacts: Mapping[str, Any], clone: Path, target: Path, environ: Mapping[str, str]) -> Path:
    """Keep what the patterns name, by its path in the project; nothing outside of it."""
    if unknown := set(artifacts) - {"paths", "expire_in", "when"}:
        raise PipelineError(f"artifacts: {unknown} is not emulated")
    target.mkdir()
    for pattern in artifacts["paths"]:
        for place in clone.glob(expanded(pattern, environ).rstrip("/")):
            if clone not in place.resolve().parents:
                raise PipelineError(f"{place} is not in the project")
            copy = shutil.copytree if place.is_dir() else shutil.copy2
            there = target / place.relative_to(clone)
            there.parent.mkdir(parents=True, exist_ok=True)
            copy(place, there)
    return target


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise PipelineError(f"git {arguments[0]}: {done.stderr}")
    return done.stdout
