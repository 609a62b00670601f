"""From views to a published site: the engine's shells, stamped, and synchronised with the output folder."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from perfsite.pages import catalogue, charts, engine, feed, listings, policy, slots
from perfsite.pages.heads import Heads
from perfsite.pages.kept import KeptFolder
from perfsite.pages.render import Renderer
from perfsite.pages.stamp import fill_examples, stamp_site
from perfsite.pages.writer import SiteFolder

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from perfsite.pages.engine import Shells
    from perfsite.pages.kept import KeptSite
    from perfsite.pages.stamp import Sink, Stamped
    from perfsite.report.site import SiteView

_MISSING: Final = re.compile(r"<h1[^>]*>\s*404[^<]*</h1>")
"""What the themes say of a missing address, each a little differently."""
_METHODS: Final = f"{slots.METHODS}index.html"
_SEARCH: Final = "search/search_index.json"
_SCHEMAS: Final = ("run.schema.json", "event.schema.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a build did: pages made, files written, unchanged and removed, and what MkDocs warned of."""

    benchmarks: int
    commits: int
    written: int
    unchanged: int
    removed: int
    notes: tuple[str, ...]
    thinned: int
    """Commits without a page, whose values the page for missing addresses shows."""
    size: int
    """Bytes of the whole site."""


