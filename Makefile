# The commands of the project. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.ready-to-run
READY := $(VENV)/.ready
AUDIT := .venv-audit
PROVE := .venv-prove
MUTATION := .venv-mutation
UNDERSTANDING := .venv-understanding
DOCS := .venv-docs
RELEASE := .venv-release
NEWEST := .venv-newest
KUBERNETES := .venv-kubernetes

# Without compiled modules, each process that the tests start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run text test test-live test-newest check audit format lint types new-flow image-test screenshots clean kubernetes

help:  ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Only what running needs; the tools are installed by the first command that uses one.
$(RUN): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Parley needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	@echo "Setting up $(VENV) (once, about half a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(READY): $(RUN) requirements-dev.txt
	@echo "Installing the tools in $(VENV) (once, about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

database ?=
run: $(if $(database),$(READY),$(RUN))  ## Serve on http://127.0.0.1:8000 in development mode; with a PostgreSQL: make run database=1
	@$(BIN)/parley init
	@PARLEY_MODE=development exec $(if $(database),$(BIN)/python -m tests.postgres) $(BIN)/python -m parley

flow ?= counter
text: $(RUN)  ## Text the running server: make text flow=message-number
	@$(BIN)/parley text $(flow) "hi" "hi again" "and again"

name ?=
new-flow: $(RUN)  ## Write a flow and its test: make new-flow name=lunch
	@$(BIN)/parley new-flow "$(name)"

# Many tests wait for another process, so use two workers per core, at most eight.
PYTEST = $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder --numprocesses
WORKERS = $$($(BIN)/python -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))')
# `flow` has a default for other commands: only the one given to make names a test here.
tests ?= $(if $(filter command,$(firstword $(origin flow))),tests/flows/test_$(subst -,_,$(flow)).py)
test: $(READY)  ## Run the tests, about two minutes; of one flow: make test flow=lunch
	@$(if $(tests),,echo "The tests take about two minutes on two cores.")
	@$(PYTEST) $(if $(tests),0,$(WORKERS)) -m "not (live or evidence or long)" $(tests)

test-live: $(READY)  ## Run the tests with servers under load, proxies, a browser: four minutes
	@echo "The tests with whole servers and other programs take about four minutes on two cores."
	@$(PYTEST) $(WORKERS) -m "live and not (evidence or long)" $$(grep -rl --include='*.py' 'mark\.live' tests)

# The newest releases that pyproject.toml allows, not those of requirements.txt. Installed again
# each time, because there may be newer ones.
test-newest:  ## Run the server's tests with the newest release of every dependency
	@$(PYTHON) -m venv $(NEWEST)
	@$(NEWEST)/bin/python -m pip install --quiet --upgrade pip
	@$(NEWEST)/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager --group flows --group test --editable '.[postgres,traces]'
	@$(NEWEST)/bin/python -m pip list --format freeze --exclude-editable
	@$(NEWEST)/bin/python -m pytest --numprocesses 4 --dist loadfile -m "not live" $(NEWEST_TESTS)
	@$(NEWEST)/bin/python -m pytest --numprocesses 4 --dist loadfile -m "live and not (evidence or long)" tests/server
NEWEST_TESTS := tests/server tests/web tests/twilio tests/simulator tests/flows tests/rest \
	tests/services tests/test_prometheus.py tests/test_traces.py tests/test_sessions.py tests/test_turn.py

check: $(READY) lint types test test-live  ## Run everything that CI runs: format, lint, types, tests

# It has more libraries than the server: a separate environment, which pip checks for completeness.
$(AUDIT)/.ready: requirements-audit.txt
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@$(AUDIT)/bin/python -m pip --quiet --disable-pip-version-check check
	@touch $@

audit: $(AUDIT)/.ready  ## Check the pinned dependencies for known vulnerabilities
	@$(AUDIT)/bin/python .ci/audit.py

$(KUBERNETES)/.ready: requirements-kubernetes.txt
	@$(PYTHON) -m venv $(KUBERNETES)
	@$(KUBERNETES)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

