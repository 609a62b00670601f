"""From a result file to pages that can be clicked through, as real processes."""

import json
import shutil

import pytest

WORK = "benchmarks/work/"


@pytest.fixture(scope="session")
def first_site(session_place, data):
    """Return a project after its first `record` and `build`, with what each said."""
    made = session_place("first-site")
    sha = made.commit("first")
    document = json.loads((data / "pytest-benchmark" / "plain.json").read_text(encoding="utf-8"))
    del document["commit_info"]
    made.write("bench.json", json.dumps(document))
    said = [made.good("record", "bench.json"), made.good("record", "bench.json"), made.good("check")]
    said.append(made.good("build"))
    return made, sha, said


def test_a_new_user_gets_from_a_result_file_to_every_kind_of_page(first_site):
    made, sha, said = first_site
    assert f"6 measurements of pytest-benchmark at {sha[:8]}" in said[0]
    assert "test_speed.py::test_once" in made.page("")
    assert sha[:8] in made.page(f"commits/{sha}")
    assert "6 measurements" in made.page(f"commits/{sha}")
    assert sha[:8] in made.page("commits")
    assert "linux" in made.page("environments").lower()
    overview = made.document("data/overview.json")
    assert made.document("data/commits.json")["sha"] == [sha]
    assert overview["version"] == 1


def test_every_series_has_a_page_that_its_link_leads_to(first_site):
    made, _, _ = first_site
    series = made.document("data/series.json")
    assert len(series["series"]) == 6
    for one in series["series"]:
        assert one["benchmark"] in made.page(one["url"])
        assert made.document(f"{one['url']}data.json")["benchmark"] == one["benchmark"]


def test_a_run_recorded_twice_is_stored_once(first_site):
    made, _, said = first_site
    assert "0 runs appended" in said[1]
    assert "1 known already" in said[1]
    assert len(made.lines) == 1


def test_a_first_run_is_no_regression_and_says_why_it_is_not_judged(first_site):
    _, sha, said = first_site
    assert f"{sha[:8]}: Too early to tell: 6 measurements without enough history." in said[2]


@pytest.mark.slow
def test_files_of_several_formats_become_a_run_each(project, data):
    files = [data / "hyperfine" / "sleep.json", data / "hyperfine" / "parameters.json"]
    files += [data / "google-benchmark" / "plain.json", data / "github-action-benchmark" / "custom.json"]
    answer = json.loads(project.good("record", "--json", *files))
    assert answer["version"] == 1
    assert [run["format"] for run in answer["runs"]] == ["hyperfine", "google-benchmark", "github-action-benchmark"]
    assert answer["written"] == 3
    assert len(project.lines) == 3
    answer = json.loads(project.good("record", "--json", *files))
    assert (answer["written"], answer["known"]) == (0, 3)


@pytest.mark.slow
def test_a_first_run_on_a_feature_branch_is_on_the_site(project):
    project.git("switch", "-q", "-c", "feature")
    sha = project.commit("first of the feature", 1)
    project.quickly_recorded([0.1] * 3)
    project.good("build")
    assert "Off-branch" not in project.page(f"commits/{sha}")
    assert "work" in project.page("")
    assert project.document(f"{WORK}data.json")["series"][0]["values"] == [0.1]


@pytest.mark.slow
def test_a_detached_head_records_its_commit(project):
    sha = project.commit("second", 1)
    project.git("checkout", "-q", "--detach", "HEAD~1")
    answer = json.loads(project.good("record", "--json", project.results(work=[0.1])))
    assert answer["runs"][0]["sha"] == project.git("rev-parse", "HEAD") != sha


@pytest.mark.slow
def test_a_project_that_is_no_repository_builds_its_history(project, place):
    project.quickly_recorded([0.1] * 3)
    bare = place("no-repository", git=False)
    shutil.copytree(project.path / "history", bare.path / "history")
    assert "from 1 run" in bare.good("build")
    assert "work" in bare.page("")


@pytest.mark.slow
def test_outside_of_a_repository_recording_names_the_way_out(place):
    bare = place("no-repository", git=False)
    done = bare.perfsite("record", bare.results(work=[0.1]))
    assert (done.code, done.out) == (4, "")
    assert "not a git repository" in done.err
    assert "--commit SHA" in done.err
    assert not (bare.path / "history").exists()
    bare.good("record", "bench.json", "--commit", "a" * 40)
    assert len(bare.lines) == 1


@pytest.mark.slow
def test_a_folder_with_spaces_and_other_letters_works(place):
    made = place("Größe mit Leerzeichen 測試 'x'")
    sha = made.commit("first")
    made.good("record", made.results(work=[0.1]))
    made.good("build")
    assert (made.path / "site" / "commits" / sha / "index.html").is_file()
    assert "Größe mit Leerzeichen 測試 'x' performance" in made.page("")
