"""Which changed files a benchmark's name points to: the words both have, weighed by how rare they are."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

MOST_FILES: Final = 400
"""A range that changed more files points nowhere."""
_COMMON_SHARE: Final = 0.25
"""A word in more than this share of the benchmarks, or of the changed files, tells nothing."""
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_GENERIC_WORDS: Final = """
    test tests testing bench benches benchmark benchmarks benchmarking perf performance time timing timeit track peakmem
    mem memory run runs runner suite suites src source sources lib libs library pkg package packages module modules main
    index init core common util utils helper helpers misc base internal impl code file files app apps project crate
    crates py rs go js ts cpp cc hpp cxx jl cs rb kt yml toml lock txt md rst the and for
    with from case cases example examples small large big medium fast slow default new old simple basic all get set
    group param params size
"""
_ENDINGS: Final = ("ings", "ing", "ers", "er", "ors", "or", "ies", "es", "ed", "e", "s", "y")
_BENCHMARK_FOLDERS: Final = frozenset(
    {"bench", "benches", "benchmark", "benchmarks", "perf", "performance", "asv_bench", "asv_benchmarks"}
)
_LOCK_NAMES: Final = """
    poetry.lock package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb cargo.lock go.sum
    go.mod gemfile.lock composer.lock uv.lock pdm.lock pipfile.lock environment.yml environment.yaml conda-lock.yml
    pubspec.lock manifest.toml package.resolved mix.lock flake.lock packages.lock.json gradle.lockfile rust-toolchain
    rust-toolchain.toml .python-version .tool-versions .nvmrc .node-version .java-version .ruby-version .go-version
"""
_GENERIC: Final = frozenset(_GENERIC_WORDS.split())
_NO_CODE: Final = frozenset({"test", "tests", "testing", "spec", "specs", "doc", "docs", "examples", ".github"})
"""Folders of what no benchmark runs, unless it lies among the benchmarks."""
_NO_CODE_ENDINGS: Final = frozenset({".md", ".rst", ".txt", ".jsonl", ".csv", ".svg", ".png"})
_LOCK_FILES: Final = frozenset(_LOCK_NAMES.split())
_REQUIREMENTS: Final = re.compile(r"(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|lock)\Z")


@dataclass(frozen=True, slots=True)
class Match:
    """A changed file that a name points to: its path, the words they share, and how much they weigh."""

    path: str
    words: tuple[str, ...]
    weight: float


@lru_cache(maxsize=20_000)
def words_of(name: str) -> frozenset[str]:
    """Return the words of a name or path that can tell one thing from another, without their endings.

    Examples
    --------
    >>> sorted(words_of("benchmarks/parser/test_parse.py::test_jsonLines[10]"))
    ['json', 'lin', 'pars']
    >>> sorted(words_of("src/parser/mod.rs"))
    ['mod', 'pars']
    """
    found = set()
    for match in _WORD.finditer(name[:2000]):
        word = match[0].lower()
        if len(word) >= 3 and not word.isdigit() and word not in _GENERIC:
            found.add(_stem(word))
    return frozenset(found)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def is_lock_file(path: str) -> bool:
    """Whether a file pins the versions of dependencies, a compiler or a runtime.

    Examples
    --------
    >>> is_lock_file("web/package-lock.json"), is_lock_file("requirements-dev.txt"), is_lock_file("src/lock.py")
    (True, True, False)
    """
    name = PurePosixPath(path).name.lower()
    return name in _LOCK_FILES or _REQUIREMENTS.match(name) is not None


def is_benchmark_file(path: str) -> bool:
    """Whether a file looks like the benchmark's own: it lies in a folder of benchmarks or is called so."""
    parts = PurePosixPath(path.lower()).parts
    name = parts[-1] if parts else ""
    return any(part in _BENCHMARK_FOLDERS for part in parts[:-1]) or bool(
        re.search(r"(?:^|[_.-])bench(?:mark)?s?(?:[_.-]|$)|(?:^|[_.-])bench_|bench(?:mark)?s?\.\w+$", name)
    )


def is_code(path: str) -> bool:
    """Whether a benchmark may run a file: not where it documents or tests, or pins versions.

    Examples
    --------
    >>> is_code("src/parser/mod.rs"), is_code("tests/test_parser.py"), is_code("docs/parser.md")
    (True, False, False)
    """
    place = PurePosixPath(path.lower())
    return _NO_CODE.isdisjoint(place.parts[:-1]) and place.suffix not in _NO_CODE_ENDINGS and not is_lock_file(path)


def names_file(name: str, path: str) -> bool:
    """Whether a benchmark's name holds a file's path, or its end: `parser/test_parse.py::test_x`."""
    told = re.split(r"::|\[", name, maxsplit=1)[0].replace("\\", "/").strip()
    if "." not in told or len(told) < 4:
        return False
    dotted = path.rpartition(".")[0].replace("/", ".")
    return path == told or path.endswith(f"/{told}") or (dotted != "" and told.startswith(f"{dotted}."))


def words_of_path(path: str) -> frozenset[str]:
    """Return the words of a path that can tell one thing from another; its extension is none of them."""
    return words_of(path.removesuffix(PurePosixPath(path).suffix))


def rarity_of(names: Iterable[str]) -> Counter[str]:
    """Return in how many names each word stands."""
    return Counter(word for name in names for word in words_of(name))


@lru_cache(maxsize=256)
def _words_of_files(files: tuple[str, ...]) -> tuple[dict[str, frozenset[str]], Counter[str]]:
    """Return the words of every path, and in how many paths each stands: many benchmarks ask about one range."""
    words = {path: words_of_path(path) for path in files}
    return words, Counter(word for found in words.values() for word in found)


def match_files(name: str, files: Sequence[str], rarity: Mapping[str, int], benchmarks: int) -> list[Match]:
    """Return the changed files that a benchmark's name points to, the best first.

    Parameters
    ----------
    name
        The benchmark's.
    files
        Paths that changed; more than MOST_FILES point nowhere.
    rarity, benchmarks
        In how many benchmarks' names each word stands, of how many.

    Notes
    -----
    A shared word weighs ``log(benchmarks / in so many of them) + log(files / in so many of them)``, as in information
    retrieval [1]_: a word that every benchmark or every changed file has weighs next to nothing and, past a quarter of
    either, does not count at all.

    References
    ----------
    .. [1] K. Sparck Jones, J. Documentation 28(1), 1972, 11-21.
    """
    own = words_of(name)
    if not own or not 0 < len(files) <= MOST_FILES:
        return []
    words, in_files = _words_of_files(tuple(files))
    most_benchmarks = max(2.0, _COMMON_SHARE * benchmarks)
    most_files = max(3.0, _COMMON_SHARE * len(files))
    telling = {
        word: math.log((benchmarks + 1) / rarity.get(word, 1)) + math.log((len(files) + 1) / in_files[word])
        for word in own & in_files.keys()
        if rarity.get(word, 1) <= most_benchmarks and in_files[word] <= most_files
    }
    found = []
    for path in files:
        shared = sorted(words[path] & telling.keys())
        if shared and (is_code(path) or is_benchmark_file(path)):
            found.append(Match(path, tuple(shared), sum(telling[word] for word in shared)))
    return sorted(found, key=lambda match: (-match.weight, match.path))
