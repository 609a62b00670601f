"""Where the host of the code shows things: GitLab's addresses are others than GitHub's."""

import pytest

from perfsite.report.code_host import commit_url, commits_url, is_gitlab, pull_request_url


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("https://gitlab.com/octo/perf", True),
        ("https://gitlab.example.org:8443/group/sub/perf", True),
        ("https://code.gitlab-internal.example.org/perf", True),
        ("https://mygitlab.example.org/perf", True),
        ("https://git.example.org/octo/perf/-", True),
        ("https://github.com/octo/perf", False),
        ("https://github.com/gitlab/perf", False),
        ("https://git.example.org/gitlab.com/perf", False),
    ],
)
def test_gitlab_is_told_by_the_name_of_the_host_and_nothing_else(repository, expected):
    assert is_gitlab(repository) is expected


def test_a_commit_a_range_and_a_request_have_the_addresses_of_their_host():
    github, gitlab = "https://github.com/octo/perf", "https://gitlab.com/octo/perf"
    assert commit_url(github, "a") == f"{github}/commit/a"
    assert commit_url(gitlab, "a") == f"{gitlab}/-/commit/a"
    assert commit_url(f"{gitlab}/-", "a") == commit_url(gitlab, "a")
    assert commits_url(gitlab, "a", "b") == f"{gitlab}/-/compare/a...b"
    assert pull_request_url(github, 7) == f"{github}/pull/7"
    assert pull_request_url(gitlab, 7) == f"{gitlab}/-/merge_requests/7"
    assert pull_request_url(gitlab, None) is commit_url(None, "a") is None
