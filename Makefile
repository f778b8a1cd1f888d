# Everything lives in .venv at the root; `make` commands create it when it is missing.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
# Without VIRTUAL_ENV, uv would fill whatever environment is active.
UV := VIRTUAL_ENV=.venv $(BIN)/uv pip --quiet --system-certs

# A worker takes whole files, whose tests share what they set up, and has a database server. One
# more than there are cores, for browsers, servers and leases are waited for.
WORKERS := -n $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 4) + 1)') \
	--dist loadfile --no-loadscope-reorder
# Further arguments of pytest.
ARGUMENTS ?=

.PHONY: demo test check bench screens chaos lock clean

demo: .venv/.ready  ## set up, load the demo bakery, plan its morning, serve the dashboard
	@$(BIN)/obrador demo

test: .venv/.ready  ## the whole suite; what needs a service that is not there is skipped, saying so
	@$(BIN)/pytest $(WORKERS) $(ARGUMENTS)

check: .venv/.ready  ## lint, format, types, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/.ready  ## benchmarks that need nothing but this machine
	@$(BIN)/python -m tests.benchmarks

screens: .venv/.ready  ## pictures of all pages in all their forms, to be looked at, in .screens
	@$(BIN)/python -m tests.screens $(ARGUMENTS)

chaos: .venv/.ready  ## kill, freeze, poison and stop everything while mornings run, for a quarter of an hour
	@$(BIN)/python -m tests.chaos

lock:  ## after changing dependencies in pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv

.venv/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Obrador needs Python 3.11 or newer: install it, or say where it is with make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { echo "$$($(PYTHON) --version) cannot make virtual environments: install its venv package (on Debian: apt install python3-venv)"; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version) (once, about a minute) ..."
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.txt 2> .venv/pip.log || { cat .venv/pip.log; exit 1; }
	@$(UV) sync --compile-bytecode --require-hashes requirements.lock
	@$(UV) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@$(BIN)/python -m obrador.orchestration.warming
	@touch $@
