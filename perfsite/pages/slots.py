"""The places in a shell that stamping fills, and the paths of the shells: all that engine and stamper agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TITLE: Final = "PERFSITETITLESLOT"
DESCRIPTION: Final = "PERFSITEDESCRIPTIONSLOT"
CONTENT: Final = '<div class="ps-slot"><h1>PERFSITECONTENTSLOT</h1></div>'
NAME: Final = "perfsite-shell"
"""The folder of a shell that stands for many pages: `benchmarks/perfsite-shell/`."""

BENCHMARK_SHELL: Final = f"benchmarks/{NAME}/"
COMMIT_SHELL: Final = f"commits/{NAME}/"
INCIDENT_SHELL: Final = f"incidents/{NAME}/"
SHELLS: Final = (BENCHMARK_SHELL, COMMIT_SHELL, INCIDENT_SHELL)
BENCHMARKS: Final = "benchmarks/"
COMMITS: Final = "commits/"
DATA: Final = "data/"
METHODS: Final = "methods/"
SECTIONS: Final[Mapping[str, str]] = {
    "incidents/": "Incidents",
    "budgets/": "Budgets",
    "quality/": "Data quality",
}
"""Pages made of one view and one template each, both named by the URL (`quality/`): URL and title in the navigation."""
OVERVIEWS: Final = ("", "performance/")
"""Where the overview goes: the front page, or below it where the owner's own front page stands."""
ASSETS: Final = "assets/perfsite/"
STYLES: Final = (f"{ASSETS}perfsite.css",)
SCRIPTS: Final = (f"{ASSETS}perfsite.js",)
