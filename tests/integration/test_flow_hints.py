"""Hints from real commits to pages: causes that were planted are named there, rules of one's own are asked."""

import sys

import pytest
from planted_project import CULPRIT, HOSTILE, PARSER, plant

from perfsite.workflow.project import open_project
from perfsite.workflow.site import build_site, prepare_site

PLUG_IN = """
from perfsite.model.hint import Confidence, Hint

TITLE = "the time is that of a leap year"


def hint(evidence):
    if evidence.change is None or evidence.track.key.metric != "time":
        return None
    return Hint(
        rule="leap-year",
        series=(evidence.track.key,),
        sentence=f"It leapt by {evidence.delta:.2f}.",
        confidence=Confidence.HIGH,
        because="the plug-in says so",
        next_step="Wait four years.",
        commit=evidence.commit,
        previous=evidence.previous,
    )
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package that brings a rule, as pip would lay it out."""
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))

    def add(name, code):
        module = f"rule_{name.replace('-', '_')}"
        folder = tmp_path / "packages"
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(code, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[perfsite.hints]\n{name} = {module}\n", encoding="utf-8")
        sys.modules.pop(module, None)

    return add


def of(report, benchmark):
    """Return the hints of a benchmark's page by rule."""
    (view,) = [view for view in report.benchmarks() if view.name == benchmark]
    return {hint.rule: hint for hint in view.hints}


def test_planted_causes_are_named_on_the_pages_of_benchmark_and_commit(repository):
    shas = plant(repository)
    report = prepare_site(repository.path)
    parser = of(report, PARSER)
    assert "allocations 12 → 48" in parser["allocations"].sentence
    assert parser["allocations"].commit.sha == shas[CULPRIT]
    assert set(parser) == {"allocations", "runtime", "files"}
    assert set(of(report, "sort/test_sort.py::test_list")) >= {"growth-changed"}
    assert of(report, "network/test_http.py::test_get").keys() == {"first-round"}
    commits = list(report.commits())
    assert PARSER in {hint.benchmark for hint in commits[CULPRIT].hints}
    assert [view.ref.sha for view in commits if view.hints] == [shas[CULPRIT]]
    (incident,) = report.incidents()
    assert {hint.rule for hint in incident.hints} >= {"allocations", "growth-changed"}


def test_files_are_matched_by_name_by_the_owners_paths_or_not_at_all(repository):
    plant(repository, '[hints]\noff = ["allocations", "dependencies"]\n')
    named = of(prepare_site(repository.path), PARSER)["files"]
    assert "src/parser/json.py" in named.sentence
    assert "network" not in named.sentence
    settings = repository.path / "site_config" / "perfsite.toml"
    settings.write_text('[hints]\noff = ["allocations", "dependencies"]\n[hints.paths]\n"parser/*" = ["docs/*"]\n')
    assert "docs/news.md" in of(prepare_site(repository.path), PARSER)["files"].sentence
    settings.write_text('[hints]\noff = ["no-such-rule"]\n')
    assert prepare_site(repository.path).data.notes[-1] == "[hints] off: there is no rule 'no-such-rule'"


def test_a_rule_of_ones_own_is_asked_and_a_broken_one_is_named(repository, install):
    plant(repository)
    install("leap-year", PLUG_IN)
    install("broken", "def hint(evidence):\n    return evidence.no_such_thing\n")
    install("wordy", "def hint(evidence):\n    return 'slow'\n")
    install("absent", "import no_such_module\n")
    install("empty", "")
    report = prepare_site(repository.path)
    assert of(report, PARSER)["leap-year"].sentence.startswith("It leapt by 0.")
    notes = "\n".join(report.data.notes)
    assert "'broken' is broken and was left out: AttributeError" in notes
    assert "'wordy' is broken and was left out: it returned str, not a Hint or None" in notes
    assert "'absent' was left out: the plug-in 'absent'" in notes
    assert "'empty' was left out: it has no function `hint`" in notes
    assert notes.count("broken and was left out") == 2


def test_a_plug_in_that_is_switched_off_is_not_even_loaded(repository, install):
    plant(repository, '[hints]\noff = ["absent"]\n')
    install("absent", "import no_such_module\n")
    assert not any("hint" in note for note in prepare_site(repository.path).data.notes)


def test_hostile_names_are_escaped_where_hints_stand(repository, tmp_path):
    plant(repository)
    site = tmp_path / "site"
    build_site(open_project(repository.path), site)
    pages = [page.read_text(encoding="utf-8") for page in site.rglob("index.html")]
    hinted = [page for page in pages if 'class="ps-hint ' in page]
    assert len(hinted) >= 4
    assert any("&lt;img src=x" in page for page in hinted)
    assert not any(HOSTILE in page for page in pages)


def test_the_same_history_gives_the_same_hints(repository):
    plant(repository)
    first, second = (list(prepare_site(repository.path).benchmarks()) for _ in range(2))
    assert [view.hints for view in first] == [view.hints for view in second]
