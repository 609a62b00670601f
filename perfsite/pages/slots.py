"""The places in a shell that stamping fills, and the paths of the shells: all that engine and stamper agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TITLE: Final = "PERFSITETITLESLOT"
DESCRIPTION: Final = "PERFSITEDESCRIPTIONSLOT"
CONTENT: Final = '<div class="ps-slot"><h1>PERFSITECONTENTSLOT</h1></div>'
EXAMPLE: Final = r'<div class="ps-slot-example" data-example="([a-z-]{1,40})"></div>'
"""A place for a worked example in a page on methods, perfsite's or the owner's: a regular expression."""
NAME: Final = "perfsite-shell"
"""The folder of a shell that stands for many pages: `benchmarks/perfsite-shell/`."""

BENCHMARK_SHELL: Final = f"benchmarks/{NAME}/"
COMMIT_SHELL: Final = f"commits/{NAME}/"
INCIDENT_SHELL: Final = f"incidents/{NAME}/"
RELEASE_SHELL: Final = f"releases/{NAME}/"
SHELLS: Final = (BENCHMARK_SHELL, COMMIT_SHELL, INCIDENT_SHELL, RELEASE_SHELL)
BENCHMARKS: Final = "benchmarks/"
COMMITS: Final = "commits/"
DATA: Final = "data/"
METHODS: Final = "methods/"
EMBED: Final = "embed/"
"""A chart for a frame of another site: no page of the engine, but an address that no other page may have."""
SECTIONS: Final[Mapping[str, str]] = {
    "summary/": "Summary",
    "releases/": "Releases",
    "compare/": "Compare",
    "incidents/": "Incidents",
    "budgets/": "Budgets",
    "quality/": "Data quality",
    "environments/": "Environments",
}
"""Pages made of one view and one template each, both named by the URL (`quality/`): URL and title."""
FRONT: Final = ""
"""Stands for the overview in `NAV`, wherever that goes."""
NAV: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Overview", (FRONT, "summary/")),
    ("Benchmarks", (BENCHMARKS,)),
    ("Commits", (COMMITS,)),
    ("Releases", ("releases/",)),
    ("Compare", ("compare/",)),
    ("Incidents", ("incidents/",)),
    ("Budgets", ("budgets/",)),
    ("Quality", ("quality/", "environments/")),
    ("Data", (DATA, METHODS)),
)
"""The navigation: the title of each tab and the pages behind it, the first of which the tab opens."""
TITLES: Final[Mapping[str, str]] = {
    FRONT: "Overview",
    BENCHMARKS: "Benchmarks",
    COMMITS: "Commits",
    **SECTIONS,
    DATA: "Data",
    METHODS: "Methods",
}
OVERVIEWS: Final = ("", "performance/")
"""Where the overview goes: the front page, or below it where the owner's own front page stands."""
ASSETS: Final = "assets/perfsite/"
STYLES: Final = (f"{ASSETS}perfsite.css",)
SCRIPTS: Final = (f"{ASSETS}perfsite.js",)


def beside(url: str, *, front: str = FRONT) -> tuple[tuple[str, str, bool], ...]:
    """Return the pages behind the same tab as one, as (URL, title, whether it is that one); empty where it is alone.

    `front` is where the overview stands.

    Examples
    --------
    >>> beside("quality/"), beside("compare/")
    ((('quality/', 'Data quality', True), ('environments/', 'Environments', False)), ())
    """
    pages = next((pages for _, pages in NAV if url in pages), ())
    told = tuple((front if page == FRONT else page, TITLES[page], page == url) for page in pages)
    return told if len(told) > 1 else ()
