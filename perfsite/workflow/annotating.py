"""Annotate: what regressed beside the line where its benchmark is defined, where that is known and not guessed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfsite.forges.forge import Annotation
from perfsite.report.wording import short_name
from perfsite.workflow import codebase

if TYPE_CHECKING:
    from perfsite.report.comment_views import CommentRow, CommentView
    from perfsite.workflow.commenting import Commented
    from perfsite.workflow.project import Project

MOST: Final = 50
_LONGEST: Final = 1_000
"""GitHub takes as many with one request, and readers fewer."""
_NODE: Final = re.compile(r"((?:[\w-][\w.-]*/)*[\w-][\w.-]*\.py)::([\w:]{1,300})")
"""What pytest calls a test: the path of its file, the classes that it is in, its function."""


def annotations_of(project: Project, commented: Commented) -> tuple[Annotation, ...]:
    """Return a remark for each benchmark that regressed or is beyond a budget and whose definition is known.

    Only pytest names the file with the benchmark, and only a clone that has the commit knows its lines; for any other
    there is none: a remark beside a line that has nothing to do with it would mislead.
    """
    top = codebase.top(project)
    if top is None:
        return ()
    files: dict[str, str | None] = {}
    places: dict[tuple[str, int], list[CommentRow]] = {}
    for row in _worse(commented.view):
        found = _NODE.match(row.benchmark[:_LONGEST])
        if found is None:
            continue
        path, node = found[1], found[2]
        if path not in files and len(files) == MOST:
            continue
        if path not in files:
            files[path] = codebase.file_at(project, commented.view.sha, path)
        line = definition(files[path] or "", node)
        if line is not None:
            inside = project.root.relative_to(top).as_posix()
            places.setdefault((path if inside == "." else f"{inside}/{path}", line), []).append(row)
    return tuple(_annotation(path, line, rows) for (path, line), rows in list(places.items())[:MOST])


def _worse(view: CommentView) -> list[CommentRow]:
    return [row for group in view.groups for row in group.rows if row.is_notable and "improvement" not in row.verdict]


def definition(text: str, node: str) -> int | None:
    """Return the line, counted from 1, that defines `Class::function` or `function`; None where there is none.

    Examples
    --------
    >>> definition("class TestA:\\n    def test_x(self): ...\\ndef test_x(): ...", "TestA::test_x")
    2
    """
    *classes, function = node.split("::")
    lines = text.splitlines()
    start, end, depth = 0, len(lines), 0
    for word, name in [*(("class", name) for name in classes), ("def", function)]:
        head = re.compile(rf"\s*(?:async\s+)?{word}\s+{re.escape(name)}\b")
        own = (i for i in range(start, end) if name and _indent(lines[i]) == depth)
        at = next((i for i in own if head.match(lines[i])), None)
        if at is None:
            return None
        inside = [i for i in range(at + 1, end) if lines[i].strip()]
        end = next((i for i in inside if _indent(lines[i]) <= depth), end)
        start, depth = at + 1, _indent(lines[inside[0]]) if inside else 0
    return start


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _annotation(path: str, line: int, rows: list[CommentRow]) -> Annotation:
    level = "failure" if any(row.fails for row in rows) else "warning"
    told = [_line(row) for row in rows[:10]]
    more = [f"and {len(rows) - 10} more"] if len(rows) > 10 else []
    return Annotation(path=path, line=line, level=level, title=rows[0].verdict, message="\n".join([*told, *more]))


def _line(row: CommentRow) -> str:
    name = f"{short_name(row.benchmark, 200)} {short_name(row.metric, 40)}"
    mark = f", {row.mark}" if row.mark else ""
    return f"{name}: {row.before} → {row.after}, {row.change} (noise {row.noise}), {row.verdict}{mark}"
