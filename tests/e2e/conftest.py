"""A browser at the dashboard, over the fake stores."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import redis
import waitress
from dash import Dash
from playwright.sync_api import Browser, sync_playwright
from waitress import wasyncore

from dashboard.app import create_app
from dashboard.queries.impatient import ImpatientRedis
from tests.contract.conftest import redis_server
from tests.e2e.browsing import CHROMIUM, Watched
from tests.e2e.dashboard_world import OPEN, RESOURCES, World, full_world
from tests.ports import free_ports
from tickertape.control.clock import wall_time, write_state
from tickertape.control.replay import ReplayFacts, write_replay
from tickertape.domain.virtual_clock import ClockState


@contextmanager
def serving(app: Dash) -> Iterator[str]:
    """The app's address, for as long as the context lasts."""
    sockets: dict[int, Any] = {}
    server = waitress.create_server(app.server, host="127.0.0.1", port=0, threads=4, map=sockets)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/"
    # In the server's own thread, which would otherwise find sockets closed while it waits for them.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
    thread.join(5)
    assert not thread.is_alive()
    server.task_dispatcher.shutdown()


@pytest.fixture
def world() -> World:
    return full_world()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    app = create_app(
        lambda: RESOURCES,
        lambda: cast(Any, world.dynamodb),
        world.redis_client,
        wall=world.wall,
        # A browser refreshes in real time, so the cache's clock has to go with it; a test may move it on.
        monotonic=lambda: time.monotonic() + world.seconds,
    )
    with serving(app) as url:
        yield url


@pytest.fixture
def control(tmp_path: Path) -> Iterator[redis.Redis]:
    """A real Redis of its own in which a tape plays."""
    (port,) = free_ports(1)
    with redis_server(port, tmp_path) as url, ImpatientRedis.at(url) as client:
        begin, end = OPEN - timedelta(days=1), OPEN + timedelta(days=3)
        write_replay(client, ReplayFacts("/tapes/demo", "demo", begin, end, begin, "60"))
        write_state(client, ClockState(OPEN, wall_time(), 60.0, paused=False, end=end))
        yield client


@pytest.fixture
def operations(control: redis.Redis) -> Iterator[str]:
    """The address of the page of operations, over that Redis."""
    world = full_world()
    app = create_app(lambda: RESOURCES, lambda: cast(Any, world.dynamodb), control)
    with serving(app) as address:
        yield f"{address}operations"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for the tests of this folder: Playwright does not start twice in a thread, and others start their own."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    yield Watched(context.new_page())
    context.close()
