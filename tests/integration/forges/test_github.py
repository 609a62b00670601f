"""What GitHub is asked and told, against a server whose every exchange is held against GitHub's own description."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from github_description import DATA, example, violations
from github_server import GitHubServer
from openapi_core import OpenAPI

from perfsite.errors import DeliveryError
from perfsite.forges.forge import Annotation, CheckRun, Conclusion, Permission
from perfsite.forges.github import github_of

MARKER = "<!-- perfsite -->"
HEAD = "a" * 40
OTHER = "c" * 40


@pytest.fixture
def github(github_server):
    made = github_of(github_server.environ)
    yield made
    made.close()


def bodies(server, number=7):
    return [comment["body"] for comment in server.comments[number]]


class TestComment:
    @pytest.fixture(autouse=True)
    def _pull(self, github_server):
        github_server.pull(7, head=HEAD)

    def test_is_created_once_and_then_updated(self, github, github_server):
        first = github.comment(7, f"{MARKER}\none", marker=MARKER)
        assert first.outcome == "created"
        assert first.url.startswith("https://github.com/octo/perf/pull/7#issuecomment-")
        second = github.comment(7, f"{MARKER}\ntwo", marker=MARKER)
        assert (second.url, second.outcome) == (first.url, "updated")
        assert bodies(github_server) == [f"{MARKER}\ntwo"]

    def test_that_says_the_same_is_left_alone(self, github, github_server):
        github.comment(7, f"{MARKER}\none", marker=MARKER)
        github_server.comments[7][0]["body"] = f"{MARKER}\r\none"  # as GitHub stores it
        assert github.comment(7, f"{MARKER}\none\n", marker=MARKER).outcome == "unchanged"
        assert github_server.asked("PATCH", "") == []

    def test_of_somebody_else_with_our_marker_is_neither_edited_nor_counted(self, github, github_server):
        for login in ("mallory", "github-actions", "other-app[bot]"):
            github_server.foreign_comment(7, login, f"{MARKER}\nnot ours")
        assert github.comment(7, f"{MARKER}\nours", marker=MARKER).outcome == "created"
        assert github.comment(7, f"{MARKER}\nours again", marker=MARKER).outcome == "updated"
        assert bodies(github_server) == [f"{MARKER}\nnot ours"] * 3 + [f"{MARKER}\nours again"]

    def test_of_our_own_bot_that_only_quotes_the_marker_is_left_alone(self, github, github_server):
        quote = f"mallory wrote:\n> {MARKER}\nand more"
        github_server.foreign_comment(7, "github-actions[bot]", quote)
        github.comment(7, f"{MARKER}\nours", marker=MARKER)
        assert bodies(github_server) == [quote, f"{MARKER}\nours"]

    @pytest.mark.parametrize(
        ("login", "kind", "has_graphql"),
        [
            ("github-actions[bot]", "actions", True),
            ("github-actions[bot]", "actions", False),
            ("perf-app[bot]", "app", True),
            ("octocat", "person", True),
            ("octocat", "person", False),
        ],
    )
    def test_is_found_whoever_the_token_belongs_to(self, github, github_server, login, kind, has_graphql):
        github_server.become(login, kind)
        github_server.has_graphql = has_graphql
        assert github.login == login
        github.comment(7, f"{MARKER}\none", marker=MARKER)
        assert github.comment(7, f"{MARKER}\ntwo", marker=MARKER).outcome == "updated"

    def test_of_an_app_that_cannot_learn_its_name_is_one_all_the_same(self, github, github_server):
        github_server.become("perf-app[bot]", "app")
        github_server.has_graphql = False
        for text in ("one", "two", "three"):
            github.comment(7, f"{MARKER}\n{text}", marker=MARKER)
        assert bodies(github_server) == [f"{MARKER}\nthree"]

    def test_on_an_enterprise_server_is_found_too(self):
        with GitHubServer(is_enterprise=True, page_size=2) as server:
            server.become("perf-app[bot]", "app")
            server.pull(7, head=HEAD)
            for index in range(5):
                server.foreign_comment(7, "octocat", f"remark {index}")
            github = github_of(server.environ | {"GITHUB_API_URL": f"{server.url}/"})
            made = [github.comment(7, f"{MARKER}\n{text}", marker=MARKER).outcome for text in ("one", "two")]
            assert (made, github.login) == (["created", "updated"], "perf-app[bot]")
            github.close()
            assert server.problems == []

    def test_beyond_the_first_page_is_found(self, github, github_server):
        for index in range(230):
            github_server.foreign_comment(7, "octocat", f"remark {index}")
        github_server.foreign_comment(7, "github-actions[bot]", f"{MARKER}\none")
        assert github.comment(7, f"{MARKER}\ntwo", marker=MARKER).outcome == "updated"
        assert len(github_server.asked("GET", "/issues/7/comments")) == 3

    def test_twice_there_leaves_the_oldest(self, github, github_server):
        kept = github_server.foreign_comment(7, "github-actions[bot]", f"{MARKER}\nfirst")
        github_server.foreign_comment(7, "github-actions[bot]", f"{MARKER}\nsecond")
        github.comment(7, f"{MARKER}\nthird", marker=MARKER)
        assert [(each["id"], each["body"]) for each in github_server.comments[7]] == [(kept["id"], f"{MARKER}\nthird")]

    def test_by_jobs_that_run_at_once_ends_as_one(self, github_server):
        barrier = threading.Barrier(6)
        looks = []

        def wait_for_all(asked):
            if asked.method == "GET" and len(looks) < 6:
                looks.append(asked)
                barrier.wait(10)  # nobody writes before all have seen that there is nothing

        def post(index):
            github = github_of(github_server.environ)
            github.comment(7, f"{MARKER}\njob {index}", marker=MARKER)
            github.close()

        github_server.on_reply = wait_for_all
        with ThreadPoolExecutor(6) as jobs:
            list(jobs.map(post, range(6)))
        assert len(github_server.asked("POST", "/issues/7/comments")) == 6
        assert len(github_server.comments[7]) == 1

    def test_too_long_for_github_is_not_sent(self, github, github_server):
        with pytest.raises(DeliveryError, match="65,537 characters"):
            github.comment(7, MARKER + "x" * (65_537 - len(MARKER)), marker=MARKER)
        assert github_server.asked("POST", "/comments") == []

    def test_without_its_marker_is_a_bug(self, github):
        with pytest.raises(ValueError, match="marker"):
            github.comment(7, "no marker", marker=MARKER)


class TestCheck:
    RUN = CheckRun(
        name="perfsite", sha=HEAD, conclusion=Conclusion.FAILURE, title="1 regression", summary="it is slower",
        url="https://octo.github.io/perf/",
    )  # fmt: skip

    def annotated(self, *lines):
        notes = [Annotation(path="src/a.py", line=n, level="warning", title=f"t{n}", message="slower") for n in lines]
        return CheckRun(
            name="perfsite", sha=HEAD, conclusion=Conclusion.NEUTRAL, title="t", summary="s", annotations=notes
        )

    def test_is_created_then_unchanged_then_updated(self, github, github_server):
        assert github.check(self.RUN).outcome == "created"
        assert github.check(self.RUN).outcome == "unchanged"
        healed = CheckRun(name="perfsite", sha=HEAD, conclusion=Conclusion.SUCCESS, title="fine", summary="")
        assert github.check(healed).outcome == "updated"
        (there,) = github_server.checks
        assert (there["conclusion"], there["status"]) == ("success", "completed")

    def test_is_never_a_job_of_the_same_name(self, github, github_server):
        github.check(self.RUN)
        github_server.checks[0]["external_id"] = "4f6b1c2e-a-job-of-a-workflow"
        assert github.check(self.RUN).outcome == "created"
        assert len(github_server.checks) == 2

    def test_made_by_another_app_with_our_id_is_left_to_it(self, github, github_server):
        github.check(self.RUN)
        github_server.checks[0] |= {"is_foreign": True, "conclusion": "success"}
        assert github.check(self.RUN).outcome == "created"

    def test_is_one_for_each_commit_and_name(self, github, github_server):
        github.check(self.RUN)
        github.check(CheckRun(name="perfsite", sha=OTHER, conclusion=Conclusion.SUCCESS, title="t", summary="s"))
        github.check(CheckRun(name="other", sha=HEAD, conclusion=Conclusion.SUCCESS, title="t", summary="s"))
        assert [(each["name"], each["head_sha"]) for each in github_server.checks] == [
            ("perfsite", HEAD), ("perfsite", OTHER), ("other", HEAD),
        ]  # fmt: skip

    def test_has_all_its_remarks_though_a_request_takes_fifty(self, github, github_server):
        run = self.annotated(*range(1, 121))
        assert github.check(run).outcome == "created"
        (notes,) = github_server.annotations.values()
        assert [note["start_line"] for note in notes] == list(range(1, 121))
        assert github.check(run).outcome == "unchanged"

    def test_whose_address_github_replaces_by_its_own_is_unchanged(self, github, github_server):
        github.check(self.RUN)
        github_server.checks[0]["details_url"] = "https://github.com/octo/perf/runs/1"  # as for a job's own token
        assert github.check(self.RUN).outcome == "unchanged"

    def test_with_a_remark_that_github_keeps_otherwise_is_unchanged(self, github, github_server):
        note = Annotation(path="src/a.py", line=3, level="notice", title="", message="slower\r\n by much ")
        run = CheckRun(
            name="perfsite", sha=HEAD, conclusion=Conclusion.NEUTRAL, title="t", summary="s\n", annotations=[note]
        )
        github.check(run)
        (known,) = github_server.annotations.values()
        known[0] |= {"title": None, "message": "slower\n by much"}
        github_server.checks[0]["output"]["summary"] = "s"
        assert github.check(run).outcome == "unchanged"

    def test_adds_the_remarks_that_are_missing_and_no_other(self, github, github_server):
        github.check(self.annotated(1, 2))
        assert github.check(self.annotated(1, 2, 3)).outcome == "updated"
        (notes,) = github_server.annotations.values()
        assert [note["start_line"] for note in notes] == [1, 2, 3]

    def test_with_remarks_that_no_longer_hold_makes_way_for_a_new_one(self, github, github_server):
        github.check(self.annotated(1, 2))
        assert github.check(self.annotated(2)).outcome == "created"
        newest = max(github_server.annotations)
        assert [note["start_line"] for note in github_server.annotations[newest]] == [2]

    def test_text_is_cut_to_what_github_takes(self, github, github_server):
        long = CheckRun(name="long", sha=HEAD, conclusion=Conclusion.SUCCESS, title="t" * 400, summary="s" * 70_000)
        github.check(long)
        (there,) = github_server.checks
        assert (len(there["output"]["title"]), len(there["output"]["summary"])) == (255, 65_535)
        assert github.check(long).outcome == "unchanged"

    def test_needs_an_app_and_says_so(self, github, github_server):
        github_server.become("octocat", "person")
        with pytest.raises(DeliveryError, match="via a GitHub App") as caught:
            github.check(self.RUN)
        assert "GITHUB_TOKEN" in caught.value.hint

    def test_as_a_status_is_one_line_that_is_set_once(self, github, github_server):
        long = CheckRun(name="perfsite", sha=HEAD, conclusion=Conclusion.FAILURE, title="é" * 200, summary="", url=None)
        assert [github.status(long).outcome for _ in range(2)] == ["created", "unchanged"]
        assert github.status(self.RUN).outcome == "updated"
        newest = github_server.statuses[HEAD][-1]
        told = {key: newest[key] for key in ("state", "context", "description", "target_url")}
        assert told == {
            "state": "failure", "context": "perfsite", "description": "1 regression",
            "target_url": "https://octo.github.io/perf/",
        }  # fmt: skip
        assert len(github_server.statuses[HEAD][0]["description"]) == 140


class TestPullRequests:
    def test_is_told_by_its_host(self, github, github_server):
        github_server.pull(7, head=HEAD, fork="mallory/perf")
        pull = github.pull_request(7)
        assert (pull.number, pull.head, pull.base, pull.target) == (7, HEAD, "b" * 40, "main")
        assert (pull.head_branch, pull.head_repository, pull.is_open) == ("faster", "mallory/perf", True)

    def test_of_a_deleted_fork_has_no_repository(self, github, github_server):
        github_server.pull(7, head=HEAD, fork="mallory/perf")["head"]["repo"] = None
        assert github.pull_request(7).head_repository is None
        # GitHub answers null here, whatever its description says.
        (problem,) = github_server.problems
        assert "$.head.repo None" in problem
        github_server.problems.clear()

    def test_of_a_commit_are_those_whose_head_it_is(self, github, github_server):
        github_server.pull(7, head=HEAD)
        github_server.pull(8, head=OTHER)
        github_server.pull(6, head=HEAD, state="closed")
        github_server.pull(9, head=HEAD)
        assert [pull.number for pull in github.pull_requests_of(HEAD)] == [9, 7, 6]

    def test_of_a_commit_in_a_fork_are_found_by_its_branch(self, github, github_server):
        github_server.pull(7, head=HEAD, fork="mallory/perf")
        github_server.pull(8, head=OTHER, fork="mallory/perf")
        assert github.pull_requests_of(HEAD) == ()
        assert [pull.number for pull in github.pull_requests_of(HEAD, head="mallory:faster")] == [7]
        assert github.pull_requests_of("d" * 40, head="mallory:faster") == ()  # GitHub knows no such commit
        assert github.pull_requests_of(HEAD, head="mallory:&state=open#/../x") == ()

    def test_meets_its_target_at_the_merge_base(self, github, github_server):
        github_server.merge_bases[OTHER, HEAD] = "b" * 40
        assert github.merge_base(OTHER, HEAD) == "b" * 40


class TestRuns:
    def test_is_told_with_its_jobs_and_artifacts(self, github, github_server):
        github_server.run(5, head=HEAD, path=".github/workflows/perf.yml@main", pull_requests=[], head_branch=None)
        github_server.job(5, labels=["self-hosted", "bench"], name="measure", runner_name="")
        github_server.artifact(5, "runs", b"zip")
        run = github.workflow_run(5)
        assert (run.id, run.head, run.event, run.workflow) == (5, HEAD, "pull_request", ".github/workflows/perf.yml")
        assert (run.head_branch, run.pull_requests) == (None, ())
        (job,) = github.jobs(5)
        assert (job.name, job.labels, job.runner) == ("measure", ("self-hosted", "bench"), None)
        (artifact,) = github.artifacts(5)
        assert (artifact.name, artifact.size_bytes, artifact.is_expired) == ("runs", 3, False)

    def test_with_many_jobs_and_artifacts_are_read_to_the_last_page(self, github, github_server):
        github_server.run(5, head=HEAD)
        for index in range(205):
            github_server.job(5, labels=[f"l{index}"])
            github_server.artifact(5, f"runs-{index}", b"")
        assert len({job.id for job in github.jobs(5)}) == 205
        assert len({artifact.name for artifact in github.artifacts(5)}) == 205

    def test_artifact_is_downloaded_without_showing_the_token_to_its_store(self, github, github_server, tmp_path):
        github_server.run(5, head=HEAD)
        github_server.artifact(5, "runs", content := b"PK" * 300_000)
        (artifact,) = github.artifacts(5)
        assert artifact.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
        github.download(artifact, tmp_path / "runs.zip", 1 << 20)
        assert (tmp_path / "runs.zip").read_bytes() == content
        asked = [asked for asked in github_server.requests if "/store/" in asked.path]
        assert len(asked) == 1
        assert "authorization" not in asked[0].headers

    @pytest.mark.parametrize("lie", [{}, {"size_in_bytes": 3}])
    def test_artifact_larger_than_allowed_leaves_no_file(self, github, github_server, tmp_path, lie):
        github_server.run(5, head=HEAD)
        github_server.artifact(5, "runs", b"x" * 200_000, **lie)
        (artifact,) = github.artifacts(5)
        with pytest.raises(DeliveryError, match=r"(more|larger) than 100,000"):
            github.download(artifact, tmp_path / "runs.zip", 100_000)
        assert list(tmp_path.iterdir()) == []

    def test_artifact_that_is_not_what_was_uploaded_leaves_no_file(self, github, github_server, tmp_path):
        github_server.run(5, head=HEAD)
        made = github_server.artifact(5, "runs", b"good")
        github_server.files[made["id"]] = b"evil"
        (artifact,) = github.artifacts(5)
        with pytest.raises(DeliveryError, match="not the one that was uploaded"):
            github.download(artifact, tmp_path / "runs.zip", 100)
        assert list(tmp_path.iterdir()) == []

    def test_artifact_that_expired_says_what_to_do(self, github, github_server, tmp_path):
        github_server.run(5, head=HEAD)
        github_server.artifact(5, "runs", b"", expired=True)
        with pytest.raises(DeliveryError, match="expired") as caught:
            github.download(github.artifacts(5)[0], tmp_path / "runs.zip", 100)
        assert caught.value.hint


class TestPermission:
    def test_is_that_of_the_person(self, github, github_server):
        github_server.people |= {"alice": "admin", "bob": "write", "carol": "read", "dave": "none"}
        told = {
            login: github.permission(login) for login in ("alice", "bob", "carol", "dave", "nobody", "a/../b", "..")
        }
        assert told == {
            "alice": Permission.ADMIN, "bob": Permission.WRITE, "carol": Permission.READ, "dave": Permission.NONE,
            "nobody": Permission.NONE, "a/../b": Permission.NONE, "..": Permission.NONE,
        }  # fmt: skip
        assert [login for login, permission in told.items() if permission.can_write] == ["alice", "bob"]


class TestIssues:
    def test_is_opened_commented_closed_and_reopened(self, github, github_server):
        made = github.open_issue("Slower", "since `abc`", ["perfsite"])
        assert (made.title, made.labels, made.is_open, made.author) == (
            "Slower",
            ("perfsite",),
            True,
            "github-actions[bot]",
        )
        assert github.comment_issue(made.number, "worse").outcome == "created"
        assert bodies(github_server, made.number) == ["worse"]
        assert not github.close_issue(made.number).is_open
        assert github_server.issues[made.number]["state_reason"] == "completed"
        assert github.reopen_issue(made.number).is_open

    def test_of_a_label_are_listed_without_pull_requests(self, github, github_server):
        label = {**example("issues/create")["labels"][0], "name": "perfsite"}
        github_server.issue(1, labels=[label], state="closed")
        github_server.issue(2, labels=[])
        github_server.issue(3, labels=[label])["pull_request"] = example("issues/create")["pull_request"]
        github_server.issue(4, labels=[label], body=None)
        assert [(issue.number, issue.is_open) for issue in github.issues("perfsite")] == [(4, True), (1, False)]


class TestReleases:
    def test_is_found_by_its_tag_and_its_text_replaced(self, github, github_server):
        github_server.release("v1/rc 1?#")
        made = github.release("v1/rc 1?#")
        assert github.update_release(made.id, "faster").body == "faster"
        assert github.release("v1/rc 1?#").body == "faster"

    def test_that_is_not_there_is_none(self, github):
        assert (github.release("v9"), github.latest_release()) == (None, None)

    def test_latest_is_neither_draft_nor_prerelease(self, github, github_server):
        github_server.release("v1")
        github_server.release("v2", prerelease=True)
        github_server.release("v3", draft=True)
        assert github.latest_release().tag == "v1"


class TestDescription:
    """The checks of every exchange can fail."""

    def test_is_itself_valid(self):
        document = json.loads((DATA / "openapi.json").read_text("utf-8"))
        OpenAPI.from_dict(document)  # held against the rules of OpenAPI 3.0
        document["paths"]["/user"]["get"]["responses"] = 7
        with pytest.raises(Exception, match="7 is not of type"):
            OpenAPI.from_dict(document)

    def test_finds_a_wrong_request(self):
        answer = b"{}"
        wrong = {
            b'{"text": "x"}': "'body' is a required property",
            b'{"body": 7}': "7 is not of type 'string'",
            b'{"body": "x", "boddy": "y"}': "no such field: $.boddy",
        }
        for body, words in wrong.items():
            found = violations(
                "POST", "/repos/o/r/issues/1/comments", body, 201, {"Content-Type": "application/json"}, answer
            )
            assert words in found[0] + found[-1]

    def test_finds_a_wrong_parameter_and_a_wrong_address(self):
        kind = {"Content-Type": "application/json"}
        assert "bad" in violations("GET", "/repos/o/r/issues?state=bad", None, 200, kind, b"[]")[0]
        assert "no such parameter" in violations("GET", "/repos/o/r/issues?sate=all", None, 200, kind, b"[]")[0]
        assert violations("GET", "/repos/o/r/isues", None, 200, kind, b"[]")

    def test_finds_a_wrong_answer(self):
        kind = {"Content-Type": "application/json"}
        found = violations("POST", "/repos/o/r/issues/1/comments", b'{"body": "x"}', 201, kind, b'{"id": 1}')
        assert "html_url" in found[0]
        assert violations("GET", "/repos/o/r/issues", None, 403, kind, b"[]")

    def test_is_looked_at_by_the_server(self):
        with GitHubServer() as server:
            server.pull(7, head=HEAD, number="seven")
            github = github_of(server.environ)
            with pytest.raises(DeliveryError, match=r"\$\.number: expected an integer, found text"):
                github.pull_request(7)
            github.close()
            assert "'seven' is not of type 'integer'" in server.problems[0]
