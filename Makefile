# Every habit of this repository. Each sets up what it needs first: a machine with Python 3.11+ and make is enough.

PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11 python; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
JOBS ?= logical
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-to-run
DEV_READY := $(VENV)/.ready-to-develop
BROWSER_READY := $(VENV)/.ready-to-browse

.DEFAULT_GOAL := help

.PHONY: help
help:  ## Show this list
	@awk 'BEGIN {FS = ":.*  ## "} /^[a-z-]+:.*  ## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(RUN_READY)  ## Try Rounds on this machine: a company, phones in a web page; Ctrl-C ends it
	@exec $(BIN)/rounds demo $(ARGS)

.PHONY: test
test: $(DEV_READY) $(BROWSER_READY)  ## Run all tests (ARGS="-k visit" for some)
	$(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS)

.PHONY: check
check: lint types imports translated audit test  ## All that must be true before a change is done

.PHONY: lint
lint: $(DEV_READY)  ## Style and unused dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/deptry .

.PHONY: types
types: $(DEV_READY)  ## Types: strict in crm_core and conversations
	$(BIN)/basedpyright

.PHONY: imports
imports: $(DEV_READY)  ## The floors of the house and the tiers of its core
	$(BIN)/lint-imports

.PHONY: translated
translated: $(DEV_READY)  ## Whether every text is there in Chinese and English
	$(BIN)/pytest -q tests/screens/test_texts.py

.PHONY: audit
audit: $(DEV_READY)  ## Known holes in what we build on; says so where nobody can be asked
	$(BIN)/python -m tests.support.audit

.PHONY: threats
threats: $(DEV_READY)  ## The tests that docs/security.md names, and no others
	$(BIN)/pytest -n $(JOBS) $$($(BIN)/python -m tests.support.threats) $(ARGS)

.PHONY: texts
texts: $(DEV_READY)  ## Put new texts into the catalogue, to be translated
	$(BIN)/python -m tests.support.texts

.PHONY: screens
screens: $(DEV_READY) $(BROWSER_READY)  ## Every screen as a picture, and all on one page: build/screens/index.html
	$(BIN)/python -m tests.support.screens

.PHONY: features
features: $(DEV_READY)  ## Which capabilities of the acceptance tables a passing test shows
	$(BIN)/python -m tests.support.features $(ARGS)

.PHONY: chaos
chaos: $(DEV_READY)  ## Every fault of docs/faults.md, at length (ARGS="-k postgres_paused" for one)
	ROUNDS_CHAOS_LONG=1 ROUNDS_CHAOS_KILLS=$${ROUNDS_CHAOS_KILLS:-30} $(BIN)/pytest -m chaos --timeout 1800 $(ARGS)

.PHONY: mutants
mutants: $(DEV_READY)  ## Plant known faults into approvals and reminders: do the tests find them? (ARGS="delegation" for some)
	nice -n 10 $(BIN)/python -m tests.mutants $(ARGS)

.PHONY: bench
bench: $(DEV_READY)  ## Measure: one table within a quarter of an hour (ARGS="steps --json FILE" for some)
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: bench-long
bench-long: $(DEV_READY)  ## Measure at length: a million customers, a sheet of 100,000, approvals, reminders
	for one in million imports approvals reminders "starting 100000"; do $(BIN)/python -m benchmarks.$$one || exit 1; done

.PHONY: format
format: $(DEV_READY)  ## Put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: migrate
migrate: $(DEV_READY)  ## Write a migration for what changed in the models (m="what changed")
	@test -n "$(m)" || { echo 'Say what changed. Example: make migrate m="visits have a kind"' >&2; exit 2; }
	$(BIN)/python -m crm_core.migrations "$(m)"

.PHONY: docs
docs: $(DEV_READY)  ## Write the pages of docs/ that are made from the code
	$(BIN)/python -m tests.support.manual

.PHONY: constraints
constraints: $(DEV_READY)  ## Pin the newest versions that fit pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate --output-file constraints.txt

.PHONY: clean
clean:  ## Throw away what was set up, and the demo's data
	rm -rf $(VENV) build data .pytest_cache .ruff_cache .hypothesis

# --- setting up --------------------------------------------------------------

# uv installs in seconds what takes pip a minute; where it cannot be had, pip does. $(1) is what to install.
define install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv<1' || echo 'uv cannot be had: pip it is.'
	@if [ -x $(BIN)/uv ]; then \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable . $(1); \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' && \
		$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . $(1); \
	fi
endef

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'Rounds needs Python 3.11 or newer: install it, or say make PYTHON=/where/python3.11' >&2; exit 2; }
	@echo 'Setting up $(VENV) …'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'This Python has no venv. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 2; }

$(RUN_READY): pyproject.toml constraints.txt | $(BIN)/python
	$(call install,)
	@touch $@

$(DEV_READY): pyproject.toml constraints.txt | $(BIN)/python
	$(call install,--group dev)
	@touch $@ $(RUN_READY)

# The browser test takes an installed Chromium, else Playwright's own. Where neither can be had, the test says so.
$(BROWSER_READY): $(DEV_READY)
	@for one in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$one >/dev/null && touch $@ && exit 0; done; \
	if [ "$$(id -u)" = 0 ]; then deps=--with-deps; fi; \
	if $(BIN)/playwright install $$deps chromium; then touch $@; \
	else echo '*** No Chromium: the browser test cannot run. Install chromium, then try again. ***' >&2; fi
