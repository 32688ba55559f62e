# Two commands are all that a newcomer needs: `make demo` and `make test`. Both set up .venv by themselves.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt
INPUTS := pyproject.toml constraints.txt
AXE := axe-core@4.14.1
TESTS ?= tests
# One worker has all tests of a file, and one those of the servers (tests/conftest.py): what they share is started once.
SHARED := --dist loadgroup --no-loadscope-reorder

# A virtual environment that happens to be active must not change what is installed where.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
# Without compiled modules each of the many short processes that tests start compiles all libraries again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint format slow explore examples schema docs messages simulate golden screenshots bench help clean

demo: .venv/.ready ## audit the COMPAS example; HTML, PDF and JSON go to evenhand-report/
	@sh .ci/system-packages pdf || true
	@rm -f evenhand-report/report.* evenhand-report/result.json
	@formats="--format html --format json"; \
	if $(BIN)/python -c 'import weasyprint' 2>/dev/null; then formats="$$formats --format pdf"; fi; \
	$(BIN)/evenhand audit examples/compas/policy.yaml examples/compas/compas.csv --out evenhand-report $$formats; \
	code=$$?; \
	if [ $$code -ne 1 ] || [ ! -s evenhand-report/report.html ]; then \
	  echo "make demo: the audit ended with $$code; expected were 1 (fail) and a report" >&2; exit 1; \
	fi; \
	echo "The example fails its audit, as it should. Read the report: evenhand-report/"

test: lint node_modules/axe-core/axe.min.js ## lint, types, layers, then all tests with coverage
	@sh .ci/system-packages pdf test || true
	$(BIN)/pytest -n auto $(SHARED) --cov --cov-report=term $(TESTS)

lint: .venv/.ready-dev ## ruff, mypy --strict, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict --num-workers auto
	$(BIN)/lint-imports --no-cache

format: .venv/.ready-dev ## put the code into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

slow: .venv/.ready-dev ## the simulations that take minutes
	$(BIN)/pytest -n auto -m slow $(TESTS)

explore: .venv/.ready-dev ## property tests on new examples, and many more of them
	$(BIN)/pytest -n auto --hypothesis-profile explore -k "not browser" tests/policy tests/stats tests/render

examples: .venv/.ready-dev ## make the examples' tables again from their sources
	$(BIN)/python -m examples.compas.build
	$(BIN)/python -m examples.adult.build
	$(BIN)/python -m examples.berkeley.build

schema: .venv/.ready ## write the policy's JSON Schema again from the models
	$(BIN)/evenhand policy schema > policies/policy.schema.json

docs: .venv/.ready ## write into the pages what the program itself says: commands, messages, tables
	$(BIN)/python -m docs.pages

messages: .venv/.ready-dev ## bring the catalogues of other languages up to date
	$(BIN)/python -m docs.messages

simulate: .venv/.ready-dev ## measure coverage and error rates for docs/, most of an hour; in part with PARTS="equal shares"
	$(BIN)/python -m docs.simulate $(PARTS)

golden: .venv/.ready-dev ## write tests/golden again: every format as the tests expect it; read the difference
	@sh .ci/system-packages pdf test || true
	$(BIN)/python -m tests.render.golden

screenshots: .venv/.ready-dev ## make the pictures of the README and of docs/reports.md again from the examples
	@sh .ci/system-packages test || true
	$(BIN)/python docs/screenshots.py

bench: .venv/.ready-dev ## measure it and write docs/performance.md; quick with ROWS=100000, in part with JOBS="scan peers"
	$(BIN)/python -m benchmarks $(if $(ROWS),--rows $(ROWS)) $(if $(JOBS),--jobs $(JOBS)) $(if $(WRITE),--write)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

clean: ## remove all that is made
	rm -rf .venv .venv-bench node_modules evenhand-report dist build .coverage* htmlcov .mypy_cache .ruff_cache .pytest_cache

# ---- the environment; a stamp file makes a second run quick ------------------------------------------------------------

.venv/bin/uv: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Evenhand needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
	  echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@touch $@

.venv/.ready: .venv/bin/uv $(INPUTS)
	@echo "Installing Evenhand and what it needs into .venv"
	@$(UV) -e .
	@touch $@

.venv/.ready-dev: .venv/.ready
	@echo "Installing what the tests need into .venv"
	@$(UV) -e . --group dev
	@touch $@

# The browser tests check accessibility with axe-core; without it they are skipped, and say so.
node_modules/axe-core/axe.min.js:
	@if command -v npm >/dev/null 2>&1 && npm install --silent --prefix . --no-save --no-package-lock --ignore-scripts $(AXE); \
	then touch $@; \
	else echo "axe-core could not be fetched by npm: the accessibility tests will be skipped" >&2; fi
