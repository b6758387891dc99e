"""A host of Jetstream on 127.0.0.1: it replays its log from a cursor, then tells what is told to it."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.sync.server import ServerConnection, serve

ENVELOPES = Path(__file__).parents[3] / "fixtures" / "envelopes"
_QUIET = logging.getLogger("tests.jetstream")
_QUIET.setLevel(logging.CRITICAL)


def frames(name: str = "jetstream_posts.jsonl") -> list[bytes]:
    return (ENVELOPES / name).read_bytes().splitlines()


class JetstreamServer:
    """Serves on a free port while its `with` lasts.

    Args:
        log: the messages it has; a client without a cursor gets all of them, as if they came right now.
        status: what the handshake is answered with; 101 lets clients in.

    Attributes:
        queries: the query of each client so far.
    """

    def __init__(self, log: Sequence[bytes] = (), status: int = 101) -> None:
        self.queries: list[dict[str, list[str]]] = []
        self._log = list(log)
        self._status = status
        self._clients: list[Queue[bytes | None]] = []
        self._lock = Lock()
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._admit, logger=_QUIET)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/subscribe"
        self._thread = Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.drop()
        self._server.shutdown()
        self._thread.join(10)

    def tell(self, *messages: bytes) -> None:
        """Something happened: to the log, and to everyone who listens."""
        with self._lock:
            self._log += messages
            for waiting in self._clients:
                for message in messages:
                    waiting.put(message)

    def drop(self) -> None:
        """Hang up on everyone."""
        with self._lock:
            for waiting in self._clients:
                waiting.put(None)
            self._clients = []

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._status == 101:
            return None
        answer = connection.respond(HTTPStatus(self._status), "no")
        answer.headers["Retry-After"] = "7"
        return answer

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        waiting: Queue[bytes | None] = Queue()
        with self._lock:
            for message in self._log:
                if _time(message) >= int(query.get("cursor", ["0"])[0]):
                    waiting.put(message)
            self._clients.append(waiting)
            self.queries.append(query)
        try:
            while connection.state is State.OPEN:
                try:
                    message_or_end = waiting.get(timeout=0.05)
                except Empty:
                    continue
                if message_or_end is None:
                    return
                connection.send(message_or_end, text=True)
        except ConnectionClosed:
            pass


def _time(message: bytes) -> int:
    try:
        return int(json.loads(message)["time_us"])
    except (ValueError, KeyError):
        return 2**63  # broken ones come whatever the cursor
