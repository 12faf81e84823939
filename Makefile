# The two commands of a newcomer are `make demo` and `make test`. Everything runs in .venv, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
DEMO ?= demo
CORES ?= 2
MUTANTS ?= 20000
export PATH := $(BIN):$(PATH)
# Results hold patient data: not readable by the world, whatever the shell's habit.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.PHONY: help demo test check format lint types workflow-lint accuracy crossvalidate umi limits fuzz bench clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

$(VENV)/run: pyproject.toml
	@echo "installing OncoPipe into $(VENV) (once, about a minute)"
	@scripts/install.sh $(PYTHON) $(VENV)
	@touch $@

$(VENV)/test: pyproject.toml
	@echo "installing OncoPipe and what its tests need into $(VENV) (once, about a minute)"
	@scripts/install.sh $(PYTHON) $(VENV) test
	@touch $(VENV)/run $@

demo: $(VENV)/run ## make the synthetic cohort, run the whole workflow on it, print the report's path
	@scripts/demo.sh $(DEMO) $(CORES)

test: $(VENV)/test ## run the tests
	python -m pytest -n $(CORES) --dist loadgroup

format: $(VENV)/test ## write the format that `check` asks for
	ruff format .
	ruff check --fix .
	snakefmt Snakefile rules/*.smk

lint: $(VENV)/test
	ruff format --check .
	ruff check .

types: $(VENV)/test
	mypy

workflow-lint: $(VENV)/test
	snakefmt --check Snakefile rules/*.smk
	scripts/lint_workflow.sh

check: lint types workflow-lint test ## what CI runs: format, lint, types, workflow lint, tests

accuracy: $(VENV)/test ## the accuracy tables, held to their bounds: known data (ONCOPIPE_DATA) and simulated sets
	data="$${ONCOPIPE_DATA:-../shared/data}"; oncopipe benchmark run --known "$$data" \
	    --genome "$$data/genome/grch38.chr20_and_21_10M.fa.gz" --made accuracy --threads $(CORES) \
	    --bounds tests/golden/bounds.tsv --before tests/golden/calls.tsv --reasons tests/golden/reasons.tsv
	$(MAKE) --no-print-directory crossvalidate

crossvalidate: $(VENV)/test ## the caller's constants chosen anew without each slice and judged on it: are they overfit?
	python -m benchmarks.crossvalidate --known "$${ONCOPIPE_DATA:-../shared/data}"

umi: $(VENV)/test ## recall at half a percent and false calls in .9 Mb of panels with barcodes (a quarter of an hour on two cores)
	python -m benchmarks.umi --jobs $(CORES) --bounds tests/golden/bounds.tsv

fuzz: $(VENV)/test ## hostile BAMs through the reader, collect and QC, with htslib as the judge (MUTANTS=20000)
	python -m tests.fuzz --mutants $(MUTANTS) --jobs $(CORES)

limits: $(VENV)/test ## alleles planted at their stated limits of detection, 900 of each class, and how many are found
	python -m benchmarks.limits

bench: $(VENV)/test ## CPU, wall and memory of calling against samtools view -c, and of naming; within bounds or not
	python -m benchmarks.speed --output benchmarks/results
	python -m benchmarks.annotation

clean: ## remove the environment, the demo and the simulated sets
	rm -rf $(VENV) $(DEMO) accuracy
