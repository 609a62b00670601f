"""The whole loop by a project's own workflows: a slower pull request, its merge, the alert, the mend, the release.

Nothing is set up but by `perfsite init` and the lines that name a channel. Every command runs as a step of a workflow.
"""

import json
import re
import subprocess
import sys

import pytest
from clocked_project import CLOCK, SLOWER, SPEED, opened, speed_file
from loopback_hub import LoopbackHub
from receivers import Webhook, listening

pytestmark = pytest.mark.slow
RUNNER = {"GITHUB_ACTIONS": "true", "ImageOS": "ubuntu24", "RUNNER_ARCH": "X64"}
CHANNEL = '\n[[notify.channels]]\nname = "chat"\nurl_env = "PERFSITE_SLACK_URL"\nkind = "slack"\n'


def job(runs, name):
    """Return the only job of that name."""
    found = [job for run in runs for job in run.jobs.values() if job.name == name]
    assert len(found) == 1, [job.name for run in runs for job in run.jobs.values()]
    return found[0]


class Project:
    """A repository whose pushes run its workflows."""

    def __init__(self, repository, hub, runner, perfsite):
        self.repository, self.hub, self.runner, self.perfsite = repository, hub, runner, perfsite

    def push(self, subject, times):
        """Commit to the default branch, and run what follows."""
        self.commit(subject, times)
        return self.hub.pushed(self.runner)

    def record(self, subject, times):
        """Commit to the default branch, and keep a run of it: a push whose workflows would tell nothing new."""
        self.commit(subject, times)
        subprocess.run([sys.executable, "clock.py"], cwd=self.repository.path, check=True, timeout=60)
        done = self.perfsite("record", "bench.json", "--push", cwd=self.repository.path, env=RUNNER)
        assert done.exit_code == 0, done.stderr

    def commit(self, subject, times):
        """Commit to the default branch."""
        self.repository.commit(subject, files={**speed_file(times), "work.txt": subject})
        self.repository.git("push", "-q", "origin", "main")

    def propose(self, number, subject, times):
        """Commit to a branch, and run what follows for its pull request."""
        self.repository.git("switch", "-q", "-c", f"topic-{number}")
        head = self.repository.commit(subject, files=speed_file(times))
        self.repository.git("push", "-q", str(self.hub.origin), f"topic-{number}")
        runs = self.hub.proposed(self.runner, number, head)
        self.repository.git("switch", "-q", "main")
        return head, runs

    def merge(self, number):
        """Merge a pull request, and run what follows."""
        who = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.org")
        self.repository.git(*who, "merge", "-q", "--no-ff", "-m", f"Merge #{number}", f"topic-{number}")
        self.repository.git("push", "-q", "origin", "main")
        return self.hub.pushed(self.runner)

    def release(self, tag):
        """Publish a release of what the default branch is at, and run what follows."""
        self.repository.git("tag", tag)
        self.repository.git("push", "-q", "origin", tag)
        return self.hub.released(self.runner, tag)

    def stored(self, pattern=""):
        """Return the lines of the history whose shard fits."""
        listed = self.hub_git("ls-tree", "-r", "--name-only", "perf-history").split()
        shards = [name for name in listed if name.endswith(".jsonl") and re.search(pattern, name)]
        return [
            json.loads(line) for name in shards for line in self.hub_git("show", f"perf-history:{name}").splitlines()
        ]

    def hub_git(self, *arguments):
        return self.repository.git("-C", str(self.hub.origin), *arguments)


def test_a_regression_from_pull_request_to_release_notes(tmp_path, repository, run_perfsite):
    with LoopbackHub(tmp_path / "hub") as hub, listening(Webhook()) as chat:
        secret = f"{chat.url}/services/planted-secret"
        runner = hub.runner(secrets={"PERFSITE_SLACK_URL": secret})
        repository.git("remote", "add", "origin", str(hub.origin))
        repository.commit("code", files={"clock.py": CLOCK, ".gitignore": "bench.json\n", **speed_file(SPEED)})
        command = ("--benchmark-command", "python clock.py", "--result-file", "bench.json")
        done = run_perfsite("init", *command, "--site-url", hub.pages.url, cwd=repository.path)
        assert done.exit_code == 0, done.stderr
        settings = repository.path / "site_config" / "perfsite.toml"
        settings.write_text(settings.read_text("utf-8") + CHANNEL, encoding="utf-8")
        project = Project(repository, hub, runner, run_perfsite)

        for i in range(8):
            project.record(f"work {i}", SPEED)
        runs = project.push("work 8", SPEED)
        assert {run.conclusion for run in runs} == {"success"}, "".join(run.said for run in runs)
        notes = project.release("v1.0.0")
        assert {run.conclusion for run in notes} == {"success"}, notes[0].said
        assert chat.received == []

        # A branch that makes one benchmark 20 % slower.
        head, runs = project.propose(7, "take the slower parser", SLOWER)
        told = job(runs, "tell the pull request")
        assert told.result == "failure", told.said
        assert told.step("Comment").exit_code == 1
        [comment] = hub.comments[7]
        assert re.search(r"\*\*1 regression\*\*.*parse.*\+(19|20|21)\.\d %", comment["body"])
        assert "2 measurements without change" in comment["body"]
        link = f"{hub.pages.url}commits/{head}/"
        assert link in comment["body"], comment["body"]
        page = opened(link)
        assert "regression" in page
        assert "take the slower parser" in page
        [check] = hub.checks
        assert (check["head_sha"], check["conclusion"]) == (head, "failure")
        [stored] = project.stored("^pull/")
        assert (stored["commit"]["sha"], stored["pull_request"]) == (head, 7)
        assert len(project.stored("^github-")) == 9
        assert chat.received == []

        # It is merged all the same.
        project.merge(7)
        for i in range(3):
            project.record(f"later {i}", SLOWER)
        runs = project.push("later 3", SLOWER)
        assert job(runs, "judge and alert").step("Alert").exit_code == 0
        incidents = json.loads(run_perfsite("incidents", "list", "--json", cwd=repository.path).stdout)["incidents"]
        assert len(incidents) == 1, incidents
        [alert] = chat.received
        text = json.dumps(alert.json, ensure_ascii=False)
        assert "parse" in text
        assert re.search(r"\+(19|20|21)(\.\d)? %", text)
        [address] = set(re.findall(rf"{re.escape(hub.pages.url)}incidents/[\w-]+/", text))
        assert "Merge #7" in opened(address)

        # The mend.
        for i in range(4):
            project.record(f"mend {i}", SPEED)
        runs = project.push("mend 4", SPEED)
        assert len(chat.received) == 2
        assert chat.received[1].json["text"].startswith("*Fixed: parse ")
        assert address in chat.received[1].json["text"]
        assert "fixed" in opened(address)
        assert job(runs, "judge and alert").result == "success"
        # Hindsight knows of the mend, and says of the pull request what its comment said.
        summary = json.loads(opened(f"{link}summary.json"))
        assert summary["counts"]["regression"] == 1, summary

        # The next release.
        notes = project.release("v1.1.0")
        assert {run.conclusion for run in notes} == {"success"}, notes[0].said
        [release] = [one for one in hub.releases.values() if one["tag_name"] == "v1.1.0"]
        assert "## Performance" in release["body"]
        assert "v1.0.0" in release["body"]

        everything = "".join(run.said for run in runner.runs) + json.dumps([hub.comments, hub.checks], default=str)
        everything += json.dumps(project.stored())
        assert "planted-secret" not in everything
        assert not any(token in everything for token in hub.tokens)
    assert hub.problems == []
    assert hub.overreached() == []
