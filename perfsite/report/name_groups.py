"""Groups of benchmarks by the beginning of their names: `parser/`, `test_io.py`, `suite.module`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

# A dot within `test_io.py` or `1.5` separates nothing.
_SEPARATOR: Final = re.compile(
    r"::|/|(?<=[A-Za-z_])\.(?!(?:py|js|mjs|ts|rb|go|rs|c|cc|cpp|java|kt|jl|ex|exs|php|swift)(?![A-Za-z]))(?=[A-Za-z_])"
)
MOST_GROUPS: Final = 40
REST: Final = "other"


def name_groups(names: Iterable[str]) -> dict[str, str]:
    """Return the group of every benchmark: its name up to the first part in which the names differ.

    Names that end there have no group of their own and are in "other", as are those of all groups but the
    forty largest; where that leaves one group only, its name is empty.

    Examples
    --------
    >>> name_groups(["pkg/parse/a", "pkg/parse/b", "pkg/write/a", "pkg/write/c"])["pkg/write/c"]
    'pkg/write'
    >>> name_groups(["a", "b"])
    {'a': '', 'b': ''}
    """
    known = sorted(set(names))
    cut = {name: [found.start() for found in _SEPARATOR.finditer(name[:500])] for name in known}
    parts = {name: [name[:end] for end in ends] for name, ends in cut.items()}
    depth = 0
    while len({heads[depth] if depth < len(heads) else None for heads in parts.values()}) == 1 and any(
        depth < len(heads) for heads in parts.values()
    ):
        depth += 1
    group = {name: heads[depth] if depth < len(heads) else REST for name, heads in parts.items()}
    sizes = Counter(group.values())
    kept = {name for name, _ in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_GROUPS]}
    group = {name: one if one in kept else REST for name, one in group.items()}
    return group if len(set(group.values())) > 1 else dict.fromkeys(group, "")
