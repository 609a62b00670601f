"""What the GitHub of the tests does for each request; `github_server.py` says how it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from github_description import example

if TYPE_CHECKING:
    from github_server import GitHubServer


class RefusalError(Exception):
    """A request that is refused, with GitHub's own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def _found(place: dict[Any, Any], key: Any) -> Any:
    if key not in place:
        raise RefusalError(404, "Not Found")
    return place[key]


def repository(hub: GitHubServer, **_: Any) -> Any:
    made = example("repos/get") | {"full_name": hub.repository, "language": None}
    for other in ("source", "parent", "template_repository"):
        made.pop(other, None)  # GitHub's own examples of these lack a field that GitHub requires
    return 200, made


def user(hub: GitHubServer, **_: Any) -> Any:
    if hub.kind != "person":
        raise RefusalError(403, "Resource not accessible by integration")
    return 200, example("users/get-authenticated") | {"login": hub.login, "user_view_type": "private"}


def graphql(hub: GitHubServer, *, body: Any, **_: Any) -> Any:
    if not hub.has_graphql:
        raise RefusalError(403, "Resource not accessible")
    if body != {"query": "query { viewer { login } }"}:
        hub.problems.append(f"unknown GraphQL query: {body}")
    return 200, {"data": {"viewer": {"login": hub.login}}}


def pull(hub: GitHubServer, number: str, **_: Any) -> Any:
    return 200, _found(hub.pulls, int(number))


def pulls(hub: GitHubServer, *, query: Any, **_: Any) -> Any:
    state, head = query.get("state", "open"), query.get("head")
    chosen = [each for each in hub.pulls.values() if state in {"all", each["state"]}]
    return 200, [_simple(each) for each in chosen if head in {None, each["head"]["label"]}]


def pulls_of_commit(hub: GitHubServer, sha: str, **_: Any) -> Any:
    # As on GitHub: also pull requests that merely contain the commit; and nothing of forks' commits.
    if sha in hub.commits_of_forks:
        return 200, []
    known = {each["head"]["sha"] for each in hub.pulls.values()}
    if sha not in known:
        raise RefusalError(422, f"No commit found for SHA: {sha}")
    return 200, [_simple(each) for each in hub.pulls.values() if each["head"]["sha"] not in hub.commits_of_forks]


def _simple(whole: Any) -> Any:
    """Return a pull request as lists show it."""
    short = example("pulls/list")[0] | {"requested_teams": []}
    return short | {key: whole[key] for key in ("number", "state", "html_url", "user", "head", "base")}


def comments(hub: GitHubServer, number: str, **_: Any) -> Any:
    return 200, list(_found(hub.comments, int(number)))


def comment(hub: GitHubServer, number: str, *, body: Any, **_: Any) -> Any:
    if len(body["body"]) > 65_536:
        raise RefusalError(422, "Validation Failed: body is too long (maximum is 65536 characters)")
    _found(hub.comments, int(number))
    return 201, hub.foreign_comment(int(number), hub.login, body["body"])


def _comment(hub: GitHubServer, comment_id: str) -> tuple[list[Any], Any]:
    for listed in hub.comments.values():
        for each in listed:
            if each["id"] == int(comment_id):
                return listed, each
    raise RefusalError(404, "Not Found")


def change_comment(hub: GitHubServer, comment_id: str, *, body: Any, **_: Any) -> Any:
    _, there = _comment(hub, comment_id)
    there["body"] = body["body"]
    return 200, there


def delete_comment(hub: GitHubServer, comment_id: str, **_: Any) -> Any:
    listed, there = _comment(hub, comment_id)
    listed.remove(there)
    return 204, None


def checks(hub: GitHubServer, sha: str, *, query: Any, **_: Any) -> Any:
    name = query.get("check_name")
    chosen = [each for each in hub.checks if each["head_sha"] == sha and name in {None, each["name"]}]
    return 200, {"total_count": len(chosen), "check_runs": chosen[::-1]}


