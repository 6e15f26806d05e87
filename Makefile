# Every target sets up what it needs, once. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-gp run-flow tune up down status schedule pause resume test test-e2e check format lock
.PHONY: score automations promote rollback prune serve-model export-onnx diversity-study bench-pooling bench-small-data bench-folds bench-label-errors bench-search bench-serving
.PHONY: prefect-ui mlflow-ui onnx clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := uv==0.13.9
PEERS := .venv-bench
ONNX := 'onnx>=1.23,<2' 'onnxruntime>=1.32,<2' 'skl2onnx>=1.20,<2' 'tf2onnx>=1.17,<2'
PEER := 'autogluon.core>=1.6,<2'

# A value as one word of the shell, whatever quotes it has.
Q = '$(subst ','\'',$(1))'
# For pause, resume and prune CONF counts only where it was given: without it, all are meant.
NAME := $(if $(filter undefined,$(origin CONF)),,--conf $(call Q,$(CONF)))
CONF ?= digits
CRON ?= 0 2 * * *
TIMEZONE ?= UTC
REPEATS ?= 5
MEMBER ?=
SAMPLER ?=
TRIALS ?=
MINUTES ?=
INPUT ?=
OUTPUT ?=
MODEL ?= latest
ARGS ?=
SERVE_PORT ?=
ifdef WORKSPACE
export RIPIENO_WORKSPACE := $(WORKSPACE)
endif
export DO_NOT_TRACK ?= true
export MLFLOW_DISABLE_TELEMETRY ?= true
export PREFECT_SERVER_ANALYTICS_ENABLED ?= false
# The machine's own certificates, as pip uses them: companies have authorities of their own.
export UV_SYSTEM_CERTS ?= 1

# A line at once and every four seconds; on a terminal uv shows its progress itself.
ON_TERMINAL := $(shell test -t 2 && echo yes)
TELL = echo "$(1)"; while sleep 4 &>/dev/null; do echo "$(1): $$SECONDS s so far"; done & trap "kill $$!" EXIT;
INSTALL = $(if $(ON_TERMINAL),echo "$(1)";,$(TELL)) $(BIN)/uv pip install $(if $(ON_TERMINAL),,--quiet) --python

help:  ## List the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup-gp: $(READY)  ## Install PyTorch, about 5 GB, for the sampler {kind: bayesian, model: gp}
	@$(call INSTALL,Installing PyTorch) $(BIN)/python 'torch>=2.5'

setup: $(READY)  ## Make the virtual environment and install everything, once

