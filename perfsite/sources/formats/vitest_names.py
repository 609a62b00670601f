"""What vitest calls a benchmark: its file, the titles around it, its own name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_FOLDERS: Final = 16
BREAK: Final = " > "
"""What stands between file, titles and name."""


def in_file(title: str, path: str) -> str:
    """Return a group's full name beginning with its file, relative to the project.

    vitest writes it so; where a group's name does not begin with its file, the file's own name is put before it.

    Examples
    --------
    >>> in_file("test/a.bench.ts > sums", "/home/me/test/a.bench.ts")
    'test/a.bench.ts > sums'
    >>> in_file("sums", "/home/me/test/a.bench.ts")
    'a.bench.ts > sums'
    """
    file, _, _ = title.partition(BREAK)
    path = path.replace("\\", "/")
    title = title.removesuffix(BREAK.rstrip())
    if not path or (file and (path == file or path.endswith(f"/{file}"))):
        return title
    name = path.rpartition("/")[2]
    return f"{name}{BREAK}{title}" if title else name


def short_paths(paths: Sequence[str]) -> list[str]:
    """Return each path as its file's name, with as many folders before it as tell it from the others.

    Where the project lies on a machine is not part of a benchmark's name.

    Examples
    --------
    >>> short_paths(["/x/a/index.bench.ts", "/x/b/index.bench.ts", "/x/b/sort.bench.ts"])
    ['a/index.bench.ts', 'b/index.bench.ts', 'sort.bench.ts']
    """
    parts = {path: path.replace("\\", "/").split("/") for path in paths}
    lengths = dict.fromkeys(parts, 1)
    for _ in range(_MOST_FOLDERS):
        names = {path: "/".join(part[-lengths[path] :]) for path, part in parts.items()}
        times = Counter(names.values())
        alike = [path for path, name in names.items() if times[name] > 1]
        if not alike:
            break
        for path in alike:
            lengths[path] += 1
    return ["/".join(parts[path][-lengths[path] :]) for path in paths]
