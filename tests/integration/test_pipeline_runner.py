"""The runner of GitLab pipelines itself: what GitLab would refuse is an error, and a shell ends where GitLab's does."""

import pytest
from loopback_gitlab import LoopbackGitLab
from loopback_hub import git_in
from pipeline_runner import Ask, PipelineError

RULES = "  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n"


@pytest.fixture
def run(tmp_path, repository):
    """Return a function that runs the pipeline of the default branch with this configuration."""
    with LoopbackGitLab(tmp_path / "gitlab") as gitlab:

        def runs(text, **variables):
            project = gitlab.project(42, "octo/perf", **variables)
            repository.commit("ci", files={".gitlab-ci.yml": text})
            repository.git("push", "-q", "--force", str(project.origin), "main")
            return gitlab.runner.run(project, Ask("push", repository.head, branch="main")).jobs

        yield runs


def test_a_script_ends_at_its_first_failure_and_shares_one_shell_with_what_comes_before(run):
    job = run("a:\n  before_script: [X=1]\n  script: [echo x=$X, 'false | cat', echo never]\n")["a"]
    assert (job.status, job.exit_code) == ("failed", 1)
    assert "\nx=1\n" in job.said
    assert "\nnever" not in job.said


def test_what_comes_after_runs_in_a_shell_of_its_own_and_knows_how_it_ended(run):
    job = run("a:\n  script: [X=1, 'false']\n  after_script: ['echo x=$X $CI_JOB_STATUS', 'false']\n")["a"]
    assert "\nx= failed\n" in job.said


def test_a_job_has_the_artifacts_of_what_it_needs_and_is_left_out_where_that_fails(run):
    made = run(
        "a:\n  script: [mkdir d, echo 1 > d/f]\n  artifacts: {paths: [d/]}\n"
        "b:\n  needs: [a]\n  script: [cat d/f, 'false']\n"
        "c:\n  needs: [{job: a, artifacts: false}]\n  script: [ls d]\n"
        "d:\n  needs: [b]\n  script: ['true']\n"
    )
    assert {name: job.status for name, job in made.items()} == {
        "a": "success", "b": "failed", "c": "failed", "d": "skipped"
    }  # fmt: skip
    assert "\n1\n" in made["b"].said


def test_variables_of_the_project_come_before_those_of_a_job_and_a_dollar_is_written_twice(run):
    text = "a:\n  variables: {A: own, B: $A-$CI_PROJECT_ID-$$A}\n  script: ['echo \"$A $B\"']\n"
    assert "\nown own-42-$A\n" in run(text)["a"].said
    assert "\ntheirs theirs-42-$A\n" in run(text, A="theirs")["a"].said


def test_a_clone_has_the_branches_only_where_its_depth_is_none(run):
    script = '  script: ["git branch -r | wc -l", "git rev-list --count HEAD"]\n'
    made = run(f"a:\n{script}b:\n  variables: {{GIT_DEPTH: 1}}\n{script}")
    assert made["b"].said.splitlines()[-1] == "1"
    assert made["a"].said.splitlines()[-1] != "1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a:\n  scripts: [ls]\n", "scripts is not known"),
        ("a:\n  stage: bench\n  script: [ls]\n", "chosen stage bench does not exist"),
        ("a:\n  needs: [b]\n  script: [ls]\n", "needs 'b' job, but 'b' does not exist"),
        ("a:\n  script: [ls]\n  rules:\n    - if: $CI_JOB_TOKEN\n", "known to a job only"),
        ("a:\n  script: [ls]\n  rules:\n    - if: $CI_NO_SUCH\n", "GitLab has no variable CI_NO_SUCH"),
        ("a:\n  script: [ls]\n  rules:\n    - if: $A =~ /x/\n", "is not understood"),
    ],
)
def test_what_gitlab_refuses_or_is_not_emulated_is_an_error(run, text, words):
    with pytest.raises(PipelineError, match=words):
        run(text)


def test_a_job_that_needs_one_that_its_pipeline_has_not_is_refused(run):
    with pytest.raises(PipelineError, match="does not exist in the pipeline"):
        run("a:\n  rules: [{if: $NEVER}]\n  script: [ls]\nb:\n" + RULES + "  needs: [a]\n  script: [ls]\n")


def test_a_token_of_a_job_reads_its_own_project_alone_and_pushes_nothing(run):
    made = run('a:\n  script: ["git ls-remote $CI_REPOSITORY_URL", "git push $CI_REPOSITORY_URL HEAD:refs/heads/x"]\n')[
        "a"
    ]
    assert "refs/heads/main" in made.said
    assert "403" in made.said
    assert made.status == "failed"


def test_the_bare_repository_is_left_with_the_pipelines_own_ref(run, tmp_path):
    run("a:\n  script: ['true']\n")
    assert "refs/pipelines/501" in git_in(tmp_path / "gitlab" / "git" / "octo" / "perf.git", "for-each-ref")
