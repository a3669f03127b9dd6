# Everything that is done with ConvLab from a terminal. `make` alone lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
MINUTES ?= 10
TORCH ?= auto
# A file's tests share a server and a browser, so one worker takes them all. Those in a browser come first: they
# wait a lot, which the many short files behind them fill to the end.
TESTS := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
RUN_READY := $(VENV)/.requirements-installed
DEV_READY := $(VENV)/.requirements-dev-installed
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check $(if $(CI),--quiet)
LOCALES := convlab/ui/locale
CATALOGUES := $(wildcard $(LOCALES)/*/LC_MESSAGES/convlab.po)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format coverage guards fuzz bench load chaos screenshots messages lock clean chromium

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_READY) ## install what is missing and open the lab on http://localhost:8501
	$(BIN)/convlab

test: $(DEV_READY) chromium ## run all tests on all cores, those in a browser too
	$(TESTS)

coverage: $(DEV_READY) chromium ## run all tests and report which lines of convlab they reach
	$(TESTS) --timeout 300 --cov --cov-report=term:skip-covered --cov-report=html:build/coverage

check: $(DEV_READY) ## lint, formatting, types, and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.javascript

format: $(DEV_READY) ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

guards: $(DEV_READY) chromium ## take each guard of tests/hazards.toml out of a copy, see its tests fail
	$(BIN)/python -m tools.guards

fuzz: $(DEV_READY) ## hostile input of every kind for MINUTES=10
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

bench: $(DEV_READY) chromium ## measure how fast the lab answers
	$(BIN)/python -m benchmarks

load: $(DEV_READY) ## let thirty learners work for ten minutes beside two runs
	$(BIN)/python -m benchmarks.classroom

chaos: $(DEV_READY) ## kill servers and workers, fill the disk, move the clock for 15 minutes: is anything lost?
	$(BIN)/python -m benchmarks.two_labs

screenshots: $(DEV_READY) chromium ## take the README's pictures into docs/
	$(BIN)/python -m tools.screenshots
	$(BIN)/python -m tools.screenshots --language zh home kernels station

# Babel complains of texts with "5% of", which it takes for a field of Python's %, and compiles them all the same.
messages: $(DEV_READY) ## collect the labels to translate, refresh all languages (LOCALE=fr begins one)
	$(BIN)/pybabel -q extract -F pyproject.toml -o $(LOCALES)/convlab.pot --project ConvLab --no-location --sort-output .
	$(if $(LOCALE),$(BIN)/pybabel init -i $(LOCALES)/convlab.pot -d $(LOCALES) -D convlab -l $(LOCALE))
	$(if $(LOCALE)$(CATALOGUES),$(BIN)/pybabel -q update -N -w 110 --ignore-pot-creation-date -i $(LOCALES)/convlab.pot -d $(LOCALES) -D convlab)
	-$(if $(LOCALE)$(CATALOGUES),$(BIN)/pybabel -q compile -d $(LOCALES) -D convlab)

lock: $(BIN)/python ## pin and hash anew what requirements*.txt ask for (what fits stays; delete the locks for the newest)
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	build/lock/bin/python -m tools.lock

clean: ## remove caches (the installed packages in .venv stay)
	rm -rf build convlab.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

chromium: $(DEV_READY)
	@$(BIN)/python -m tests.browser.harness >/dev/null 2>&1 || { \
	  [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || { \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; }; }
	@$(BIN)/python -m tests.browser.harness

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ConvLab needs Python 3.11 or newer; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# Each lock is whole, so pip need not look for more (where a package asks for another with an extra, as "coverage[toml]",
# pip would take the newest one, which has no hash here: https://github.com/pypa/pip/issues/9644).
# The project itself comes last: editable, built by the setuptools of the lock, so that nothing more is fetched.
# A PyTorch of another build that is there already, such as "+cpu", brings itself what it needs of CUDA.
$(RUN_READY): requirements.lock requirements-cuda.lock pyproject.toml $(BIN)/python
	@TORCH=$(TORCH) $(BIN)/python -m tools.torch_build
	$(INSTALL) --no-deps --require-hashes -r requirements.lock $$(ls -d $(VENV)/lib/python*/site-packages/torch-*+*.dist-info >/dev/null 2>&1 || echo -r requirements-cuda.lock)
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_READY): requirements-dev.lock $(RUN_READY)
	$(INSTALL) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@
