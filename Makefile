# `make` sets up and runs the root project; `make test` sets up and tests; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv

# uv does not read pip's configuration: pass on where pip finds wheels that no registry has.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
# Imports are most of a short run; compiled ahead they take less than half the time.
export UV_COMPILE_BYTECODE := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONPATH

.DEFAULT_GOAL := run
.PHONY: run examples setup test test-slow test-all lint format lock flow serve clean help

run: setup  ## set up, run the pipeline, say where to look
	@syllabus check --quiet
	@dvc repro
	@syllabus where

TABLES := fraud housing flights hiring
EXAMPLES := $(TABLES) digits spam ratings ridership shakespeare packages clipart

examples: $(VENV)/.installed-examples  ## run the example projects, and set those of tables beside plain scikit-learn
	@for each in $(EXAMPLES); do (cd examples/$$each && dvc repro --quiet) || exit 1; done
	@python examples/baseline.py $(TABLES)

setup: $(VENV)/.installed  ## .venv from the lock file

test: $(VENV)/.installed-dev  ## the default tests, a process on each core
	pytest -n logical

test-slow: $(VENV)/.installed-dev  ## the tests marked slow: DVC, Prefect and the browser for real
	pytest -m slow -n logical --timeout 1800

test-all: lint  ## everything that CI runs
	pytest -m "slow or not slow"

lint: $(VENV)/.installed-dev  ## style, types, arrows
	ruff check .
	ruff format --check .
	mypy
	lint-imports

format: $(VENV)/.installed-dev  ## let ruff mend what it can
	ruff check --fix .
	ruff format .

flow: setup  ## the pipeline once, as a Prefect flow, without a server
	python -m flows.pipeline

serve: setup  ## a local Prefect server with its page, the pipeline and retraining when they are due
	python -m flows.serve

lock: $(UV)  ## refresh requirements.lock
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --no-annotate \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"

$(VENV)/.installed: pyproject.toml requirements.lock | $(UV)
	$(UV) pip install --quiet --python $(BIN)/python --constraint requirements.lock --editable ".[onnx,serve,train]"
	@touch $@

$(VENV)/.installed-examples: pyproject.toml requirements.lock | $(UV)
	$(UV) pip install --quiet --python $(BIN)/python --constraint requirements.lock --editable ".[corpus,deep,images,onnx,series,serve,pretrained,text,train]"
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-dev: pyproject.toml requirements.lock | $(UV)
	$(UV) pip install --quiet --python $(BIN)/python --constraint requirements.lock --editable ".[dev]"
	@touch $@ $(VENV)/.installed $(VENV)/.installed-examples

clean:  ## remove the environment; results and caches stay
	rm -rf $(VENV)

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14
