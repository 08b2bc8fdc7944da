# The tasks of this repository. `make` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
UNIT := not (engine or locust or browser or program or slow)
PYTEST := $(BIN)/python -m pytest -q --numprocesses auto --dist loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/ready-for-tests: .venv/ready requirements-test.lock
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-test.lock
	touch $@

.PHONY: env
env: .venv/ready ## install the environment of a run in .venv

.PHONY: tools
tools: .venv/ready-for-tests ## add the tools for tests, style and types to .venv

.PHONY: engine
engine: ## install and start a container engine (Debian, root)
	@tools/engine start

.PHONY: bases
bases: ## build the base images locally (or those of TARGETS=...), for a machine without an image registry
	@tools/local-bases $(TARGETS)

.PHONY: bench
bench: env ## measure with the quick profile, check the published figures, render the page
	$(BIN)/harness run --profile quick
	$(BIN)/harness check
	@echo
	@echo 'The page:'
	@$(BIN)/harness report --format html,md,csv,json,svg | grep index.html

.PHONY: reference
reference: env ## record the committed runs again (or NAMES=conditions), on an idle machine: 15 minutes
	tools/record-reference $(NAMES)

.PHONY: test
test: tools ## run all tests that this machine can run, except the slow ones
	$(PYTEST) -m 'not slow'

.PHONY: test-slow
test-slow: tools ## run the slow tests: whole runs, rows of the self-test, builds
	$(PYTEST) -m slow

.PHONY: test-all
test-all: tools ## run both at once, as CI does: no core waits for the end of the first half
	$(PYTEST)

.PHONY: mutants
mutants: tools ## change the pure modules (or MODULES=...) in one place at a time, and check that a test fails: an hour, not in CI
	OPENBLAS_NUM_THREADS=1 nice -n 19 $(BIN)/python -m tools.mutants $(MODULES)

.PHONY: soak
soak: tools ## one run of RUN_MINUTES=30, whose memory has limits, then MINUTES=30 of short runs with targets killed at random; not in CI
	$(BIN)/python -m tools.soak --minutes $(or $(MINUTES),30) --run-minutes $(or $(RUN_MINUTES),30) --runtime $(or $(RUNTIME),docker)

.PHONY: kills
kills: env ## kill 200 runs (or COUNT=...) at random instants, in a quarter of an hour: clean and resume must mend what is left
	$(BIN)/python benchmarks/kills.py --count $(or $(COUNT),200)

.PHONY: unit
unit: tools ## run the unit tests
	$(PYTEST) -m '$(UNIT)'

.PHONY: lint
lint: tools ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: check
check: lint unit ## check style and types and run the unit tests, before every commit

.PHONY: format
format: tools ## format the code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header pyproject.toml

.PHONY: lock
lock: tools ## resolve the dependencies again and write both lock files
	$(LOCK) --upgrade --group pyproject.toml:build -o requirements.lock
	$(LOCK) --upgrade --group pyproject.toml:test --constraint requirements.lock -o requirements-test.lock
	$(MAKE) packaging

.PHONY: packaging
packaging: tools ## write the files that the wheel has besides the package: man page and SBOM
	$(BIN)/python -m tools.release.man_page >packaging/harness.1
	$(BIN)/python -m tools.release.sbom >packaging/harness.cdx.json

.PHONY: dist
dist: tools ## build the archives of a release in dist/ and check them
	tools/build-release dist

.PHONY: audit
audit: tools ## look up known holes of all locked Python packages and Go modules; asks the services of pip-audit and govulncheck
	for lock in requirements.lock requirements-test.lock targets/*/requirements.txt; do \
	  $(BIN)/uv tool run --quiet --from pip-audit==2.9.0 pip-audit $(AUDIT) --disable-pip --require-hashes --requirement $$lock; done
	for module in targets/*/go.mod; do \
	  (cd $$(dirname $$module) && go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...); done

.PHONY: clean
clean: env ## remove the containers, processes and files of dead runs
	$(BIN)/harness clean
