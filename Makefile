# Dure: `make serve` and `make test` work from nothing but Python 3.11 or later and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help serve test check lock clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dure needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

serve: $(READY) ## Start the database, migrate, load the demo and serve
	$(BIN)/dure serve --demo

test: $(READY) ## Run the whole suite
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(READY) ## Lint, types, import contracts, generated files up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schema.generated --check

lock: ## Renew the lock file (needs uv)
	uv pip compile --universal --generate-hashes --extra dev --python-version 3.11 --no-header --quiet \
		pyproject.toml --output-file requirements.lock

clean: ## Remove the environment and all local data
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache
