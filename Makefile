# make run on a machine with Python 3.11 or later: installs, serves, loads the demo.

PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
WEB := src/cohesin/console/web
VENDOR := src/cohesin/console/static/vendor
JOBS ?= 2

.PHONY: install run test check format bench openapi pages lock clean

install: $(VENV)/.dev $(VENDOR)/.done

run: $(VENV)/.base $(VENDOR)/.done
	$(BIN)/cohesin serve --demo

test: install
	$(BIN)/pytest -n $(JOBS)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install
	$(BIN)/python -m benchmarks

openapi: install
	$(BIN)/cohesin openapi --output docs/openapi.json

pages: install
	$(BIN)/cohesin settings-page --output docs/settings.md
	$(BIN)/cohesin cli-page --output docs/cli.md

# Writes the locks anew from the .in files; no address of a registry goes into them.
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
lock:
	$(LOCK) requirements/base.in requirements/build.in -o requirements/base.txt
	$(LOCK) requirements/dev.in requirements/build.in -c requirements/base.txt -o requirements/dev.txt
	cd $(WEB) && npm install --package-lock-only

clean:
	rm -rf $(VENV) $(VENDOR) $(WEB)/node_modules build dist

# Each stamp is younger than the files it was made from, so nothing is installed twice.
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with PYTHON=")'
	$(PYTHON) -m venv $(VENV)

PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
PROJECT := $(PIP) --no-deps --no-build-isolation --editable .

$(VENV)/.base: requirements/base.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing packages"
	$(PIP) --require-hashes -r requirements/base.txt
	$(PROJECT)
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing packages, tests' and checks' included"
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PROJECT)
	@touch $@ $(VENV)/.base

# node and npm come with the packages above.
$(VENDOR)/.done: $(WEB)/package-lock.json | $(VENV)/.base
	cd $(WEB) && PATH="$(abspath $(BIN)):$$PATH" npm ci --silent
	rm -rf $(VENDOR)
	mkdir -p $(VENDOR)
	cp $(WEB)/node_modules/htmx.org/dist/htmx.min.js $(VENDOR)/
	cp $(WEB)/node_modules/igv/dist/igv.min.js $(VENDOR)/
	cp $(WEB)/node_modules/swagger-ui-dist/swagger-ui.css \
		$(WEB)/node_modules/swagger-ui-dist/swagger-ui-bundle.js $(VENDOR)/
	rm -rf $(WEB)/node_modules
	@touch $@
