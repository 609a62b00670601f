"""Receive: what an unprivileged CI run measured, taken into the history by a job that may write it.

The artifact gives numbers and names of benchmarks. Where they belong, commit, branch, pull request, environment, time
and address, is GitHub's to say; what the artifact says of that is overwritten, and refused where it contradicts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import ConfigError, InputError
from perfsite.history.parcel import Limits, read_parcels
from perfsite.model.run import Commit, Environment, is_environment_name
from perfsite.workflow import codebase
from perfsite.workflow.awaiting import ended
from perfsite.workflow.keeping import appended_text, keep, run_document
from perfsite.workflow.origin import (
    PULL_EVENT,
    Home,
    Origin,
    SkippedError,
    check_run,
    environment_of,
    origin_of,
)
from perfsite.workflow.pull_room import has_room, measured_in, pull_lines
from perfsite.workflow.steps import default_branch_of, event_of

if TYPE_CHECKING:
    from perfsite.forges.forge import WorkflowRun
    from perfsite.forges.github import GitHub
    from perfsite.history.parcel import Claimed
    from perfsite.history.shards import StoredLine
    from perfsite.model.run import Run
    from perfsite.workflow.project import Project

ARTIFACT: Final = "perfsite-run"
"""What the names of the artifacts begin with that are downloaded where none is given."""
_MAX_ARTIFACTS: Final = 50
_MAX_FACTS, _MAX_FACT = 200, 2000
_MAX_OTHERS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the caller says: the CI run (None: the event's), the environments it may have measured in, where to keep.

    A run that has not ended is waited for up to `wait_s` seconds, `attempt` of it where that is given.
    """

    run_id: int | None = None
    attempt: int | None = None
    wait_s: float = 0.0
    environments: tuple[str, ...] = ()
    push: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What `receive` did. `skipped` says why nothing was taken in, where nobody did anything wrong."""

    runs: tuple[Run, ...]
    written: int
    known: int
    place: str
    origin: Origin | None = None
    warnings: tuple[str, ...] = ()
    skipped: str | None = None

    def sentences(self) -> list[str]:
        """Return the answer for people."""
        if self.origin is None:
            return [f"nothing taken in: {self.skipped}"]
        whose = "the trend" if self.origin.pull_request is None else f"pull request #{self.origin.pull_request}"
        lines = [
            f"{len(run.measurements)} measurement{'s' * (len(run.measurements) != 1)} of {run.source.format} "
            f"at {run.commit.sha[:8]} in {run.environment.name}, for {whose}"
            for run in self.runs
        ]
        return [*lines, appended_text(self.written, self.known, self.place)]

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        origin = self.origin
        return {
            "version": 1,
            "written": self.written,
            "known": self.known,
            "place": self.place,
            "skipped": self.skipped,
            "sha": origin.sha if origin else None,
            "branch": origin.branch if origin else None,
            "pull_request": origin.pull_request if origin else None,
            "url": origin.url if origin else None,
            "runs": [run_document(run) for run in self.runs],
        }


def receive(project: Project, paths: Sequence[Path], wanted: Wanted, environ: Mapping[str, str]) -> Received:
    """Take the runs of a CI run's artifacts into the history: all of them or none.

    Parameters
    ----------
    project
        The default branch, checked out: its settings count, never those of the branch that was measured.
    paths
        The artifacts as they were downloaded; none: they are downloaded.
    environ
        The event of a `workflow_run` (GITHUB_EVENT_PATH), and what `perfsite.forges.github.github_of` asks for.

    Raises
    ------
    InputError
        An artifact that is not what it must be, or a CI run whose measurements may not be kept; nothing is stored.
    HistoryError
        The history cannot be written; nothing is stored.
    DeliveryError
        GitHub does not answer, or refuses.
    """
    from perfsite.forges.github import github_of

    for name in wanted.environments:
        if not is_environment_name(name):
            raise ConfigError(
                f"'{name[:60]}' cannot be an environment's name",
                where="--environment",
                hint="use letters, digits, '.', '_' and '-', at most 100",
            )
    event = event_of(environ)
    kept = keep(project, push=wanted.push)
    github = github_of(environ)
    with closing(github), tempfile.TemporaryDirectory(prefix="perfsite-") as folder:
        number = _run_id(wanted, event)
        home = _home(project, environ, event)
        try:
            run = _ended_run(github, number, wanted, event)
            check_run(run, home)
            jobs = github.jobs(run.id)
            files = list(paths) or _downloaded(github, run, Path(folder))
            claimed = read_parcels(files)
            lines = pull_lines(kept.store) if run.event == PULL_EVENT else []
            origin = _origin(github, run, home, claimed, lines)
        except SkippedError as skipped:
            return Received(runs=(), written=0, known=0, place="", skipped=str(skipped))
    named = wanted.environments or project.settings.receive.environments
    named = named or ((project.settings.environment,) if project.settings.environment else ())
    commit = _commit(project, origin, run, event, claimed)
    runs, warnings = [], dict[str, None]()
    for one in claimed:
        name = environment_of(one.run.environment.name, jobs, named, where=one.where)
        if name != one.run.environment.name:
            warnings[f"{one.where}: measured in {name}, not in '{one.run.environment.name}' as it claims"] = None
        runs.append(_known_run(one, origin, name, commit))
    if origin.pull_request is not None:
        has_room(project, kept.store, lines, origin.pull_request, runs)
    appended = kept.store.append(runs)
    return Received(
        runs=tuple(runs),
        written=appended.written,
        known=appended.known,
        place=kept.place,
        origin=origin,
        warnings=tuple(warnings),
    )


def _part(event: Mapping[str, Any], *keys: str) -> Any:
    """Return what stands at a path of the event; None where nothing does."""
    value: Any = event
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _run_id(wanted: Wanted, event: Mapping[str, Any]) -> int:
    told = wanted.run_id if wanted.run_id is not None else _part(event, "workflow_run", "id")
    if not isinstance(told, int) or isinstance(told, bool) or told < 1:
        raise ConfigError(
            "no CI run is named, and this job was not started by one",
            where="--run-id",
            hint="call this in a workflow with `on: workflow_run`, or name the run whose artifacts are to be taken in",
        )
    return told


def _ended_run(github: GitHub, number: int, wanted: Wanted, event: Mapping[str, Any]) -> WorkflowRun:
    """Return the run that is taken in; who was started by an attempt that a later one followed waits for nothing."""

    def ask() -> WorkflowRun:
        run = github.workflow_run(number)
        _is_newest_attempt(event, run)
        return run

    return ended(ask, attempt=wanted.attempt, wait_s=wanted.wait_s)


def _is_newest_attempt(event: Mapping[str, Any], run: WorkflowRun) -> None:
    """Refuse, without blame, a run that was started again since: what is asked of it now is of another attempt."""
    told = _part(event, "workflow_run", "run_attempt")
    if _part(event, "workflow_run", "id") == run.id and isinstance(told, int) and told != run.attempt:
        raise SkippedError(f"attempt {told} was followed by attempt {run.attempt}, which is taken in when it ends")


def _home(project: Project, environ: Mapping[str, str], event: Mapping[str, Any]) -> Home:
    """Return what the default branch says of this repository: as the event tells it, else as the owner set it."""
    repository = environ["GITHUB_REPOSITORY"]
    branch = default_branch_of(project, event)
    return Home(repository=repository, default_branch=branch, workflows=_workflows(project))


def _workflows(project: Project) -> frozenset[str]:
    """Return the workflows that may measure: those the owner named, else all that are checked out."""
    if project.settings.receive.workflows:
        return frozenset(project.settings.receive.workflows)
    top = codebase.top(project) or project.root
    return frozenset(f".github/workflows/{file.name}" for file in (top / ".github" / "workflows").glob("*.y*ml"))


def _downloaded(github: GitHub, run: WorkflowRun, folder: Path) -> list[Path]:
    """Download the artifacts of a run whose names say that they are for us, each within its limit."""
    newest = {one.name: one for one in sorted(github.artifacts(run.id), key=lambda one: one.id)}
    found = [one for name, one in sorted(newest.items()) if name.startswith(ARTIFACT)]
    if not found:
        listed = ", ".join(repr(name[:60]) for name in sorted(newest)[:10]) or "none"
        raise InputError(
            f"no artifact whose name begins with {ARTIFACT}; there are: {listed}",
            where=run.url,
            hint="upload what `perfsite record --output` wrote with actions/upload-artifact under such a name",
        )
    if len(found) > _MAX_ARTIFACTS:
        raise InputError(
            f"{len(found):,} artifacts; at most {_MAX_ARTIFACTS}", where=run.url, hint="measure in fewer jobs"
        )
    left, paths = Limits().zip_bytes, []
    for one in found:
        if one.size_bytes > left:
            raise InputError(
                f"the artifact {one.name[:100]!r} has {one.size_bytes:,} bytes; at most {left:,} more are taken in",
                where=run.url,
                hint="upload nothing but what `perfsite record --output` wrote",
            )
        path = folder / f"{one.id}.zip"
        github.download(one, path, left)
        left -= path.stat().st_size
        paths.append(path)
    return paths


def _origin(
    github: GitHub, run: WorkflowRun, home: Home, claimed: Sequence[Claimed], lines: Sequence[StoredLine]
) -> Origin:
    """Return where the runs come from, none of them claiming to come from elsewhere."""
    for one in claimed:
        if one.run.commit.sha != run.head:
            raise InputError(
                f"claims to have measured {one.run.commit.sha[:12]}, but the CI run is of {run.head[:12]}",
                where=one.where,
                hint="nothing was stored; record the commit that the CI run checked out",
            )
        if one.run.calibration:
            raise InputError(
                "a calibration run, which says how noisy a machine is and not how quick the code",
                where=one.where,
                hint="nothing was stored; `perfsite calibrate --push` keeps those",
            )
    numbers = {one.run.pull_request for one in claimed} - {None}
    if run.event != PULL_EVENT:
        if numbers:
            told = (
                f"claims to be of pull request #{min(filter(None, numbers))}, but the CI run is none of a pull request"
            )
            raise InputError(told, where=run.url, hint="nothing was stored")
        return origin_of(run, (), home, claimed=None)
    if len(numbers) > 1:
        raise InputError(
            f"claims to be of {len(numbers)} pull requests at once", where=run.url, hint="nothing was stored"
        )
    owner = (run.head_repository or "").partition("/")[0]
    head = f"{owner}:{run.head_branch}" if owner and run.head_branch else None
    pulls = list(github.pull_requests_of(run.head, head=head))
    # GitHub lists no pull request of another fork with the commit; the history knows those that measured it.
    measured = measured_in(lines, run.head)
    listed = {pull.number for pull in pulls}
    pulls += [github.pull_request(number) for number in measured[:_MAX_OTHERS] if number not in listed]
    return origin_of(run, pulls, home, claimed=next(iter(numbers), None), measured=measured)


def _commit(
    project: Project, origin: Origin, run: WorkflowRun, event: Mapping[str, Any], claimed: Sequence[Claimed]
) -> Commit:
    """Return the commit that was measured, as git tells it, else as GitHub does.

    A merge that a pull request was tested as is claimed by the artifact alone; it counts where git shows that it is
    a merge of this very head into another commit.
    """
    merges = {one.run.commit.tested for one in claimed if one.run.commit.tested is not None}
    found = codebase.commits_anywhere(project, [origin.sha, *sorted(merges)[:1]])
    commit = found.get(origin.sha) or _told_commit(run, event)
    merge = found.get(next(iter(merges))) if len(merges) == 1 and origin.pull_request is not None else None
    is_merge = merge is not None and merge.parents is not None and merge.parents[1:] == (origin.sha,)
    # Its author may give a commit any time; it was not made after it was measured.
    time = None if commit.time is None else min(commit.time, origin.ended)
    return replace(commit, time=time, tested=merge.sha if merge is not None and is_merge else None)


def _told_commit(run: WorkflowRun, event: Mapping[str, Any]) -> Commit:
    """Return the commit as the event describes it; nothing but its sha where the event is of another run."""
    if _part(event, "workflow_run", "head_commit", "id") != run.head:
        return Commit(sha=run.head)
    message, author = (
        _part(event, "workflow_run", "head_commit", "message"),
        _part(event, "workflow_run", "head_commit", "author", "name"),
    )
    return Commit(
        sha=run.head,
        subject=message.strip().partition("\n")[0][:1000] if isinstance(message, str) else None,
        author=author[:1000] if isinstance(author, str) else None,
    )


def _known_run(claimed: Claimed, origin: Origin, environment: str, commit: Commit) -> Run:
    """Return a run with everything replaced that is not the artifact's to say."""
    run = claimed.run
    facts = run.environment.facts
    if len(facts) > _MAX_FACTS or any(len(str(part)) > _MAX_FACT for fact in facts.items() for part in fact):
        raise InputError(
            f"more than {_MAX_FACTS} facts of the machine, or one of more than {_MAX_FACT:,} characters",
            where=claimed.where,
            hint="nothing was stored; see what the benchmark tool writes about the machine",
        )
    return replace(
        run,
        id=None,
        time=min(max(run.time, origin.began), origin.ended),
        commit=replace(commit, dirty=run.commit.dirty),
        branch=origin.branch,
        pull_request=origin.pull_request,
        environment=Environment(name=environment, facts=facts),
        source=replace(run.source, url=origin.url, attempt=origin.attempt),
        calibration=False,
    )
