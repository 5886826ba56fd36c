# Two commands do all the set-up: `make demo` and `make test`. `make` alone lists the rest.

PYTHON ?= python3
VENV   ?= .venv
DATA   ?= .dialogwerk
WORKERS ?= 2
ENGINE ?= docker
RUN     = $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help venv dev demo lint test check contract format bench chaos upgrade eval fuzz image lock audit clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/runtime.done: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Dialogwerk needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "installing into $(VENV) (600 MB on disk, once)"
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev.done: $(VENV)/runtime.done
	@echo "installing what the tests need"
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

venv: $(VENV)/runtime.done  ## create .venv with everything that the demo needs

dev: $(VENV)/dev.done  ## the same with what tests and linters need

demo: venv  ## run the whole job on embedded servers (ARGS=--fresh begins anew, DATA=folder)
	@exec $(RUN)/dialogwerk demo --data $(DATA) $(ARGS)

lint: dev  ## lint, types, import layers, generated files
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports
	@$(RUN)/dialogwerk schemas --check

test: dev  ## run all tests (ARGS=tests/kit narrows them, WORKERS=4 runs more at once)
	@$(RUN)/python -m pytest -n $(WORKERS) $(ARGS)

check: lint test  ## lint and test: all that must hold before a change lands

contract: dev  ## only the contract: examples, generated files, layers
	@$(RUN)/python -m pytest tests/contract $(ARGS)

format: dev  ## format the code and write the generated files
	@$(RUN)/ruff format . && $(RUN)/ruff check --fix . && $(RUN)/dialogwerk schemas

bench: dev  ## measure bus, embedding, hops, pipeline, search, desk (ARGS="--quick desk")
	@$(RUN)/python -m tests.bench $(ARGS)

chaos: dev  ## services, servers and links fail under load; the books must balance (ARGS=--help)
	@$(RUN)/python -m tests.chaos $(ARGS)

upgrade: dev  ## upgrade a house under load from an earlier release (ARGS="--from REV --instances 2")
	@$(RUN)/python -m tests.chaos.upgrade $(ARGS)

eval: dev  ## measure sorting and finding on the sample world
	@$(RUN)/python -m tests.evals.sample_world
	@$(RUN)/python -m tests.evals.behaviour
	@$(RUN)/python -m tests.evals.radar
	@$(RUN)/python -m tests.evals.discovery
	@$(RUN)/dialogwerk eval planted

fuzz: dev  ## damaged input for every reader of foreign bytes (ARGS="feeds --seconds 600")
	@$(RUN)/python -m tests.fuzz $(ARGS)

image: dev  ## build the image, carry a comment through containers of it (ENGINE=podman ARGS="...")
	$(ENGINE) build --tag dialogwerk:latest $(ARGS) .
	@CONTAINER_ENGINE="$(ENGINE)" $(RUN)/python -m pytest tests/journeys/test_composed.py

lock: dev  ## pin the image's packages by hash and list their licences
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check uv pip-licenses hatchling
	@$(RUN)/python -m tests.supply_chain.lock write

audit: dev  ## check lock and licences; ARGS='--advisories all.zip' looks for known holes, offline
	@$(RUN)/python -m tests.supply_chain.lock check $(ARGS)

clean:  ## remove the virtual environment and caches; the data folder stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache artefacts
