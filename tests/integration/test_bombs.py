"""Files made to exhaust a reader: every format refuses or reads them in bounded memory and ends."""

import subprocess
import sys
import textwrap

import pytest

from perfsite import sources

FEED = textwrap.dedent(
    """
    import io, resource, sys
    sys.path.insert(0, "tests/unit/sources")
    from hostile import RECORDED, at_most, format_of, HungError
    from perfsite import sources
    from perfsite.errors import InputError

    name = sys.argv[1]
    source = sources.load(name)
    # Far above what a bomb needs as text, far below what it would unfold to.
    resource.setrlimit(resource.RLIMIT_AS, (1_200_000_000, 1_200_000_000))
    M = 1_000_000
    LAUGHS = "<!DOCTYPE x [<!ENTITY a '" + "ha" * 50 + "'>" + "".join(
        f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 20}'>" for i in range(12)
    ) + "]><Catch>&m;</Catch>"
    bombs = {
        "brackets": "[" * 5 * M,
        "nested objects": '{"a":' * M,
        "nested elements": "<a>" * M,
        "digits": "9" * 10 * M,
        "digits in an array": "[" + "9" * 10 * M + "]",
        "exponents": "[" + "1e999999999," * M + "1]",
        "zeros": "[" + "0," * 5 * M + "0]",
        "empty arrays": "[" + "[]," * 5 * M + "[]]",
        "empty objects": '{"benchmarks": [' + "{}," * 5 * M + "{}]}",
        "spaces": " " * 10 * M,
        "line ends": "\\n" * 5 * M,
        "a word": "a" * 10 * M,
        "words": "a " * 5 * M,
        "commas": "a,b\\n" + "," * 5 * M,
        "quotes": '"' * 5 * M,
        "colours": "\\x1b[0m" * M,
        "escapes": "\\x1b[" * M,
        "entities": LAUGHS,
    }
    for path in RECORDED:
        if format_of(path) != name:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for i, line in enumerate(dict.fromkeys(lines[:80])):
            if line.strip():
                head = "\\n".join(lines[:i]) + "\\n"
                bombs[f"{path.name}: line {i} again and again"] = head + (line + "\\n") * (200_000 // len(line) + 2)
                bombs[f"{path.name}: line {i} very long"] = head + line * (500_000 // len(line) + 2)
                bombs[f"{path.name}: line {i} stretched"] = head + line.replace(" ", " " * 20_000, 2)
    for what, bomb in bombs.items():
        try:
            with at_most(20):
                source.accepts(bomb[:65536])
                source.parse(io.StringIO(bomb, newline=""), origin="bomb")
        except InputError:
            pass
        except HungError:
            sys.exit(f"{name} hangs on {what}")
        except BaseException as error:
            sys.exit(f"{name} on {what}: {type(error).__name__}: {str(error)[:300]}")
    """
)


@pytest.mark.slow
@pytest.mark.parametrize("name", sources.SOURCES)
def test_no_file_exhausts_a_reader(root, name):
    done = subprocess.run(
        [sys.executable, "-c", FEED, name], cwd=root, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
