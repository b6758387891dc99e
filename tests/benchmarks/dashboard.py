"""How fast the dashboard answers over a growing store: `make bench GROUP=dashboard SIZES=50000,500000`.

The store is filled through the serving adapter with made-up tweets of thirty days, their counts and bars; nothing runs
but the emulator, a Redis and the dashboard. What is asked is what a browser asked: each page is opened in Chromium once
and its calls are kept. Each is then

- asked alone, every answer of DynamoDB anew (`cold`), and how much of that is the dashboard's own: that has to stay
  flat while the store grows, and the rest too where the database finds items without sorting all of a partition;
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

import boto3
import httpx
import psutil
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from dashboard.app import create_app, impatient_dynamodb, serve
from dashboard.queries.impatient import ImpatientRedis
from tests.benchmarks.dashboard_calls import CALLBACK, SAMPLES, Call, Took, asked, cold
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
_VIEWERS, _LOOKS_AROUND_S, _WATCHED_S = 20, 2.0, 30.0


@dataclass(frozen=True, slots=True)
class FirstPage:
    """Milliseconds until the overview shows its controls, and until its tweets, figures and rows are there."""

    frame: float
    filled: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One size of the store; times in milliseconds.

    Attributes:
        processor: the dashboard's own for one call of a viewer, which other work on the machine hardly changes.
    """

    tweets: int
    first_page: Sequence[FirstPage]
    cold: dict[str, Took]
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
            calls = [call for page in PAGES for call in asked(browser, address, page)]
            first_page = [_first_page(browser, address) for _ in range(SAMPLES)]
            browser.close()
            before = sum(server.cpu_times()[:2])
            viewers = _watched(address, calls)
            processor = (sum(server.cpu_times()[:2]) - before) * 1000 / len(viewers)
        return Measured(size, first_page, cold(calls, control), viewers, processor)


def _serve(port: int, redis_url: str) -> None:
    serve(create_app(lambda: RESOURCES, impatient_dynamodb, ImpatientRedis.at(redis_url)), "127.0.0.1", port)


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


def _first_page(browser: Browser, address: str) -> FirstPage:
    """Open the overview in a browser without a cache."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    page.locator("#page h2").first.wait_for()
    frame = time.perf_counter() - began
    for part in ("[data-tweet-id]", "#top-figure .bars", "#trend-figure .bars", ".ag-row"):
        page.locator(part).first.wait_for(state="attached")
    filled = time.perf_counter() - began
    context.close()
    return FirstPage(frame * 1000, filled * 1000)


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
                browser.post(CALLBACK, content=body).raise_for_status()
                times.append((time.perf_counter() - began) * 1000)
            time.sleep(dice.uniform(0.5, 1.5) * _LOOKS_AROUND_S)


def _show(found: Sequence[Measured]) -> None:
    table = Table(title="milliseconds; the store's size in tweets", title_justify="left")
    table.add_column("page and view")
    for each in found:
        table.add_column(f"{each.tweets:,}", justify="right")
    table.add_column("growth", justify="right")
    for each in found:
        table.add_column(f"own, {each.tweets:,}", justify="right")
    table.add_column("growth", justify="right")
    for name in found[0].cold:
        took = [each.cold.get(name, Took(float("nan"), float("nan"))) for each in found]
        table.add_row(name, *_grown([each.all for each in took]), *_grown([each.own for each in took]))
    table.add_section()
    lines: dict[str, Callable[[Measured], float]] = {
        "all views": lambda each: sum(took.all for took in each.cold.values()),
        "all views, own": lambda each: sum(took.own for took in each.cold.values()),
        f"{_VIEWERS} viewers, median": lambda each: statistics.median(each.viewers),
        f"{_VIEWERS} viewers, p95": lambda each: statistics.quantiles(each.viewers, n=20)[-1],
        f"{_VIEWERS} viewers, processor a call": lambda each: each.processor,
        f"{_VIEWERS} viewers, calls a second": lambda each: len(each.viewers) / _WATCHED_S,
        "first page in Chromium, its frame": lambda each: statistics.median(page.frame for page in each.first_page),
        "first page in Chromium, filled": lambda each: statistics.median(page.filled for page in each.first_page),
    }
    for name, value in lines.items():
        table.add_row(name, *_grown([value(each) for each in found]))
    Console(width=140).print(table)
    print(f"{os.cpu_count()} processors, {datetime.now(UTC):%Y-%m-%d}")


def _grown(values: Sequence[float]) -> list[str]:
    """The values, and how many times the first the last is."""
    return [*(f"{value:.1f}" for value in values), f"{values[-1] / values[0]:.2f}"]


if __name__ == "__main__":
    sys.exit(main())