kubernetes: $(KUBERNETES)/.ready  ## Compare deploy/kubernetes with the schemas of Kubernetes' API
	@for version in 1.25.0 1.37.0; do \
		$(KUBERNETES)/bin/kubernetes-validate --strict -k $$version deploy/kubernetes/*.yaml || exit 1; \
	done

format: $(READY)  ## Format the code
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lint: $(READY)
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/python .ci/prose.py

types: $(READY)
	@$(BIN)/mypy

.PHONY: bench bench-quick
seconds ?= 1
bench: $(READY)  ## Compare a turn's cost with other servers', about six minutes
	@BENCH_SECONDS=$(seconds) $(BIN)/python -m bench.run

bench-quick: $(READY)  ## Count a turn's instructions, before and after a change
	@$(BIN)/python -m bench.run --quick

.PHONY: bench-database
bench-database: $(READY)  ## Compare a turn with PostgreSQL with one with the cookie, and with pgbench
	@$(BIN)/python -m bench.database

.PHONY: prove prove-long
$(PROVE)/.ready: requirements.txt requirements-dev.txt requirements-prove.txt pyproject.toml
	@echo "Setting up $(PROVE) (once, about half a minute) ..."
	@$(PYTHON) -m venv $(PROVE)
	@$(PROVE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-prove.txt
	@$(PROVE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(MUTATION)/.ready: requirements.txt requirements-dev.txt requirements-mutation.txt pyproject.toml
	@$(PYTHON) -m venv $(MUTATION)
	@$(MUTATION)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutation.txt
	@$(MUTATION)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# One part: `make prove part=tests/evidence/fuzz`. Only a full run replaces the table in the docs.
part ?=
PROOF = $(PROVE)/bin/python -m pytest $(if $(part),$(part),tests --quote-in=docs/reliability.md)
prove: $(PROVE)/.ready  ## Prove that no text is lost and no attack succeeds, in about fifteen minutes
	@$(PROOF) -m "(evidence or threat) and not long"

prove-long: $(PROVE)/.ready $(MUTATION)/.ready  ## The same for longer, with a soak and mutations: about an hour
	@$(PROOF) -m "(long or threat) and not evidence"

.PHONY: understanding
PEERS := tests/understanding/peers
$(UNDERSTANDING)/.ready: $(PEERS)/requirements.txt $(PEERS)/package.json $(PEERS)/package-lock.json
	@echo "Setting up $(UNDERSTANDING) (once) ..."
	@$(PYTHON) -m venv $(UNDERSTANDING)
	@$(UNDERSTANDING)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@if command -v npm >/dev/null; then \
		cp $(PEERS)/package.json $(PEERS)/package-lock.json $(UNDERSTANDING) && \
		npm ci --prefix $(UNDERSTANDING) --silent --no-audit --no-fund; \
	else echo "npm is not installed: Microsoft's recognizers are skipped."; fi
	@touch $@

translations: $(READY)  ## Compile the translations of the engine's sentences
	$(BIN)/pybabel compile --domain parley --directory app/parley/locales

understanding: $(READY) $(UNDERSTANDING)/.ready  ## Measure how many real answers are understood
	@$(BIN)/python -m tests.understanding.report $(if $(failures),--failures)

image-test: $(READY)  ## Build the image and test it, where a Docker engine runs
	@IMAGE_TEST=1 $(BIN)/python -m pytest tests/image

.PHONY: docs lock dist
$(DOCS)/.ready: requirements-docs.txt pyproject.toml
	@echo "Setting up $(DOCS) (once, about half a minute) ..."
	@$(PYTHON) -m venv $(DOCS)
	@$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

docs: $(DOCS)/.ready  ## Build the documents as a site in build/site; a broken link fails
	@$(DOCS)/bin/sphinx-build --quiet --fail-on-warning --keep-going docs build/site
	@echo "Open build/site/index.html"

$(RELEASE)/.ready: requirements-release.txt
	@echo "Setting up $(RELEASE) (once, about half a minute) ..."
	@$(PYTHON) -m venv $(RELEASE)
	@$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Run it after changing the ranges in pyproject.toml. `upgrade="--upgrade"` locks the newest versions.
upgrade ?=
lock: $(RELEASE)/.ready  ## Write requirements*.txt: the versions of everything, with their hashes
	@PATH="$(CURDIR)/$(RELEASE)/bin:$$PATH" .ci/lock $(upgrade)

dist: $(RELEASE)/.ready  ## Build the package and an SBOM in dist/, and check them
	@PATH="$(CURDIR)/$(RELEASE)/bin:$$PATH" .ci/dist

screenshots: $(READY)  ## Take the guide's pictures of the phone, while `make run` runs
	@$(BIN)/python docs/take_screenshots.py

clean:  ## Remove the files that make created; var/ with its secrets stays
	rm -rf $(VENV) $(AUDIT) .venv-bench* $(PROVE) $(MUTATION) $(NEWEST) $(UNDERSTANDING) $(DOCS) $(RELEASE) $(KUBERNETES) build dist app/*.egg-info .pytest_cache .mypy_cache .ruff_cache
