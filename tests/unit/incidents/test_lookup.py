"""Incidents are found by what people have at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted_steps import Find, commits_of, make

from perfsite.incidents.lookup import look_up

if TYPE_CHECKING:
    from perfsite.model.incident import Incident

N = 200


def found(text: str, incidents: list[Incident]) -> list[int]:
    return [one.commit for one in look_up(text, incidents, commits_of(N))]


def test_an_id_its_beginning_and_a_whole_sha_name_an_incident(find: Find) -> None:
    incidents = list(find([make(N, {50: 1.3, 120: 1.3})], N).all)
    sha = commits_of(N)[50].sha
    assert found(sha[:10], incidents) == found(sha[:5].upper(), incidents) == found(f" {sha} ", incidents) == [50]


def test_a_commit_beside_the_range_and_an_id_of_before_lead_there(find: Find) -> None:
    incidents = list(find([make(N, {50: 1.3, 120: 1.3})], N).all)
    commits = commits_of(N)
    assert [found(commits[at].sha[:10], incidents) for at in (49, 51, 119, 80)] == [[50], [50], [120], []]


def test_too_few_digits_and_foreign_text_name_nothing(find: Find) -> None:
    incidents = list(find([make(N, {50: 1.3})], N).all)
    assert [found(text, incidents) for text in ("", "abc", "zzzz", "../..", "é" * 5000)] == [[]] * 5
