# `make` prints this list.
PY ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help dev system test fast soak check format demo bench wheel mutants docs clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/.runtime: pyproject.toml setup.cfg
	$(PY) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "slaplugin needs Python 3.11 or newer; try: make PY=python3.12 ...")'
	test -x $(BIN)/python || $(PY) -m venv $(VENV)
	$(BIN)/python -m pip install -q -U "pip>=25.1"
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.ok: $(VENV)/.runtime
	$(BIN)/python -m pip install -q -e ".[postgres]" --group test
	touch $@

dev: $(VENV)/.ok ## a virtual environment with everything the tests need

system:
	@sh scripts/system.sh

test: dev system ## every test: browser, PostgreSQL, wheel, crash tests in short form
	$(PYTEST) -n 2 --dist loadgroup

fast: dev ## the tests to run while working: no browser, nothing slow
	$(PYTEST) -n 2 --dist loadgroup -m "not slow and not browser"

soak: dev system ## the long forms of the same tests
	SLAPLUGIN_TEST_SOAK=1 $(PYTEST) -n 2 --dist loadgroup

check: dev ## formatting, lint, types, import directions, security lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -ll -r slaplugin connectors migrations

format: dev ## rewrite the formatting
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

demo: $(VENV)/.runtime ## a simulated helpdesk, 30 days of history, web and scheduler; prints one address
	$(BIN)/slaplugin demo

bench: dev ## ours and others in one run, as ratios
	$(BIN)/python -m bench

wheel: dev ## build the wheel, install it in a fresh environment, migrate and start from an empty folder
	$(PYTEST) tests/packaging

mutants: dev ## mutation tests of the engine
	$(BIN)/mutmut run

clean: ## remove what was built; keeps your data
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants
