"""`perfsite init`: a project is set up in one command, and nothing that its owner wrote is lost."""

import json
import os
from dataclasses import replace

import pytest
import yaml

from perfsite import __version__, config

FILES = {
    ".github/workflows/perfsite-measure.yml",
    ".github/workflows/perfsite-publish.yml",
    ".github/workflows/perfsite-release-notes.yml",
    ".github/workflows/perfsite-remeasure.yml",
    "site_config/perfsite.toml",
}
BENCHMARK = "def test_b(benchmark):\n    benchmark(print)\n"


@pytest.fixture
def repository(repository):
    repository.commit("benchmarks", files={"tests/test_b.py": BENCHMARK})
    return repository


@pytest.fixture
def init(run_perfsite, repository):
    def run(*arguments, good=True):
        done = run_perfsite("init", *arguments, cwd=repository.path)
        assert (done.exit_code == 0) is good, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def contents(repository):
    files = [file for file in repository.path.rglob("*") if file.is_file() and ".git" not in file.parts]
    return {file.relative_to(repository.path).as_posix(): file.read_bytes() for file in files}


def steps(repository, name, job):
    text = yaml.safe_load((repository.path / ".github" / "workflows" / name).read_text("utf-8"))
    return {step["name"]: step for step in text["jobs"][job]["steps"]}


@pytest.mark.parametrize("step", ["uses: actions/deploy-pages@v5", "run: mkdocs gh-deploy --force"])
def test_a_site_that_is_there_already_is_told_of_before_it_is_replaced(init, repository, step):
    text = f"on: push\njobs: {{docs: {{runs-on: ubuntu-24.04, steps: [{{{step}}}]}}}}\n"
    repository.commit("docs", files={".github/workflows/docs.yml": text, ".github/workflows/ci.yml": "on: push\n"})
    assert "docs.yml: publishes to GitHub Pages, of which a repository has one" in init().stderr
    assert "publishes to GitHub Pages" not in init("--ci", "gitlab").stderr


def test_a_project_is_set_up_with_what_its_files_say(init, repository):
    repository.git("remote", "add", "origin", "git@github.com:ada/parser.git")
    done = init()
    assert set(contents(repository)) == FILES | {"README.md", "tests/test_b.py"}
    measure = steps(repository, "perfsite-measure.yml", "measure")
    assert measure["Run the benchmarks"]["run"].startswith("pytest --benchmark-only --benchmark-json bench.json")
    assert measure["Record"]["env"] == {"RESULTS": "bench.json"}
    assert measure["Install perfsite"]["env"] == {"PERFSITE": f"perfsite=={__version__}"}
    assert steps(repository, "perfsite-publish.yml", "trend")["Install perfsite"]["env"] == {
        "PERFSITE": f"perfsite[notify]=={__version__}"
    }
    assert "https://github.com/ada/parser/settings/pages" in done.stdout
    assert "FILL IN" not in done.stdout + done.stderr
    rule = config.Rule(unit="s", warn=0.05, fail=0.1)
    assert config.load(repository.path) == replace(config.parse("", where=""), rules=(rule,))


def test_what_could_not_be_found_out_is_marked_and_said(run_perfsite, make_repository):
    empty = make_repository("empty")
    done = run_perfsite("init", "--json", cwd=empty.path)
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert (answer["version"], answer["format"]) == (1, None)
    assert answer["to_fill_in"] == "the command that runs your benchmarks, and the file that it writes"
    assert "look for FILL IN" in done.stderr
    assert answer["next_steps"][0].startswith("look for FILL IN in perfsite-measure.yml: the command that runs your")
    text = (empty.path / ".github/workflows/perfsite-measure.yml").read_text("utf-8")
    assert text.count("FILL IN") == 1
    assert steps(empty, "perfsite-measure.yml", "measure")["Run the benchmarks"]["run"].endswith("exit 1\n")


def test_in_a_folder_of_a_repository_nothing_is_written_that_nobody_would_read(run_perfsite, repository):
    folder = repository.path / "services" / "my api"
    folder.mkdir(parents=True)
    before = contents(repository)
    done = run_perfsite("init", cwd=folder)
    assert done.exit_code == 2
    assert "this is services/my api in it" in done.stderr
    assert str(repository.path) in done.stderr.splitlines()[1]
    assert contents(repository) == before
    assert run_perfsite("init", "--ci", "none", cwd=folder).exit_code == 0


