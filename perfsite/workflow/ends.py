"""The two ends of release notes: which measured commit of the trend stands for a tag, a branch or any commit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from perfsite.errors import ConfigError, HistoryError
from perfsite.report import wording
from perfsite.report.release_names import is_prerelease
from perfsite.report.release_words import stands_text
from perfsite.report.releases import End
from perfsite.workflow import codebase
from perfsite.workflow.revisions import find_commit

if TYPE_CHECKING:
    from perfsite.model.run import Commit
    from perfsite.report.context import Context
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project

FETCH: Final = "git fetch --tags --unshallow origin (GitHub Actions: actions/checkout with `fetch-depth: 0`)"
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What is compared with what; `old` is None for a first release.

    `tag` is the one that `new` was named by, None where it was named otherwise.
    """

    old: End | None
    new: End
    tag: str | None


class EndFinder:
    """Finds what names mean in one project: each is asked of its releases first, then of its repository."""

    def __init__(self, project: Project, gathered: Gathered, context: Context) -> None:
        self._project = project
        self._gathered = gathered
        self._context = context
        self._places = {commit.sha: place for place, commit in enumerate(gathered.line)}
        self._releases = {tag: i for i, (_, tag) in enumerate(context.releases.releases)}

    def ends(self, old: str | None, new: str | None) -> Ends:
        """Return both ends.

        Without a name the newest release is compared with the one before it, and so is `new` alone.

        Raises
        ------
        ConfigError
            Nothing has such a name, no measured commit stands for it, or `new` came before `old`.
        """
        if new is None:
            newest = self._newest()
            new = self._context.releases.releases[newest][1]
        later = self._end(new)
        tag = new if later.release is not None or self._tagged(new) else None
        if old is None:
            return Ends(old=self._before(later), new=later, tag=tag)
        earlier = self._end(old)
        if earlier.position > later.position:
            raise ConfigError(
                f"'{later.name}' came before '{earlier.name}'", hint=f"perfsite notes {later.name} {earlier.name}"
            )
        return Ends(old=earlier, new=later, tag=tag)

    def _newest(self) -> int:
        """Return the newest release; of those that hold the same measured commit, one that is no pre-release."""
        releases = self._context.releases.releases
        if not releases:
            raise ConfigError(
                "no release is known here: no tag that names a version lies on the default branch",
                hint=FETCH if self._is_shallow else "`perfsite notes FROM TO` takes any two tags, branches or commits",
            )
        return max(range(len(releases)), key=lambda i: (releases[i][0], not is_prerelease(releases[i][1]), i))

    def _before(self, new: End) -> End | None:
        """Return the release before an end; None where the history has none.

        Raises
        ------
        ConfigError
            The clone does not show whether there is one: what is no first release must not be called so.
        """
        report = self._context.releases
        if new.release is not None:
            found = report.previous[new.release]
        else:
            found = next(
                (i for i in reversed(range(len(report.releases))) if report.releases[i][0] < new.position), None
            )
        if found is not None:
            return report.end(found)
        if self._is_shallow:
            raise ConfigError(f"this shallow clone does not show which release came before '{new.name}'", hint=FETCH)
        if new.release is None:
            raise ConfigError(f"no release is known before '{new.name}'", hint="perfsite notes FROM TO names both")
        return None

    @property
    def _is_shallow(self) -> bool:
        return codebase.is_shallow(self._project)

    def _end(self, name: str) -> End:
        """Return what a name stands for: a release of the trend, else a commit, or the measured one before it."""
        shown = wording.one_line(name)[:_LONGEST]
        release = self._releases.get(name)
        if release is not None:
            return self._context.releases.end(release)
        commit = self._tagged(name) or codebase.resolve(self._project, name)
        if commit is None:
            return self._as_end(shown, self._recorded(name))
        position = next((i for i in self._context.trend_commits if self._context.refs[i].sha == commit.sha), -1)
        if position >= 0:
            return self._as_end(shown, position)
        position = self._standing_for(shown, commit)
        return replace(self._as_end(shown, position), remark=self._remark(shown, commit, position))

    def _tagged(self, name: str) -> Commit | None:
        return codebase.resolve(self._project, f"refs/tags/{name}")

    def _recorded(self, name: str) -> int:
        """Return a measured commit that no repository at hand knows."""
        timeline = self._gathered.timeline
        try:
            position = find_commit(self._project, timeline, name)
        except ConfigError as error:
            if not self._is_shallow:
                raise
            raise ConfigError(f"{error.problem} in this shallow clone", hint=FETCH) from None
        if not self._context.is_on_trend(position):
            raise ConfigError(
                f"'{wording.one_line(name)[:_LONGEST]}' was measured, but is not on the trend that notes tell of",
                hint="give a commit of the default branch",
            )
        return position

    def _standing_for(self, shown: str, commit: Commit) -> int:
        """Return the newest measured commit of the trend that another commit of the repository holds."""
        context, places = self._context, self._gathered.timeline.places
        at = self._places.get(commit.sha)
        if at is None and self._gathered.line:
            at = self._places.get(self._fork(shown, commit) or "")
        if at is None:
            return find_commit(self._project, self._gathered.timeline, commit.sha)
        upto = [i for i in context.trend_commits if 0 <= places[i] <= at]
        if not upto:
            raise ConfigError(
                f"'{shown}' ({commit.sha[:8]}) was not measured, and nothing before it was",
                hint="`perfsite build` lists the measured commits",
            )
        return max(upto)

    def _fork(self, shown: str, commit: Commit) -> str | None:
        """Return the newest commit that a commit beside the default branch has in common with it."""
        try:
            return codebase.merge_base(self._project, self._gathered.line[-1].sha, commit.sha)
        except HistoryError as error:
            raise ConfigError(f"'{shown}': {error.problem}", hint=error.hint) from None

    def _remark(self, shown: str, commit: Commit, position: int) -> str:
        """Say that another commit stands for what was named."""
        ref = self._context.refs[position]
        at, place = self._places.get(commit.sha), self._gathered.timeline.places[position]
        if at is None and self._gathered.line:
            why = "is not on the default branch: the newest measured commit that both have"
            return f"{shown} ({commit.sha[:8]}) {why}, {ref.short}, stands for it."
        return stands_text(shown, commit.sha, ref.short, at - place if at is not None and place >= 0 else 0)

    def _as_end(self, shown: str, position: int) -> End:
        ref = self._context.refs[position]
        name = ref.short if re.fullmatch(r"[0-9a-fA-F]{7,64}", shown) else shown
        return End(position=position, name=name, url=ref.url, given=ref.sha)
