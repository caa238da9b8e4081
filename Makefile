# All commands for this repository. Each target does its own set-up (tools/setup.sh), which takes about a second once
# everything is in place.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup setup-tests setup-python demo demo-promotion dev docs test nightly check format bench try-versions dist upgrade clean distclean

# Runs a command with .venv and, if the set-up had to install Pulumi, .tools/bin on PATH.
RUN := tools/run.sh

# Test processes at the same time; 0 runs the tests in one process, as a debugger needs it.
WORKERS ?= 2
# More arguments for pytest, for instance: make test ARGS="-k drift"; for the benchmark: make bench ARGS=--quick
ARGS ?=

help: ## list the targets
	@printf 'usage: make TARGET\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## create .venv and get the Pulumi command line (keeps what is already there)
	@tools/setup.sh

setup-tests:
	@tools/setup.sh --tests

# Enough for targets that do not need Pulumi, so that they do not wait for it.
setup-python:
	@tools/setup-python.sh

demo: setup ## walk through the main job, against the local tenant; touches nothing of yours
	@$(RUN) python examples/demo/demo.py

demo-promotion: setup ## one set of permissions through dev, staging and prod, against three local tenants
	@$(RUN) python examples/promotion/demo.py

dev: setup ## run local tenants for the root project's stages, until Ctrl-C; prints the commands for another terminal
	@$(RUN) python examples/promotion/serve.py

test: setup-tests ## all checks and tests (ARGS="-k drift" for some of them)
	@$(RUN) tools/check.sh
	@$(RUN) python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

nightly: setup-tests ## the vendor's calls in Go and Node, the benchmark; random histories by the ten thousand (hours)
	@$(RUN) python -m pytest -n 0 -m nightly $(ARGS)
	@HYPOTHESIS_PROFILE=thorough MODEL_EXAMPLES=10000 MODEL_SEED=random \
		$(RUN) python -m pytest -n $(WORKERS) --timeout 0 tests/model tests/core tests/catalog tests/tenant $(ARGS)

check: setup-python ## format, lint, types, import rules, shell scripts; runs no test
	@$(RUN) tools/check.sh

format: setup-python ## format the code and apply lint's fixes
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

docs: setup ## build the documentation into build/docs/index.html; a warning fails it
	@$(RUN) python -m sphinx -E -a -W --keep-going -n -q -b html docs build/docs
	@printf "built: build/docs/index.html\n"

bench: setup ## measure and print the numbers (ARGS=--quick for some of them)
	@$(RUN) python benchmarks/run.py $(ARGS)

# PYTHONS: interpreters to try, for instance: make try-versions PYTHONS="python3.13 /opt/python3.14/bin/python3.14"
try-versions: setup ## try the wheel on the Pythons here, with the oldest and newest SDK of Pulumi (minutes)
	@$(RUN) python tools/try_versions.py $(PYTHONS)

dist: setup-python ## build the wheel and the source archive into dist
	@rm -rf dist
	@$(RUN) python -m build --no-isolation --outdir dist

upgrade: ## move to the newest versions that pyproject.toml allows, and record them
	@tools/setup-python.sh --upgrade

clean: ## remove caches and built files; keeps the set-up and the local Pulumi state
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache dist build
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## remove the set-up as well: .venv and .tools
	@rm -rf .venv .tools
