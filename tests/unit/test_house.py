"""House rules that a machine can check and no other tool does: sizes, first sentences, start-up, lock file, wheel."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "perfsite"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {
    "PIL", "apprise", "bokeh", "git", "jinja2", "markdown", "material", "mkdocs", "numpy", "pandas", "pyarrow", "scipy",
    "urllib3",
}  # fmt: skip
EVERY_COMMAND = """
import importlib, pkgutil, perfsite.cli
for module in pkgutil.iter_modules(perfsite.cli.__path__):
    importlib.import_module(f"perfsite.cli.{module.name}")
"""


def name_of(module):
    return module.relative_to(PACKAGE.parent).as_posix()


def body_lines(function):
    """Count the lines of a function without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_no_module_is_longer_than_400_lines():
    modules = [*MODULES, *PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css"), *PACKAGE.rglob("*.j2")]
    sizes = {name_of(module): len(module.read_text("utf-8").splitlines()) for module in modules}
    assert {name: lines for name, lines in sizes.items() if lines > 400} == {}


def test_no_function_is_longer_than_50_lines_besides_its_docstring():
    too_long = [
        f"{name_of(module)}:{node.lineno} {node.name}: {body_lines(node)} lines"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > 50
    ]
    assert too_long == []


def test_every_module_opens_with_a_sentence_that_says_what_it_does():
    openings = {name_of(module): ast.get_docstring(ast.parse(module.read_text("utf-8"))) for module in MODULES}
    assert [name for name, text in openings.items() if not re.match(r"[^\n]{10,}\.(\n|\Z)", text or "")] == []


@pytest.mark.parametrize("start", [["-c", EVERY_COMMAND], ["-m", "perfsite", "--help"]])
def test_starting_up_imports_nothing_heavy(start, tmp_path):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *start],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "perfsite" in imported
    assert imported & HEAVY == set()


def test_the_median_of_a_normal_deviation_is_written_once():
    known = (0.6744897501960817, 1 / 0.6744897501960817)
    written = [
        f"{name_of(module)}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
        if any(abs(node.value / one - 1) < 1e-3 for one in known)
    ]
    assert [place.partition(":")[0] for place in written] == ["perfsite/analysis/detection/quantiles.py"], written


def canonical(requirement):
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()


def test_the_lock_names_every_dependency_with_hashes_and_no_address(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    lock = (root / "requirements.lock").read_text("utf-8")
    locked = dict(
        pinned := re.findall(r"^([a-z0-9.-]+)==[^\n]*\\\n((?:    --hash=\S+(?: \\)?\n)+)", lock, re.MULTILINE)
    )
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    assert {canonical(text) for text in wanted} - {canonical(name) for name in locked} == set()
    assert len(pinned) == len(re.findall(r"^\S+==", lock, re.MULTILINE))  # none is without a hash
    assert "://" not in lock


@pytest.fixture(scope="session")
def wheel(root, tmp_path_factory):
    """Build the wheel with the locked hatchling, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--wheel-dir", folder, root], check=True, timeout=120)
    (built,) = folder.glob("perfsite-*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(root, wheel):
    if not (root / ".git").exists():
        pytest.skip("not a git clone, so nothing tells which files belong to the package")
    # In a container the folder may be another user's; to list its files is harmless.
    listing = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "perfsite"]
    listed = subprocess.run(listing, cwd=root, capture_output=True, text=True, timeout=60, check=True)
    tracked = listed.stdout.splitlines()
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in tracked if (root / name).is_file()}


@pytest.mark.slow
def test_the_installed_wheel_answers_as_the_source_does(run_perfsite, wheel, tmp_path):
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=120)
    python = venv / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", wheel], check=True, timeout=120)
    # The dependencies are those of this environment: they are looked up last, and its own perfsite is not seen.
    (site_packages,) = (venv / "lib").glob("python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")

    def run(*command):
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False
        )

    where = run(python, "-c", "import perfsite; print(perfsite.__file__)").stdout
    assert Path(where.strip()).is_relative_to(venv)
    installed, source = run(venv / "bin" / "perfsite", "--help"), run_perfsite("--help")
    assert (installed.returncode, installed.stderr) == (source.exit_code, source.stderr)
    assert installed.stdout == source.stdout.replace("python -m perfsite", "perfsite")
    plugin = "from importlib.metadata import entry_points as e; print(*e(group='mkdocs.plugins', name='perfsite'))"
    assert "perfsite.mkdocs_plugin" in run(python, "-c", plugin).stdout


@pytest.mark.skipif(os.name == "nt", reason="the set-up is a POSIX shell script")
class TestSetup:
    """What `.ci/setup` says on a machine that lacks something; each in a folder of its own."""

    @pytest.fixture
    def set_up(self, root, tmp_path):
        """Run the set-up with nothing on the PATH but what a bare machine has, and the fake Pythons given."""
        tools = tmp_path / "bin"
        tools.mkdir()
        for name in ("cat", "env", "rm", "sh"):
            (tools / name).symlink_to(next(p for p in map(Path, ("/bin", "/usr/bin")) if (p / name).exists()) / name)

        def run(python=None, **pythons):
            for name, script in pythons.items():
                (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
                (tools / name).chmod(0o755)
            environment = {"PATH": str(tools), "HOME": str(tmp_path)} | ({"PYTHON": python} if python else {})
            done = subprocess.run(
                [root / ".ci" / "setup"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
                check=False,
            )  # fmt: skip
            assert done.returncode == 2
            assert not (tmp_path / ".venv").exists()
            return done.stderr

        return run

    def test_without_a_python_it_says_how_to_name_one(self, set_up):
        assert set_up().startswith("error: no Python 3.11 or newer was found on the PATH\nhint: ")

    def test_a_python_without_venv_names_the_package_to_install(self, set_up):
        told = set_up(python3=f'case "$*" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"')
        assert "error: " in told
        assert f"apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in told

    def test_an_older_python_is_passed_over(self, set_up):
        assert "no Python 3.11 or newer" in set_up(python3="exit 1")

    def test_a_python_that_was_named_must_be_there(self, set_up):
        assert set_up(python="/no/such/python").startswith("error: PYTHON=/no/such/python: there is no such command\n")
