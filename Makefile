# `make` alone lists what there is.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help env up down clean status logs shell images verify test test-docker test-containers test-system lint conformance chaos bench screenshots notebook lock

PYTHON ?= python3
PY := .venv/bin/python
TICKERTAPE := .venv/bin/tickertape

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

env: ## make or update the Python environments (make up does it by itself)
	@$(PYTHON) scripts/bootstrap.py

up: env ## start everything and play a tape: TAPE=folder SPEED=60|max FROM=time TO=time WAIT=1, LIVE=1, FOLLOW=1, RUNTIME=compose|airgap|embedded
	@$(TICKERTAPE) up $(if $(RUNTIME),--runtime '$(RUNTIME)') $(if $(TAPE),--tape '$(TAPE)') $(if $(SPEED),--speed '$(SPEED)') \
	  $(if $(FROM),--from '$(FROM)') $(if $(TO),--to '$(TO)') $(if $(WAIT),--wait) \
	  $(if $(LIVE),--live) $(if $(FOLLOW),--follow)

down: ## stop everything; the data stays
	@if [ -x $(TICKERTAPE) ]; then $(TICKERTAPE) down; else echo "nothing is installed, so nothing is running"; fi

clean: ## stop everything and remove its data and logs
	@if [ -x $(TICKERTAPE) ]; then $(TICKERTAPE) clean; else rm -rf .tickertape; fi

status: ## say how each service is
	@$(TICKERTAPE) status

logs: ## show the services' logs: SERVICE=twitter for one
	@$(TICKERTAPE) logs $(SERVICE)

shell: ## a shell in a service's container: SERVICE=twitter
	@$(TICKERTAPE) shell $(SERVICE)

images: env ## build the images of the containers: RUNTIME=airgap where no image can be pulled
	@$(TICKERTAPE) images $(if $(RUNTIME),--runtime '$(RUNTIME)')

verify: ## prove that nothing was lost or doubled
	@$(TICKERTAPE) verify

test: env test-system lint ## everything that can fail: lint, types, architecture, tests
	$(PY) -m pytest -m 'not docker' --durations 25 --durations-min 5

test-docker: env ## the stack in containers and the testing plug-in; installs and starts Docker where it is missing
	scripts/with-docker.sh $(MAKE) --no-print-directory test-containers

test-containers:
	$(TICKERTAPE) images --runtime airgap
	CONFORMANCE_TARGET=localstack-pypi $(PY) -m pytest tests/docker tests/testing tests/conformance --durations 15 --durations-min 5 \
	  --redis-image tickertape/redis:7.0 --mongo-image tickertape/mongo:secantusdb-0.7.0b3

test-system: ## install the Debian packages that the tests need, where they are missing and you are root
	@bash scripts/debian-packages.sh java:openjdk-17-jre-headless chromium:chromium openssl:openssl

conformance: env ## observe both emulators and write docs/emulators.md
	scripts/with-docker.sh env CONFORMANCE_WRITE=1 CONFORMANCE_TARGET=localstack-pypi,ministack $(PY) -m pytest tests/conformance

chaos: env test-system ## kill -9 each part while a tape comes in, and count: SEEDS=10 TAPE=folder
	CHAOS_SEEDS='$(or $(SEEDS),10)' $(if $(TAPE),CHAOS_TAPE='$(abspath $(TAPE))') $(PY) -m pytest tests/chaos -v

bench: env ## how fast it is, against what one would write instead: TAPE=folder GROUP=ingest|batch|dashboard SIZES=50000,500000
	@$(PYTHON) scripts/bootstrap.py bench
	$(PY) -m tests.benchmarks.$(or $(GROUP),ingest) $(TAPE) $(if $(SIZES),--sizes '$(SIZES)')

screenshots: env test-system ## take the README's pictures of the running stack
	$(PY) scripts/screenshots.py

notebook: env ## a notebook over the running stack's lake, as a page below .tickertape: NOTEBOOK=prices_and_talk|does_talk_predict
	@PLOTLY_RENDERER=notebook .venv/bin/jupyter nbconvert --log-level ERROR --execute --no-input --to html \
	  --HTMLExporter.require_js_url= --HTMLExporter.mathjax_url= --output-dir .tickertape spark/notebooks/$(or $(NOTEBOOK),prices_and_talk).ipynb
	@echo "written: .tickertape/$(or $(NOTEBOOK),prices_and_talk).html"

lock: env ## renew the locked requirements' form; ARGS=--upgrade renews their versions
	scripts/lock.sh $(ARGS)

lint: env ## style, types, what may import what, Dockerfiles, and the containers' hardening
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv-docker/bin/hadolint Dockerfile services/*/Dockerfile*
	@$(PY) scripts/check_compose.py docker-compose.yml
	@$(PY) scripts/check_compose.py docker-compose.yml docker-compose.airgap.yml
