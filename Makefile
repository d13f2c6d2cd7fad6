# `make demo` and `make test` do everything on a fresh machine with Python (>= 3.11), pip and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check seeds bench-train clean help

help:            ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(VENV)/.ready         ## train a tiny think / no-think pair and compare it: reports/quickstart
	$(BIN)/sfteval quickstart

test: $(VENV)/.ready-dev .chromium  ## the whole suite, real browser and trained starter pair included
	$(BIN)/python -m pytest -m 'not gpu' --durations=15

check: $(VENV)/.ready-dev    ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

seeds: $(VENV)/.ready        ## train and compare five seeds: reports/seeds.md
	$(BIN)/python tests/bench/seeds.py

bench-train: $(VENV)/.ready-dev  ## train with TRL and with sfttrain, side by side, for hours: reports/bench
	$(BIN)/python tests/bench/train.py

clean:           ## forget what was made, keep the environment
	rm -rf runs checkpoints reports/quickstart reports/seeds-*

$(VENV)/.ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[local]'
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PIP) install --quiet --constraint constraints.txt --editable '.[local,dev]'
	touch $@

# Real browser tests want Debian's chromium: installed where apt is at hand, said so where it is not.
.PHONY: .chromium
.chromium:
	@command -v chromium >/dev/null || { \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "no chromium here: the browser tests will be skipped"; fi; }
