"""`perfsite comment`: from benchmark files to one comment, a check run and a summary that lead to pages of the site."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from perfsite.history.store import DirectoryStore
from perfsite.outputs.comment import marker
from perfsite.workflow.address import site_address
from perfsite.workflow.check import CheckWish, check
from perfsite.workflow.commenting import CommentWish, _incidents, comment
from perfsite.workflow.posting import Places, deliver
from perfsite.workflow.project import open_project

SITE = "https://octo.github.io/perf/"
MARK = marker("perfsite")
CODE = "import pytest\n\n\ndef test_json(benchmark):\n    benchmark(len, 'x')\n"
JSON, YAML = "tests/test_parse.py::test_json", "parse yaml"
NOISE = np.random.default_rng(20261122)


def run_file(place, **factors):
    """Write what both benchmarks measured, 100 ms apart from noise and these factors."""
    rows = []
    for name, key in ((JSON, "json"), (YAML, "yaml")):
        times = (0.1 * factors.get(key, 1.0) * NOISE.normal(1, 0.005, 5)).tolist()
        rows.append({"command": name, "times": times, "median": sorted(times)[2]})
    place.write("bench.json", json.dumps({"results": rows}))
    return place.path / "bench.json"


@dataclass
class Work:
    """A repository with a branch, and the GitHub that it belongs to."""

    place: object
    server: object
    head: str

    def made(self, wish=None, **factors):
        """Return the comment on what the branch measured now."""
        file = run_file(self.place, **factors)
        wish = wish or CommentWish(files=[file], environment="desk", site_url=SITE)
        return comment(open_project(self.place.path), wish, self.environ)

    def posted(self, places=None, environ=None, **factors):
        """Post it and return what became of it."""
        places = places or Places(comment=True, pull_request=7)
        project = open_project(self.place.path)
        return deliver(project, self.made(**factors), places, self.environ if environ is None else environ)

    def pull(self, head, **more):
        """Make pull request 7 of the repository have this head."""
        made = self.server.pull(7, head=head, **more)
        made["base"]["repo"]["full_name"] = self.server.repository

    @property
    def environ(self):
        """What a step of a workflow has."""
        return {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **self.server.environ}

    @property
    def bodies(self):
        """What the comments of the pull request say."""
        return [one["body"] for one in self.server.comments.get(7, [])]


@pytest.fixture(scope="session")
def measured(session_place):
    """Return a repository with 12 measured commits on main, and a branch with one more that is not measured yet."""
    made = session_place("commented")
    made.write("tests/test_parse.py", CODE)
    made.git("add", "tests")
    project = open_project(made.path)
    from perfsite.workflow.record import Wish as Recording
    from perfsite.workflow.record import record

    for i in range(12):
        sha = made.commit(f"Change {i}", i)
        record(project, [run_file(made)], Recording(commit=sha, environment="desk"), dict(os.environ))
    made.git("switch", "-q", "-c", "topic")
    made.commit("Rewrite the tokenizer", 20)
    return made


@pytest.fixture
def work(measured, github_server):
    """Return the branch with an open pull request."""
    made = Work(measured, github_server, measured.git("rev-parse", "HEAD"))
    made.pull(made.head)
    return made


def outcome(done):
    return [(told.what, told.outcome) for told in done.told]


@pytest.mark.slow
def test_one_comment_is_created_updated_and_left_as_it_is(work):
    work.server.foreign_comment(7, "mallory", f"{MARK}\nmine")
    work.server.foreign_comment(7, "mallory", "nice")
    assert outcome(work.posted(json=1.3)) == [("comment", "created")]
    first = work.bodies[-1]
    assert first.startswith(f"{MARK}\n")
    assert "**1 regression**" in first
    assert outcome(work.posted(json=1.3, yaml=1.5)) == [("comment", "updated")]
    assert "**2 regressions**" in work.bodies[-1]
    assert len(work.bodies) == 3
    assert work.bodies[0] == f"{MARK}\nmine"


@pytest.mark.slow
def test_a_regression_that_is_over_is_taken_back_and_a_clean_run_makes_no_comment(work):
    done = work.posted()
    assert outcome(done) == [("comment", "left out")]
    assert work.bodies == []
    work.posted(json=1.3)
    assert outcome(work.posted()) == [("comment", "updated")]
    assert len(work.bodies) == 1
    assert "No change in 2 measurements" in work.bodies[0]
    assert "An earlier commit of this pull request regressed; this one does not." in work.bodies[0]
    assert "❌" not in work.bodies[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "factor", "posted"),
    [("always", 1.0, 1), ("changed", 0.7, 1), ("regressed", 0.7, 0), ("regressed", 1.3, 1), ("changed", 1.0, 0)],
)
def test_the_owner_says_when_a_comment_is_made(work, tmp_path, when, factor, posted):
    settings = tmp_path / "perfsite.toml"
    settings.write_text(f'[comment]\nwhen = "{when}"\n', encoding="utf-8")
    made = work.made(json=factor)
    project = open_project(work.place.path, settings)
    deliver(project, made, Places(comment=True, pull_request=7), work.environ)
    assert len(work.bodies) == posted


@pytest.mark.slow
def test_a_closed_pull_request_gets_no_new_comment_but_the_old_one_is_kept_true(work):
    work.pull(work.head, state="closed")
    assert "closed" in work.posted(json=1.3).told[0].why
    work.pull(work.head)
    work.posted(json=1.3)
    work.pull(work.head, state="closed")
    assert outcome(work.posted()) == [("comment", "updated")]


@pytest.mark.slow
def test_a_late_run_of_an_older_commit_does_not_overwrite_the_newest(work):
    newest = "c" * 40
    work.posted(json=1.3)
    work.server.comments[7][0]["body"] = work.bodies[0].replace(work.head, newest)
    work.pull(newest)
    done = work.posted(json=1.5)
    assert outcome(done) == [("comment", "left out")]
    assert "it tells of cccccccc, which is newer" in done.told[0].why
    assert newest in work.bodies[0]


@pytest.mark.slow
def test_a_run_of_an_older_commit_that_is_the_first_to_be_told_says_so(work):
    work.pull("c" * 40)
    assert outcome(work.posted(json=1.3)) == [("comment", "created")]
    assert "the pull request is at cccc\u200bcccc by now" in work.bodies[0]


@pytest.mark.slow
def test_a_comment_that_somebody_deleted_is_made_again(work):
    work.posted(json=1.3)
    work.server.comments[7].clear()
    assert outcome(work.posted(json=1.3)) == [("comment", "created")]


@pytest.mark.slow
def test_the_number_is_found_by_the_commit_and_a_push_has_none(work):
    done = work.posted(Places(comment=True), json=1.3)
    assert outcome(done) == [("comment", "created")], done
    work.server.pulls.clear()
    done = work.posted(Places(comment=True), json=1.3)
    assert outcome(done) == [("comment", "left out")]
    assert "no pull request has" in done.told[0].why
    assert done.failures == ()


@pytest.mark.slow
def test_the_number_is_that_of_the_job(work, tmp_path):
    event = {"number": 7, "pull_request": {"number": 7, "head": {"sha": work.head}}}
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
    job = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    done = work.posted(
        Places(comment=True), environ={**work.environ, **job, "GITHUB_REF": "refs/pull/7/merge"}, json=1.3
    )
    assert outcome(done) == [("comment", "created")]
    assert work.server.asked("GET", f"/repos/octo/perf/commits/{work.head}/pulls") == []


@pytest.mark.slow
def test_what_a_token_may_not_do_costs_no_other_delivery(work, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("# other step\n", encoding="utf-8")
    work.server.permissions -= {"pull-requests", "issues"}
    everything = Places(comment=True, check_run=True, status=True, summary=True, pull_request=7)
    done = work.posted(everything, environ={**work.environ, "GITHUB_STEP_SUMMARY": str(summary)}, json=1.3)
    assert outcome(done) == [
        ("summary", "updated"),
        ("check run", "created"),
        ("status", "created"),
        ("comment", "failed"),
    ]
    assert "pull-requests: write" in f"{done.failures[0]} {done.failures[0].hint}"
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# other step\n\n### ")
    assert "<!--" not in text
    assert work.server.token not in f"{done!r}{text}"


@pytest.mark.slow
def test_a_check_run_fails_with_a_remark_where_the_benchmark_is_defined(work):
    done = work.posted(Places(check_run=True), json=1.3, yaml=1.3)
    assert outcome(done) == [("check run", "created")]
    (check,) = work.server.checks
    assert (check["name"], check["head_sha"], check["conclusion"]) == ("perfsite", work.head, "failure")
    assert check["output"]["title"].startswith("2 regressions")
    assert len(check["output"]["summary"]) < 65_535
    assert check["details_url"] == f"{SITE}commits/{work.head}/"
    (remark,) = work.server.annotations[check["id"]]
    assert (remark["path"], remark["start_line"], remark["annotation_level"]) == ("tests/test_parse.py", 4, "failure")
    assert re.search(r"test_json time: .* ms → 13\d ms, \+\d+.\d % \(noise ±", remark["message"])
    assert outcome(work.posted(Places(check_run=True))) == [("check run", "created")]
    assert work.server.checks[-1]["conclusion"] == "success"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fail_on", "factor", "conclusion"),
    [
        ("rules", 1.15, "neutral"),
        ("critical", 1.15, "failure"),
        ("critical", 1.08, "neutral"),
        ("major", 1.08, "failure"),
        ("never", 1.5, "neutral"),
        ("minor", 0.5, "success"),
    ],
)
def test_severity_decides_what_keeps_a_pull_request_from_being_merged(work, fail_on, factor, conclusion):
    wish = CommentWish(files=[work.place.path / "bench.json"], environment="desk", site_url=SITE, fail_on=fail_on)
    deliver(open_project(work.place.path), work.made(wish, json=factor), Places(check_run=True), work.environ)
    assert work.server.checks[-1]["conclusion"] == conclusion


@pytest.mark.slow
def test_every_address_leads_to_a_page_of_the_site(work, tmp_path):
    made = type(work.place)(tmp_path / "clone")
    work.place.git("clone", "-q", "-b", "topic", str(work.place.path), str(made.path))
    made.git("branch", "main", "origin/main")
    for name, content in work.place.snapshot("history").items():
        made.write(f"history/{name}", content.decode())
    made.write("site_config/perfsite.toml", f'site_url = "{SITE}"\n')
    run_file(made, json=1.3)
    done = made.perfsite("comment", "bench.json", "--environment", "desk")
    assert done.code == 1, done.err
    made.good("record", "bench.json", "--environment", "desk")
    made.good("build")
    urls = [url for url in re.findall(r"\]\(([^)]+)\)", done.out) if url.startswith(SITE)]
    assert len({urlsplit(url).path for url in urls}) >= 5
    compare = next(url for url in urls if "/compare/" in url)
    for url in urls:
        page = made.path / "site" / urlsplit(url).path.removeprefix("/perf/") / "index.html"
        assert page.is_file(), url
        if place := urlsplit(url).fragment:
            assert f'id="{place}"' in page.read_text(encoding="utf-8")
    commits = made.document("data/commits.json")
    known = json.dumps(commits)
    for sha in [value for values in parse_qs(urlsplit(compare).query).values() for value in values]:
        assert sha in known


@pytest.mark.slow
def test_the_command_answers_with_its_exit_code(work, tmp_path):
    run_file(work.place, json=1.3)
    call = ("comment", "bench.json", "--environment", "desk")
    env = work.server.environ | {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    told = work.place.perfsite(*call, "--summary", "--post", "--pull-request", "7", env=env)
    assert told.code == 1
    assert re.match(r"1 regression: tests/test_parse.py::test_json time \+\d+\.\d % .*\nsummary: created\n", told.out)
    assert "comment: created, http" in told.out
    assert work.place.perfsite(*call, "--exit-zero").code == 0
    assert work.place.perfsite(*call, "--fail-on", "never").code == 0
    work.server.permissions.clear()
    both = work.place.perfsite(*call, "--check-run", env=env)
    assert both.code == 1
    assert "error:" in both.err
    assert work.place.perfsite(*call, "--check-run", "--exit-zero", env=env).code == 5
    document = json.loads(work.place.perfsite(*call, "--json", "--check-run", env=env).out)
    assert (document["version"], document["fails"]) == (1, True)
    assert document["delivered"][0]["outcome"] == "failed"
    assert work.server.token not in told.out + told.err + both.out + both.err


def test_without_a_token_the_next_step_is_told(measured):
    made = comment(
        open_project(measured.path),
        CommentWish(files=[run_file(measured, json=1.3)], environment="desk"),
        dict(os.environ),
    )
    places = Places(comment=True, pull_request=7, summary=True)
    done = deliver(open_project(measured.path), made, places, {"GITHUB_REPOSITORY": "octo/perf"})
    assert outcome(done) == [("summary", "failed"), ("comment", "failed")]
    assert "GITHUB_STEP_SUMMARY" in str(done.failures[0])
    assert "GITHUB_TOKEN" in f"{done.failures[1]} {done.failures[1].hint}"


@pytest.mark.parametrize(
    ("mkdocs", "settings", "address"),
    [
        (None, "", "https://octo.github.io/perf/"),
        (None, 'site_url = "https://a.example/b"\n', "https://a.example/b/"),
        ("site_url: https://m.example/x/ # ours\n", 'site_url = "https://a.example"\n', "https://m.example/x/"),
        ("site_url: 'https://m.example/x/'\n", "", "https://m.example/x/"),
        ("site_url: ''\n", "", None),
        ("site_url: !ENV [URL, '']\nextra:\n  site_url: https://no.example\n", "", "https://octo.github.io/perf/"),
    ],
)
def test_the_address_of_the_site_is_the_one_it_is_built_with(tmp_path, mkdocs, settings, address):
    (tmp_path / "site_config").mkdir()
    (tmp_path / "site_config" / "perfsite.toml").write_text(settings, encoding="utf-8")
    if mkdocs is not None:
        (tmp_path / "mkdocs.yml").write_text(mkdocs, encoding="utf-8")
    project = open_project(tmp_path)
    assert site_address(project, "https://github.com/octo/perf") == address
    assert site_address(project, None, "https://given.example") == "https://given.example/"


@pytest.mark.slow
def test_a_stored_run_of_a_fork_is_told_where_the_clone_has_only_the_default_branch(work, clone, tmp_path):
    event = {"number": 7, "pull_request": {"number": 7, "head": {"sha": work.head}}}
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
    job = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    there = clone(work.place, "privileged", "--single-branch", "-b", "main")
    fork = clone(work.place, "fork", "-b", "topic")
    for name, content in work.place.snapshot("history").items():
        there.write(f"history/{name}", content.decode())
    run_file(fork, json=1.3)
    environ = {**work.environ, **job, "GITHUB_REF": "refs/pull/7/merge", "GITHUB_ACTIONS": "true"}
    fork.good("record", "bench.json", "--environment", "desk", env=environ)
    for name, content in fork.snapshot("history").items():
        there.write(f"history/{name}", content.decode())
    assert any("pull/desk" in name for name in there.snapshot("history"))
    made = comment(open_project(there.path), CommentWish(commit=work.head, site_url=SITE), work.environ)
    done = deliver(open_project(there.path), made, Places(comment=True, check_run=True, pull_request=7), work.environ)
    assert outcome(done) == [("check run", "created"), ("comment", "created")]
    assert "**1 regression**" in work.bodies[0]
    assert "Rewrite the tokenizer" in work.bodies[0]
    assert f"{SITE}compare/?base={work.place.git('rev-parse', 'main')}&head={work.head}" in work.bodies[0]
    (check,) = work.server.checks
    assert (check["head_sha"], check["conclusion"]) == (work.head, "failure")
    assert check["id"] not in work.server.annotations or not work.server.annotations[check["id"]]


@pytest.mark.slow
def test_an_earlier_regression_links_its_incident(session_place):
    made = session_place("standing")
    project = open_project(made.path)
    from perfsite.workflow.record import Wish as Recording
    from perfsite.workflow.record import record

    for i in range(24):
        sha = made.commit(f"Change {i}", i)
        file = run_file(made, yaml=1.0 if i < 16 else 1.4)
        record(project, [file], Recording(commit=sha, environment="desk"), dict(os.environ))
    made.git("switch", "-q", "-c", "topic")
    made.commit("Another thing", 40)
    file = run_file(made, yaml=1.4, json=1.3)
    view = comment(project, CommentWish(files=[file], environment="desk", site_url=SITE), dict(os.environ))
    assert "1 regression: tests/test_parse.py::test_json" in view.view.sentence
    assert "1 earlier regression still open" in view.view.sentence
    (url,) = re.findall(r"\[incident\]\(([^)]+)\)", view.markdown)
    made.git("switch", "-q", "main")
    made.good("build")
    assert (made.path / "site" / url.removeprefix(SITE) / "index.html").is_file()


@pytest.mark.slow
def test_benchmarks_that_fail_are_told_where_nothing_else_was_measured(measured):
    rows = [{"command": name, "times": [], "exit_codes": [1]} for name in (JSON, YAML)]
    measured.write("bench.json", json.dumps({"results": rows}))
    done = measured.perfsite("comment", "bench.json", "--environment", "desk")
    assert "Traceback" not in done.err
    assert (done.code, "Nothing could be measured" in done.out) in {(0, True), (3, False)}


def test_a_comment_on_another_commit_than_the_one_checked_out_says_so(project):
    project.commit("c0", 0)
    project.perfsite("record", project.results(work=[0.1]))
    project.git("switch", "-q", "-c", "topic")
    project.commit("topic", 1)
    project.perfsite("record", project.results(work=[0.1]))
    done = project.perfsite("comment")
    assert done.code == 0
    assert "the newest of the default branch" in done.err


@pytest.mark.slow
def test_what_a_check_found_of_the_stored_history_is_not_analysed_twice(session_place):
    """The comment on the newest run of the trend links the same incident as one that analyses all of it again."""
    made = session_place("again")
    project = open_project(made.path)
    from perfsite.workflow.record import Wish as Recording
    from perfsite.workflow.record import record

    for i in range(20):
        sha = made.commit(f"Change {i}", i)
        file = run_file(made, yaml=1.0 if i < 12 else 1.4)
        record(project, [file], Recording(commit=sha, environment="desk"), dict(os.environ))
    runs = list(DirectoryStore(made.path / "history").read([]))
    DirectoryStore(made.path / "history").append(
        [replace(runs[-1], id="9" * 32, pull_request=7, commit=replace(runs[-1].commit, sha="9" * 40))]
    )
    checked = check(project, [], CheckWish(), {})
    found = _incidents(project, checked)
    assert checked.answers
    assert found == _incidents(project, replace(checked, answers=None))
    assert len(found) == 1