$(READY): requirements.lock pyproject.toml
	@$(call TELL,Making $(VENV)) test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "ripieno needs Python 3.11 to 3.13, received $$($(BIN)/python --version); set PYTHON=..." >&2; rm -rf $(VENV); exit 2; }
	@$(call TELL,Installing uv) $(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	@$(call INSTALL,Installing about 2 GB of packages once) $(BIN)/python -r requirements.lock
	@$(call INSTALL,Installing ripieno) $(BIN)/python --no-deps --editable .
	@touch $@

run-flow: $(READY)  ## Train, weigh and evaluate an ensemble: CONF=fashion_mnist ARGS="--set seed=1"
	@$(BIN)/python -m flows train --conf $(call Q,$(CONF)) $(ARGS)

tune: $(READY)  ## Search hyperparameters: MEMBER=separable_convnet SAMPLER=bayesian TRIALS=30 MINUTES=60
	@$(BIN)/python -m flows tune --conf $(call Q,$(CONF)) $(MEMBER:%=--member %) $(SAMPLER:%=--sampler %) \
	  $(TRIALS:%=--trials %) $(MINUTES:%=--minutes %) $(ARGS)

score: $(READY)  ## Score images with the latest run: INPUT=pictures OUTPUT=scores MODEL=latest
	@test -n $(call Q,$(INPUT)) && test -n $(call Q,$(OUTPUT)) || { echo "Expected INPUT=... and OUTPUT=..., as in make score INPUT=pictures OUTPUT=scores" >&2; exit 2; }
	@$(BIN)/python -m flows score --input $(call Q,$(INPUT)) --output $(call Q,$(OUTPUT)) --model $(call Q,$(MODEL)) $(ARGS)

automations: $(READY)  ## Apply the automations, such as retraining on drift, to PREFECT_API_URL
	@$(BIN)/python -m flows automate

diversity-study: $(READY)  ## Compare seeds of one architecture with different ones: CONF=digits REPEATS=5
	@$(BIN)/python -m flows diversity-study --conf $(call Q,$(CONF)) --repeats $(REPEATS) $(ARGS)

up: $(READY)  ## Start both dashboards and the worker that runs schedules; .env.example has the settings
	@$(BIN)/python -m flows up

down: $(READY)  ## Stop what 'make up' started
	@$(BIN)/python -m flows down

status: $(READY)  ## Show what runs, where, and what is scheduled
	@$(BIN)/python -m flows status

schedule: $(READY)  ## Train by the clock: CRON="0 2 * * *" CONF=fashion_mnist TIMEZONE=UTC
	@$(BIN)/python -m flows schedule --conf $(call Q,$(CONF)) --cron $(call Q,$(CRON)) --timezone $(call Q,$(TIMEZONE)) $(ARGS)

pause: $(READY)  ## Pause one schedule, or all of them: CONF=fashion_mnist
	@$(BIN)/python -m flows pause $(NAME)

resume: $(READY)  ## Resume one schedule, or all of them: CONF=fashion_mnist
	@$(BIN)/python -m flows resume $(NAME)

test: $(READY)  ## Run the fast tests
	$(BIN)/python -m pytest -m "not slow" -n auto --dist loadfile

test-e2e: $(READY) onnx  ## Run the slow tests: real services, both dashboards in Chromium, ONNX
	$(BIN)/python -m pytest -m slow
	$(BIN)/python -m pytest tests/ripieno/serving/onnx

check: $(READY)  ## Check formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)  ## Format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY)  ## Write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --upgrade --quiet \
	  --no-header --no-annotate --no-emit-index-url --output-file requirements.lock

# AutoGluon needs older versions of pandas and pyarrow than ours, so it has an environment of its own.
$(PEERS)/.ready: | $(READY)
	@$(call TELL,Making $(PEERS)) test -x $(PEERS)/bin/python || $(BIN)/python -m venv $(PEERS)
	@$(call INSTALL,Installing about 600 MB for AutoGluon once) $(PEERS)/bin/python --constraint <(echo 'torch<0') $(PEER) && touch $@ \
	  || echo "AutoGluon could not be installed: it is left out of the comparison" >&2

bench-pooling: $(READY) $(PEERS)/.ready  ## Compare the pool's weights with AutoGluon, EM and SLSQP
	$(BIN)/python -m benchmarks.pooling --peer $(PEERS)/bin/python $(ARGS)

bench-small-data: $(READY)  ## Compare the pools of few validation images with the version before
	$(BIN)/python -m benchmarks.small_data $(ARGS)

bench-folds: $(READY)  ## Compare folds with hold-out on MNIST: ARGS="--mnist FOLDER"
	@$(BIN)/python -m benchmarks.folds $(ARGS)

bench-label-errors: $(READY)  ## Measure how many wrong labels are found
	@$(BIN)/python -m benchmarks.label_errors $(ARGS)

bench-search: $(READY)  ## Compare the samplers, and a trial's overhead with Optuna's own
	$(BIN)/python -m benchmarks.search $(ARGS)

bench-serving: $(READY)  ## Measure the published model against its members: CONF=digits
	$(BIN)/python -m benchmarks.serving --conf $(call Q,$(CONF)) $(ARGS)

onnx: $(READY)  ## Install what writes and checks ONNX files
	@$(BIN)/python -c 'import onnx, onnxruntime, skl2onnx, tf2onnx' 2>/dev/null \
	  || { $(call INSTALL,Installing the ONNX converters) $(BIN)/python $(ONNX); }

export-onnx: onnx  ## Write the champion as ONNX: CONF=digits ARGS="--output ensemble.onnx"
	@$(BIN)/python -m flows export-onnx --conf $(call Q,$(CONF)) $(ARGS)

promote: $(READY)  ## Let the challenger take over, where a paired test says so: CONF=digits
	@$(BIN)/python -m flows promote --conf $(call Q,$(CONF)) $(ARGS)

prune: $(READY)  ## List what nobody needs any more, of all or of CONF=digits; ARGS=--delete removes it
	@$(BIN)/python -m flows prune $(NAME) $(ARGS)

rollback: $(READY)  ## Make the previous champion champion again: ARGS='--reason "slow"'
	@$(BIN)/python -m flows rollback --conf $(call Q,$(CONF)) $(ARGS)

serve-model: $(READY)  ## Serve the champion on this machine: CONF=digits SERVE_PORT=5001
	@$(BIN)/python -m flows serve --conf $(call Q,$(CONF)) $(SERVE_PORT:%=--port %) $(ARGS)

prefect-ui: $(READY)  ## Open Prefect's UI alone on the workspace's runs: PREFECT_PORT=4200
	@$(BIN)/python -m flows prefect-ui

mlflow-ui: $(READY)  ## Open MLflow's UI alone on the workspace's runs: MLFLOW_PORT=5000
	@$(BIN)/python -m flows mlflow-ui

clean:  ## Remove caches and the virtual environment; the workspace with your runs stays
	rm -rf $(VENV) $(PEERS) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
