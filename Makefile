# Every target builds what it needs: a virtual environment in .venv/<version> from the hashed lock files.
# A fresh machine needs Python 3.11 or newer (with venv and pip), git and make.
#
#   make demo   make demo-faults   make test   make lint   make types        make help lists them all
#
# Another interpreter: make test PYTHON=python3.13      Arguments for pytest: make test ARGS="-k schema -x"

PYTHON ?= python3
ARGS ?=
VERSION := $(or $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null),missing)
VENV := .venv/$(VERSION)
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install -qq --disable-pip-version-check --require-hashes
BUILD_PACKAGE := -qq --disable-pip-version-check --no-deps --no-build-isolation
VERSIONS := 3.11 3.12 3.13
OLDEST := 3.11

.DEFAULT_GOAL := help
.PHONY: help demo demo-faults test test-all test-minimums lint types wheel-test browser bench bench-stats lock clean python
.DELETE_ON_ERROR:

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/demo.stamp  ## train the lending models, gate the candidate, write the report
	@cd examples/lending && ../../$(RUN) demo.py

demo-faults: $(VENV)/demo.stamp  ## show that the gate stops each planted fault, and which check stops it
	@cd examples/lending && ../../$(RUN) demo.py --faults

test: $(VENV)/test.stamp  ## all tests
	$(RUN) -m pytest -n 2 --dist loadgroup $(ARGS)

test-all:  ## all tests on each supported Python that this machine has
	@for version in $(VERSIONS); do \
	    python=$$(.ci/python $$version) || { echo "Python $$version: not on this machine, skipped"; continue; }; \
	    echo "Python $$version"; $(MAKE) --no-print-directory test PYTHON="$$python" || exit 1; \
	done

test-minimums:  ## all tests with the oldest dependencies that pyproject.toml admits, on the oldest Python
	@python=$$(.ci/python $(OLDEST)) || { echo "test-minimums needs Python $(OLDEST)" >&2; exit 2; }; \
	test -x .venv/minimums/bin/python || "$$python" -m venv .venv/minimums; \
	.venv/minimums/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/minimums.txt && \
	.venv/minimums/bin/python -m pip install $(BUILD_PACKAGE) -e . && \
	.venv/minimums/bin/python -m pytest --ignore tests/examples $(ARGS)  # an example trusts types of the locked versions

lint: $(VENV)/lint.stamp  ## ruff: rules and format
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: $(VENV)/lint.stamp  ## mypy, strict
	$(RUN) -m mypy

wheel-test: $(VENV)/test.stamp  ## the built wheel in a clean environment, away from this repository
	@.ci/wheel-test $(RUN)

browser:  ## Chromium for the tests that look at the report; installed when missing and allowed
	@.ci/browser

bench: $(VENV)/demo.stamp  ## the ratios of the README
	@for script in startup roc_auc recording gate_session plan_hashing digests verify report; do $(RUN) benchmarks/$$script.py || exit 1; done

bench-stats: $(VENV)/test.stamp  ## how often each rule errs, and the ratios of intervals and slices
	@$(RUN) benchmarks/coverage.py --quick
	@for script in slices auc_interval; do $(RUN) benchmarks/$$script.py || exit 1; done

lock:  ## make the lock files again, with the newest versions that pyproject.toml admits
	@.ci/lock $(PYTHON)

clean:  ## remove environments and whatever runs left behind
	rm -rf .venv dist build .pytest_cache .ruff_cache .mypy_cache .hypothesis .mltest
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "mltest needs Python 3.11 or newer; $(PYTHON) is $(VERSION)." >&2; \
	    echo "Name another one: make $(or $(firstword $(MAKECMDGOALS)),test) PYTHON=/path/to/python3.12" >&2; exit 2; }

# One environment a Python version. demo.stamp holds what users need, test.stamp adds the tests' own, lint.stamp the tools.
$(VENV)/bin/python: | python
	@echo "building $(VENV) from the lock files; this takes a minute or two"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) -r requirements/demo.txt
	@$(RUN) -m pip install $(BUILD_PACKAGE) -e .
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/demo.stamp
	@$(INSTALL) -r requirements/test.txt
	@touch $@

$(VENV)/lint.stamp: requirements/lint.txt $(VENV)/test.stamp
	@$(INSTALL) -r requirements/lint.txt
	@touch $@
