"""Export of a real project: what other programs read of it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import threading
import urllib.request
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from planted_project import COMMITS, CULPRIT, HOSTILE, PARSER, plant
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from perfsite.cli.main import run
from perfsite.outputs.grafana import dashboard
from perfsite.pages.publish import publish_site
from perfsite.report.points import COLUMNS
from perfsite.workflow.site import prepare_site


@pytest.fixture
def planted(repository, monkeypatch):
    shas = plant(repository, 'site_url = "https://perf.example.org/parser"\n')
    repository.git("tag", "v1.0", shas[CULPRIT - 5])
    monkeypatch.chdir(repository.path)
    return repository, shas


@pytest.fixture
def exported(planted, capfd):
    def export(*arguments):
        capfd.readouterr()
        code, told = run(["export", *arguments]), capfd.readouterr()
        return code, told.out, told.err

    return export


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_point_is_a_row_of_the_same_columns_in_every_form(planted, exported, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    _, shas = planted
    code, out, err = exported("csv")
    assert (code, err) == (0, "")
    rows = rows_of(out)
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 9 * COMMITS
    lines = [json.loads(line) for line in exported("jsonl")[1].splitlines()]
    assert list(lines[0]) == ["version", *COLUMNS]
    file = tmp_path / "points.parquet"
    assert exported("parquet", "-o", str(file))[0] == 0
    table = parquet.read_table(file).to_pylist()
    assert list(table[0]) == list(COLUMNS)
    bad = next(i for i, row in enumerate(rows) if row["commit"] == shas[CULPRIT] and row["benchmark"] == PARSER)
    assert (rows[bad]["verdict"], rows[bad]["severity"]) == ("regression", "critical")
    assert lines[bad]["delta"] == table[bad]["delta"] == float(rows[bad]["delta"])
    assert (lines[bad]["baseline"], table[bad]["since"]) == (table[bad]["baseline"], shas[CULPRIT])
    assert rows[0]["run_time"] == "2026-01-01T01:00:00Z"
    assert table[0]["run_time"].isoformat() == "2026-01-01T01:00:00+00:00"
    sizes = {row["parameters"] for row in rows if row["benchmark"].startswith("sort")}
    assert sizes == {"n=10", "n=100", "n=1000", "n=10000"}
    assert {json.dumps(one["parameters"]) for one in lines if one["benchmark"].startswith("sort")} == {
        json.dumps({"n": str(10**i)}) for i in range(1, 5)
    }
    assert json.loads(next(row["parameters"] for row in table if row["parameters"]))["n"].startswith("1")
    for name in set(COLUMNS) - {"parameters", "commit_time", "run_time"}:
        assert [row[name] for row in table] == [line[name] for line in lines], name


def test_series_and_time_are_chosen(planted, exported, tmp_path):
    _, shas = planted
    rows = rows_of(exported("csv", "--benchmark", PARSER, "--metric", "time", "--since", "v1.0")[1])
    assert [row["commit"] for row in rows] == shas[CULPRIT - 4 :]
    code, out, err = exported("csv", "--benchmark", "none")
    assert (code, out) == (2, "")
    assert "no series is selected: benchmark none" in err
    file = tmp_path / "kept.csv"
    file.write_text("old", encoding="utf-8")
    assert exported("csv", "--since", "v9", "-o", str(file))[0] == 2
    assert file.read_text("utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    code, out, err = exported("csv", "--since", "3d", "-o", str(file), "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "version": 1,
        "format": "csv",
        "file": str(file),
        "series": 9,
        "points": 27,
        "bytes": file.stat().st_size,
    }


def test_the_metrics_are_those_that_the_site_publishes(planted, exported):
    repository, _ = planted
    code, out, _ = exported("openmetrics")
    assert code == 0
    assert out == dict(prepare_site(repository.path).documents())["data/metrics.txt"]
    names = {sample.labels["benchmark"] for family in text_string_to_metric_families(out) for sample in family.samples
             if "benchmark" in sample.labels}  # fmt: skip
    assert f"GET /{HOSTILE}" in names
    one = exported("openmetrics", "--benchmark", PARSER)[1]
    assert out.count('benchmark="sort') > 0 == one.count('benchmark="sort')


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["openmetrics", "--since", "3d"], "--since chooses points"),
        (["csv", "--json"], "--json tells of a file"),
        (["xml"], "is not one of"),
        (["grafana", "--site-url", "x y"], "web address"),
    ],
)
def test_wrong_calls_are_told(exported, arguments, told):
    code, out, err = exported(*arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_a_folder_that_is_not_there_is_told(exported, tmp_path):
    code, _, err = exported("csv", "-o", str(tmp_path / "no" / "file.csv"))
    assert code == 5
    assert "hint: see that the folder is there" in err


def test_a_pipe_stays_a_pipe_and_a_link_a_link(planted, exported, tmp_path):
    pipe, link, file = (tmp_path / name for name in ("pipe", "link", "file"))
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert exported("csv", "-o", str(pipe))[0] == 0
    reader.join(20)
    assert pipe.is_fifo()
    link.symlink_to(file)
    assert exported("csv", "-o", str(link))[0] == 0
    assert link.is_symlink()
    assert file.read_bytes() == read[0]
    assert file.stat().st_mode & 0o777 == 0o666 & ~os.umask(os.umask(0o022))


def test_without_a_run_there_is_nothing_to_export(repository, run_perfsite):
    done = run_perfsite("export", "csv", cwd=repository.path)
    assert (done.exit_code, done.stdout) == (4, "")
    done = run_perfsite("export", "grafana", cwd=repository.path)
    assert done.exit_code == 2
    assert "site_url" in done.stderr


def test_without_pyarrow_it_says_what_to_install(planted, exported, monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    code, _, err = exported("parquet", "-o", str(tmp_path / "x.parquet"))
    assert code == 2
    assert "perfsite[parquet]" in err
    assert list(tmp_path.glob("*x.parquet*")) == []


@pytest.fixture
def served(planted, tmp_path):
    """Return the address of the project's site, served on loopback."""
    repository, _ = planted
    site = tmp_path / "site"
    publish_site(prepare_site(repository.path), project=repository.path, output=site)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join(5)
    server.server_close()


