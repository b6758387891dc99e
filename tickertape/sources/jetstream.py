"""Bluesky Jetstream: every new post of the network as JSON over a websocket; no key, and a time to go on from."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tickertape.domain.bluesky import POSTS, creates_post
from tickertape.ports.sources import Position, RawRecord, SourceUnavailable

# The hosts see the network at slightly different times, so reading begins earlier than it ended, microseconds.
REWIND_US = 5_000_000
# Far above any post, below what the websocket takes: a giant must not end the connection again and again.
_LARGEST_BYTES = 1_000_000
# Somebody posts every few milliseconds: silence this long is a dead connection, seconds.
SILENCE_S = 30.0
_WAIT_S = 0.5
# The year 2100: no outbox could keep what a broken message may call its time.
_LATEST_US = 4_102_444_800_000_000

PassedOver = Callable[[str, int], None]


class Jetstream:
    """The Source of Bluesky's new posts.

    Args:
        urls: hosts of Jetstream; the next one is asked after one failed.
        wanted: a cheap look at a post's bytes; what it turns away is counted, not kept.
        passed_over: told a reason and how many posts were turned away for it since it was told last.
        silence_s: seconds without any message after which the connection counts as dead.
    """

    name = "jetstream"
    live = True

    def __init__(
        self,
        urls: Sequence[str],
        wanted: Callable[[bytes], bool],
        passed_over: PassedOver,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._urls = list(urls)
        self._wanted = wanted
        self._passed_over = passed_over
        self._silence_s = silence_s
        self._host = 0

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """The posts from a little before that position on; a record's number is its time in microseconds.

        Raises:
            SourceUnavailable: the host cannot be reached, closed the connection or fell silent.
        """
        url = self._urls[self._host % len(self._urls)]
        cursor = after.get(self.name, 0)
        try:
            # The other side's goodbye is not worth a stop's time.
            with connect(self._address(url, cursor), open_timeout=5, close_timeout=1, max_size=None) as connection:
                yield from self._posts(connection, cursor)
        except InvalidStatus as refusal:
            raise self._away(url, f"HTTP {refusal.response.status_code}", _retry_after(refusal)) from refusal
        except ConnectionClosed as closed:
            raise self._away(url, f"closed: {closed}") from closed
        except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
            raise self._away(url, str(error) or type(error).__name__) from error

    def _address(self, url: str, cursor: int) -> str:
        query = {"wantedCollections": POSTS, "maxMessageSizeBytes": _LARGEST_BYTES}
        if cursor:
            query["cursor"] = cursor - REWIND_US
        return f"{url}?{urlencode(query)}"

    def _away(self, url: str, why: str, retry_after_s: float | None = None) -> SourceUnavailable:
        self._host += 1
        return SourceUnavailable(self.name, f"{url}: {why}", retry_after_s)

    def _posts(self, connection: ClientConnection, cursor: int) -> Iterator[RawRecord | None]:
        turned_away: Counter[str] = Counter()
        heard_at = told_at = time.monotonic()
        try:
            while True:
                raw = _next(connection)
                now = time.monotonic()
                record = None
                if raw is not None:
                    heard_at = now
                    record = self._record(raw, cursor, turned_away)
                elif now - heard_at >= self._silence_s:
                    raise TimeoutError(f"no message for {self._silence_s:.0f} s")
                if record:
                    # Rewinding repeats what was taken before; the position never goes back.
                    cursor = record.number
                    yield record
                elif raw is None or now - told_at >= _WAIT_S:
                    told_at = now
                    self._report(turned_away)
                    yield None
        finally:
            self._report(turned_away)

    def _record(self, raw: bytes, cursor: int, turned_away: Counter[str]) -> RawRecord | None:
        """The message as a record if it is a new post that may be wanted, or cannot be read at all."""
        event = _decoded(raw)
        moment = event.get("time_us")
        number = max(cursor, moment) if isinstance(moment, int) and moment < _LATEST_US else cursor
        if "kind" in event and not creates_post(event) and _is_whole(event):
            return None
        if "kind" in event and not self._wanted(raw):
            turned_away["no_ticker"] += 1
            return None
        return RawRecord(raw, self.name, number)

    def _report(self, turned_away: Counter[str]) -> None:
        for reason, count in turned_away.items():
            self._passed_over(reason, count)
        turned_away.clear()


def _next(connection: ClientConnection) -> bytes | None:
    try:
        return connection.recv(timeout=_WAIT_S, decode=False)
    except TimeoutError:
        return None


def _decoded(raw: bytes) -> dict[str, Any]:
    """The message, or an empty one for what is no JSON object; the classifier says what is wrong with it."""
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _is_whole(event: dict[str, Any]) -> bool:
    """Whether it says clearly what it is about; a commit without its parts is broken."""
    commit = event.get("commit")
    return event["kind"] != "commit" or (isinstance(commit, dict) and {"operation", "collection"} <= commit.keys())


def _retry_after(refusal: InvalidStatus) -> float | None:
    seconds = refusal.response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None
