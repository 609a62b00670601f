"""The runner of workflows does what GitHub does, as far as it goes, and refuses the rest."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from workflow_actions import Pages, actions
from workflow_runner import Event, Runner, WorkflowError

TOP = "name: made\non: {push: , workflow_dispatch: {inputs: {size: {default: '1'}}}}\npermissions: {}\n"


class FolderHost:
    """A host that is nothing but a bare repository in a folder."""

    repository = "ada/parser"
    server_url = "http://127.0.0.1:9"
    api_url = "http://127.0.0.1:9/api/v3"

    def __init__(self, origin):
        self.clone_url = str(origin)
        self.artifacts = {}
        self.tokens, self.runs = [], []

    def grant(self, permissions):
        self.tokens.append(permissions)
        return f"token-{len(self.tokens)}"

    def begin(self, run):
        pass

    def finish(self, run, jobs):
        pass

    def add_artifact(self, run_id, name, content):
        self.artifacts[name] = content
        self.runs.append(run_id)
        return len(self.artifacts)


@pytest.fixture
def runner(repository, make_repository, tmp_path):
    """Return a runner whose repository is pushed anew with a workflow by `ran`."""
    origin = make_repository("origin.git", bare=True)
    repository.git("remote", "add", "origin", str(origin.path))
    pages = Pages(tmp_path / "pages", "http://127.0.0.1:9/parser/")
    return Runner(FolderHost(origin.path), origin.path, tmp_path / "runs", actions(pages))


@pytest.fixture
def ran(repository, runner):
    def run(jobs, *, event=None, files=None, **inputs):
        text = jobs if jobs.startswith("name:") else TOP + "jobs:\n" + jobs
        sha = repository.commit("work", files={".github/workflows/made.yml": text, **(files or {})})
        repository.git("push", "-q", "--force", "origin", "main")
        payload = {"inputs": inputs} if inputs else {}
        name = "workflow_dispatch" if inputs else "push"
        return runner.fire(event or Event(name, payload, sha, "refs/heads/main"))[0]

    return run


STEPS = """
  one:
    runs-on: ubuntu-24.04
    permissions: {contents: read}
    outputs: {word: "${{ steps.say.outputs.word }}"}
    env: {LEVEL: job}
    steps:
      - uses: actions/checkout@0000000000000000000000000000000000000000
        with: {persist-credentials: false}
      - id: say
        env: {WORD: "a${{ 1 }}"}
        run: |
          echo "word=$WORD" >> "$GITHUB_OUTPUT"
          echo "LATER=$LEVEL-$GITHUB_REF_NAME" >> "$GITHUB_ENV"
          echo "# told" >> "$GITHUB_STEP_SUMMARY"
          mkdir -p bin && printf '#!/bin/sh\\necho tool' > bin/tool && chmod +x bin/tool
          echo "$PWD/bin" >> "$GITHUB_PATH"
      - {name: use, run: 'echo "$LATER"; tool; git log --oneline | wc -l; cat README.md'}
      - {name: fail, run: "false | true; exit 3"}
      - {name: skipped, run: echo never}
      - {name: mend, if: failure(), run: echo mended}
  two:
    needs: one
    if: ${{ !cancelled() }}
    runs-on: ubuntu-24.04
    steps: [{name: tell, env: {W: "${{ needs.one.outputs.word }}"}, run: 'echo "$W" ${{ needs.one.result }}'}]
  three:
    needs: one
    runs-on: ubuntu-24.04
    steps: [{run: echo never}]