def test_without_git_the_first_step_is_a_repository(run_perfsite, tmp_path):
    assert "1. git init" in run_perfsite("init", cwd=tmp_path).stdout


def test_the_second_time_nothing_changes(init, repository):
    init()
    before = contents(repository)
    done = init("--json")
    outcomes = {one["path"]: one["outcome"] for one in json.loads(done.stdout)["files"]}
    assert set(outcomes.values()) == {"unchanged"}
    assert contents(repository) == before


def test_a_workflow_that_says_something_else_is_named_and_nothing_at_all_is_written(init, repository):
    theirs = repository.path / ".github" / "workflows" / "perfsite-publish.yml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine\n", encoding="utf-8")
    before = contents(repository)
    done = init(good=False)
    assert done.exit_code == 2
    assert ".github/workflows/perfsite-publish.yml" in done.stderr
    assert "perfsite-measure.yml" not in done.stderr
    assert contents(repository) == before
    dry = init("--force", "--dry-run")
    assert "perfsite-publish.yml: would be changed" in dry.stdout
    assert contents(repository) == before
    assert "perfsite-publish.yml: changed" in init("--force").stdout
    assert theirs.read_text("utf-8") != "mine\n"


def test_settings_that_exist_are_left_alone_and_tell_the_branch(init, repository):
    settings = repository.path / "site_config" / "perfsite.toml"
    settings.parent.mkdir()
    settings.write_text('branch = "trunk"\n', encoding="utf-8")
    init("--force")
    assert settings.read_text("utf-8") == 'branch = "trunk"\n'
    text = (repository.path / ".github/workflows/perfsite-measure.yml").read_text("utf-8")
    assert 'branches: ["trunk"]' in text


def test_a_channel_that_the_settings_name_gets_its_secret(init, repository):
    settings = repository.path / "site_config" / "perfsite.toml"
    settings.parent.mkdir()
    channel = '[[notify.channels]]\nname = "team"\nurl_env = "OUR_TEAMS_URL"\n'
    settings.write_text(channel, encoding="utf-8")
    init()
    alert = steps(repository, "perfsite-publish.yml", "trend")["Alert"]["env"]
    assert alert["OUR_TEAMS_URL"] == "${{ secrets.OUR_TEAMS_URL }}"
    assert alert["PERFSITE_SLACK_URL"] == "${{ secrets.PERFSITE_SLACK_URL }}"


def test_a_disk_that_is_full_in_the_middle_leaves_no_file_half_written(init, repository):
    (repository.path / ".github").write_text("a file where a folder is needed", encoding="utf-8")
    before = contents(repository)
    done = init(good=False)
    assert done.exit_code == 5
    assert ".github" in done.stderr
    assert contents(repository) == before


