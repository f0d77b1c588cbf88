# make setup   everything `jiucang` needs, in .venv
# make demo    crawl the sample portal and show what was kept
# make viewers  what `jiucang replay --viewer replayweb` serves, from the npm registry, in .viewers
# make test    every check: style, types, floors, tests, doctests
# make test-crash   a longer run of what kills crawls and cuts their power; SEEDS="1 2 3" chooses the storms
# make bench   the benchmarks (benchmarks/README.md)
# make lock    pin the dependencies anew; LOCKFLAGS=--upgrade takes newer releases
# make clean   remove what the targets above made, except collections

PYTHON ?= python3
BIN := .venv/bin
PIP := -m pip --disable-pip-version-check --no-input
# A lock is complete, so nothing is resolved: an old pip installs the same files as a new one. Nothing is built in
# isolation either, which would fetch build tools past the lock, without their hashes.
LOCKED := --quiet --no-deps --no-build-isolation --require-hashes -r
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --no-emit-options $(LOCKFLAGS)

.PHONY: help setup demo viewers test test-crash bench lock apt clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# make/make/p' Makefile

setup: .venv/.runtime

demo: setup
	$(BIN)/jiucang demo

viewers: .viewers/replaywebpage/.installed

# Without ReplayWeb.page its tests are skipped, in CI they fail.
test: apt .venv/.dev .venv-peers/.installed
	@$(MAKE) --no-print-directory viewers || [ -z "$$CI" ]
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

test-crash: .venv/.dev
	PYTHONPATH=tests/support $(BIN)/python -m crash.long $(SEEDS)

bench: apt .venv/.dev .venv-peers/.installed
	$(BIN)/python -m benchmarks.run

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("jiucang needs Python 3.11 or newer; \
	$(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 setup")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "$(PYTHON) cannot make virtual environments; on Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv

# The project is installed from this folder, so edits count at once; its metadata only change with pyproject.toml.
.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python $(PIP) install --only-binary :all: $(LOCKED) requirements.lock
	$(BIN)/python $(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.lock | .venv/.runtime
	$(BIN)/python $(PIP) install $(LOCKED) requirements-dev.lock
	@touch $@

# .venv has the build tool that the peers' source packages need, so their wheels are made there.
.venv-peers/.installed: requirements-peers.lock | .venv/.runtime
	$(BIN)/python -m venv --clear .venv-peers
	$(BIN)/python $(PIP) wheel --wheel-dir .venv-peers/wheels $(LOCKED) requirements-peers.lock
	.venv-peers/bin/python $(PIP) install --quiet --no-index --no-deps .venv-peers/wheels/*.whl
	rm -r .venv-peers/wheels
	@touch $@

# The package as it was looked at: npm compares with what its registry says, sha512sum with what stands here.
.viewers/replaywebpage/.installed: viewers.sha512
	@command -v npm >/dev/null || { echo "npm is missing; on Debian or Ubuntu: sudo apt-get install npm"; exit 1; }
	rm -rf .viewers
	mkdir -p .viewers/replaywebpage
	cd .viewers && npm pack --silent "replaywebpage@$$(sed 's/.*replaywebpage-\(.*\).tgz/\1/' ../viewers.sha512)" >/dev/null
	cd .viewers && sha512sum --quiet --check ../viewers.sha512
	tar -xzf .viewers/*.tgz -C .viewers/replaywebpage --strip-components 1 package/ui.js package/sw.js package/LICENSE
	rm .viewers/*.tgz
	@touch $@

lock: export CUSTOM_COMPILE_COMMAND := make lock
lock: .venv/.dev
	$(COMPILE) --all-build-deps -o requirements.lock pyproject.toml
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(COMPILE) -o requirements-peers.lock requirements-peers.in

docs/job.schema.json: crawler/job.py crawler/quantities.py | .venv/.runtime
	$(BIN)/python -c 'import json; from crawler.job import job_schema; print(json.dumps(job_schema(), indent=2))' > $@

docs/documents.schema.json docs/clicks.schema.json: docs/%.schema.json: pipelines/schema.py | .venv/.runtime
	$(BIN)/python -c 'import json; from pipelines.schema import $*_schema as made; print(json.dumps(made(), indent=2))' > $@

# What the tests run besides Python.
apt:
	@bash .ci/apt

clean:
	rm -rf .venv .venv-peers .viewers build demo *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
