"""What vitest calls a benchmark: its file, the titles around it, its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    parts = [path.replace("\\", "/").split("/") for path in paths]
    lengths = [1] * len(parts)
    for _ in range(max(map(len, parts), default=0)):
        names = ["/".join(part[-length:]) for part, length in zip(parts, lengths, strict=True)]
        seen: dict[str, int] = {}
        for name in names:
            seen[name] = seen.get(name, 0) + 1
        longer = [i for i, name in enumerate(names) if seen[name] > 1 and lengths[i] < len(parts[i])]
        if not longer:
            return names
        for i in longer:
            lengths[i] += 1
    return ["/".join(part[-length:]) for part, length in zip(parts, lengths, strict=True)]
