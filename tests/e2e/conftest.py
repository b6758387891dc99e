"""A browser at the dashboard, over the fake stores."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
import waitress
from dash import Dash
from playwright.sync_api import Browser, sync_playwright
from waitress import wasyncore

from dashboard.app import create_app
from tests.e2e.browsing import CHROMIUM, Watched
from tests.e2e.dashboard_world import RESOURCES, World, full_world


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
