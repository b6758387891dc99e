"""How fast the dashboard answers over a growing store: `make bench GROUP=dashboard SIZES=50000,500000`.

The store is filled through the serving adapter with made-up tweets of thirty days, their counts and bars; nothing runs
but the emulator, a Redis and the dashboard. What is asked is what a browser asked: each page is opened in Chromium once
and its calls are kept. Each is then

- asked alone, every answer of DynamoDB anew (`cold`): it should stay flat while the store grows;
- asked by twenty viewers at once, over HTTP, of the production server, who look around for two seconds between pages.

The emulator's share is in all of it, and the viewers take their part of the same processors.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import orjson
import psutil
import redis
from dash import Dash
from playwright.sync_api import Browser, expect, sync_playwright
from rich.console import Console
from rich.table import Table

from dashboard.app import create_app, impatient_dynamodb, serve
from dashboard.queries.impatient import ImpatientRedis
from tests.benchmarks.dashboard_store import NOW, fill, make_tables
from tests.benchmarks.emulator import emulator
from tests.contract.conftest import redis_server
from tests.e2e.browsing import CHROMIUM
from tests.e2e.dashboard_world import RESOURCES
from tests.ports import free_ports
from tests.waiting import wait_for
from tickertape.control.clock import wall_time, write_state
from tickertape.domain.virtual_clock import ClockState
from tickertape.stack.probes import http_probe

_SIZES = "50000,500000"
PAGES = ("/", "/?ticker=T0", "/tweets", "/tweets?words=margin", "/ticker?t=T0,T1", "/prices", "/map", "/operations")
_CALLBACK = "/_dash-update-component"
_SAMPLES = 3
_VIEWERS, _LOOKS_AROUND_S, _WATCHED_S = 20, 2.0, 30.0
_QUIET_MS, _PATIENCE_MS = 3_000, 60_000


@dataclass(frozen=True, slots=True)
class Call:
    """What a page asked on its first load: which view, and the body of the request."""

    page: str
    view: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """One size of the store; times in milliseconds.

    Attributes:
        processor: the dashboard's own for one call of a viewer, which other work on the machine hardly changes.
    """

    tweets: int
    first_page: float
    cold: dict[str, float]
    viewers: Sequence[float]
    processor: float


def main() -> int:
    """Fill, measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=_SIZES, help="how many tweets are in the store")
    sizes = sorted(int(size) for size in parser.parse_args().sizes.split(","))
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, emulator(Path(folder)):
            found.append(_measure(size, Path(folder)))
        # As far as it got: the next size may take an hour to fill.
        _show(found)
    return 0


def _measure(size: int, folder: Path) -> Measured:
    client = boto3.client("dynamodb")
    make_tables(client)
    began = time.perf_counter()
    items = fill(client, size)
    print(f"{size:,} tweets: {items:,} items in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    redis_port, port = free_ports(2)
    with redis_server(redis_port, folder) as url, ImpatientRedis.at(url) as control:
        write_state(control, ClockState(NOW, wall_time(), 1.0, paused=True))
        with _serving(port, url) as (address, server), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            calls = [call for page in PAGES for call in _asked(browser, address, page)]
            first_page = statistics.median(_first_page(browser, address) for _ in range(_SAMPLES))
            browser.close()
            before = sum(server.cpu_times()[:2])
            viewers = _watched(address, calls)
            processor = (sum(server.cpu_times()[:2]) - before) * 1000 / len(viewers)
        return Measured(size, first_page, _cold(calls, control), viewers, processor)


def _app(control: redis.Redis, monotonic: Callable[[], float] = time.monotonic) -> Dash:
    return create_app(lambda: RESOURCES, impatient_dynamodb, control, monotonic=monotonic)


def _serve(port: int, redis_url: str) -> None:
    serve(_app(ImpatientRedis.at(redis_url)), "127.0.0.1", port)


@contextmanager
def _serving(port: int, redis_url: str) -> Iterator[tuple[str, psutil.Process]]:
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, redis_url), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{port}"
    probe = http_probe(f"{address}/healthz")
    wait_for(lambda: not probe(), 60)
    try:
        yield address, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.join(10)