def test_a_link_is_not_followed(init, repository, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("theirs", encoding="utf-8")
    place = repository.path / "site_config"
    place.mkdir()
    (place / "perfsite.toml").symlink_to(tmp_path / "nowhere")
    assert init("--force", good=False).exit_code == 2
    assert not (tmp_path / "nowhere").exists()


def test_the_command_and_its_file_may_be_given(init, repository):
    command = "make bench\necho 'it''s: done' # not a comment"
    init(
        "--benchmark-command",
        command,
        "--result-file",
        "out/*.json",
        "--install",
        ".",
        "--site-url",
        "https://a.org/b/",
    )
    measure = steps(repository, "perfsite-measure.yml", "measure")
    assert measure["Run the benchmarks"]["run"] == f"{command}\n"
    assert measure["Record"]["env"]["RESULTS"] == "out/*.json"
    assert steps(repository, "perfsite-publish.yml", "trend")["Install perfsite"]["env"] == {"PERFSITE": ".[notify]"}
    assert config.load(repository.path).site_url == "https://a.org/b/"


def test_a_control_character_in_a_command_is_refused(init, repository):
    done = init("--benchmark-command", "make\x1b[2J bench", good=False)
    assert done.exit_code == 2
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("arguments", [("--ci", "gitlab"), ()])
def test_jobs_for_gitlab_are_written_where_gitlab_runs_them(init, repository, arguments):
    if not arguments:
        repository.commit("ci", files={".gitlab-ci.yml": "stages: [test]\n"})
    done = init(*arguments)
    made = set(contents(repository)) - {"README.md", "tests/test_b.py", ".gitlab-ci.yml"}
    assert made == {"site_config/perfsite.toml", "perfsite.gitlab-ci.yml"}
    assert "PERFSITE_TOKEN" in done.stdout
    assert "stages" not in done.stderr
    script = measured(repository)["script"]
    assert [line.split()[0] for line in script] == ["python", "pytest", "cd", "python3", "perfsite"]


def measured(repository):
    """Return the job of GitLab that measures."""
    return yaml.safe_load((repository.path / "perfsite.gitlab-ci.yml").read_text("utf-8"))["perfsite-measure"]


def test_a_command_that_the_owner_gave_stays_as_it_is_for_gitlab(init, repository):
    init("--ci", "gitlab", "--benchmark-command", "sudo apt-get update", "--result-file", "out.json")
    assert "sudo apt-get update" in measured(repository)["script"]


def test_a_command_of_several_lines_stays_one_for_gitlab(init, repository):
    init("--ci", "gitlab", "--benchmark-command", "make bench \\\n  SIZE=1", "--result-file", "out.json")
    assert "make bench \\\n  SIZE=1" in [line.rstrip("\n") for line in measured(repository)["script"]]


@pytest.mark.parametrize(
    ("files", "image"),
    [
        ({"go.mod": "module m\n", "a_test.go": "func BenchmarkA(b *testing.B) {}\n"}, "golang:1"),
        ({"Cargo.toml": '[dev-dependencies]\niai = "0.1"\n'}, "rust:1"),
    ],
)
def test_a_job_of_gitlab_has_the_image_of_its_language_and_no_sudo(run_perfsite, make_repository, files, image):
    project = make_repository("other")
    project.commit("code", files=files)
    assert run_perfsite("init", "--ci", "gitlab", cwd=project.path).exit_code == 0
    job = measured(project)
    assert job["image"] == image
    assert "python3-pip" in job["before_script"][-1]
    assert "sudo" not in json.dumps(job)


@pytest.mark.parametrize("stages", ["stages: [build, my-test]", "stages:\n  # mine\n  - build\n\n  - deploy"])
def test_stages_without_that_of_the_jobs_are_told(init, repository, stages):
    repository.commit("ci", files={".gitlab-ci.yml": f"{stages}\njob:\n  script: test\n"})
    assert "`stages:` without `test`" in init().stderr


def test_what_is_to_be_filled_in_is_no_command_of_github(run_perfsite, make_repository):
    empty = make_repository("empty")
    assert run_perfsite("init", "--ci", "gitlab", cwd=empty.path).exit_code == 0
    assert "::" not in json.dumps(measured(empty)["script"])


def test_without_ci_the_commands_to_call_are_told(init, repository):
    done = init("--ci", "none")
    assert set(contents(repository)) == {"README.md", "tests/test_b.py", "site_config/perfsite.toml"}
    assert "perfsite record bench.json --push" in done.stdout
    assert "perfsite check bench.json" in done.stdout


def test_in_an_empty_folder_without_ci_nothing_is_to_be_filled_in_that_is_not_there(run_perfsite, tmp_path):
    done = run_perfsite("init", "--ci", "none", cwd=tmp_path)
    assert "FILL IN" not in done.stdout + done.stderr
    assert "::error" not in done.stdout
    assert "run your benchmarks, so that they write what `perfsite record --list-formats` names" in done.stdout
    assert run_perfsite("init", "--ci", "none", cwd=tmp_path).stdout.startswith("Next:\n")


def test_a_folder_without_git_is_set_up_too(run_perfsite, tmp_path):
    done = run_perfsite("init", cwd=tmp_path)
    assert done.exit_code == 0
    assert 'branches: ["main"]' in (tmp_path / ".github/workflows/perfsite-measure.yml").read_text("utf-8")


def test_the_pages_of_an_mkdocs_site_get_what_they_need(init, repository):
    repository.commit("docs", files={"mkdocs.yml": "site_name: mine\n", "docs/requirements.txt": "mkdocs-material\n"})
    init()
    site = steps(repository, "perfsite-publish.yml", "site")
    assert site["Install what the pages need"]["run"] == "python -m pip install -r docs/requirements.txt\n"
    assert (repository.path / "mkdocs.yml").read_text("utf-8") == "site_name: mine\n"


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_may_not_be_written_says_so(init, repository):
    repository.path.chmod(0o500)
    try:
        assert init(good=False).exit_code == 5
    finally:
        repository.path.chmod(0o700)
