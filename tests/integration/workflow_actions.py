"""What stands for the actions of others that our workflows use: real git for the checkout, folders for the rest."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workflow_runner import Action, WorkflowError

if TYPE_CHECKING:
    from workflow_runner import Job, StepRun


def checkout(job: Job, given: Mapping[str, str], done: StepRun) -> None:
    """Fetch and check out as `actions/checkout` does: as deep as asked, credentials in the clone unless told not to."""
    _only(given, "ref", "fetch-depth", "persist-credentials", "repository", "path")
    if job.permissions.get("contents") not in ("read", "write"):
        raise WorkflowError(f"{job.run.file}: {job.name} checks out without contents: read")
    github = job.values["github"]
    target = job.workspace / given.get("path", ".")
    target.mkdir(parents=True, exist_ok=True)
    asked = given.get("ref", "")
    if asked and job.runner.git("for-each-ref", f"refs/heads/{asked}"):
        asked = f"refs/heads/{asked}"
    wanted = asked or (github["sha"] if github["ref"] else "HEAD")
    login = base64.b64encode(f"x-access-token:{job.token}".encode()).decode()
    header = f"http.{job.runner.host.server_url}/.extraheader=AUTHORIZATION: basic {login}"
    git = ["git", "-c", header, "-C", str(target)]
    _git(done, "git", "init", "-q", "-b", "main", str(target))
    _git(done, *git, "remote", "add", "origin", job.runner.host.clone_url)
    ref = asked or github["ref"]
    where = (
        f"refs/remotes/{'origin/' + ref.removeprefix('refs/heads/') if ref.startswith('refs/heads/') else 'pull/asked'}"
    )
    depth = given.get("fetch-depth", "1")
    if depth == "0":
        _git(
            done,
            *git,
            "fetch",
            "-q",
            "--prune",
            "origin",
            "+refs/heads/*:refs/remotes/origin/*",
            "+refs/tags/*:refs/tags/*",
        )
    deep = [] if depth == "0" else ["--no-tags", f"--depth={depth}"]
    _git(done, *git, "fetch", "-q", *deep, "origin", f"+{wanted}:{where}")
    if ref.startswith("refs/heads/"):
        _git(done, *git, "checkout", "-q", "-B", ref.removeprefix("refs/heads/"), where)
    else:
        _git(done, *git, "checkout", "-q", "--detach", where)
    if given.get("persist-credentials", "true") == "true":
        name, _, value = header.partition("=")
        _git(done, *git, "config", name, value)


def _git(done: StepRun, *command: str) -> None:
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    done.said += ended.stdout + ended.stderr
    if ended.returncode:
        done.outcome = "failure"
        raise WorkflowError(f"{' '.join(command[-4:])}: {ended.stderr}")


def upload_artifact(job: Job, given: Mapping[str, str], done: StepRun) -> None:
    """Zip files as `actions/upload-artifact` does and hand them to the host."""
    _only(given, "name", "path", "if-no-files-found", "retention-days", "overwrite", "include-hidden-files")
    paths = [job.workspace / line for line in given["path"].split()]
    files = sorted({file for path in paths for file in _files(path)})
    if not files:
        if given.get("if-no-files-found", "warn") == "error":
            done.outcome = "failure"
        done.said += f"No files were found with the provided path: {given['path']}\n"
        return
    only = paths[0]
    top = only if len(paths) == 1 and only.is_dir() else Path(*_common([file.parent for file in files]))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(top))
    number = job.runner.host.add_artifact(job.run.id, given.get("name", "artifact"), content.getvalue())
    done.outputs = {"artifact-id": str(number)}


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in path.rglob("*") if file.is_file()]
    anchor = Path(path.anchor)
    return [file for file in anchor.glob(str(path.relative_to(anchor))) if file.is_file()]


def _common(folders: list[Path]) -> list[str]:
    parts = []
    for level in zip(*(folder.parts for folder in folders), strict=False):
        if len(set(level)) > 1:
            break
        parts.append(level[0])
    return parts


def setup_python(job: Job, given: Mapping[str, str], done: StepRun) -> None:
    """Do nothing: the Python of these tests is there already."""
    _only(given, "python-version", "cache", "cache-dependency-path", "update-environment")
    done.outputs = {"python-path": sys.executable}
    if given.get("cache") and not list(job.workspace.glob(given["cache-dependency-path"])):
        raise WorkflowError(f"setup-python finds no {given['cache-dependency-path']}, so it would fail")


class Pages:
    """A host of static sites that is a folder: what was uploaded, and what is published."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.published = folder / "published"
        self.deployments = 0

    def upload(self, job: Job, given: Mapping[str, str], done: StepRun) -> None:
        """Keep a site for the deployment, as `actions/upload-pages-artifact` does; names are of runs, not attempts."""
        _only(given, "path", "name")
        kept = self.folder / str(job.run.id) / given.get("name", "github-pages") / str(job.run.attempt)
        done.said = f"kept {kept}\n"
        shutil.copytree(job.workspace / given["path"], kept)

    def deploy(self, job: Job, given: Mapping[str, str], done: StepRun) -> None:
        """Publish the site that this run uploaded, as `actions/deploy-pages` does."""
        _only(given, "artifact_name")
        if (job.permissions.get("pages"), job.permissions.get("id-token")) != ("write", "write"):
            raise WorkflowError(f"{job.run.file}: {job.name} deploys without pages: write and id-token: write")
        name = given.get("artifact_name", "github-pages")
        found = list((self.folder / str(job.run.id) / name).glob("*"))
        if len(found) != 1:
            done.outcome = "failure"
            done.said = f'{len(found)} artifacts named "{name}" were found for this workflow run\n'
            return
        shutil.rmtree(self.published, ignore_errors=True)
        shutil.copytree(found[0], self.published)
        self.deployments += 1
        done.outputs = {"page_url": self.url}


def _only(given: Mapping[str, str], *known: str) -> None:
    unknown = set(given) - set(known)
    if unknown:
        raise WorkflowError(f"the inputs {', '.join(sorted(unknown))} are not known here")


ACTIONS: Final[Mapping[str, Action]] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload_artifact,
}


def actions(pages: Pages) -> dict[str, Action]:
    """Return all actions that are emulated, publishing into a folder."""
    return {**ACTIONS, "actions/upload-pages-artifact": pages.upload, "actions/deploy-pages": pages.deploy}
