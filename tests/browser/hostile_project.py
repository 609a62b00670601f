"""A real project whose every text tries to be something else: commits, tags, runs, decisions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from perfsite.history.store import DirectoryStore
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

if TYPE_CHECKING:
    from pathlib import Path

PWN: Final = "window.pwned=1"
TEXTS: Final[dict[str, str]] = {
    "script": f"<script>{PWN}</script>",
    "image": f"<img src=x onerror={PWN}>",
    "frame": f"<iframe srcdoc='<script>parent.{PWN.replace('window.', '')}</script>'></iframe>",
    "attribute": f"\" autofocus tabindex=0 onfocus={PWN} onmouseover={PWN} x='",
    "closing": f"</title></textarea></script></style></template>--><svg onload={PWN}>",
    "markdown": f"[x](javascript:{PWN}) ![y](x:y) `code` **b** | cell | <!-- # h",
    "template": "{{ 7*7 }}{% raw %}{{ ''.__class__ }}${7*7}#{7*7}<%= 7*7 %>",
    "slots": "PERFSITECONTENTSLOT PERFSITETITLESLOT perfsite-shell PERFSITEDESCRIPTIONSLOT",
    "javascript": f"javascript:{PWN}",
    "data": f"data:text/html,<script>{PWN}</script>",
    "host": "//example.org/x",
    "dots": "..%2f..%2f../../etc/passwd",
    "backslash": "..\\..\\c:\\con",
    "entity": f"&lt;script&gt;{PWN}&lt;/script&gt;&#60;img src=x onerror={PWN}&#62;",
    "fragment": "#environment=x&metric=y?find=z%00%zz",
    "right": "\u202egpj.exe\u2066abc",
    "nothing": "a\u200bb\u200d\ufeffc\u00ad",
    "emoji": "👩\u200d👩\u200d👧 🏳️\u200d🌈",
    "stacked": "Z" + "\u0351\u0321" * 60,
    "control": "a\x01b\x1b[31mred\x7f\u2028c",
    "formula": '=HYPERLINK("http://example.org","x")',
    "prototype": "__proto__",
    "constructor": "constructor",
    "index": "index",
    "shell": "perfsite-shell",
    "device": "con",
    "case": "INDEX",
    "long": "x" * 300 + f"<script>{PWN}</script>" + "y" * 19_000,
}
"""What is not the text that it says it is, by what it tries to be."""
ALL: Final = " ".join(TEXTS[name] for name in ("script", "image", "attribute", "closing", "template", "javascript"))
TAGS: Final = ("v1.0", "v2.0-aé_مرحبا", f"v3.0-a<img/src=x/onerror={PWN}>", "v4.0-b\"'&{{7}}")
"""The last two name no version, so that they are no releases."""
COMMITS: Final = 26
CHANGE: Final = 16
START: Final = datetime(2026, 1, 1, tzinfo=UTC)


def make(folder: Path) -> Path:
    """Make the project, its site in `site`, with the real commands where there is one; return its folder."""
    folder.mkdir(parents=True)
    shas = _commit(folder)
    settings = folder / "site_config" / "perfsite.toml"
    settings.parent.mkdir()
    title = json.dumps(TEXTS["closing"])
    settings.write_text(
        f'title = {title}\nrepository_url = "https://example.org/o/r"\nsite_url = "https://example.org/project/"\n',
        encoding="utf-8",
    )
    DirectoryStore(folder / "history").append(_run(i, sha) for i, sha in enumerate(shas))
    told = [{"name": text, "unit": TEXTS["script"], "value": 1.5, "extra": ALL} for text in TEXTS.values()]
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    perfsite(folder, "record", "told.json", "--environment", "constructor")
    (folder / "torn.jsonl").write_text("", encoding="utf-8")
    shard = next((folder / "history").rglob("2026-01.jsonl"))
    with shard.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({ALL: ALL}) + "\n")
    perfsite(folder, "build")
    listed = json.loads((folder / "site/data/incidents.json").read_text(encoding="utf-8"))["incidents"]
    standing = [one["id"] for one in listed if one["open"] and one["standing"]]
    if standing:
        perfsite(folder, "incidents", "ack", standing[0], "--reason", ALL)
        perfsite(folder, "build")
    return folder


def perfsite(folder: Path, *arguments: str) -> str:
    """Run perfsite in a process of its own and return what it answered."""
    done = subprocess.run(
        [sys.executable, "-m", "perfsite", *arguments], cwd=folder, env=dict(os.environ), stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def subject(i: int) -> str:
    """Return the subject of a commit."""
    return [*TEXTS.values()][i % len(TEXTS)].replace("\n", " ")[:4000]


def _commit(folder: Path) -> list[str]:
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    stream = []
    for i in range(COMMITS):
        when = int((START + timedelta(days=i)).timestamp())
        text = subject(i).encode()
        name = f"src/<script>{PWN.replace('=', '')}.py"
        stream.append(
            f'commit refs/heads/main\nauthor "{PWN}" & {{{{7*7}}}} <a@example.org> {when} +0000\n'
            f"committer Ada <a@example.org> {when} +0000\ndata {len(text)}\n".encode()
            + text
            + f"\nM 644 inline {name}\ndata {len(str(i))}\n{i}\n".encode()
        )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=b"".join(stream), check=True)
    subprocess.run(["git", "reset", "-q", "--hard", "main"], cwd=folder, check=True)
    shas = subprocess.run(
        ["git", "rev-list", "--reverse", "main"], cwd=folder, check=True, capture_output=True, encoding="ascii"
    ).stdout.split()
    for tag, at in zip(TAGS, (8, 14, 18, 20), strict=True):
        subprocess.run(["git", "tag", tag, shas[at]], cwd=folder, check=True)
    return shas


def _run(i: int, sha: str) -> Run:
    level = 1.4 if i >= CHANGE else 1.0
    wiggle = (1.0, 1.004, 0.997, 1.002, 0.996, 1.003, 0.999, 1.001)
    rows = [
        Measurement(
            benchmark=text,
            metric=Metric(name="time", unit="s", direction=Direction.LOWER),
            value=level * wiggle[(i + k) % 8] * 1e-3,
        )
        for k, text in enumerate(TEXTS.values())
    ]
    rows += [
        Measurement(
            benchmark="parameters",
            parameters={text[:200]: text, "n": str(n)},
            metric=Metric(name=text[:500], unit=text[:100], direction=Direction.HIGHER),
            value=level * wiggle[(i + n) % 8],
        )
        for text in TEXTS.values()
        for n in (1, 2)
    ]
    time = START + timedelta(days=i)
    url = (f"javascript:{PWN}", "data:text/html,x", "//example.org/x", "https://example.org/ci")[i % 4]
    facts = {"cpu.model": ALL, "os": TEXTS["right"], "runtime.python": f"3.{i // 8} {TEXTS['image']}"}
    return Run(
        time=time,
        commit=Commit(sha=sha, time=time, subject=subject(i), author=f"{TEXTS['closing']} {TEXTS['right']}"),
        environment=Environment(name="CI.__proto__-index", facts=facts),
        source=Source(format="test", tool=TEXTS["image"], version=TEXTS["script"], url=url),
        suite=TEXTS["attribute"],
        branch="main" if i % 5 else TEXTS["image"],
        measurements=Columns.of(rows),
    )