def publish_site(
    view: SiteView, *, project: Path, output: Path, site_url: str | None = None, kept: KeptSite | None = None
) -> Publication:
    """Build the whole site into a folder, writing only what changed.

    Parameters
    ----------
    view
        What to show.
    project
        Folder with `mkdocs.yml` and `site_config/`, both optional.
    output
        The site's folder: missing, empty, or made by perfsite.
    site_url
        Where the site will stand, for a project whose `mkdocs.yml` does not say: canonical addresses, sitemap, and
        the 404 page below a sub-path need it; everything else works without.
    kept
        What is kept of the build before, for one that builds again and again; the site is the same without.

    Raises
    ------
    ConfigError
        Where the configuration, a template or the output folder cannot be used.
    DeliveryError
        Where a file cannot be written.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(SiteFolder(output))
        make = engine.build_shells if kept is None else kept.shells
        staging = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="perfsite-"))) / "site"
        shells = make(project, staging, title=view.title, epoch=_epoch(view), site_url=site_url)
        done = _fill(view, shells, folder, kept)
        folder.finish()
    return _publication(done, folder, shells)


def stamp_in_place(view: SiteView, shells: Shells) -> Publication:
    """Stamp into the folder that MkDocs has just built: what the MkDocs plugin does."""
    with SiteFolder(shells.staging, adopt=True) as folder:
        done = _fill(view, shells, folder)
        for path in (*(f"{url}index.html" for url in slots.SHELLS), "sitemap.xml.gz"):
            (shells.staging / path).unlink(missing_ok=True)
        for url in slots.SHELLS:
            (shells.staging / url).rmdir()
        folder.finish()
    return _publication(done, folder, shells)


def _publication(done: Stamped, folder: SiteFolder, shells: Shells) -> Publication:
    return Publication(
        benchmarks=len(done.names),
        commits=done.commits,
        written=folder.written,
        unchanged=folder.unchanged,
        removed=folder.removed,
        notes=(*shells.notes, *done.notes),
        thinned=len(done.thinned),
        size=folder.size,
    )


def _fill(view: SiteView, shells: Shells, folder: SiteFolder, kept: KeptSite | None = None) -> Stamped:
    """Put every file of the site: assets, stamped pages, listings, and whatever else the engine made."""
    assets = charts.chart_assets()
    for path, content in assets.items():
        folder.put(path, content)
    for name in _SCHEMAS:
        folder.put(f"data/{name}", files("perfsite.history").joinpath(name).read_bytes())
    for path, content in catalogue.schemas():
        folder.put(path, content)
    for name, content in own_assets().items():
        folder.put(f"{slots.ASSETS}{name}", content)
    constants = template_constants(shells.overview, shells.site_url)
    renderer = Renderer(shells.overrides, **constants) if kept is None else kept.renderer(shells, constants)
    heads = Heads(shells.staging, title=shells.site_name, is_guarded=view.is_guarded)
    pages = {
        url: heads.ours(url)
        for url in (shells.overview, slots.BENCHMARKS, slots.COMMITS, *slots.SECTIONS, slots.DATA, *slots.SHELLS)
    }
    sink: Sink = folder
    if kept is not None:
        kept.begin(pages.values())
        sink = KeptFolder(folder, kept)
    beside = sum(file.stat().st_size for file in shells.staging.rglob("*") if file.is_file())
    done = stamp_site(view, pages, renderer, overview=shells.overview, sink=sink, beside=beside)
    folder.put(f"{slots.EMBED}index.html", renderer("embed", root="../").encode())
    made = {f"{url}index.html" for url in pages} | {"sitemap.xml.gz"}
    for path, content in _listings(view, shells, done, (renderer, heads)).items():
        folder.put(path, content)
        made.add(path)
    for file in sorted(shells.staging.rglob("*")):
        path = file.relative_to(shells.staging).as_posix()
        if not file.is_file() or path in made or folder.has(path):
            continue
        is_page = path.endswith(".html")
        folder.put(
            path,
            heads.page(path).encode(errors="surrogateescape") if is_page else file.read_bytes(),
        )
    if view.is_guarded and heads.inline.hosts:
        hosts = ", ".join(sorted(heads.inline.hosts))
        done.notes.append(f"the Content-Security-Policy keeps pages from loading what they ask of other hosts: {hosts}")
    folder.put(policy.PATH, f"{heads.inline.policy(header=True)}\n".encode())
    return done


def own_assets() -> dict[str, bytes]:
    """Return scripts and style sheets by name; those of a folder are one, joined in the order of their names."""
    assets = files("perfsite.pages").joinpath("assets")
    scripts = {file.name: file.read_bytes() for file in assets.iterdir() if file.name.endswith(".js")}
    # Without a semicolon between them the end of one script would call the next.
    chart, styles = _joined(assets.joinpath("chart"), b";\n"), _joined(assets.joinpath("styles"), b"\n")
    return {**dict(sorted(scripts.items())), "chart.js": chart, "perfsite.css": styles}


def _joined(folder: Traversable, between: bytes) -> bytes:
    pieces = sorted(folder.iterdir(), key=lambda file: file.name)
    return between.join(piece.read_bytes() for piece in pieces)


def template_constants(overview: str, site_url: str | None = None) -> dict[str, Any]:
    """Return what every template may use besides its view.

    `overview` is the overview's URL, `site_url` where the site will stand, with a slash at its end; None: not known.
    """
    return {
        "bokeh": charts.BOKEH_PATH,
        "trend": charts.TREND_PATH,
        "pages_beside": partial(slots.beside, front=overview),
        "documents": catalogue.catalogue(),
        "promise": catalogue.PROMISE,
        "site": site_url or "",
    }


def _listings(view: SiteView, shells: Shells, done: Stamped, tools: tuple[Renderer, Heads]) -> dict[str, bytes]:
    renderer, heads = tools
    index_of_all = catalogue.index_document(shells.site_name, shells.site_url)
    made = {
        feed.PATH: feed.atom(replace(view.feed, title=shells.site_name), shells.site_url),
        "data/index.json": json.dumps(index_of_all, ensure_ascii=False, indent=1),
    }
    lines = [line for line in view.commit_lines if line.ref.url not in done.thinned]
    if (shells.staging / _METHODS).is_file():
        made[_METHODS] = fill_examples(heads.ours(slots.METHODS), view, renderer)
    if (index := shells.staging / _SEARCH).is_file():
        made[_SEARCH] = listings.searchable(index.read_text(encoding="utf-8"), done.listed, lines)
    if (sitemap := shells.staging / "sitemap.xml").is_file():
        made |= listings.sitemaps(
            sitemap.read_text(encoding="utf-8"),
            site_url=shells.site_url,
            urls=[one.url for one in done.listed],
            commits=[line.ref.url for line in lines],
            day=datetime.fromtimestamp(_epoch(view), UTC).date().isoformat(),
        )
    if (shells.staging / "404.html").is_file():
        root = urlsplit(shells.site_url).path if shells.site_url else "/"
        told = renderer("missing", root=root)
        made["404.html"] = _MISSING.sub(lambda _: told, heads.page("404.html"), count=1)
    return {path: text.encode(errors="surrogateescape") for path, text in made.items()}


def _epoch(view: SiteView) -> int:
    """Return the newest commit's time in seconds since 1970: what stands for "now" in a site."""
    times = [datetime.fromisoformat(time) for time in view.commit_index["time"] if time]
    aware = [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]
    return max((int(time.timestamp()) for time in aware), default=0)
