# make demo | test | check | judges | bench | serve. Each makes .venv by itself; needs Python >= 3.11, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test check judges bench serve clean

demo: $(READY)
	@$(BIN)/python -m app demo

test: $(READY)
	@$(BIN)/python -m pytest -n 2

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 2 tests/test_architecture.py tests/test_docs.py

# Node and PHP are used where they are; what is missing is said. See docs/judges.md.
judges: $(READY)
	@$(BIN)/python -m judges

bench: $(READY)
	@$(BIN)/python -m bench

serve: $(READY)
	@$(BIN)/python -m app serve

# A stamp of what was installed: a second run starts at once, a changed pin installs again.
$(READY): pyproject.toml constraints.txt bin/setup
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh bin/setup
	@touch $@

clean:
	rm -rf $(VENV) var
