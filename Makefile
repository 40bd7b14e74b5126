# Everything below works on a machine that has Python 3.11 and make, and nothing else.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME ?= .genealogy-demo
# Tests at a time: one more than there are processors, since those of servers often wait.
JOBS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))

# A shell may say that Python keeps no compiled files; each of the many processes here would then compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-long lint format docs bench serve lock clean

# Say what each target does.
help:
	@awk '/^# /{text=substr($$0,3)} /^[a-z-]+:/{sub(":.*","",$$1); if (text) printf "make %-10s %s\n", $$1, text; text=""}' Makefile

# Make the environment, with the locked versions of everything, unless it is there and current.
setup: $(VENV)/.made

$(VENV)/.made: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 && py=$(PYTHON) || py=python3; \
	$$py -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { echo "Python 3.11 or later is needed."; exit 1; }; \
	test -x $(BIN)/python || $$py -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Load the sample plant into a demo home and answer its question, on the embedded store.
demo: setup
	@GENEALOGY_HOME=$(DEMO_HOME) GENEALOGY_STORE= $(BIN)/genealogy demo

# Run every test, on the embedded store and on a real Neo4j server that the tests start themselves.
test: setup
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup -m "not long" $(ARGS)

# Run the long tests: 20,000 random plants on the embedded roads, 1,000 on Neo4j, and hundreds of kills.
test-long: setup
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup -m long $(ARGS)

# Check style, types, the layers between packages, and that generated pages are current.
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

# Put the code into its one format.
format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Make the generated pages again.
docs: setup
	$(BIN)/python docs/generate.py

# Measure: loading, tracing and memory on each store, beside the peers, in one run.
bench: setup
	$(BIN)/python -m benchmarks $(ARGS)

# Serve the demo home over HTTP on this machine.
serve: setup
	@GENEALOGY_HOME=$(DEMO_HOME) GENEALOGY_STORE= $(BIN)/genealogy serve

# Work out the locked versions again from pyproject.toml.
lock: setup
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --extra neo4j-local --group dev --group bench pyproject.toml -o requirements.lock

# Remove what the targets made; data is not touched.
clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
