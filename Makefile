# Everything that people do here, by name. `make` lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
UNIT := not engine and not locust and not browser and not slow
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: env
env: .venv/ready ## make the environment in .venv

.PHONY: engine
engine: ## install and start a container engine (Debian, root)
	tools/engine start

.PHONY: bases
bases: ## make the base images where no image registry answers
	tools/local-bases

.PHONY: bench
bench: env ## measure with the quick profile, render the page, judge the published figures
	$(BIN)/harness run --profile quick
	$(BIN)/harness check
	@echo
	@echo 'The page:'
	@$(BIN)/harness report --format html,md,csv,json | grep index.html

.PHONY: reference
reference: env ## record the reference run anew, on a machine at rest
	tools/record-reference

.PHONY: test
test: env ## run every test that this machine can run
	$(BIN)/python -m pytest

.PHONY: unit
unit: env ## run the unit tests, on all CPUs
	$(BIN)/python -m pytest -q -m '$(UNIT)' --numprocesses auto --dist loadfile

.PHONY: lint
lint: env ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: check
check: lint unit ## lint, types and unit tests: what every commit passes

.PHONY: format
format: env ## format the code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: lock
lock: ## resolve the dependencies anew and write requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-emit-find-links --no-header --group pyproject.toml:dev pyproject.toml -o requirements.lock

.PHONY: clean
clean: env ## end and remove what dead runs left behind
	$(BIN)/harness clean
