# Every target makes its own set-up: a fresh machine needs only Python 3.11 (or newer) and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# One more than the two cores it is meant for: some tests wait, for leases, for a clock, for a server.
WORKERS ?= 3
# Without a database by URL, the tests start an embedded PostgreSQL of their own.
DATABASE_URL ?=
export DATABASE_URL

.DEFAULT_GOAL := help
.PHONY: help demo test test-database test-third-party check docs site bench simulate clean

help: ## Show what there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{printf "  make %-16s %s\n", $$1, $$2}'

$(READY): pyproject.toml .ci/constraints.txt
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY) ## Run the main job: three live systems, one table of workers, every value explained
	@$(BIN)/syncline demo

test: $(READY) ## Run all tests, with PostgreSQL (embedded, or DATABASE_URL=postgresql://…)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

test-database: $(READY) ## Run only the tests that need PostgreSQL
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup tests/integration

test-third-party: $(READY) ## Run the tests against real servers of others (needs npm; installs once into ~/.cache)
	@command -v npm >/dev/null || { echo "npm is not installed here: tests/third_party cannot run"; exit 1; }
	@echo "Node, the SAP CAP server and the rest go into $${SYNCLINE_THIRD_PARTY:-~/.cache/syncline-third-party} (once)"
	@$(BIN)/python -m pytest tests/third_party

check: $(READY) ## Before a commit: format, lint, types, floors, fast tests, fresh docs
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -n 2 tests/unit tests/test_house.py tests/test_docs.py

docs: $(READY) ## Generate the reference pages from the code
	@$(BIN)/python -m docs.generate

$(VENV)/.site: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable '.[docs]'
	@touch $@

site: $(VENV)/.site ## Build the documentation into build/site; a broken link or a lost page fails
	@$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -c docs/site docs build/site
	@echo "build/site/index.html"

bench: $(READY) ## Measure speed beside a hand-written loader, in one run
	@$(BIN)/python -m tests.bench

simulate: $(READY) ## Run simulated histories and faults (HISTORIES=10000 SEED=1)
	@$(BIN)/python -m tests.simulation --histories $(or $(HISTORIES),300) --seed $(or $(SEED),1)

clean: ## Remove what the targets made
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis syncline-demo
