"""Find out how a project runs its benchmarks: by which tool, with which command, and what that writes."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from perfsite.scaffold.python import installation

if TYPE_CHECKING:
    from perfsite.scaffold.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """How benchmarks are run.

    `format` is the name that `perfsite record --list-formats` gives what it writes, `command` and `install` are lines
    of bash, `results` the files as words of bash (patterns allowed), `found_in` the file that told. `to_fill_in` says
    what could not be found out and where it must be written; None where nothing is missing.
    """

    format: str
    command: tuple[str, ...]
    results: str
    found_in: str | None = None
    install: tuple[str, ...] = ()
    to_fill_in: str | None = None


UNKNOWN: Final = Harness(
    format="",
    command=('echo "::error::write the command that runs your benchmarks here"', "exit 1"),
    results="bench.json",
    to_fill_in="the command that runs your benchmarks, and the file that it writes",
)
_TIME: Final = "${BENCHMARK_TIME:+"


def harnesses(tree: Tree) -> list[Harness]:
    """Return all that were recognised, the surest first; nothing that is found is executed."""
    return [found for find in _FINDERS if (found := find(tree)) is not None]


def with_command(command: str, results: str | None, found: Harness | None) -> Harness:
    """Return a harness with a command that the owner gave.

    The result file is the one given, else one that the command names, else the one that was found out.
    """
    named = results or _named_results(command)
    base = found or replace(UNKNOWN, results="")
    known = named or base.results
    missing = None if known else "the file that your benchmarks write"
    lines = tuple(line for line in command.splitlines() if line.strip())
    return replace(base, command=lines, results=known or UNKNOWN.results, to_fill_in=missing)


_RESULT_OPTIONS: Final = re.compile(
    r"(?:--benchmark-json|--benchmark_out|--export-json|--summary-export|--outputJson|-rff|\btee(?:\s+-a)?|>)[=\s]+"
    r"(?P<file>[\w./-]+)"
)


def _named_results(command: str) -> str | None:
    """Return the file that a command says it writes.

    Examples
    --------
    >>> _named_results("pytest --benchmark-json=out/bench.json -q")
    'out/bench.json'
    >>> _named_results("make bench")
    """
    found = [match["file"] for match in _RESULT_OPTIONS.finditer(command) if match["file"] != "/dev/null"]
    return found[-1] if found else None


def _pytest_benchmark(tree: Tree) -> Harness | None:
    told = (
        "pyproject.toml",
        "requirements*.txt",
        "requirements/*.txt",
        "setup.cfg",
        "setup.py",
        "tox.ini",
        "noxfile.py",
    )
    where = tree.first(*told, holding="pytest-benchmark") or tree.first(*told, holding="pytest_benchmark")
    where = where or next(
        (path for path in tree.named("test_*.py", "*_test.py") if _uses_fixture(tree.text(path))), None
    )
    if where is None:
        return None
    line = f'pytest --benchmark-only --benchmark-json bench.json {_TIME}"--benchmark-max-time=$BENCHMARK_TIME"}}'
    install = installation(tree, "pytest", "pytest-benchmark")
    return Harness(format="pytest-benchmark", command=(line,), results="bench.json", found_in=where, install=install)


def _uses_fixture(text: str) -> bool:
    return re.search(r"def test_\w*\([^)]*\bbenchmark\b[^)]*\)", text) is not None and "benchmark(" in text


def _asv(tree: Tree) -> Harness | None:
    where = tree.first("asv.conf.json")
    if where is None:
        return None
    folder = where.rpartition("/")[0]
    told = re.search(r'"results_dir"\s*:\s*"([\w./-]+)"', tree.text(where))
    results = "/".join(part for part in (folder, told[1] if told else "results") if part)
    config = f" --config {quote(where)}" if folder else ""
    lines = (f"asv{config} machine --yes", f"asv{config} run --show-stderr 'HEAD^!'")
    return Harness(
        format="asv",
        command=lines,
        results=f"{results}/*/????????-*.json",
        found_in=where,
        install=("python -m pip install asv virtualenv",),
    )


def _cargo(tree: Tree) -> Harness | None:
    manifests = list(tree.named("Cargo.toml"))
    folder = manifests[0].rpartition("/")[0] if manifests else ""
    tables = [(path, _toml(tree.text(path))) for path in manifests]
    for crate, made in (("criterion", "target/criterion"), ("gungraun", ""), ("iai-callgrind", ""), ("iai", "")):
        where = next((path for path, table in tables if crate in _crates(table)), None)
        if where is None:
            continue
        if made:
            command, results = _inside(folder, "cargo bench --workspace"), f"{folder}/{made}".lstrip("/")
            return Harness(format="criterion", command=command, results=results, found_in=where)
        valgrind = ("sudo apt-get update", "sudo apt-get install --yes --no-install-recommends valgrind")
        name = "iai" if crate == "iai" else "gungraun"
        command = _inside(folder, f"cargo bench --workspace 2>&1 | tee {name}.txt")
        results = f"{folder}/{name}.txt".lstrip("/")
        return Harness(format=name, command=command, results=results, found_in=where, install=valgrind)
    where = next((path for path in tree.named("*.rs") if "#[bench]" in tree.text(path)), None)
    if not manifests or where is None:
        return None
    return Harness(
        format="cargo-bench",
        command=(
            "rustup toolchain install nightly --profile minimal",
            *_inside(folder, "cargo +nightly bench 2>&1 | tee bench.txt"),
        ),
        results=f"{folder}/bench.txt".lstrip("/"),
        found_in=where,
    )


def _inside(folder: str, *lines: str) -> tuple[str, ...]:
    """Return lines of bash that run in a folder; empty: where they begin."""
    return (f"cd {quote(folder)}", *lines) if folder else lines


def _of_folder(file: str | None, option: str) -> str:
    """Return an option with the folder of a file; nothing for one that lies where commands begin."""
    folder = (file or "").rpartition("/")[0]
    return f"{option}{quote(folder)}" if folder else ""


def _crates(table: dict[str, Any]) -> set[str]:
    """Return the crates that a Cargo.toml names, by the name that they are published under."""
    places = [table, table.get("workspace", {}), *_tables(table.get("target", {}))]
    groups = [
        place.get(f"{kind}dependencies", {}) for place in places if isinstance(place, dict) for kind in ("", "dev-")
    ]
    named = [(name, one) for group in groups if isinstance(group, dict) for name, one in group.items()]
    return {str(one.get("package", name)) if isinstance(one, dict) else name for name, one in named}


def _tables(value: Any) -> list[dict[str, Any]]:
    return [one for one in value.values() if isinstance(one, dict)] if isinstance(value, dict) else []


def _go(tree: Tree) -> Harness | None:
    module = tree.first("go.mod")
    where = next(
        (path for path in tree.named("*_test.go") if re.search(r"(?m)^func Benchmark\w*\(", tree.text(path))), None
    )
    if module is None or where is None:
        return None
    times = f'{_TIME}"-benchtime=${{BENCHMARK_TIME}}s"}}'
    line = f"go test -run '^$' -bench . -benchmem -count 6 {times} ./... | tee bench.txt"
    folder = module.rpartition("/")[0]
    return Harness(
        format="go-bench", command=_inside(folder, line), results=f"{folder}/bench.txt".lstrip("/"), found_in=where
    )


def _node(tree: Tree) -> Harness | None:
    where = tree.first("package.json")
    package = _json(tree.text(where)) if where else {}
    named = {*_names(package.get("dependencies")), *_names(package.get("devDependencies"))}
    folder = (where or "").rpartition("/")[0]
    install = _inside(folder, "npm ci" if tree.first("package-lock.json") else "npm install")
    if "vitest" in named and next(tree.named("*.bench.ts", "*.bench.js", "*.bench.mts", "*.bench.tsx"), None):
        command = _inside(folder, "npx vitest bench --run --outputJson bench.json")
        results = f"{folder}/bench.json".lstrip("/")
        return Harness(format="vitest", command=command, results=results, found_in=where, install=install)
    tool = next((name for name in ("tinybench", "benchmark") if name in named), None)
    script = next((name for name in ("bench", "benchmark") if name in _names(package.get("scripts"))), None)
    if tool is None or script is None:
        return None
    return Harness(
        format="tinybench" if tool == "tinybench" else "benchmarkjs",
        command=_inside(folder, f"npm run --silent {script} | tee bench.txt"),
        results=f"{folder}/bench.txt".lstrip("/"),
        found_in=where,
        install=install,
    )


def _jmh(tree: Tree) -> Harness | None:
    where = tree.first("pom.xml", holding="jmh-core")
    if where is not None:
        module = where.rpartition("/")[0]
        jar = f"{module}/target/benchmarks.jar".lstrip("/")
        times = f'{_TIME}-r "${{BENCHMARK_TIME}}s"}}'
        lines = (
            f"mvn --batch-mode --quiet -DskipTests{_of_folder(tree.first('pom.xml'), ' --file ')} package",
            f"java -jar {quote(jar)} -rf json -rff jmh.json {times}",
        )
        return Harness(format="jmh", command=lines, results="jmh.json", found_in=where)
    where = tree.first("build.gradle", "build.gradle.kts", holding="me.champeau.jmh")
    if where is None:
        return None
    module = where.rpartition("/")[0]
    return Harness(
        format="jmh",
        command=("./gradlew jmh",),
        results=f"{module}/build/results/jmh/results.json".lstrip("/"),
        found_in=where,
        to_fill_in=None
        if "resultFormat" in tree.text(where)
        else f'in {where}: jmh {{ resultFormat = "JSON" }}, so that Gradle writes what perfsite reads',
    )


def _dotnet(tree: Tree) -> Harness | None:
    where = tree.first("*.csproj", "*.fsproj", holding="BenchmarkDotNet")
    if where is None:
        return None
    line = f"dotnet run --configuration Release --project {quote(where)} -- --filter '*' --exporters json"
    results = "BenchmarkDotNet.Artifacts/results/*-report-full-compressed.json"
    return Harness(format="benchmarkdotnet", command=(line,), results=results, found_in=where)


def _load_test(tree: Tree) -> Harness | None:
    where = tree.first("locustfile.py")
    if where is not None:
        line = f"locust --headless -u 10 -t 1m --csv results -f {quote(where)} --host FILL_IN"
        missing = "the service to load: start it before the command, and write its address instead of FILL_IN"
        install = ("python -m pip install locust",)
        return Harness(
            format="locust",
            command=(line,),
            results="results_stats.csv",
            found_in=where,
            install=install,
            to_fill_in=missing,
        )
    where = next(
        (path for path in tree.named("*.js", "*.ts") if re.search(r"from ['\"]k6(/http)?['\"]", tree.text(path))), None
    )
    if where is None:
        return None
    return Harness(
        format="k6",
        command=(f"k6 run --summary-export summary.json {quote(where)}",),
        results="summary.json",
        found_in=where,
        to_fill_in="how k6 and the service to load are installed and started, before the command",
    )


_EXPORT: Final = re.compile(r"--export-json[= ]+(?P<file>[\w./-]+)")


def _hyperfine(tree: Tree) -> Harness | None:
    """Recognise a script or a target of make that calls hyperfine and names its file."""
    for where in tree.named("*.sh", "Makefile", "justfile"):
        text = tree.text(where)
        match = _EXPORT.search(text) if "hyperfine" in text else None
        if match is None:
            continue
        before = text[: match.start()]
        target = re.findall(r"(?m)^([A-Za-z][\w.-]*)(?=[^\n=]*:(?!=))", before)
        tool = {"Makefile": "make", "justfile": "just"}.get(where.rpartition("/")[2])
        if tool and not (target and "/" not in where):
            continue
        line = f"{tool} {target[-1]}" if tool else f"bash {quote(where)}"
        return Harness(
            format="hyperfine",
            command=(line,),
            results=match["file"],
            found_in=where,
            install=("sudo apt-get update", "sudo apt-get install --yes --no-install-recommends hyperfine"),
        )
    return None


def _google_benchmark(tree: Tree) -> Harness | None:
    where = tree.first(
        "CMakeLists.txt", "*.cmake", "meson.build", "BUILD", "BUILD.bazel", holding="benchmark::benchmark"
    )
    if where is None:
        return None
    return Harness(
        format="google-benchmark",
        command=(
            f"cmake{_of_folder(tree.first('CMakeLists.txt'), ' -S ')} -B build -DCMAKE_BUILD_TYPE=Release",
            "cmake --build build --parallel",
            f'build/FILL_IN --benchmark_out=bench.json {_TIME}"--benchmark_min_time=${{BENCHMARK_TIME}}s"}}',
        ),
        results="bench.json",
        found_in=where,
        to_fill_in="the name of the benchmark's binary, instead of FILL_IN",
    )


_FINDERS: Final[tuple[Callable[[Tree], Harness | None], ...]] = (
    _pytest_benchmark,
    _asv,
    _cargo,
    _go,
    _node,
    _jmh,
    _dotnet,
    _google_benchmark,
    _hyperfine,
    _load_test,
)


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(value: Any) -> set[str]:
    return {str(name) for name in value} if isinstance(value, dict) else set()
