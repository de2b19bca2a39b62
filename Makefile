# Two commands are all a newcomer needs: `make demo` and `make test`. Each creates the environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OUT ?= outputs
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint format docs reproduce environment clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

environment: $(READY)  ## Create .venv and install everything a developer needs

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else None'
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY)  ## Compare the four constraints on the Swiss roll and on handwritten digits (about 3 minutes)
	@$(BIN)/lipschitz compare weight_clipping two_sided_gradient_penalty one_sided_gradient_penalty spectral_norm \
	  --on swiss_roll --seeds 3 --workers $(WORKERS) --out $(OUT)/demo-swiss_roll --overwrite
	@$(BIN)/lipschitz compare weight_clipping two_sided_gradient_penalty one_sided_gradient_penalty spectral_norm \
	  --on digits --seeds 2 --workers $(WORKERS) --out $(OUT)/demo-digits --overwrite
	@echo "Open the reports: $(OUT)/demo-swiss_roll/report.html and $(OUT)/demo-digits/report.html"

test: $(READY)  ## Run the test suite (under 8 minutes)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

test-all: $(READY)  ## Run everything, long property runs and cross products included
	@HYPOTHESIS_PROFILE=large $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not cuda"

lint: $(READY)  ## Check style, types and the direction of imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

format: $(READY)  ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(READY)  ## Write the generated parts of the documentation
	@$(BIN)/python docs/generate.py

reproduce: $(READY)  ## Run the quick profile of every experiment; write a page with every claim (interrupted, it goes on)
	@$(BIN)/lipschitz reproduce --workers $(WORKERS) --out $(OUT)/reproduce

clean:  ## Remove the environment and everything generated
	rm -rf $(VENV) $(OUT) dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