def create_check(hub: GitHubServer, *, body: Any, **_: Any) -> Any:
    if hub.kind == "person":
        raise RefusalError(403, "You must authenticate via a GitHub App.")
    made = example("checks/create") | {"id": hub.new_id(), "pull_requests": [], "details_url": None, "external_id": ""}
    made["output"] |= {"annotations_count": 0, "text": None}
    made["html_url"] = f"https://github.com/{hub.repository}/runs/{made['id']}"
    hub.checks.append(made)
    _fill_check(hub, made, body)
    return 201, made


def change_check(hub: GitHubServer, check_id: str, *, body: Any, **_: Any) -> Any:
    there = next((each for each in hub.checks if each["id"] == int(check_id)), None)
    if there is None:
        raise RefusalError(404, "Not Found")
    if there.get("is_foreign"):
        raise RefusalError(
            403, "Invalid app_id `15368` - check run can only be modified by the GitHub App that created it."
        )
    _fill_check(hub, there, body)
    return 200, there


def _fill_check(hub: GitHubServer, there: Any, body: Any) -> None:
    output = body.get("output", {})
    added = output.get("annotations", [])
    if len(added) > 50 or len(output.get("summary", "")) > 65_535:
        raise RefusalError(422, "Invalid request. No more than 50 items are allowed; 65535 characters")
    there |= {key: value for key, value in body.items() if key != "output"}
    there["output"] |= {key: value for key, value in output.items() if key != "annotations"}
    known = hub.annotations.setdefault(there["id"], [])
    known += [example("checks/list-annotations")[0] | {"raw_details": None} | each for each in added]
    there["output"]["annotations_count"] = len(known)


def annotations(hub: GitHubServer, check_id: str, **_: Any) -> Any:
    return 200, hub.annotations[int(check_id)]


def statuses(hub: GitHubServer, sha: str, **_: Any) -> Any:
    return 200, hub.statuses.get(sha, [])[::-1]


def create_status(hub: GitHubServer, sha: str, *, body: Any, **_: Any) -> Any:
    if len(body.get("description") or "") > 140:
        raise RefusalError(422, "Validation Failed: description is too long (maximum is 140 characters)")
    made = example("repos/create-commit-status") | {"id": hub.new_id(), "target_url": None} | body
    hub.statuses.setdefault(sha, []).append(made)
    return 201, made


def run(hub: GitHubServer, run_id: str, **_: Any) -> Any:
    return 200, _found(hub.runs, int(run_id))


def runs(hub: GitHubServer, *, query: Any, **_: Any) -> Any:
    wanted = {name: query[name] for name in ("head_sha", "event") if name in query}
    chosen = [each for each in hub.runs.values() if all(each[name] == value for name, value in wanted.items())]
    return 200, {"total_count": len(chosen), "workflow_runs": chosen[::-1]}


def rerun(hub: GitHubServer, run_id: str, **_: Any) -> Any:
    there = _found(hub.runs, int(run_id))
    if there["status"] != "completed":
        raise RefusalError(403, "This workflow is already running")
    hub.reruns.append(int(run_id))
    return 201, {}


def dispatch(hub: GitHubServer, workflow: str, *, body: Any, **_: Any) -> Any:
    hub.dispatches.append((workflow, body["ref"], body["inputs"]))
    return 204, None


def jobs(hub: GitHubServer, run_id: str, **_: Any) -> Any:
    listed = _found(hub.jobs, int(run_id))
    return 200, {"total_count": len(listed), "jobs": listed}


def artifacts(hub: GitHubServer, run_id: str, **_: Any) -> Any:
    listed = _found(hub.artifacts, int(run_id))
    return 200, {"total_count": len(listed), "artifacts": listed}


def download(hub: GitHubServer, artifact_id: str, **_: Any) -> Any:
    _found(hub.files, int(artifact_id))
    return 302, None, {"Location": f"{hub.blobs}/store/{artifact_id}?sig=plantedSignature"}


def permission(hub: GitHubServer, login: str, **_: Any) -> Any:
    told = _found(hub.people, unquote(login))
    made = example("repos/get-collaborator-permission-level") | {"permission": told, "role_name": told}
    made["user"] |= {"login": unquote(login), "role_name": told}
    return 200, made


