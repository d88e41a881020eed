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
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help setup run test check fmt synth lock clean

help: ## List these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(READY) ## Install everything into .venv (the other targets do it for you)

$(READY): requirements/dev.txt pyproject.toml
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
