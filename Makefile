# Everything a person runs here. ARGS="…" is passed on; PYTHON=… says which Python to use.

.DEFAULT_GOAL := help
.PHONY: help install dev serve test fuzz demo bench image lock clean
# All targets share .venv: `make -j` sets it up once.
.NOTPARALLEL:

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-8s  %s\n", $$1, $$2 }' Makefile

install: ## Set up .venv with the locked dependencies and the command .venv/bin/dlp.
	@sh .make/setup.sh runtime

dev: ## As install, with the tools of the tests.
	@sh .make/setup.sh dev

serve: install ## Run the proxy with its embedded defaults.
	@exec .venv/bin/dlp serve $(ARGS)

test: dev ## Lint, check types and import contracts, run the tests (ARGS goes to pytest).
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: dev ## Fuzz what opens bodies, guided by coverage (ARGS: a target, seconds for each; list).
	@sh .make/setup.sh fuzz
	@exec .venv/bin/python -m tests.fuzz $(ARGS)

demo: dev ## Show a real proxy stopping patient data and passing the rest.
	@exec .venv/bin/python -m bench.demo $(ARGS)

bench: dev ## Measure (ARGS: detection and folders of clean files, extraction, memory, policy, proxy, endurance, throughput, hostile, bombs).
	@exec .venv/bin/python -m bench $(ARGS)

image: dev ## Build the image and try it as a container (root; BASE=… starts from another image).
	@sh .make/image.sh $(ARGS)

lock: dev ## Write the lock files from pyproject.toml (ARGS=--upgrade for newer versions).
	@sh .make/lock.sh $(ARGS)

clean: ## Remove .venv, caches and builds; never data/.
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
