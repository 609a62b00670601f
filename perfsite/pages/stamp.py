"""Fill shells: HTML with slots and views in, paths and bytes out; knows no engine."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, Final, Protocol

from perfsite.pages import badges, slots
from perfsite.pages.listings import Listed
from perfsite.pages.overview_document import overview_document, spark_documents
from perfsite.report.badges import benchmark_badge
from perfsite.report.exports import commit_document
from perfsite.report.retention import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfsite.pages.render import Renderer
    from perfsite.report.site import SiteView

    Put = Callable[[str, bytes], None]

STATIC_ROWS: Final = 100
"""Most series that the overview holds without JavaScript; the others come from `data/overview.json`."""
PACKED_CSV: Final = "data.csv.gz"
STATIC_LINES: Final = 300
"""Most commits that their list holds without JavaScript; the others come from `data/commit-lines.json`."""
_SLOTS: Final = re.compile("|".join(re.escape(slot) for slot in (slots.TITLE, slots.DESCRIPTION, slots.CONTENT)))
_KEPT: Final = re.compile(r"(<(pre|script|style|textarea)\b.*?</\2>)|\s*\n\s*", re.DOTALL | re.IGNORECASE)
"""What a page's text may not lose, else white space that holds the end of a line."""


class Shell:
    """A page of the engine, cut once at its slots, so that filling it is joining.

    Themes indent what their templates make, by a quarter of the page: such white space is folded, once for all pages.

    Parameters
    ----------
    html
        The page; it must hold the content slot, may hold the slots of title and description, and its own folder
        (`perfsite-shell`) wherever its address stands.

    Raises
    ------
    ValueError
        Where the content slot is missing.
    """

    def __init__(self, html: str) -> None:
        if slots.CONTENT not in html:
            raise ValueError("a shell must hold the content slot")
        html = _KEPT.sub(lambda found: found[1] or "\n", html)
        pieces: list[bytes | str] = []
        start = 0
        for match in _SLOTS.finditer(html):
            pieces += [html[start : match.start()].encode(), match.group()]
            start = match.end()
        self._pieces = [*pieces, html[start:].encode()]

    def fill(self, content: str, *, title: str = "", description: str = "", name: str = "") -> bytes:
        """Return the page; `content` is HTML, title and description are text, `name` the page's own folder."""
        filled = {
            slots.TITLE: escape(title).encode(),
            slots.DESCRIPTION: escape(" ".join(description.split())).encode(),
            slots.CONTENT: content.encode(),
        }
        folder = name.encode()
        shell = slots.NAME.encode()
        return b"".join(filled[p] if isinstance(p, str) else p.replace(shell, folder) for p in self._pieces)


@dataclass(slots=True)
class Stamped:
    """What stamping learnt on its way: the pages that search and sitemap know, and how many of each kind there are."""

    listed: list[Listed] = field(default_factory=list)
    names: list[tuple[str, str, str]] = field(default_factory=list)
    """Every benchmark: name, URL, state."""
    commits: int = 0
    notes: list[str] = field(default_factory=list)
    """What the owner should know of the pages."""
    thinned: set[str] = field(default_factory=set)
    """URLs of the commits that have no page: the one for missing addresses shows their values."""


class Sink(Protocol):
    """What takes the files of a site."""

    @property
    def size(self) -> int:
        """Return the bytes of all files so far."""

    def put(self, path: str, content: bytes) -> None:
        """Take a file; `path` is relative to the site, with forward slashes."""

    def keeps(self, path: str, view: Any) -> bool:
        """Whether a page need not be made, since it stands there already, made of an equal view."""


def stamp_site(
    view: SiteView, shells: Mapping[str, str], renderer: Renderer, *, overview: str, sink: Sink, beside: int = 0
) -> Stamped:
    """Make every page and document of a site.

    Parameters
    ----------
    view
        What to show.
    shells
        HTML of each shell by its URL (`slots.BENCHMARK_SHELL`, `slots.DATA`, …, and the overview's own).
    renderer
        The templates.
    overview
        URL of the overview.
    sink
        Takes each file.
    beside
        Bytes that the site takes beside what is put into the sink until the commits come.
    """
    done, put = Stamped(), sink.put
    root = "../" * overview.count("/") or "./"
    front = renderer("overview", overview=view.overview, rows=view.overview.rows[:STATIC_ROWS], root=root)
    page = Shell(shells[overview]).fill(front, description=view.overview.sentence)
    put(f"{overview}index.html", page)
    _lists(view, shells, renderer, put)
    for path, document in view.documents():
        put(path, _text(document).encode())
    put("data/overview.json", _text(overview_document(view.overview)).encode())
    for badge in view.badges():
        put(f"{badge.path}.svg", badges.svg(badge).encode())
        put(f"{badge.path}.json", _text(badges.endpoint(badge)).encode())
    for path, document in spark_documents(view.overview).items():
        put(path, _text(document).encode())
    _benchmarks(view, Shell(shells[slots.BENCHMARK_SHELL]), renderer, sink, done)
    names = Shell(shells[slots.BENCHMARKS]).fill(
        renderer("benchmarks", view=view.benchmark_list, root="../"), description="Every benchmark of this site."
    )
    put(f"{slots.BENCHMARKS}index.html", names)
    _incidents(view, Shell(shells[slots.INCIDENT_SHELL]), renderer, put, done)
    _releases(view, Shell(shells[slots.RELEASE_SHELL]), renderer, put, done)
    # Last, since how much of them is published depends on what all else takes.
    forms = view.commit_forms(other=beside + sink.size, shell=len(shells[slots.COMMIT_SHELL]))
    _commits(view, forms, (Shell(shells[slots.COMMIT_SHELL]), renderer), sink, done)
    return done


