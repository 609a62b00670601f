"""`perfsite detect` as people pipe numbers through it."""

import json
import subprocess
import sys

STEP = [10, 10.2, 9.9, 10.1, 10, 12.1, 12, 11.8, 12.2, 12]


def test_a_file_of_numbers_is_answered_line_by_line(project):
    project.write("numbers.jsonl", f"{json.dumps(STEP)}\n[1, 2, 3]\n")
    assert project.good("detect", "numbers.jsonl") == "[5]\n[]\n"
    (change,) = json.loads(project.good("detect", "--json", "numbers.jsonl").splitlines()[0])["changes"]
    assert change["index"] == 5
    assert project.good("detect", "--sensitivity", "9", "numbers.jsonl") == "[]\n[]\n"


def test_a_bad_line_fails_after_the_lines_before_it_were_answered(project):
    project.write("numbers.jsonl", f'{json.dumps(STEP)}\n[1, "fast"]\n{json.dumps(STEP)}\n')
    done = project.perfsite("detect", "numbers.jsonl")
    assert (done.code, done.out) == (3, "[5]\n")
    assert "numbers.jsonl: line 2: $.values[1]: expected a number, found text 'fast'" in done.err
    assert "hint: a line is a JSON array of numbers" in done.err


def test_a_wrong_call_is_told(project):
    for value in ("0", "-1", "nan", "inf"):
        done = project.perfsite("detect", "--sensitivity", value)
        assert (done.code, done.out) == (2, "")
        assert "expected a number above 0" in done.err
    assert project.perfsite("detect", "missing.jsonl").code == 3


def test_lines_are_answered_while_more_are_to_come(project):
    process = subprocess.Popen(
        [sys.executable, "-m", "perfsite", "detect"],
        cwd=project.path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(f"{json.dumps(STEP)}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "[5]\n"
        process.stdin.close()
    assert process.returncode == 0


def test_nothing_heavy_is_imported_to_find_changes(project):
    project.write("numbers.jsonl", f"{json.dumps(STEP)}\n")
    code = (
        "import sys; from perfsite.cli.main import run; run(['detect', 'numbers.jsonl']); "
        "print(sorted({'pandas', 'scipy', 'bokeh', 'git', 'mkdocs', 'jinja2'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.path, capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert done.stdout == "[5]\n[]\n"