def issues(hub: GitHubServer, *, query: Any, **_: Any) -> Any:
    label, state = query.get("labels"), query.get("state", "open")
    short = example("issues/list-for-repo")[0]
    chosen = [each for each in hub.issues.values() if label is None or label in [one["name"] for one in each["labels"]]]
    keys = ("id", "number", "title", "body", "state", "labels", "user", "html_url", "pull_request")
    listed = [each for each in reversed(chosen) if state in {"all", each["state"]}]
    short.pop("pull_request", None)
    return 200, [short | {key: each[key] for key in keys if key in each} for each in listed]


def create_issue(hub: GitHubServer, *, body: Any, **_: Any) -> Any:
    labels = [example("issues/create")["labels"][0] | {"name": name} for name in body.get("labels", [])]
    user = example("issues/create")["user"] | {"login": hub.login}
    return 201, hub.issue(hub.new_id(), **(body | {"labels": labels, "user": user}))


def change_issue(hub: GitHubServer, number: str, *, body: Any, **_: Any) -> Any:
    there = _found(hub.issues, int(number))
    there |= body
    return 200, there


def release_of_tag(hub: GitHubServer, tag: str, **_: Any) -> Any:
    named = {each["tag_name"]: each for each in hub.releases.values() if not each["draft"]}
    return 200, _found(named, unquote(tag))


def latest_release(hub: GitHubServer, **_: Any) -> Any:
    settled = [each for each in hub.releases.values() if not each["draft"] and not each["prerelease"]]
    if not settled:
        raise RefusalError(404, "Not Found")
    return 200, settled[-1]


def change_release(hub: GitHubServer, release_id: str, *, body: Any, **_: Any) -> Any:
    there = _found(hub.releases, int(release_id))
    there |= body
    return 200, there


def compare(hub: GitHubServer, base: str, head: str, **_: Any) -> Any:
    made = example("repos/compare-commits-with-basehead")
    made["merge_base_commit"]["sha"] = _found(hub.merge_bases, (base, head))
    return 200, made


_TALK = "issues|pull-requests"
ROUTES: list[tuple[str, str, str, Any]] = [
    ("GET", r"/repository", "", repository),
    ("GET", r"/user", "", user),
    ("POST", r"/graphql", "", graphql),
    ("GET", r"/pulls/(\d+)", "", pull),
    ("GET", r"/pulls", "", pulls),
    ("GET", r"/commits/([^/]+)/pulls", "", pulls_of_commit),
    ("GET", r"/issues/(\d+)/comments", "", comments),
    ("POST", r"/issues/(\d+)/comments", _TALK, comment),
    ("PATCH", r"/issues/comments/(\d+)", _TALK, change_comment),
    ("DELETE", r"/issues/comments/(\d+)", _TALK, delete_comment),
    ("GET", r"/commits/([^/]+)/check-runs", "", checks),
    ("POST", r"/check-runs", "checks", create_check),
    ("PATCH", r"/check-runs/(\d+)", "checks", change_check),
    ("GET", r"/check-runs/(\d+)/annotations", "", annotations),
    ("GET", r"/commits/([^/]+)/statuses", "", statuses),
    ("POST", r"/statuses/([^/]+)", "statuses", create_status),
    ("GET", r"/actions/runs", "", runs),
    ("GET", r"/actions/runs/(\d+)", "", run),
    ("POST", r"/actions/runs/(\d+)/rerun", "actions", rerun),
    ("POST", r"/actions/workflows/([^/]+)/dispatches", "actions", dispatch),
    ("GET", r"/actions/runs/(\d+)/jobs", "", jobs),
    ("GET", r"/actions/runs/(\d+)/artifacts", "", artifacts),
    ("GET", r"/actions/artifacts/(\d+)/zip", "", download),
    ("GET", r"/collaborators/([^/]+)/permission", "", permission),
    ("GET", r"/issues", "", issues),
    ("POST", r"/issues", "issues", create_issue),
    ("PATCH", r"/issues/(\d+)", "issues", change_issue),
    ("GET", r"/releases/tags/([^/]+)", "", release_of_tag),
    ("GET", r"/releases/latest", "", latest_release),
    ("PATCH", r"/releases/(\d+)", "contents", change_release),
    ("GET", r"/compare/([0-9a-f]+)\.\.\.([0-9a-f]+)", "", compare),
]
