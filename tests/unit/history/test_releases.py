"""Which tags are releases, and which measured commit each of them ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfsite.history.commits import Tag, order, tags
from perfsite.history.order import arrange
from perfsite.history.releases import is_version, place_releases
from perfsite.model.run import Commit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Repository


def sha(number: int) -> str:
    return f"{number:040x}"


def line(n: int) -> list[Commit]:
    return [Commit(sha=sha(i)) for i in range(n)]


def tag(name: str, number: int) -> Tag:
    return Tag(name=name, sha=sha(number), time=None)


@pytest.mark.parametrize(
    "name",
    [
        "v1.2.0",
        "1.0",
        "2.0.0-rc1",
        "v3",
        "parser-v2.0.0",
        "@scope/parser@1.4.2",
        "release-3.1",
        "go1.22",
        "V2.1",
        "scipy-1.0",
    ],
)
def test_a_version_is_a_release(name: str) -> None:
    assert is_version(name)


@pytest.mark.parametrize("name", ["latest", "nightly-2026-01-02", "build-4711", "stable", "", "x" * 200, "ci/run-12"])
def test_a_build_or_a_purpose_is_no_release(name: str) -> None:
    assert not is_version(name)


def test_a_release_ends_with_the_newest_measured_commit_it_holds() -> None:
    measured = {sha(i): Commit(sha=sha(i)) for i in (1, 4, 8)}
    arranged = arrange(measured, line(10), set(measured), "main")
    tagged = [tag("v3", 8), tag("v1", 3), tag("v2", 4), tag("v0", 0), tag("latest", 9), tag("v9", 77)]
    assert place_releases(tagged, line(10), arranged) == ((0, "v1"), (1, "v2"), (2, "v3"))


def test_without_measured_commits_or_a_line_there_is_no_release() -> None:
    nothing = arrange({}, line(3), set(), "main")
    assert place_releases([tag("v1", 1)], line(3), nothing) == ()
    by_time = arrange({sha(1): Commit(sha=sha(1))}, [], set(), "main")
    assert place_releases([tag("v1", 1)], [], by_time) == ()


def test_light_and_annotated_tags_of_a_real_repository_are_placed(make_repository: Callable[..., Repository]) -> None:
    repository = make_repository()
    shas = [repository.commit(f"commit {i}") for i in range(4)]
    repository.git("tag", "v1.0", shas[1])
    repository.git(
        "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "tag", "-a", "-m", "second", "v2.0", shas[3]
    )
    found = order(repository.path, "HEAD")
    measured = {commit.sha: commit for commit in found if commit.sha in (shas[0], shas[2], shas[3])}
    arranged = arrange(measured, found, set(measured), "main")
    assert place_releases(tags(repository.path), found, arranged) == ((0, "v1.0"), (2, "v2.0"))
