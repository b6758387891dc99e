"""What the dashboard's pages ask, kept from a browser, and how long each call takes when nothing is cached."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import redis
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from playwright.sync_api import Browser, expect

from dashboard.app import create_app, impatient_dynamodb
from tests.e2e.dashboard_world import RESOURCES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CALLBACK = "/_dash-update-component"
SAMPLES = 3
_QUIET_MS, _PATIENCE_MS = 3_000, 60_000


@dataclass(frozen=True, slots=True)
class Call:
    """What a page asked on its first load: which view, and the body of the request."""

    page: str
    view: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one call.

    Attributes:
        own: without the wait for DynamoDB.
    """

    all: float
    own: float


def asked(browser: Browser, address: str, path: str) -> list[Call]:
    """Open a page; what it asked until it was quiet, each view once."""
    page = browser.new_page()
    calls: dict[str, Call] = {}

    def keep(request: Any) -> None:
        if urlsplit(request.url).path == CALLBACK:
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


def cold(calls: Sequence[Call], control: redis.Redis) -> dict[str, Took]:
    """The median of each call's milliseconds, of an app whose clock makes every cached answer too old."""
    # It stands during a call: an answer that took long is kept longer.
    age_s = [0.0]
    waited_s = [0.0]
    app = create_app(lambda: RESOURCES, lambda: _timed_dynamodb(waited_s), control, monotonic=lambda: age_s[0])
    browser = app.server.test_client()
    found = {}
    for call in calls:
        times = []
        for _ in range(SAMPLES):
            age_s[0] += 1_000
            waited_s[0] = 0.0
            began = time.perf_counter()
            answer = browser.post(
                CALLBACK,
                data=call.body,
                content_type="application/json",
                headers={"Origin": "http://localhost", "Host": "localhost"},
            )
            took_s = time.perf_counter() - began
            times.append((took_s * 1000, (took_s - waited_s[0]) * 1000))
            if answer.status_code not in (200, 204):
                sys.exit(f"{call.page} {call.view} answered {answer.status_code}: the figures mean nothing")
        found[f"{call.page}  {call.view}"] = Took(*(statistics.median(each) for each in zip(*times, strict=True)))
    return found


def _timed_dynamodb(waited_s: list[float]) -> DynamoDBClient:
    """A client that adds up the seconds from a request on the wire to the last byte of its answer."""
    # As botocore's own: else a request waits 40 ms for the other side to say that it has its first half.
    at_once: Any = (IPPROTO_TCP, TCP_NODELAY, 1)
    client, session = impatient_dynamodb(), URLLib3Session(socket_options=[at_once])

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        began = time.perf_counter()
        answer: AWSResponse = session.send(request)
        waited_s[0] += time.perf_counter() - began
        return answer

    client.meta.events.register("before-send.dynamodb", send)  # type: ignore[arg-type]  # an answer is taken for that of the wire
    return client
