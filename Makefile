# perfsite in two commands: `make` builds its own performance site, `make test` runs every check.
# Needs only Python >= 3.11 with venv, git and make; everything else goes into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := site
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# An environment that happens to be active must neither be used nor changed.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# One numeric thread: perfsite's arrays are short, and idle threads only burn CPU.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: site setup test check format format-check lint types layers unit tests browser bench golden lock clean

site: $(READY) ## build perfsite's own performance site from history/ into site/
	$(BIN)/perfsite build

setup: $(READY) ## make .venv with the locked dependencies and perfsite itself

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python >= 3.11 with venv was found; set PYTHON=/path/to/python3" >&2; exit 2; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv \
		|| echo "note: uv cannot be had here; pip does the work" >&2
	@{ $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
		&& $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --editable .; } \
	|| { echo "note: uv could not install; trying pip" >&2 \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; }
	@touch $@

test: format-check lint types layers tests ## every check: format, lint, types, layers, all tests, browser tests

check: format-check lint types layers unit ## the quick checks, two minutes at most

format: $(READY) ## rewrite the sources in the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

format-check: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/python -m pytest -q -n 2 -m "not slow and not browser" perfsite tests/unit tests/integration

tests: $(READY)
	$(BIN)/python -m pytest -q -n 2 --ignore=tests/bench

browser: $(READY) ## only the tests that drive a real Chromium
	$(BIN)/python -m pytest -q tests/browser

bench: $(READY) ## measure perfsite and record the run into history/
	tests/bench/run

golden: $(READY) ## accept the pages as they are now; read the diff before committing
	PERFSITE_GOLDEN=accept $(BIN)/python -m pytest -q tests/golden

lock: $(READY) ## renew requirements.lock
	$(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --group dev --generate-hashes \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean: ## remove what the build made, the environment too
	rm -rf $(VENV) site .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