def answered(query, values):
    """Return the rows that Infinity would make of a query, variables chosen, and the columns it names."""
    selector, url = query["root_selector"], query["url"]
    for name, value in values.items():
        selector, url = (text.replace(f"${{{name}:raw}}", value) for text in (selector, url))
    assert "${" not in selector + url
    with urllib.request.urlopen(url, timeout=10) as answer:
        content = answer.read()
    if query["type"] == "csv":
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    done = subprocess.run(["jq", "-c", selector], input=content, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("chosen", [PARSER, f"GET /{HOSTILE}", "sort/test_sort.py::test_list"])
def test_every_query_of_the_dashboard_finds_its_fields_on_a_served_site(served, chosen):
    made = dashboard("Planted", served)
    values = {"site": served}
    for variable in made["templating"]["list"]:
        if variable["type"] != "query":
            continue
        options = answered(variable["query"]["infinityQuery"], values)
        assert options
        assert options == sorted(options, key=lambda one: (one["__text"], one["__value"]))
        fitting = [one["__value"] for one in options if one["__text"] == chosen] or [options[0]["__value"]]
        assert set(fitting[0]) <= set(quote(fitting[0], safe="/=%:")), "nothing in a value needs quoting"
        values[variable["name"]] = fitting[0]
    seen = {}
    for panel in made["panels"]:
        (query,) = panel["targets"]
        rows = answered(query, values)
        assert rows, panel["title"]
        names = {column["selector"] for column in query["columns"]}
        assert names <= set(rows[0]), panel["title"]
        seen[panel["title"]] = rows
        for override in panel["fieldConfig"]["overrides"]:
            assert override["matcher"]["options"] in names, panel["title"]
    trend = seen["Trend"]
    assert len(trend) == COMMITS
    assert [one["time"] for one in trend] == sorted(one["time"] for one in trend)
    assert trend[0]["time"] == 1767225600000
    assert trend[-1]["lower"] < trend[-1]["baseline"] < trend[-1]["upper"]
    assert trend[-1]["fail"] > trend[-1]["baseline"]
    assert seen["Open incidents"] == [{"open": len(seen["Incidents"])}]
    assert len(seen["The chosen series, in its base unit"]) == 1
    assert any(row["verdict"] == "regression" and row["retired"] == "no" for row in seen["Regressions"])


def test_the_dashboard_is_one_that_grafana_takes(planted, exported):
    code, out, err = exported("grafana")
    assert code == 0
    assert "Import" in err
    made = json.loads(out)
    assert made["id"] is None
    assert len(made["uid"]) <= 40
    assert made == dashboard("Planted", "https://perf.example.org/parser/")
    assert made["uid"] != dashboard("Planted", "https://perf.example.org/other/")["uid"]
    numbers = [panel["id"] for panel in made["panels"]]
    assert numbers == sorted(set(numbers))
    cells = [
        (x, y)
        for panel in made["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
