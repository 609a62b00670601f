"""A history to which everything has happened that happens to histories, built once, looked at from all sides."""

import json
import re
from dataclasses import dataclass

import pytest

from perfsite.history.branch import BranchStore
from perfsite.history.store import DirectoryStore

pytestmark = pytest.mark.slow
HOSTILE = "<script>alert('x')</script>\n../../etc | `=cmd()` \u202egnp.exe {{ 7*7 }} {% raw %} [a](javascript:b)"
LONG = "long " + "x" * 9_000
PULL = "b" * 40


@dataclass(frozen=True)
class LivedIn:
    place: object
    shas: list
    lost: str
    dirty: str
    answer: dict
    errors: str

    def values(self, url="benchmarks/work/"):
        return self.place.document(f"{url}data.json")["series"][0]["values"]


@pytest.fixture(scope="session")
def lived_in(session_place):
    """Return the project after one build."""
    made = session_place("lived-in")
    made.write("code.py", "pass\n")
    made.git("add", "code.py")
    shas = [made.commit(f"c{i} <b>bold</b>", i) for i in range(3)]
    for sha, seconds in ((shas[0], 0.125), (shas[2], 0.375), (shas[1], 0.25)):
        made.quickly_recorded([seconds] * 3, commit=sha)
    lost = made.commit("to be rebased", 3)
    made.quickly_recorded([0.9] * 3)
    made.git("reset", "-q", "--hard", "HEAD~1")
    dirty = made.commit("rebased", 4)
    made.write("code.py", "changed\n")
    made.quickly_recorded([0.5] * 3)
    for name in (HOSTILE, LONG):
        made.quickly_recorded([0.1] * 3, name=name, commit=shas[2])
    event = made.write("bench.json", json.dumps({"pull_request": {"number": 7, "head": {"sha": PULL}}}))
    event = event.rename(made.path.parent / "event.json")
    variables = {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_EVENT_PATH": str(event)}
    made.results(work=[7.0])
    # A pull request's head that is in no clone: named by hand, its number known from the job.
    made.good("record", "bench.json", "--commit", PULL, "--environment", "desk", env=variables)
    BranchStore(made.path, remote=None).append(list(DirectoryStore(made.path / "history").read([])))
    shard = next((made.path / "history" / "desk").glob("*.jsonl"))
    whole = shard.read_text(encoding="utf-8").splitlines()
    newer = re.sub(r'"version":1,"id":"[0-9a-f]+"', '"version":99,"id":"%s"' % ("0" * 32), whole[0], count=1)
    with shard.open("a", encoding="utf-8") as file:
        file.write(f"garbage <script>alert(1)</script>\n{newer}\n[]\n\n{whole[0][:200]}")
    done = made.perfsite("build", "--json")
    assert done.code == 0, done.err
    return LivedIn(made, shas, lost, dirty, json.loads(done.out), done.err)


def test_values_are_as_measured_and_a_backfill_lands_at_its_place(lived_in):
    assert lived_in.values()[:3] == [0.125, 0.25, 0.375]
    listed = lived_in.place.document("data/commits.json")["sha"]
    assert [sha for sha in listed if sha in lived_in.shas] == lived_in.shas


def test_a_rebased_commit_is_off_branch_and_in_no_trend_but_not_lost(lived_in):
    assert 0.9 not in lived_in.values()
    assert "Off-branch: not on the first-parent line of main" in lived_in.place.page(f"commits/{lived_in.lost}")
    assert lived_in.lost[:8] in lived_in.place.page("commits")


def test_uncommitted_changes_are_told_on_the_page_of_the_commit(lived_in):
    assert "Measured with uncommitted changes: never a baseline." in lived_in.place.page(f"commits/{lived_in.dirty}")


def test_a_pull_request_has_a_page_and_is_in_no_trend(lived_in):
    assert 7.0 not in lived_in.values()
    page = lived_in.place.page(f"commits/{PULL}")
    assert "250 ms → 7.00 s" in page
    assert "pull request 7" in page
    assert "#7" in lived_in.place.page("commits")


def test_a_pull_request_is_never_the_newest_commit_of_the_site(lived_in):
    assert PULL[:8] not in lived_in.place.page("")
    assert PULL[:8] not in lived_in.place.page(f"commits/{lived_in.dirty}")


def test_a_run_in_the_directory_and_on_the_branch_counts_once(lived_in):
    assert lived_in.answer["runs"] == 8


def test_each_bad_line_costs_that_line_and_is_told_on_the_data_page(lived_in):
    assert lived_in.answer["problems"] == 4
    text = lived_in.place.page("data")
    shard = next((lived_in.place.path / "history" / "desk").glob("*.jsonl")).name
    for number in (8, 9, 10, 12):
        assert f"Problems history/desk/{shard}:{number} " in text or f" history/desk/{shard}:{number} " in text
    assert "see the site's data page" in lived_in.errors
    assert "99" in text


def test_hostile_names_are_text_everywhere(lived_in):
    site = lived_in.place.path / "site"
    for file in site.rglob("*"):
        if file.suffix in {".html", ".xml", ".svg"}:
            text = file.read_text(encoding="utf-8")
            assert "<script>alert(" not in text, file
            assert "<b>bold</b>" not in text, file
            assert 'href="javascript:b' not in text, file
    assert "{{ 7*7 }}" in lived_in.place.page("benchmarks")


def test_hostile_names_lead_to_no_file_outside_and_to_links_that_exist(lived_in):
    series = lived_in.place.document("data/series.json")["series"]
    assert {HOSTILE, LONG} <= {one["benchmark"] for one in series}
    for one in series:
        assert (lived_in.place.path / "site" / one["url"] / "index.html").is_file()
    found = {path.name for path in lived_in.place.path.iterdir()}
    assert found <= {".git", "bench.json", "code.py", "history", "site"}


def test_a_second_build_writes_nothing(lived_in):
    site = lived_in.place.path / "site"
    before = {file: file.stat().st_mtime_ns for file in site.rglob("*.*") if not file.name.startswith(".")}
    assert json.loads(lived_in.place.good("build", "--json"))["written"] == 0
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_another_folder_gets_the_same_bytes(lived_in, tmp_path):
    lived_in.place.good("build", "--site-dir", tmp_path / "other")
    other = type(lived_in.place)(tmp_path).snapshot("other")
    assert other == lived_in.place.snapshot("site")
