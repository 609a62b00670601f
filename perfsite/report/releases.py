"""Releases as a reader sees them: each against the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.model.findings import VERDICTS, Verdict
from perfsite.report import wording
from perfsite.report.compare_url import compare_url
from perfsite.report.differences import FINDINGS
from perfsite.report.documents import rounded
from perfsite.report.levels import SIGNS
from perfsite.report.movers import by_benchmark, mover_rows
from perfsite.report.release_matrix import matrix_view
from perfsite.report.release_names import is_prerelease, previous_releases
from perfsite.report.release_pages import (
    MOST_CAUSES,
    MOST_MOVERS,
    MOST_UNSURE,
    Causes,
    benchmark_names,
    group_row,
    no_ratio_text,
    notes_of,
)
from perfsite.report.release_views import MoverRow, ReleaseLine, ReleaseRef, ReleasesView, ReleaseView
from perfsite.report.release_words import (
    group_words,
    mean_interval,
    mean_state,
    mean_text,
    release_sentence,
    stands_text,
)
from perfsite.report.slug import release_url

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.report.context import Context
    from perfsite.report.differences import Difference
    from perfsite.report.levels import Levels
    from perfsite.report.means import GroupMean, Headline

MOST_NAMED: Final = 20
MOST_GROUPS: Final = 30
MOST_OTHERS: Final = 40
MOST_LINES: Final = 100
"""Releases that the list shows in full; older ones by name."""
MOST_CELLS: Final = 2_000_000
"""Values of releases that are published; where there would be more, the oldest releases have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a comparison: a position of the trend, its name on one line, and where the site shows it.

    `given` is how the comparing page knows it: a tag, or a full sha; `release` its place in the list of releases, None
    where it is none. `remark` says that another commit stands for what was named; empty: none does.
    """

    position: int
    name: str
    url: str
    given: str
    release: int | None = None
    remark: str = ""


class ReleaseReport:
    """The views of the releases of a site."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.releases = context.timeline.releases
        self.previous = previous_releases(self.releases)
        self.levels: Levels = context.levels

    @cached_property
    def _causes(self) -> Causes:
        return Causes(self._context)

    def compare(self, old: int, new: int) -> Difference:
        """Return the difference of two releases, by their place in the list."""
        return self._context.differences.between(self.releases[old][0], self.releases[new][0])

    @cached_property
    def _refs(self) -> Sequence[ReleaseRef]:
        return [ReleaseRef(tag=wording.one_line(tag), url=release_url(tag)) for _, tag in self.releases]

    def ref(self, i: int) -> ReleaseRef:
        """Return a release by its place in the list."""
        return self._refs[i]

    @cached_property
    def list_view(self) -> ReleasesView:
        """Return the list."""
        newest_first = list(reversed(range(len(self.releases))))
        if not newest_first:
            return ReleasesView(sentence="No release is known yet.", state="no-change")
        lines = tuple(self._line(i) for i in newest_first[:MOST_LINES])
        return ReleasesView(
            sentence=lines[0].sentence,
            state=lines[0].state,
            lines=lines,
            older=tuple(self.ref(i) for i in newest_first[MOST_LINES:]),
            matrix=matrix_view(self._context, self),
        )

    def _line(self, i: int) -> ReleaseLine:
        (position, tag), old = self.releases[i], self.previous[i]
        ref = self.ref(i)
        line = ReleaseLine(
            tag=ref.tag,
            url=ref.url,
            ref=self._context.refs[position],
            sentence=self._first_sentence(i) if old is None else "",
            state="no-change",
            previous="",
            delta="",
            interval="",
            words="",
            worse=0,
            better=0,
            added=0,
            removed=0,
            is_prerelease=is_prerelease(tag),
        )
        if old is None:
            return line
        found = self.compare(old, i)
        head = self._context.means.headline(found)
        worse, better = (len(found.numbers_of(verdict)) for verdict in FINDINGS)
        mean = None if head is None else head.mean
        return replace(
            line,
            sentence=release_sentence(ref.tag, self.ref(old).tag, head, (worse, better), sorted(found.left_out)),
            state=_state(head, worse, better),
            previous=self.ref(old).tag,
            compare=compare_url(self.ref(old).tag, ref.tag),
            delta=mean_text(mean.delta) if mean else "",
            interval=mean_interval(mean) if mean else "",
            words=group_words(mean, head.unit) if mean and head else "",
            worse=worse,
            better=better,
            added=len(self._added(found)),
            removed=len(self._removed(found)),
        )

    def _first_sentence(self, i: int) -> str:
        at = self.levels.column(self.releases[i][0]).at
        series = self._context.timeline.series
        names = {series[number].key.benchmark for number in np.flatnonzero(at >= 0).tolist()}
        return f"{self.ref(i).tag} is the first release with measurements: {wording.plural(len(names), 'benchmark')}."

    def _added(self, found: Difference) -> list[tuple[str, str]]:
        return benchmark_names(self._context, found.added, _numbers(found.old.at))

    def _removed(self, found: Difference) -> list[tuple[str, str]]:
        return benchmark_names(self._context, found.removed, _numbers(found.new.at))

    def views(self) -> Iterator[ReleaseView]:
        """Yield the page of every release, newest first."""
        for i in reversed(range(len(self.releases))):
            yield self.view(i)

    def view(self, i: int) -> ReleaseView:
        """Return the page of one release, by its place in the list."""
        position, old, ref = self.releases[i][0], self.previous[i], self.ref(i)
        newer = next((j for j in range(i + 1, len(self.releases)) if self.previous[j] == i), None)
        view = ReleaseView(
            tag=ref.tag,
            url=ref.url,
            sentence=self._first_sentence(i) if old is None else "",
            state="no-change",
            ref=self._context.refs[position],
            newer=None if newer is None else self.ref(newer),
            notes=self._notes(i),
            others=self._others(i, old),
            remarks=_remarks(self.end(i)),
        )
        return view if old is None else self._against(view, self.end(old), self.end(i))

    def end(self, i: int) -> End:
        """Return a release as an end of a comparison."""
        position, tag = self.releases[i]
        name, remark = self.ref(i).tag, ""
        if tag in self._context.timeline.unmeasured:
            sha, commits = self._context.timeline.unmeasured[tag]
            remark = stands_text(name, sha, self._context.refs[position].short, commits)
        return End(position=position, name=name, url=self.ref(i).url, given=tag, release=i, remark=remark)

    def between(self, old: End, new: End) -> ReleaseView:
        """Return what changed from any end to a later one, as the page of a release tells it.

        Of a release and the one before it this is the page's own view; of any other two, `url` is the address that
        compares them. The same commit at both ends is said to be that.
        """
        if new.release is not None and old.release is not None and self.previous[new.release] == old.release:
            return self.view(new.release)
        ref = self._context.refs[new.position]
        url = compare_url(old.given, new.given)
        if old.position == new.position:
            sentence = f"No measured commit tells {new.name} from {old.name}: they hold the same measurements."
            view = ReleaseView(tag=new.name, url=url, sentence=sentence, state="no-change", ref=ref)
            was = replace(view, previous=ReleaseRef(tag=old.name, url=old.url), compare=url, remarks=_remarks(old, new))
            return replace(was, text=notes_of(was, self._context.judged.site_url))
        return self._against(ReleaseView(tag=new.name, url=url, sentence="", state="no-change", ref=ref), old, new)

    def _notes(self, i: int) -> tuple[str, ...]:
        position, tag = self.releases[i]
        notes = []
        same = [self.ref(j).tag for j in range(len(self.releases)) if j != i and self.releases[j][0] == position]
        if same:
            more = f" and {len(same) - 5} more" if len(same) > 5 else ""
            notes.append(
                f"No measured commit tells it from {', '.join(same[:5])}{more}: they hold the same measurements."
            )
        if is_prerelease(tag):
            notes.append("A pre-release: the release that follows it is compared with the last one that is none.")
        return tuple(notes)

    def _others(self, i: int, old: int | None) -> tuple[str, ...]:
        near = sorted((j for j in range(len(self.releases)) if j not in (i, old)), key=lambda j: (abs(j - i), j))
        return tuple(self.ref(j).tag for j in near[:MOST_OTHERS])

    def _against(self, view: ReleaseView, old: End, new: End) -> ReleaseView:
        context, was, now = self._context, old.position, new.position
        found = context.differences.between(was, now)
        head = self._context.means.headline(found)
        doubted = [number for number in found.numbers_of(Verdict.UNSURE) if number in found.doubts]
        means = sorted(self._context.means.of_groups(found), key=_most_told)
        causes = self._causes.between(was, now)
        added, removed = self._added(found), self._removed(found)
        worse, better = (found.numbers_of(verdict) for verdict in FINDINGS)
        counted = (len(worse), len(better))
        done = replace(
            view,
            sentence=release_sentence(view.tag, old.name, head, counted, sorted(found.left_out)),
            state=_state(head, *counted),
            previous=ReleaseRef(tag=old.name, url=old.url),
            compare=compare_url(old.given, new.given),
            host_url=context.compare_url(was, now),
            counts=_counts(found, len(added), len(removed)),
            groups=tuple(group_row(one) for one in means[:MOST_GROUPS]),
            groups_rest=max(len(means) - MOST_GROUPS, 0),
            worse=self._movers(found, worse, MOST_MOVERS),
            worse_count=counted[0],
            better=self._movers(found, better, MOST_MOVERS),
            better_count=counted[1],
            unsure=self._movers(found, doubted, MOST_UNSURE),
            unsure_count=len(doubted),
            causes=tuple(self._causes.row(commit) for commit in causes[:MOST_CAUSES]),
            cause_count=len(causes),
            added=tuple(added[:MOST_NAMED]),
            added_count=len(added),
            removed=tuple(removed[:MOST_NAMED]),
            removed_count=len(removed),
            left_out=tuple(sorted(found.left_out.items())),
            remarks=_remarks(old, new),
            no_ratio=no_ratio_text(context, found),
        )
        return replace(done, text=notes_of(done, context.judged.site_url))

    def _movers(self, found: Difference, numbers: Sequence[int], most: int) -> tuple[MoverRow, ...]:
        return mover_rows(self._context, found, by_benchmark(self._context, numbers)[:most])

    def documents(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        """Yield the list of releases and the values of all series at the newest of them."""
        yield "data/releases.json", self.index
        for i in self._published:
            yield f"{self.ref(i).url}data.json", self._values(i)

    @cached_property
    def _published(self) -> range:
        room = MOST_CELLS // max(len(self._context.timeline.series), 1)
        return range(max(len(self.releases) - room, 0), len(self.releases))

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """Return the document that lists the releases, oldest first.

        `{"version": 1, "releases": [{"tag", "url", "commit", "previous", "data"}]}`: `commit` is a position in
        `data/commits.json`, `previous` a place in this list (null: none), `data` tells whether the values of all series
        are published beside the page. `groups` are the names of the groups, each with the numbers of its series.
        """
        return {
            "version": 1,
            "releases": [
                {
                    "tag": self.ref(i).tag,
                    "url": self.ref(i).url,
                    "commit": position,
                    "previous": self.previous[i],
                    "data": i in self._published,
                }
                for i, (position, _) in enumerate(self.releases)
            ],
            "groups": [{"name": name, "series": numbers} for name, numbers in sorted(self._context.groups.items())],
        }

    def _values(self, i: int) -> str:
        """Return the values of all series at a release, in the order of `data/series.json`; null: not measured."""
        column = self.levels.column(self.releases[i][0])
        errors = np.where(np.isfinite(column.logs), column.errors, np.nan)
        return (
            f'{{"version":1,"release":{i},"values":{rounded(np.exp(column.logs))},"errors":{rounded(errors)},'
            f'"points":[{",".join(map(str, self._commits(column.at)))}],{self._excluded(i)}}}\n'
        )

    def _excluded(self, i: int) -> str:
        """Return what cannot be compared with the release before, as a part of a JSON document."""
        old = self.previous[i]
        found = None if old is None else self.compare(old, i)
        names = sorted(found.left_out) if found else []
        return f'"left_out":{json.dumps(names)},"doubted":{json.dumps(sorted(found.doubts) if found else [])}'

    def _commits(self, at: Any) -> list[int]:
        """Return the commits of the points that a release holds, -1 where it holds none."""
        commits = self.levels.flat.commits
        known: list[int] = np.where(at >= 0, commits[np.maximum(at, 0)] if len(commits) else -1, -1).tolist()
        return known


def _remarks(*ends: End) -> tuple[str, ...]:
    return tuple(end.remark for end in ends if end.remark)


def _numbers(at: NDArray[np.int64]) -> Iterator[int]:
    """Yield the numbers of the series that a release has; nothing is looked at before it is asked for."""
    yield from np.flatnonzero(at >= 0).tolist()


def _most_told(one: GroupMean) -> tuple[bool, float, str, tuple[str, ...]]:
    """Return a key that sorts what certainly differs first, most first, and the rest by name."""
    return not one.mean.is_told, -abs(one.mean.delta) if one.mean.is_told else 0.0, one.name, one.family


def _state(head: Headline | None, worse: int, better: int) -> str:
    if worse:
        return "regression"
    if head is None:
        return "unsure"
    state = mean_state(head.mean, SIGNS[head.direction])
    return "improvement" if better and state != "regression" else state


def _counts(found: Difference, added: int, removed: int) -> tuple[tuple[str, str, int], ...]:
    codes = found.verdicts[found.compared]
    by_verdict = {verdict: int(np.count_nonzero(codes == code)) for code, verdict in enumerate(VERDICTS)}
    return (
        ("series regressed", "regression", by_verdict[Verdict.REGRESSION]),
        ("series improved", "improvement", by_verdict[Verdict.IMPROVEMENT]),
        ("unsure", "unsure", by_verdict[Verdict.UNSURE]),
        ("no change", "", by_verdict[Verdict.NO_CHANGE]),
        ("benchmarks added", "", added),
        ("benchmarks removed", "", removed),
    )


def releases_view(context: Context) -> ReleasesView:
    """Return the list of releases."""
    return context.releases.list_view


def release_views(context: Context) -> Iterator[ReleaseView]:
    """Yield the page of every release, newest first."""
    return context.releases.views()
