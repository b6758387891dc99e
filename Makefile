# `make` alone lists what there is.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help env up down clean status logs verify test test-system lint screenshots

PYTHON ?= python3
PY := .venv/bin/python
TICKERTAPE := .venv/bin/tickertape

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

env: ## make or update the Python environments (make up does it by itself)
	@$(PYTHON) scripts/bootstrap.py

up: env ## start everything and play a tape: RUNTIME=auto TAPE=folder SPEED=60|max FROM=time TO=time WAIT=1
	@$(TICKERTAPE) up $(if $(RUNTIME),--runtime '$(RUNTIME)') $(if $(TAPE),--tape '$(TAPE)') $(if $(SPEED),--speed '$(SPEED)') \
	  $(if $(FROM),--from '$(FROM)') $(if $(TO),--to '$(TO)') $(if $(WAIT),--wait)

down: ## stop everything; the data stays
	@if [ -x $(TICKERTAPE) ]; then $(TICKERTAPE) down; else echo "nothing is installed, so nothing is running"; fi

clean: ## stop everything and remove its data and logs
	@if [ -x $(TICKERTAPE) ]; then $(TICKERTAPE) clean; else rm -rf .tickertape; fi

status: ## say how each service is
	@$(TICKERTAPE) status

logs: ## show the services' logs: SERVICE=twitter for one
	@$(TICKERTAPE) logs $(SERVICE)

verify: ## prove that nothing was lost or doubled
	@$(TICKERTAPE) verify

test: env test-system lint ## everything that can fail: lint, types, architecture, tests
	$(PY) -m pytest

test-system: ## install the Debian packages that the tests need, where they are missing and you are root
	@bash scripts/debian-packages.sh java:openjdk-17-jre-headless chromium:chromium

screenshots: env test-system ## take the README's pictures of the running stack
	$(PY) scripts/screenshots.py

lint: env ## style, types and what may import what
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
