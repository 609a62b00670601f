"""How a project measures is found out from its files: the tool, the command, the file that it writes."""

import pytest

from perfsite import sources
from perfsite.scaffold.harness import harnesses, with_command
from perfsite.scaffold.tree import look


@pytest.fixture
def project(tmp_path):
    """Write the files of a project and return what it measures with."""

    def found(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return harnesses(look(tmp_path))

    return found


CASES = [
    ({"pyproject.toml": "[dependency-groups]\ndev = ['pytest-benchmark>=5']\n"}, "pytest-benchmark", "bench.json"),
    ({"requirements/test.txt": "pytest_benchmark==5\n"}, "pytest-benchmark", "bench.json"),
    ({"bench/test_b.py": "def test_b(benchmark):\n    benchmark(print)\n"}, "pytest-benchmark", "bench.json"),
    ({"asv.conf.json": '{"results_dir": "out/results"}'}, "asv", "out/results/*/????????-*.json"),
    ({"bench/asv.conf.json": "{}"}, "asv", "bench/results/*/????????-*.json"),
    ({"Cargo.toml": "[dev-dependencies]\ncriterion = '0.5'\n"}, "criterion", "target/criterion"),
    ({"Cargo.toml": "[workspace.dependencies]\ncriterion = '0.5'\n"}, "criterion", "target/criterion"),
    ({"Cargo.toml": "[dev-dependencies]\nc = { package = 'criterion' }\n"}, "criterion", "target/criterion"),
    ({"Cargo.toml": "[dev-dependencies.gungraun]\nversion = '0.17'\n"}, "gungraun", "gungraun.txt"),
    ({"Cargo.toml": "", "benches/b.rs": "#[bench]\nfn b(b: &mut Bencher) {}\n"}, "cargo-bench", "bench.txt"),
    ({"go.mod": "module x\n", "a_test.go": "\nfunc BenchmarkA(b *testing.B) {}\n"}, "go-bench", "bench.txt"),
    (
        {"src/go.mod": "module x\n", "src/a_test.go": "\nfunc BenchmarkA(b *testing.B) {}\n"},
        "go-bench",
        "src/bench.txt",
    ),
    ({"package.json": '{"devDependencies": {"vitest": "3"}}', "a.bench.ts": ""}, "vitest", "bench.json"),
    (
        {"package.json": '{"devDependencies": {"tinybench": "3"}, "scripts": {"bench": "node b.js"}}'},
        "tinybench",
        "bench.txt",
    ),
    ({"bench/pom.xml": "<artifactId>jmh-core</artifactId>"}, "jmh", "jmh.json"),
    ({"build.gradle.kts": 'id("me.champeau.jmh")\nresultFormat'}, "jmh", "build/results/jmh/results.json"),
    (
        {"Bench/Bench.csproj": '<PackageReference Include="BenchmarkDotNet" />'},
        "benchmarkdotnet",
        "BenchmarkDotNet.Artifacts/results/*-report-full-compressed.json",
    ),
    ({"CMakeLists.txt": "target_link_libraries(b benchmark::benchmark)"}, "google-benchmark", "bench.json"),
    ({"Makefile": "all:\n\ttrue\nbench: all\n\thyperfine --export-json out.json ./a\n"}, "hyperfine", "out.json"),
    ({"bench.sh": "hyperfine --export-json=out.json ./a\n"}, "hyperfine", "out.json"),
    ({"locustfile.py": ""}, "locust", "results_stats.csv"),
    ({"load.js": "import http from 'k6/http';\n"}, "k6", "summary.json"),
]


@pytest.mark.parametrize(
    ("files", "format_name", "results"), CASES, ids=[case[1] + " " + next(iter(case[0])) for case in CASES]
)
def test_the_tool_and_its_file_are_found_out(project, files, format_name, results):
    (found,) = project(files)
    assert (found.format, found.results) == (format_name, results)
    assert found.found_in in files
    assert format_name in sources.known()
    assert found.command


def test_a_project_that_says_nothing_has_no_harness(project):
    assert (
        project({"README.md": "we use pytest-benchmark and criterion", "package.json": "not json", "go.mod": ""}) == []
    )


def test_what_others_wrote_does_not_count(project):
    assert project({"node_modules/x/Cargo.toml": "[dependencies]\ncriterion = '1'\n", ".venv/locustfile.py": ""}) == []


def test_the_surest_tool_comes_first_and_the_others_are_told(project):
    found = project({"pyproject.toml": "deps = ['pytest-benchmark']", "asv.conf.json": "{}", "locustfile.py": ""})
    assert [one.format for one in found] == ["pytest-benchmark", "asv", "locust"]


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"test_b.py": "def test_b(benchmark):\n    benchmark(print)\n"}, "pytest pytest-benchmark"),
        (
            {
                "pyproject.toml": "[build-system]\nrequires = []\n[project]\nname = 'x'\n"
                "[project.optional-dependencies]\ntest = ['pytest-benchmark']\n"
            },
            "'.[test]'",
        ),
        (
            {"pyproject.toml": "[project]\nname = 'x'\n[project.optional-dependencies]\ntest = ['pytest-benchmark']\n"},
            "pytest pytest-benchmark",
        ),
        ({"pyproject.toml": "[build-system]\n[dependency-groups]\ndev = ['pytest-benchmark']\n"}, ". --group dev"),
        ({"requirements-dev.txt": "pytest-benchmark\n", "setup.py": ""}, ". -r requirements-dev.txt"),
        (
            {"requirements.txt": "numpy\n", "tox.ini": "deps = pytest-benchmark\n"},
            "pytest pytest-benchmark -r requirements.txt",
        ),
    ],
)
def test_a_python_project_is_installed_with_what_its_owner_keeps_for_benchmarks(project, files, line):
    assert project(files)[0].install[-1] == f"python -m pip install {line}"


