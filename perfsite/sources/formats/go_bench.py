"""Go: the text of `go test -bench`, and any other file in Go's benchmark format."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.sources.document import Document
from perfsite.sources.formats.go_results import Lines
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from perfsite.model.run import Reading

NAME: Final = "go-bench"
TITLE: Final = "Go benchmarks: the output of go test -bench (benchfmt)"
MAKE: Final = "go test -run '^$' -bench . -benchmem -count 10 ./... | tee bench.txt"
HINT: Final = "`go test -bench . | tee bench.txt` writes it; give its output unchanged."
_RESULT: Final = re.compile(
    r"^Benchmark[A-Z0-9_]\S*[ \t]+\d+[ \t]+[-+.\da-zA-Z]+[ \t]+[^\s\d]", re.MULTILINE | re.ASCII
)
_HEADER: Final = re.compile(r"^(?:goos|goarch): \w+[ \t]*$", re.MULTILINE | re.ASCII)


def accepts(head: str) -> bool:
    """Whether a text that begins so holds a result line or a header of `go test -bench`."""
    text = plain(head)
    return text.lstrip()[:1] not in {"{", "["} and bool(_HEADER.search(text) or _RESULT.search(text))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of `go test -bench` or of a file in Go's benchmark format.

    All pairs of values and units of a line are metrics. Lines of one benchmark (`-count`) are samples of one
    measurement, the value is their median. Parameters are the `key=value` parts of sub-benchmarks and, by position,
    numbers; `gomaxprocs`, the number behind the name, is one only where the file has one benchmark with several
    (`-cpu 1,2,4`), else a fact. Where the file has several packages each name says its own: `BenchmarkX (pkg)`.
    Configuration (`key: value`) becomes facts; where the same benchmark stands under several values of a key, that
    key is a parameter. Lines under different `commit:` are runs of their own. `Unit … better=` gives directions.
    Failed, skipped and unfinished benchmarks have that status as their `time`. The number of iterations is how long
    Go chose to measure and no part of what is measured; logs are left out.

    The format: https://golang.org/design/14313-benchmark-format, https://pkg.go.dev/golang.org/x/perf/benchfmt.
    """
    document = Document(origin, hint=HINT, top="")
    lines = Lines(document)
    for at, line in read_lines(stream, origin=origin):
        lines.take(at, line)
    lines.finish()
    *earlier, newest = lines.readings()
    return replace(newest, earlier=tuple(earlier)) if earlier else newest
