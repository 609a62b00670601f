"""The judged history as the views of a whole site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from perfsite.report.badges import BadgeView, site_badges
from perfsite.report.benchmark_list import BenchmarkListView, benchmark_list
from perfsite.report.benchmarks import benchmark_views, series_rows
from perfsite.report.budgets import budgets_view
from perfsite.report.code_host import parts_url
from perfsite.report.commit_lines import commit_lines, lines_document
from perfsite.report.commits import commit_views
from perfsite.report.compare_view import compare_documents, compare_view
from perfsite.report.context import Context, Judged
from perfsite.report.environments import environments_document, environments_view
from perfsite.report.examples import worked_examples
from perfsite.report.exports import series_csv
from perfsite.report.feed import FeedView, feed_view
from perfsite.report.openmetrics import openmetrics
from perfsite.report.overview import overview_view
from perfsite.report.quality import quality_view
from perfsite.report.releases import release_views, releases_view
from perfsite.report.retention import Form, commit_forms
from perfsite.report.slug import slug
from perfsite.report.summary import summary_view
from perfsite.report.summary_records import summary_documents
from perfsite.report.views import BenchmarkView, DataView, OverviewView, SeriesRow

if TYPE_CHECKING:
    from perfsite.report.commit_views import CommitLine, CommitView
    from perfsite.report.example_views import ExampleView
    from perfsite.report.incident_views import IncidentView
    from perfsite.report.release_views import ReleaseView
    from perfsite.report.spans import Span
    from perfsite.report.summary_views import SummaryView

MOST_PROBLEMS: Final = 200


class Report:
    """The views of a whole site; satisfies `perfsite.report.site.SiteView`."""

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._context = Context(judged)

    @property
    def title(self) -> str:
        """Return the name of the site."""
        return self._judged.title

    @cached_property
    def rows(self) -> Mapping[int, SeriesRow]:
        """Return the row of every series that has a point, by number."""
        numbers = [i for i, series in enumerate(self._context.timeline.series) if len(series)]
        return dict(zip(numbers, series_rows(self._context), strict=True))

    @cached_property
    def overview(self) -> OverviewView:
        """Return the front page."""
        return overview_view(self._context, self.rows)

    @cached_property
    def data(self) -> DataView:
        """Return the page on the data."""
        timeline = self._context.timeline
        return DataView(
            problems=tuple(self._judged.problems[:MOST_PROBLEMS]),
            problem_count=len(self._judged.problems),
            runs=len(timeline.runs),
            measurements=timeline.measurements,
            failed=timeline.failed,
            skipped=timeline.skipped,
            notes=self._judged.notes,
            examples=self._examples(),
        )

    def _examples(self) -> Mapping[str, str]:
        """Return a benchmark, an environment and a commit of this site, for addresses that show how others are made."""
        overview = self.overview
        if overview.last is None or not overview.rows:
            return {}
        row, places = overview.rows[0], self._context.releases.index["releases"]
        examples = {
            "benchmark": slug(row.benchmark),
            "environment": slug(row.environment),
            "sha": overview.last.sha,
        }
        published = [place["url"].split("/")[1] for place in places if place["data"]]
        return {**examples, "release": published[-1]} if published else examples

    @property
    def is_guarded(self) -> bool:
        """Whether pages carry a Content-Security-Policy."""
        return self._judged.is_guarded

    @cached_property
    def summary(self) -> SummaryView:
        """Return the executive summary of the last thirty days."""
        return self.summary_of(None)

    def summary_of(self, span: Span | None) -> SummaryView:
        """Return the executive summary of a span; None: the last thirty days."""
        return summary_view(self._context, self.overview, span)

    @property
    def context(self) -> Context:
        """Return what all views share."""
        return self._context

    def section(self, url: str) -> Any:
        """Return the view of a page that is one view and one template."""
        sections: Mapping[str, Callable[[], Any]] = {
            "summary/": lambda: self.summary,
            "releases/": lambda: releases_view(self._context),
            "compare/": lambda: compare_view(self._context),
            "incidents/": lambda: self._context.incidents.list_view,
            "budgets/": lambda: budgets_view(self._context),
            "quality/": lambda: quality_view(self._context),
            "environments/": lambda: environments_view(self._context),
        }
        return sections[url]()

    @cached_property
    def commit_lines(self) -> Sequence[CommitLine]:
        """Return the list of commits, newest first."""
        return commit_lines(self._context)

    @cached_property
    def commit_index(self) -> Mapping[str, Any]:
        """Return the document that says what the commits' positions mean."""
        commits = self._context.timeline.commits
        return {
            "version": 1,
            "sha": [commit.sha for commit in commits],
            "time": [commit.time.isoformat() if commit.time else None for commit in commits],
            "subject": [ref.subject[:120] for ref in self._context.refs],
            "repository": self._judged.repository_url,
            "host": parts_url(url) if (url := self._judged.repository_url) else None,
        }

    @cached_property
    def series_index(self) -> Mapping[str, Any]:
        """Return the document that names every series."""
        return {
            "version": 1,
            "series": [
                {
                    "benchmark": one.key.benchmark,
                    "url": url,
                    "parameters": one.key.parameter_text,
                    "metric": one.key.metric,
                    "unit": one.unit,
                    "direction": str(one.direction),
                    "environment": one.key.environment,
                    **({"pinned": pinned} if (pinned := self._context.pin_text(number)) else {}),
                }
                for number, (one, url) in enumerate(zip(self._context.timeline.series, self._context.urls, strict=True))
            ],
        }

    @cached_property
    def benchmark_list(self) -> BenchmarkListView:
        """Return the list of all benchmarks."""
        return benchmark_list(self._context, self.rows)

    def benchmarks(self) -> Iterator[BenchmarkView]:
        """Yield the page of every benchmark, by name."""
        return benchmark_views(self._context, self.rows)

    def commits(self) -> Iterator[CommitView]:
        """Yield the page of every commit, oldest first."""
        return commit_views(self._context)

    def commit_forms(self, *, other: int, shell: int) -> Sequence[Form]:
        """Return how much of each commit is published, oldest first."""
        return commit_forms(self._context, other=other, shell=shell)

    def releases(self) -> Iterator[ReleaseView]:
        """Yield the page of every release, newest first."""
        return release_views(self._context)

    def documents(self) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
        """Yield every document that is published beside the pages, with its path."""
        yield "data/commits.json", self.commit_index
        yield "data/commit-lines.json", lines_document(self.commit_lines)
        yield "data/series.json", self.series_index
        yield "data/incidents.json", self.incident_index
        yield "data/environments.json", environments_document(self._context)
        yield "data/series.csv", series_csv(self._context)
        yield "data/metrics.txt", openmetrics(self._context)
        yield from summary_documents(self.summary)
        yield from self._context.releases.documents()
        yield from compare_documents(self._context)

    @property
    def feed(self) -> FeedView:
        """Return the feed of incidents."""
        return feed_view(self._context)

    @property
    def examples(self) -> Mapping[str, ExampleView]:
        """Return the worked examples of the page on methods, by name."""
        return worked_examples(self._context)

    def badges(self) -> Iterator[BadgeView]:
        """Yield the badges of the site and of its environments."""
        return site_badges(self.overview.rows)

    def incidents(self) -> Iterator[IncidentView]:
        """Yield the page of every incident, the highest rank first."""
        return self._context.incidents.views()

    @property
    def incident_index(self) -> Mapping[str, Any]:
        """Return the document that tells of every incident."""
        return self._context.incidents.index
