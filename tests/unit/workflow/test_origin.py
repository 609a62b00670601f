"""Where a CI run's measurements come from: only what GitHub says decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from perfsite.errors import InputError
from perfsite.forges.forge import Job, PullRequest, WorkflowRun
from perfsite.workflow.origin import Home, SkippedError, check_run, environment_of, origin_of

HEAD = "a" * 40
HOME = Home(repository="octo/perf", default_branch="main", workflows={".github/workflows/b.yml"})
RUN = WorkflowRun(
    id=1,
    attempt=2,
    name="anything",
    workflow=".github/workflows/b.yml",
    event="pull_request",
    head=HEAD,
    head_branch="faster",
    head_repository="eve/perf",
    actor="eve",
    status="completed",
    conclusion="success",
    pull_requests=(),
    url="https://github.com/octo/perf/actions/runs/1",
    created=datetime(2026, 11, 21, 8, tzinfo=UTC),
    updated=datetime(2026, 11, 21, 9, tzinfo=UTC),
)


def pull(number, **parts):
    made = PullRequest(
        number=number,
        head=HEAD,
        base="b" * 40,
        target="main",
        head_branch="faster",
        head_repository="eve/perf",
        is_open=True,
        author="eve",
        url=f"https://github.com/octo/perf/pull/{number}",
    )
    return replace(made, **parts)


def job(*labels):
    return Job(id=1, name="measure", labels=labels, runner=None, conclusion="success", url=None)


def test_a_pull_request_is_the_one_with_this_head_branch_and_repository():
    others = [
        pull(1, head_repository="mallory/perf"),
        pull(2, head_branch="main"),
        pull(3, head="c" * 40),
        pull(4, head_repository=None),
    ]
    assert origin_of(RUN, [*others, pull(7)], HOME, claimed=None).pull_request == 7
    for other in others:
        with pytest.raises(SkippedError, match="any more"):
            origin_of(RUN, [other], HOME, claimed=other.number)


def test_a_claim_chooses_between_two_targets_of_one_branch_and_no_more():
    both = [pull(9, target="release"), pull(7)]
    assert origin_of(RUN, both, HOME, claimed=None).pull_request == 7
    assert origin_of(RUN, both, HOME, claimed=9).pull_request == 9
    with pytest.raises(InputError, match=r"#8, but .* is the head of #7 and #9"):
        origin_of(RUN, both, HOME, claimed=8)


def test_a_commit_of_a_branch_here_is_measured_by_nobody_elses_pull_request():
    theirs = pull(9, head_repository="octo/perf", head_branch="fix")
    with pytest.raises(SkippedError, match="also the head of pull request #9"):
        origin_of(RUN, [pull(7), theirs], HOME, claimed=7)
    assert origin_of(RUN, [pull(7), replace(theirs, is_open=False)], HOME, claimed=7).pull_request == 7
    assert origin_of(RUN, [pull(7), replace(theirs, head="c" * 40)], HOME, claimed=7).pull_request == 7
    ours = replace(RUN, head_repository="octo/perf", head_branch="fix")
    assert origin_of(ours, [pull(7), theirs], HOME, claimed=9, measured=[7]).pull_request == 9


def test_of_two_forks_with_one_commit_the_first_that_measured_it_goes_on():
    theirs = pull(3, head_repository="mallory/perf")
    assert origin_of(RUN, [pull(7), theirs], HOME, claimed=7, measured=[7]).pull_request == 7
    with pytest.raises(SkippedError, match="also the head of pull request #3"):
        origin_of(RUN, [pull(7), theirs], HOME, claimed=7, measured=[3])
    assert origin_of(RUN, [pull(7), theirs], HOME, claimed=7, measured=[3, 7]).pull_request == 7


@pytest.mark.parametrize("repository", [None, "eve/perf", "octo/perf2", "Octo/other"])
def test_only_the_repository_itself_makes_the_trend(repository):
    run = replace(RUN, event="push", head_branch="main", head_repository=repository)
    with pytest.raises(InputError, match="only main of octo/perf makes the trend"):
        origin_of(run, [], HOME, claimed=None)


def test_a_fork_that_was_deleted_has_no_pull_request_that_can_be_told():
    with pytest.raises(SkippedError):
        origin_of(replace(RUN, head_repository=None), [pull(7, head_repository=None)], HOME, claimed=7)


def test_a_run_that_ended_before_it_began_has_no_time_beside_its_beginning():
    origin = origin_of(replace(RUN, updated=datetime(2020, 1, 1, tzinfo=UTC)), [pull(7)], HOME, claimed=None)
    assert origin.began == origin.ended == RUN.created


def test_a_workflow_is_known_by_its_file_with_or_without_the_branch_behind_it():
    check_run(replace(RUN, workflow=".github/workflows/b.yml@refs/heads/main"), HOME)
    with pytest.raises(InputError, match="not one that measures here"):
        check_run(replace(RUN, workflow=".github/workflows/b.yml.evil.yml"), HOME)


def test_a_dynamic_workflow_that_is_no_file_is_refused():
    with pytest.raises(InputError):
        check_run(replace(RUN, workflow="dynamic/pages/pages-build-deployment"), HOME)


def test_the_only_environment_counts_whatever_is_claimed():
    assert environment_of("x", [job("ubuntu-24.04"), job("ubuntu-24.04")], [], where="a.zip") == (
        "github-ubuntu24-x86_64"
    )
    assert environment_of("x", [job("ubuntu-latest")], ["desk"], where="a.zip") == "desk"


def test_of_several_environments_the_claimed_one_counts_and_no_other():
    two = [job("ubuntu-24.04"), job("macos-15")]
    assert environment_of("github-macos15-arm64", two, [], where="a.zip") == "github-macos15-arm64"
    assert environment_of("b", two, ["a", "b"], where="a.zip") == "b"
    for jobs, named in ((two, []), ([], ["a", "b"])):
        with pytest.raises(InputError, match=r"a\.zip: claims the environment 'x'"):
            environment_of("x", jobs, named, where="a.zip")


def test_a_label_that_tells_nothing_is_not_taken_for_the_one_that_does():
    jobs = [job("ubuntu-24.04"), job("ubuntu-latest")]
    with pytest.raises(InputError, match="do not tell the environment: ubuntu-latest"):
        environment_of("github-ubuntu26-x86_64", jobs, [], where="a.zip")
    assert environment_of("github-ubuntu24-x86_64", jobs, [], where="a.zip") == "github-ubuntu24-x86_64"


def test_jobs_that_did_not_run_tell_no_environment():
    jobs = [job("ubuntu-24.04"), replace(job("macos-15"), conclusion="skipped"), job()]
    assert environment_of("x", jobs, [], where="a.zip") == "github-ubuntu24-x86_64"
