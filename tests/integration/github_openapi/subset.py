"""Cut GitHub's OpenAPI description down to the operations that perfsite uses; see README.md beside this file.

python subset.py package/generated/api.github.com.json
"""

import json
import sys
from pathlib import Path

OPERATIONS = {
    "actions/create-workflow-dispatch",
    "actions/download-artifact",
    "actions/get-workflow-run",
    "actions/list-jobs-for-workflow-run",
    "actions/list-workflow-run-artifacts",
    "actions/list-workflow-runs-for-repo",
    "actions/re-run-workflow",
    "checks/create",
    "checks/list-annotations",
    "checks/list-for-ref",
    "checks/update",
    "issues/create",
    "issues/create-comment",
    "issues/delete-comment",
    "issues/list-comments",
    "issues/list-for-repo",
    "issues/update",
    "issues/update-comment",
    "pulls/get",
    "pulls/list",
    "repos/compare-commits-with-basehead",
    "repos/create-commit-status",
    "repos/get",
    "repos/get-collaborator-permission-level",
    "repos/get-latest-release",
    "repos/get-release-by-tag",
    "repos/list-commit-statuses-for-ref",
    "repos/list-pull-requests-associated-with-commit",
    "repos/update-release",
    "users/get-authenticated",
}
WORDS = {"description", "summary", "example", "examples", "externalDocs", "tags"}
"""What is for readers and decides nothing; where a schema has a property of such a name, the property stays."""

MAPS = {"headers", "parameters", "properties", "responses", "schemas"}


def without_words(node, *, is_map_of_names=False):
    """Return a part of the description without what is for readers."""
    if isinstance(node, list):
        return [without_words(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: without_words(value, is_map_of_names=not is_map_of_names and key in MAPS)
        for key, value in node.items()
        if is_map_of_names or not (key in WORDS or key.startswith("x-"))
    }
    if "description" in node and ("content" in node or "headers" in node or set(node) == {"description"}):
        kept["description"] = ""  # a response must have one
    return kept


def references(node):
    """Yield the components that a part refers to, as (kind, name)."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            _, _, kind, name = node["$ref"].split("/")
            yield kind, name
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def subset(whole):
    """Return the description of the operations and of every component that they need."""
    paths = {}
    for path, item in whole["paths"].items():
        kept = {method: part for method, part in item.items() if part.get("operationId") in OPERATIONS}
        if kept:
            paths[path] = kept
    found = {part["operationId"] for item in paths.values() for part in item.values()}
    if found != OPERATIONS:
        raise SystemExit(f"not in this description: {sorted(OPERATIONS - found)}")
    components, waiting = {}, list(references(paths))
    while waiting:
        kind, name = waiting.pop()
        if kind == "examples" or name in components.get(kind, {}):
            continue
        part = components.setdefault(kind, {})[name] = whole["components"][kind][name]
        waiting.extend(references(part))
    return {"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": components}


def examples(whole):
    """Return GitHub's own example of a good answer for each operation that has one."""
    found = {}
    for item in whole["paths"].values():
        for part in item.values():
            if part.get("operationId") not in OPERATIONS:
                continue
            for status, answer in part["responses"].items():
                content = answer.get("content", {}).get("application/json", {}) if status[0] == "2" else {}
                for example in content.get("examples", {}).values():
                    value = (
                        whole["components"]["examples"][example["$ref"].split("/")[-1]]
                        if "$ref" in example
                        else example
                    )
                    found.setdefault(part["operationId"], value["value"])
    return found


def write(name, document):
    """Write a document beside this file."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    Path(__file__).with_name(name).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    whole = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    write("openapi.json", without_words(subset(whole)))
    write("examples.json", examples(whole))
