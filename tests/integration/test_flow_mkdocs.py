"""Plain `mkdocs build` with the plugin makes the site that `perfsite build` makes."""

import os
import subprocess
import sys

import pytest

CONFIG = """
site_name: parser
site_url: https://example.org/parser/
theme:
  name: material
  font: false
plugins: [search, perfsite]
"""


@pytest.mark.slow
def test_the_plugin_makes_the_same_site_as_the_command(project):
    for i in range(12):
        sha = project.commit(f"c{i}", i)
        project.quickly_recorded([(0.1 if i < 6 else 0.2) * (1 + i % 3 / 100)], commit=sha)
    project.write("mkdocs.yml", CONFIG)
    project.write("docs/guide.md", "# Guide\n\nHow to parse.\n")
    project.good("build", "--site-dir", "by-command")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", "by-plugin"],
        cwd=project.path,
        env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    by_command, by_plugin = project.snapshot("by-command"), project.snapshot("by-plugin")
    assert set(by_command) == set(by_plugin)
    differ = [path for path in by_command if by_command[path] != by_plugin[path]]
    # MkDocs writes the day of the build into the sitemap; the command takes the newest commit's.
    assert [path for path in differ if "sitemap" not in str(path)] == []
