"""One connection to X's filtered stream, turned round: tweepy pushes from a thread, a reader pulls from a queue.

tweepy would connect again by itself after waiting for up to minutes; here whoever reads decides that, so the first
failure ends the connection: `disconnect()` in a callback makes tweepy's loop leave without its waits.
"""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import tweepy

from tickertape.ports.sources import SourceRefused, SourceUnavailable
from tickertape.sources.x_client import NAME, TWEEPY_URL, Elsewhere, failure

# What the parser of tweets reads.
FIELDS: Mapping[str, Any] = {
    "expansions": ["author_id", "geo.place_id"],
    "tweet_fields": [
        *("author_id", "created_at", "geo", "lang", "note_tweet", "possibly_sensitive", "referenced_tweets"),
    ],
    "user_fields": ["public_metrics", "username"],
    "place_fields": ["full_name", "geo"],
}
# X sends a newline every 20 s; silence beyond that is a dead connection.
SILENCE_S = 21.0
# Posts that wait for the reader; beyond that the network has to wait.
_QUEUE = 1000
_PUT_S = 0.2
_JOIN_S = 0.05
_CLOSE_S = 3.0

Item = bytes | SourceUnavailable | SourceRefused


class XStream(tweepy.StreamingClient):  # type: ignore[misc]
    """One connection, from `open` to `close`.

    Args:
        backfill_minutes: how much of what was missed X sends first, 0 to 5; not every plan has it.
        silence_s: seconds without a byte after which the connection counts as dead.
        wall: the wall clock, which X's rate limits go by.
    """

    def __init__(
        self, token: str, api_url: str, backfill_minutes: int, silence_s: float, wall: Callable[[], datetime]
    ) -> None:
        super().__init__(token, daemon=True, max_retries=0)
        self.session.mount(TWEEPY_URL, Elsewhere(api_url))
        self.session.hooks["response"].append(self._answered)
        self._backfill = {"backfill_minutes": backfill_minutes} if backfill_minutes else {}
        self._silence_s = silence_s
        self._wall = wall
        self._answer: Any = None
        self._connected = self._closed = False
        self._items: queue.Queue[Item] = queue.Queue(_QUEUE)

    def open(self) -> None:
        """Connect, on a thread of its own."""
        self.filter(threaded=True, **FIELDS, **self._backfill)

    def next(self, wait_s: float) -> bytes | None:
        """The next line, or None when none came in that time.

        Raises:
            SourceUnavailable: the connection failed or ended.
            SourceRefused: X refuses the key or the request.
        """
        try:
            item = self._items.get(timeout=wait_s)
        except queue.Empty:
            return None
        if isinstance(item, bytes):
            return item
        raise item

    def close(self) -> int:
        """End the connection and its thread; returns how many posts had come that nobody asked for any more."""
        self._closed = True
        self.disconnect()
        unread = 0
        until = time.monotonic() + _CLOSE_S
        # One that is still connecting when the time is over ends by itself as soon as it has connected.
        while self.thread is not None and self.thread.is_alive() and time.monotonic() < until:
            self._wake()
            unread += self._drain()
            self.thread.join(_JOIN_S)
        return unread + self._drain()

    def _connect(self, method: str, endpoint: str, **options: Any) -> None:
        super()._connect(method, endpoint, timeout=self._silence_s, **options)

    def on_data(self, raw_data: bytes) -> None:
        """A line came; the domain parses it."""
        self._put(raw_data)

    def on_connect(self) -> None:
        """Connected. A second time is tweepy trying again by itself after the server had closed."""
        if self._closed:
            self.disconnect()
        elif self._connected:
            self._fail(SourceUnavailable(NAME, "the stream was closed"))
        self._connected = True

    def on_closed(self, response: Any) -> None:
        """The server closed the connection."""
        self._fail(SourceUnavailable(NAME, "the stream was closed"))

    def on_request_error(self, status_code: int) -> None:
        """The server answered with something else than a stream."""
        self._fail(failure(self._answer, self._wall))

    def on_connection_error(self) -> None:
        """The connection could not be made, broke off or fell silent."""
        self._fail(SourceUnavailable(NAME, str(sys.exc_info()[1] or "the connection broke off")[:300]))

    def on_exception(self, exception: Exception) -> None:
        """Something that tweepy did not expect."""
        self._fail(SourceUnavailable(NAME, f"{type(exception).__name__}: {exception}"[:300]))

    def on_disconnect(self) -> None:
        """The thread ends; whoever still reads has to know."""
        self._put(SourceUnavailable(NAME, "the stream has ended"))

    def _answered(self, response: Any, *_: Any, **__: Any) -> None:
        self._answer = response

    def _fail(self, why: SourceUnavailable | SourceRefused) -> None:
        self._put(why)
        self.disconnect()

    def _put(self, item: Item) -> None:
        """Hand it over; while the queue is full this waits, and so does the network."""
        while True:
            try:
                self._items.put(item, timeout=_PUT_S)
                return
            except queue.Full:
                if not self.running:
                    return

    def _wake(self) -> None:
        """End the thread's wait for the next byte."""
        try:
            self._answer.raw.shutdown()
        except (AttributeError, ValueError, RuntimeError, OSError):
            pass  # not connected yet, or closed already

    def _drain(self) -> int:
        count = 0
        while True:
            try:
                count += isinstance(self._items.get_nowait(), bytes)
            except queue.Empty:
                return count