"""


def test_steps_run_in_order_with_what_steps_before_have_set(ran):
    run = ran(STEPS)
    one = run.jobs["one"]
    assert one.step("use").said.split() == ["job-main", "tool", "1", "#", "Example"]
    assert [step.conclusion for step in one.steps][3:] == ["failure", "skipped", "success"]
    assert (one.step("fail").exit_code, one.result, run.conclusion) == (3, "failure", "failure")
    assert one.summary == "# told\n"
    assert run.jobs["two"].step("tell").said.split() == ["a1", "failure"]
    assert run.jobs["three"].result == "skipped"


def test_a_job_has_a_token_for_what_it_declares_and_none_of_it_lies_about(ran, runner):
    run = ran(STEPS)
    assert runner.host.tokens == [{"contents": "read"}, {}, {}]
    workspace = runner.folder / f"{run.id}-1" / "one" / "work" / "parser"
    assert "AUTHORIZATION" not in (workspace / ".git" / "config").read_text(encoding="utf-8")


def test_a_step_sees_nothing_of_the_environment_that_the_tests_have(ran, monkeypatch):
    monkeypatch.setenv("PLANTED", "hush")
    run = ran("  one: {runs-on: ubuntu-24.04, steps: [{name: env, run: env}]}")
    said = run.jobs["one"].step("env").said
    assert "hush" not in said
    assert "GITHUB_RUN_ID=1001" in said
    assert "token-1" not in said


def test_the_shell_that_is_named_stops_at_a_broken_pipe_and_the_default_does_not(ran):
    text = "  one: {{runs-on: ubuntu-24.04, {}steps: [{{run: 'false | true'}}]}}"
    assert ran(text.format("")).conclusion == "success"
    assert ran(text.format("defaults: {run: {shell: bash}}, ")).conclusion == "failure"


def test_an_artifact_is_a_zip_from_the_files_common_folder(ran, runner):
    ran(
        "  one:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - run: mkdir -p out && echo 1 > out/a.jsonl\n"
        "      - uses: actions/upload-artifact@v4\n"
        "        with: {name: kept, path: out/a.jsonl, if-no-files-found: error}\n"
    )
    with zipfile.ZipFile(io.BytesIO(runner.host.artifacts["kept"])) as archive:
        assert archive.namelist() == ["a.jsonl"]


@pytest.mark.parametrize("path", ["runner.temp", "github.workspace", "github.action_path"])
def test_a_path_that_would_be_another_one_in_a_container_is_refused(ran, path):
    with pytest.raises(WorkflowError, match=path):
        ran(f"  one: {{runs-on: ubuntu-24.04, steps: [{{run: 'echo ${{{{ {path} }}}}'}}]}}")


def test_a_dispatch_has_its_inputs_and_a_push_has_them_empty(ran):
    text = "  one: {runs-on: ubuntu-24.04, steps: [{name: say, run: 'echo [${{ inputs.size }}]'}]}"
    assert ran(text, size="7").jobs["one"].step("say").said == "[7]\n"
    assert ran(text).jobs["one"].step("say").said == "[]\n"


def test_a_run_for_a_fork_sees_no_secret_and_may_write_nothing(ran, runner, repository):
    runner.secrets = {"KEY": "hush"}
    text = (
        "name: made\non: [push, pull_request]\npermissions: {contents: write}\njobs:\n"
        "  one: {runs-on: ubuntu-24.04, steps: [{name: say, run: 'echo [${{ secrets.KEY }}]'}]}\n"
    )
    assert ran(text).jobs["one"].step("say").said == "[hush]\n"
    head = {"sha": repository.head, "ref": "topic", "repo": {"full_name": "eve/parser"}}
    request = {"pull_request": {"number": 1, "head": head, "base": {"ref": "main"}}}
    (run,) = runner.fire(Event("pull_request", request, repository.head, "refs/pull/1/merge", "eve", from_fork=True))
    assert run.jobs["one"].step("say").said == "[]\n"
    assert runner.host.tokens == [{"contents": "write"}, {"contents": "read"}]


def test_one_workflow_follows_another_and_runs_as_it_is_on_the_default_branch(ran, runner):
    after = (
        "name: after\non: {workflow_run: {workflows: [made], types: [completed]}}\npermissions: {}\njobs:\n"
        "  one: {runs-on: ubuntu-24.04, steps: [{name: say, run: 'echo ${{ github.event.workflow_run.event }}'}]}\n"
    )
    text = TOP + "jobs: {one: {runs-on: ubuntu-24.04, steps: [{run: 'true'}]}}\n"
    ran(text, files={".github/workflows/after.yml": after})
    assert [run.name for run in runner.runs] == ["made", "after"]
    assert runner.runs[1].jobs["one"].step("say").said == "push\n"


COMPOSITE = """name: say
description: says
inputs: {word: {description: what, default: none}}
outputs: {said: {description: what, value: "${{ steps.it.outputs.said }}"}}
runs:
  using: composite
  steps:
    - {id: it, shell: bash, env: {W: "${{ inputs.word }}"}, run: 'echo "said=$W" >> "$GITHUB_OUTPUT"'}
"""


def test_a_composite_action_has_its_inputs_and_gives_its_outputs(ran):
    run = ran(
        "  one:\n    runs-on: ubuntu-24.04\n    permissions: {contents: read}\n    steps:\n"
        "      - uses: actions/checkout@v4\n"
        "      - {id: own, uses: ./say, with: {word: 'a; exit 9'}}\n"
        "      - {name: tell, run: \"echo '${{ steps.own.outputs.said }}'\"}\n",
        files={"say/action.yml": COMPOSITE},
    )
    assert run.jobs["one"].step("tell").said == "a; exit 9\n"


@pytest.mark.parametrize(
    ("jobs", "match"),
    [
        ("  one: {runs-on: ubuntu-24.04, strategy: {matrix: {a: [1]}}, steps: []}", "strategy is not known"),
        ("  one: {runs-on: windows-2025, steps: []}", "runs on windows"),
        ("  one: {runs-on: ubuntu-24.04, steps: [{uses: owner/thing@v1}]}", "owner/thing@v1 is not known"),
        ("  one: {runs-on: ubuntu-24.04, steps: [{run: 'echo ${{ steps.none.outputs.a }}'}]}", "has no 'none'"),
        ("  one: {runs-on: ubuntu-24.04, steps: [{uses: actions/checkout@v4}]}", "without contents: read"),
        ("  one: {needs: two, runs-on: ubuntu-24.04, steps: []}", "circle"),
    ],
)
def test_what_it_cannot_do_it_refuses(ran, jobs, match):
    with pytest.raises(WorkflowError, match=match):
        ran(jobs)


def test_python_and_pip_of_a_step_are_those_of_the_tests(ran):
    run = ran("  one: {runs-on: ubuntu-24.04, steps: [{name: which, run: which python}]}")
    assert Path(run.jobs["one"].step("which").said.strip()).parent == Path(sys.executable).parent
    assert subprocess.run(["bash", "--version"], capture_output=True, check=True).stdout
