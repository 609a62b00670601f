"""The whole site as its pages take it: every view, and every document that is published beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from perfsite.report.badges import BadgeView
    from perfsite.report.benchmark_list import BenchmarkListView
    from perfsite.report.commit_views import CommitLine, CommitView
    from perfsite.report.example_views import ExampleView
    from perfsite.report.feed import FeedView
    from perfsite.report.incident_views import IncidentView
    from perfsite.report.release_views import ReleaseView
    from perfsite.report.retention import Form
    from perfsite.report.views import BenchmarkView, DataView, OverviewView


class SiteView(Protocol):
    """The whole site: small views at once, the many pages one at a time so that memory stays flat.

    Made by `perfsite.report.build`; iterating twice gives the same pages again.
    """

    @property
    def title(self) -> str:
        """Return the name of the site."""

    @property
    def is_guarded(self) -> bool:
        """Return whether pages carry a Content-Security-Policy."""

    @property
    def overview(self) -> OverviewView:
        """Return the front page."""

    @property
    def data(self) -> DataView:
        """Return the page on the data."""

    def section(self, url: str) -> Any:
        """Return what the page at one of `perfsite.pages.slots.SECTIONS` shows: the view that its template names."""

    @property
    def commit_lines(self) -> Sequence[CommitLine]:
        """Return the list of commits, newest first."""

    @property
    def commit_index(self) -> Mapping[str, Any]:
        """Return what is published as `data/commits.json`: `{"version": 1, "sha": [], "time": [], "subject": []}`.

        `time` is ISO 8601 in UTC, null where it is not known; the newest stands for "now" in the site. `repository`
        is the code's web address, null where it is not known.
        """

    def documents(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        """Yield every document that is published beside the pages, with its path: a mapping as JSON, a text as it is.

        Those of single benchmarks and commits come with their views.
        """

    @property
    def feed(self) -> FeedView:
        """Return what is published as `data/incidents.atom`."""

    def badges(self) -> Iterator[BadgeView]:
        """Yield the badges of the site and of its environments; those of benchmarks are made of their views."""

    @property
    def examples(self) -> Mapping[str, ExampleView]:
        """Return the worked examples of the page on methods, by name; the history may have no case of some."""

    def releases(self) -> Iterator[ReleaseView]:
        """Yield the page of every release, newest first."""

    @property
    def series_index(self) -> Mapping[str, Any]:
        """Return what is published as `data/series.json`: every series with its page.

        `{"version": 1, "series": [{"benchmark", "url", "parameters", "metric", "unit", "direction", "environment"}]}`,
        and `pinned` (text) where the baseline is pinned.
        """

    @property
    def benchmark_list(self) -> BenchmarkListView:
        """Return the list of all benchmarks."""

    def benchmarks(self) -> Iterator[BenchmarkView]:
        """Yield the page of every benchmark, by name."""

    def commits(self) -> Iterator[CommitView]:
        """Yield the page of every commit, oldest first."""

    def commit_forms(self, *, other: int, shell: int) -> Sequence[Form]:
        """Return how much of each commit is published, oldest first.

        `other` is what everything that is no commit's takes, `shell` a commit's page without content, in bytes.
        """

    def incidents(self) -> Iterator[IncidentView]:
        """Yield the page of every incident, the highest rank first."""

    @property
    def incident_index(self) -> Mapping[str, Any]:
        """Return what is published as `data/incidents.json`: every incident, the highest rank first.

        `{"version": 1, "incidents": [...]}`, each with `id`, `url`, `sentence`, `state`, `kind`, `severity`, `rank`,
        `confidence`, `size` (a fraction), `commit`, `good`, `bad` (positions in `data/commits.json`; -1: before the
        first), `series`, `standing`, `benchmarks` (numbers), `environments` and `open`.
        """
