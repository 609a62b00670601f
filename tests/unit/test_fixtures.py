"""The fixtures that other tests stand on."""

import os


def test_no_test_sees_the_ci_or_the_git_configuration_of_this_machine(repository):
    assert not [name for name in os.environ if name == "CI" or name.startswith(("GITHUB_", "CI_"))]
    places = {line.split("\t")[0] for line in repository.git("config", "--list", "--show-origin").splitlines()}
    assert places == {"file:.git/config"}


def test_the_same_commits_have_the_same_sha_on_every_machine(make_repository):
    shas = [make_repository(name).commit("one", files={"a/b.txt": "1\n"}) for name in ("first", "second")]
    assert shas[0] == shas[1]


def test_commits_are_an_hour_apart_in_the_order_they_were_made(repository):
    repository.commit("second")
    assert repository.git("log", "--format=%cI %s").splitlines() == [
        "2026-01-01T01:00:00+00:00 second",
        "2026-01-01T00:00:00+00:00 first",
    ]


def test_the_command_runs_in_a_process_of_its_own(run_perfsite):
    finished = run_perfsite("no-such-command")
    assert finished.exit_code == 2
    assert finished.stdout == ""