@pytest.mark.parametrize(
    ("files", "command", "results"),
    [
        (
            {"rust/Cargo.toml": "[workspace]\n", "rust/b/Cargo.toml": "[dev-dependencies]\ncriterion = '1'\n"},
            ("cd rust", "cargo bench --workspace"),
            "rust/target/criterion",
        ),
        (
            {"web/package.json": '{"devDependencies": {"vitest": "1"}}', "web/a.bench.ts": ""},
            ("cd web", "npx vitest bench --run --outputJson bench.json"),
            "web/bench.json",
        ),
        (
            {"java/pom.xml": "<modules/>", "java/b/pom.xml": "jmh-core"},
            ("mvn --batch-mode --quiet -DskipTests --file java package",),
            "jmh.json",
        ),
        (
            {"cpp/CMakeLists.txt": "", "cpp/b/CMakeLists.txt": "benchmark::benchmark"},
            ("cmake -S cpp -B build -DCMAKE_BUILD_TYPE=Release",),
            "bench.json",
        ),
    ],
)
def test_what_lies_in_a_folder_of_the_repository_is_run_there(project, files, command, results):
    (found,) = project(files)
    assert found.command[: len(command)] == command
    assert found.results == results
    assert all(line.startswith(("cd web", "npm")) for line in found.install)


def test_a_name_of_a_folder_is_never_a_command(project):
    (found,) = project(
        {"a; rm -rf $HOME/go.mod": "module x\n", "a; rm -rf $HOME/a_test.go": "\nfunc BenchmarkA() {}\n"}
    )
    assert found.command[0] == "cd 'a; rm -rf $HOME'"


@pytest.mark.parametrize(
    ("command", "results", "expected"),
    [
        ("make bench", "out/*.json", ("out/*.json", None)),
        ("pytest --benchmark-json=b/x.json", None, ("b/x.json", None)),
        ("./run 2> /dev/null > all.txt", None, ("all.txt", None)),
        ("go test -bench . | tee -a bench.out", None, ("bench.out", None)),
        ("make bench", None, ("bench.json", "the file that your benchmarks write")),
    ],
)
def test_the_file_of_a_command_is_given_or_named_in_it_or_asked_for(command, results, expected):
    found = with_command(command, results, None)
    assert (found.results, found.to_fill_in) == expected
    assert found.command == (command,)


def test_a_command_of_the_owners_keeps_the_file_that_was_found_out(project):
    (found,) = project({"asv.conf.json": "{}"})
    assert with_command("make asv", None, found).results == "results/*/????????-*.json"
