# Everything that is done to the project, one word each. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AUDIT := .venv-audit
BENCH := .venv-bench
PROVE := .venv-prove

.DEFAULT_GOAL := help
.PHONY: help run text test test-live check audit format lint types new-flow image-test screenshots clean

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Parley needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	@echo "Setting up $(VENV) (once, about half a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

run: $(READY)  ## Serve on http://127.0.0.1:8000 in development mode
	@$(BIN)/flask sms init
	@PARLEY_MODE=development exec $(BIN)/python -m app

flow ?= counter
text: $(READY)  ## Text the running server: make text flow=message-number
	@$(BIN)/flask sms text $(flow) "hi" "hi again" "and again"

name ?=
new-flow: $(READY)  ## Write a flow and its test: make new-flow name=lunch
	@$(BIN)/flask sms new-flow "$(name)"

# Many tests wait for another process: twice as many workers as cores, and not more than eight.
PYTEST = $(BIN)/python -m pytest --dist loadfile --numprocesses
WORKERS = $$($(BIN)/python -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))')
test: $(READY)  ## Run the tests, under a minute
	@echo "The tests take about 35 seconds on two cores."
	@$(PYTEST) $(WORKERS) -m "not live"

test-live: $(READY)  ## Run those with servers under load, proxies, a browser: two minutes
	@echo "The tests with whole servers and other programs take about two minutes on two cores."
	@$(PYTEST) auto -m live

check: $(READY) lint types test test-live  ## All that CI runs: format, lint, types, all tests

# Its libraries are more than the server's: an environment of their own, which pip checks for gaps.
$(AUDIT)/.ready: requirements-audit.txt
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@$(AUDIT)/bin/python -m pip --quiet --disable-pip-version-check check
	@touch $@

audit: $(AUDIT)/.ready  ## Ask whether a vulnerability is known of what is pinned
	@$(AUDIT)/bin/python .ci/audit.py

format: $(READY)  ## Format the code
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lint: $(READY)
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check

types: $(READY)
	@$(BIN)/mypy

.PHONY: bench bench-gunicorn bench-pythons bench-quick bench-replay
$(BENCH)/.ready: requirements.txt requirements-bench.txt
	@echo "Setting up $(BENCH) (once) ..."
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

seconds ?= 1
bench: $(BENCH)/.ready  ## Compare a turn's cost with other servers', about six minutes
	@BENCH_SECONDS=$(seconds) $(BENCH)/bin/python -m bench.run

bench-gunicorn: $(BENCH)/.ready  ## Compare ways to configure gunicorn, about five minutes
	@$(BENCH)/bin/python -m bench.gunicorns

pythons ?= python3.11 python3.12 python3.13
bench-pythons: $(BENCH)/.ready  ## Compare a turn's cost under several CPythons
	@$(BENCH)/bin/python -m bench.pythons $(pythons)

bench-quick: $(READY)  ## Count a turn's instructions, before and after a change
	@$(BIN)/python -m bench.quick

bench-replay: $(READY)  ## Compare a turn of 20 remembered answers with a counter's
	@$(BIN)/python -m bench.replay

.PHONY: prove prove-long
$(PROVE)/.ready: requirements.txt requirements-dev.txt requirements-prove.txt pyproject.toml
	@echo "Setting up $(PROVE) (once, about half a minute) ..."
	@$(PYTHON) -m venv $(PROVE)
	@$(PROVE)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-prove.txt
	@$(PROVE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

part ?=
prove: $(PROVE)/.ready  ## Prove that nothing is lost and no one gets in, under ten minutes
	@$(PROVE)/bin/python -m prove.run $(part)

prove-long: $(PROVE)/.ready  ## The same for longer, with a soak and mutations: about an hour
	@$(PROVE)/bin/python -m prove.run --long $(part)

image-test: $(READY)  ## Build the image and test it, where a Docker engine runs
	@IMAGE_TEST=1 $(BIN)/python -m pytest tests/image

screenshots: $(READY)  ## Take the README's pictures of the phone, while `make run` runs
	@$(BIN)/python docs/take_screenshots.py

clean:  ## Remove what make made; var/ with its secrets stays
	rm -rf $(VENV) $(AUDIT) $(BENCH)* $(PROVE) *.egg-info .pytest_cache .mypy_cache .ruff_cache