def fill_examples(html: str, view: SiteView, renderer: Renderer) -> str:
    """Return a page on methods with the worked examples that it asks for, without those the history has no case of."""
    examples = view.examples if "ps-slot-example" in html else {}

    def filled(match: re.Match[str]) -> str:
        example = examples.get(match[1])
        return "" if example is None else renderer("example", view=example, name=match[1], root="../")

    return re.sub(slots.EXAMPLE, filled, html)


def _text(document: Mapping[str, Any] | str) -> str:
    """Return a document as it is published: a text as it is, all else as JSON."""
    if isinstance(document, str):
        return document
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _lists(view: SiteView, shells: Mapping[str, str], renderer: Renderer, put: Put) -> None:
    lines = Shell(shells[slots.COMMITS]).fill(
        renderer("commits", lines=view.commit_lines[:STATIC_LINES], total=len(view.commit_lines), root="../"),
        description="Every measured commit, newest first.",
    )
    put(f"{slots.COMMITS}index.html", lines)
    for url, title in slots.SECTIONS.items():
        content = renderer(url.strip("/"), view=view.section(url), root="../")
        put(f"{url}index.html", Shell(shells[url]).fill(content, description=f"{title} of this site."))
    data = Shell(shells[slots.DATA]).fill(
        renderer("data", view=view.data, root="../"), description="What this site is made of, and its downloads."
    )
    put(f"{slots.DATA}index.html", data)


def _benchmarks(view: SiteView, shell: Shell, renderer: Renderer, sink: Sink, done: Stamped) -> None:
    for benchmark in view.benchmarks():
        folder = f"benchmarks/{benchmark.slug}/"
        badge = benchmark_badge(folder, benchmark.name, benchmark.rows)
        sink.put(f"{badge.path}.json", _text(badges.endpoint(badge)).encode())
        done.names.append((benchmark.name, folder, benchmark.state))
        done.listed.append(Listed(title=benchmark.name, url=folder, sentence=benchmark.sentence))
        sink.put(f"{folder}data.json", benchmark.chart.encode())
        if sink.keeps(f"{folder}index.html", replace(benchmark, chart="")):
            continue
        content = renderer("benchmark", view=benchmark, root="../../")
        page = shell.fill(content, title=benchmark.name, description=benchmark.sentence, name=benchmark.slug)
        sink.put(f"{folder}index.html", page)


def _commits(view: SiteView, forms: Sequence[Form], made_of: tuple[Shell, Renderer], sink: Sink, done: Stamped) -> None:
    shell, renderer = made_of
    for whole, form in zip(view.commits(), forms, strict=True):
        commit, folder, values = whole, f"commits/{whole.ref.sha}/", whole.csv.encode()
        if form is not Form.WHOLE:
            # Without a time, so that the same values give the same bytes; level 1 packs 90 MB/s, and not much less.
            commit, values = replace(whole, data=PACKED_CSV), gzip.compress(values, 1, mtime=0)
        if form is Form.VALUES:
            # Not in a folder of its own: servers list a folder that has no page, and never ask for that of the missing.
            sink.put(f"commits/{whole.ref.sha}.csv.gz", values)
            done.thinned.add(folder)
            continue
        sink.put(f"{folder}{commit.data}", values)
        sink.put(f"{folder}summary.json", _text(commit_document(commit)).encode())
        done.commits += 1
        if sink.keeps(f"{folder}index.html", replace(commit, csv="")):
            continue
        content = renderer("commit", view=commit, root="../../")
        title = f"{commit.ref.short} {commit.ref.subject}"
        page = shell.fill(content, title=title, description=commit.sentence, name=commit.ref.sha)
        sink.put(f"{folder}index.html", page)


def _incidents(view: SiteView, shell: Shell, renderer: Renderer, put: Put, done: Stamped) -> None:
    for incident in view.incidents():
        line = incident.line
        content = renderer("incident", view=incident, root="../../")
        title = f"Incident {line.id}"
        put(f"{line.url}index.html", shell.fill(content, title=title, description=line.sentence, name=line.id))
        done.listed.append(Listed(title=title, url=line.url, sentence=line.sentence))


def _releases(view: SiteView, shell: Shell, renderer: Renderer, put: Put, done: Stamped) -> None:
    for release in view.releases():
        content = renderer("release", view=release, root="../../")
        title, name = f"Release {release.tag}", release.url.split("/")[1]
        put(f"{release.url}index.html", shell.fill(content, title=title, description=release.sentence, name=name))
        done.listed.append(Listed(title=title, url=release.url, sentence=release.sentence))
