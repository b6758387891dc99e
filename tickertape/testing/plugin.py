"""The fixtures and options; pytest finds this module by itself where tickertape is installed."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tickertape.testing.logbook import Logbook

# What needs Docker's and boto3's packages is imported when it is used: each run of pytest loads this module.
if TYPE_CHECKING:
    from tickertape.testing.compose import ComposePlan, ComposeStack
    from tickertape.testing.emulators import Emulator
    from tickertape.testing.runs import Run
    from tickertape.testing.servers import Server

# Option, variable in the environment, default, what it is.
_OPTIONS = (
    ("--localstack-image", "localstack/localstack:4.14.0", "LocalStack; the last tag that needs no account"),
    ("--localstack-pypi-image", "tickertape/localstack-pypi:4.13.1", "LocalStack built from PyPI"),
    ("--redis-image", "redis:7.4", "Redis"),
    ("--mongo-image", "mongo:7.0", "MongoDB"),
    ("--ministack-program", ".venv-ministack/bin/ministack", "MiniStack, from the root folder of the tests"),
)
_LOGBOOK = pytest.StashKey[Logbook]()
_STARTED = pytest.StashKey[float]()


def _variable(option: str) -> str:
    return "TICKERTAPE_TEST_" + option.removeprefix("--").replace("-", "_").upper()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Images and programs; each has a variable in the environment too."""
    group = parser.getgroup("tickertape", "servers for tests (tickertape.testing)")
    for option, default, what in _OPTIONS:
        variable = _variable(option)
        group.addoption(
            option, default=os.environ.get(variable, default), help=f"{what} [{variable}, default: {default}]"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Open the book that servers enter their logs in."""
    config.stash[_LOGBOOK] = Logbook()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note when the test began: its report shows what servers wrote since."""
    item.stash[_STARTED] = time.time()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the servers wrote to the report of a test that failed."""
    report = yield
    if report.failed:
        written = item.config.stash[_LOGBOOK].since(item.stash.get(_STARTED, 0.0))
        report.sections += [(f"log of {name}", text) for name, text in written.items()]
    return report


@pytest.fixture(scope="session")
def tickertape_run() -> Iterator[Run]:
    """This test run, whose servers are removed whatever happens; those of dead runs are removed now."""
    from tickertape.testing.leftovers import sweep
    from tickertape.testing.runs import Run
    from tickertape.testing.watchdog import watched

    sweep()
    run = Run.of_this_process()
    with watched(run):
        yield run


@pytest.fixture(scope="session")
def tickertape_logbook(pytestconfig: pytest.Config) -> Logbook:
    """Logs of servers; what is entered here is shown with a test that fails."""
    return pytestconfig.stash[_LOGBOOK]


@pytest.fixture(scope="session")
def ministack(pytestconfig: pytest.Config, tickertape_run: Run, tickertape_logbook: Logbook) -> Iterator[Emulator]:
    """MiniStack as a process: an AWS that needs no Docker."""
    from tickertape.testing import emulators

    program = pytestconfig.rootpath / Path(pytestconfig.getoption("--ministack-program"))
    with emulators.ministack(tickertape_run, program, tickertape_logbook) as running:
        yield running


@pytest.fixture(scope="session")
def localstack(pytestconfig: pytest.Config, tickertape_run: Run, tickertape_logbook: Logbook) -> Iterator[Emulator]:
    """LocalStack's official image in a container."""
    from tickertape.testing import emulators

    image = pytestconfig.getoption("--localstack-image")
    with emulators.localstack(tickertape_run, image, tickertape_logbook) as running:
        yield running


@pytest.fixture(scope="session")
def localstack_pypi(
    pytestconfig: pytest.Config, tickertape_run: Run, tickertape_logbook: Logbook
) -> Iterator[Emulator]:
    """LocalStack built from PyPI in a container."""
    from tickertape.testing import emulators

    image = pytestconfig.getoption("--localstack-pypi-image")
    with emulators.localstack(tickertape_run, image, tickertape_logbook, name="LocalStack from PyPI") as running:
        yield running


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config, tickertape_run: Run, tickertape_logbook: Logbook) -> Iterator[Server]:
    """Redis in a container; `redis_server.port` on 127.0.0.1."""
    from tickertape.testing import servers

    recipe = servers.redis_recipe(pytestconfig.getoption("--redis-image"))
    with servers.running(tickertape_run, recipe, tickertape_logbook) as running:
        yield running


@pytest.fixture(scope="session")
def mongo_server(pytestconfig: pytest.Config, tickertape_run: Run, tickertape_logbook: Logbook) -> Iterator[Server]:
    """MongoDB in a container; `mongo_server.port` on 127.0.0.1."""
    from tickertape.testing import servers

    recipe = servers.mongo_recipe(pytestconfig.getoption("--mongo-image"))
    with servers.running(tickertape_run, recipe, tickertape_logbook) as running:
        yield running


@pytest.fixture(scope="session")
def compose_plan(pytestconfig: pytest.Config) -> ComposePlan:
    """Which stack `compose_stack` starts: override it in your own conftest.py."""
    from tickertape.testing.compose import ComposePlan

    return ComposePlan(pytestconfig.rootpath)


@pytest.fixture(scope="session")
def compose_stack(
    compose_plan: ComposePlan, tickertape_run: Run, tickertape_logbook: Logbook
) -> Iterator[ComposeStack]:
    """The whole stack of `compose_plan`, with every service healthy."""
    from tickertape.testing.compose import composed

    with composed(tickertape_run, compose_plan, tickertape_logbook) as stack:
        yield stack
