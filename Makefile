# perfsite in two commands: `make` builds its own performance site, `make test` runs every check.
# Needs only Python >= 3.11 with venv, git and make; everything else goes into .venv. `make help` lists the targets.

SHELL := /bin/sh
.DEFAULT_GOAL := site
.DELETE_ON_ERROR:
.SUFFIXES:
# The tests share out the cores themselves; two tools at once would only mix their output under -j.
.NOTPARALLEL:
# An environment that happens to be active must neither be used nor changed.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# One numeric thread: perfsite's arrays are short, and idle threads only burn CPU.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

# Tools run as modules: their scripts hold the path of the folder, which may be long, have spaces or have moved.
PY := .venv/bin/python
READY := .venv/.ready
PYTEST := $(PY) -m pytest -q

.PHONY: site setup test check format format-check lint types layers unit tests bench-smoke browser bench fuzz golden lock \
	clean help

site: $(READY) ## build perfsite's own performance site from history/ into site/
	$(PY) -m perfsite build

setup: $(READY) ## make .venv with the locked dependencies and perfsite itself

# The stamp counts only in the folder it was made in and with a Python that is still there.
ifneq ($(shell test -x $(PY) && cat $(READY) 2>/dev/null),$(shell pwd -P))
.PHONY: $(READY)
endif
$(READY): requirements.lock pyproject.toml .ci/setup
	@PYTHON="$(PYTHON)" .ci/setup

test: format-check lint types layers tests bench-smoke ## every check: format, lint, types, layers, all tests, browser tests

check: format-check lint types layers unit ## the quick checks, two minutes at most

format: $(READY) ## rewrite the sources in the one format
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix-only .

format-check: $(READY)
	$(PY) -m ruff format --check .

lint: $(READY)
	$(PY) -m ruff check .

types: $(READY)
	$(PY) -m mypy

layers: $(READY)
	$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"

unit: $(READY)
	$(PYTEST) -n 2 -m "not slow and not browser" --ignore=tests/bench

tests: $(READY)
	$(PYTEST) -n 2 --dist loadgroup --ignore=tests/bench

bench-smoke: $(READY)
	$(PYTEST) --benchmark-disable tests/bench

browser: $(READY) ## only the tests that drive a real Chromium
	$(PYTEST) tests/browser

bench: $(READY) ## measure perfsite and record the run into history/
	$(PY) tests/bench/run

fuzz: $(READY) ## change every recorded result file in 300 ways and read it
	PERFSITE_FUZZ=300 $(PYTEST) -n 2 tests/unit/sources/test_hostile_files.py

golden: $(READY) ## accept the pages as they are now; read the diff before committing
	PERFSITE_GOLDEN=accept $(PYTEST) tests/golden tests/unit/pages/test_charts.py tests/docs/test_formats.py tests/docs/test_hints.py tests/integration/test_real_files.py tests/integration/scaffold/test_linters.py

lock: $(READY) ## renew requirements.lock
	$(PY) -m uv pip compile -q --upgrade --universal --python-version 3.11 --group dev --generate-hashes \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean: ## remove what the build made, the environment too
	rm -rf .venv site .cache .bench build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
