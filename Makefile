# One entry for people and for the continuous integration: `make help` lists the targets.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PROTOS := $(sort $(wildcard proto/interchange/v1/*.proto))
# The protos as last released; a change that breaks their clients is refused.
RELEASED := proto/released.binpb
WORKERS ?= auto

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check proto proto-check lint types imports fmt lock clean

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP)  ## Make .venv and install the locked packages and this project (PYTHON=python3.12 picks another Python).

# Builds without isolation, so that nothing but what the lock names is ever fetched.
$(STAMP): requirements.lock pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make setup: Python 3.11 or newer is needed, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true);" \
	  "name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## Tell the story of three nations, each with a node of its own on this machine (ARGS="--json", "--keep DIR" ...).
	@$(BIN)/interchange demo $(ARGS)

test: setup  ## Run the tests, in random order (WORKERS=1 for one process, ARGS="-k word" to choose).
	$(BIN)/pytest -n $(WORKERS) $(ARGS)

check: proto-check lint types imports test  ## Everything that has to hold before a change lands.

# The generators' plug-ins are found on the path, so the environment's comes first.
define generate
PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m grpc_tools.protoc -Iproto \
  --python_out=$(1) --grpc_python_out=$(1) --mypy_out=quiet:$(1) --mypy_grpc_out=quiet:$(1) $(PROTOS)
endef

proto: setup  ## Generate interchange/v1 from proto/interchange/v1.
	@find interchange/v1 -name '*_pb2*.py*' -delete
	$(call generate,.)

proto-check: setup  ## Lint the protos, and see that interchange/v1 is what they generate and no client breaks.
	$(BIN)/buf lint proto
	@if [ -e $(RELEASED) ]; then set -x; $(BIN)/buf breaking proto --against $(RELEASED); fi
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && $(call generate,"$$fresh") && \
	  diff -r -x __pycache__ -x __init__.py "$$fresh/interchange/v1" interchange/v1 || { \
	  echo "proto-check: interchange/v1 is not what the protos generate; run make proto" >&2; exit 1; }

lint: setup  ## Check form and style.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup  ## Check the types, strictly.
	$(BIN)/mypy

imports: setup  ## Check that imports go down the layers only.
	$(BIN)/lint-imports --no-logo

fmt: setup  ## Put the code into form and mend what can be mended.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup  ## Write requirements.lock anew from pyproject.toml, with the newest versions that it allows.
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --no-build \
	  --extra node --extra postgresql --extra hsm --group dev \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file requirements.lock

clean:  ## Remove everything that is not source, the environment included.
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find interchange tests -name __pycache__ -type d -prune -exec rm -rf {} +