def _asked(browser: Browser, address: str, path: str) -> list[Call]:
    """Open a page; what it asked until it was quiet, each view once."""
    page = browser.new_page()
    calls: dict[str, Call] = {}

    def keep(request: Any) -> None:
        if urlsplit(request.url).path == _CALLBACK:
            body = request.post_data_buffer
            # `..a.children...b.data..`, or `a.data@HASH` of a callback that shares its output.
            view = str(orjson.loads(body)["output"]).strip(".").split("...")[0].split("@")[0].replace(".", " ")
            calls.setdefault(view, Call(path, view, body))

    page.on("request", keep)
    page.goto(address + path)
    page.locator("#page h2").first.wait_for()
    expect(page.locator(".tweet-skeleton")).to_have_count(0, timeout=_PATIENCE_MS)
    # Some views follow others, and refreshes repeat what is known already.
    known = -1
    while known < len(calls):
        known = len(calls)
        page.wait_for_timeout(_QUIET_MS)
    page.close()
    return list(calls.values())


def _first_page(browser: Browser, address: str) -> float:
    """Milliseconds until the overview shows its tweets, figures and rows, in a browser without a cache."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    for part in ("[data-tweet-id]", "#top-figure .bars", "#trend-figure .bars", ".ag-row"):
        page.locator(part).first.wait_for(state="attached")
    took = (time.perf_counter() - began) * 1000
    context.close()
    return took


def _cold(calls: Sequence[Call], control: redis.Redis) -> dict[str, float]:
    """The median of each call's milliseconds, of an app whose clock makes every cached answer too old."""
    # It stands during a call: an answer that took long is kept longer.
    age_s = [0.0]
    browser = _app(control, lambda: age_s[0]).server.test_client()
    found = {}
    for call in calls:
        times = []
        for _ in range(_SAMPLES):
            age_s[0] += 1_000
            began = time.perf_counter()
            answer = browser.post(
                _CALLBACK,
                data=call.body,
                content_type="application/json",
                headers={"Origin": "http://localhost", "Host": "localhost"},
            )
            times.append((time.perf_counter() - began) * 1000)
            if answer.status_code not in (200, 204):
                sys.exit(f"{call.page} {call.view} answered {answer.status_code}: the figures mean nothing")
        found[f"{call.page}  {call.view}"] = statistics.median(times)
    return found


def _watched(address: str, calls: Sequence[Call]) -> list[float]:
    """Twenty viewers open page after page for half a minute: the milliseconds of each of their calls."""
    times: list[float] = []
    by_page = [[call.body for call in calls if call.page == page] for page in PAGES]
    until = time.monotonic() + _WATCHED_S
    viewers = [
        threading.Thread(target=_look_around, args=(address, by_page, until, random.Random(seed), times))
        for seed in range(_VIEWERS)
    ]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    return times


def _look_around(
    address: str, pages: Sequence[Sequence[bytes]], until: float, dice: random.Random, times: list[float]
) -> None:
    headers = {"Content-Type": "application/json", "Origin": address}
    with httpx.Client(base_url=address, headers=headers, timeout=30) as browser:
        # Nobody comes at the same moment.
        time.sleep(dice.uniform(0, _LOOKS_AROUND_S))
        while time.monotonic() < until:
            for body in dice.choice(pages):
                began = time.perf_counter()
                browser.post(_CALLBACK, content=body).raise_for_status()
                times.append((time.perf_counter() - began) * 1000)
            time.sleep(dice.uniform(0.5, 1.5) * _LOOKS_AROUND_S)


def _show(found: Sequence[Measured]) -> None:
    table = Table(title="milliseconds; the store's size in tweets", title_justify="left")
    table.add_column("page and view")
    for each in found:
        table.add_column(f"{each.tweets:,}", justify="right")
    table.add_column("growth", justify="right")
    for name in found[0].cold:
        values = [each.cold.get(name, float("nan")) for each in found]
        table.add_row(name, *(f"{value:.1f}" for value in values), f"{values[-1] / values[0]:.2f}")
    table.add_section()
    lines: dict[str, Callable[[Measured], float]] = {
        f"{_VIEWERS} viewers, median": lambda each: statistics.median(each.viewers),
        f"{_VIEWERS} viewers, p95": lambda each: statistics.quantiles(each.viewers, n=20)[-1],
        f"{_VIEWERS} viewers, processor a call": lambda each: each.processor,
        f"{_VIEWERS} viewers, calls a second": lambda each: len(each.viewers) / _WATCHED_S,
        "first page in Chromium": lambda each: each.first_page,
    }
    for name, value in lines.items():
        values = [value(each) for each in found]
        table.add_row(name, *(f"{each:.1f}" for each in values), f"{values[-1] / values[0]:.2f}")
    Console(width=120).print(table)
    print(f"{os.cpu_count()} processors, {datetime.now(UTC):%Y-%m-%d}")


if __name__ == "__main__":
    sys.exit(main())
