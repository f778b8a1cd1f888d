# Everything lives in .venv at the root; `make` commands create it when it is missing.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
UV_VERSION := 0.13.9

.PHONY: demo test check bench lock clean

demo: .venv/.ready  ## set up, load the demo bakery, plan its morning, serve the dashboard
	@$(BIN)/obrador demo

test: .venv/.ready  ## the whole suite; what needs a service that is not there is skipped, saying so
	@$(BIN)/pytest

check: .venv/.ready  ## lint, format, types, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/.ready  ## benchmarks that need nothing but this machine
	@$(BIN)/python -m tests.benchmarks

lock:  ## after changing dependencies in pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv

.venv/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Obrador needs Python 3.11 or newer: install it, or say where it is with make PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version) (once, about a minute) ..."
	@$(PYTHON) -m venv .venv || { echo "This Python cannot make virtual environments: install its venv package (on Debian: apt install python3-venv)"; exit 1; }
	@$(BIN)/pip install -q --disable-pip-version-check uv==$(UV_VERSION) 2>/dev/null
	@$(BIN)/uv pip sync -q --require-hashes requirements.lock
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation --editable .
	@touch $@
