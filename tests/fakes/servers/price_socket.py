"""A websocket server that plays one conversation to whoever connects, and knows how many are connected."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http import HTTPStatus
from threading import Condition, Thread
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

Conversation = Callable[[ServerConnection], None]


class PriceSocketServer:
    """Serves on a free port while its `with` lasts.

    Args:
        talk: the server's side; when it returns, the connection stays until the client leaves.
        status: the answer to the handshake's path; 101 lets the client in.
    """

    def __init__(self, talk: Conversation, status: Callable[[str], int] = lambda _: 101) -> None:
        self._talk = talk
        self._status = status
        self._connected = 0
        self._changed = Condition()
        self._server = serve(self._serve, "127.0.0.1", 0, process_request=self._admit)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()

    def wait_until_left(self, limit_s: float = 10.0) -> bool:
        """Whether nobody is connected any more, waiting for it."""
        with self._changed:
            return self._changed.wait_for(lambda: self._connected == 0, limit_s)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        status = self._status(request.path)
        return None if status == 101 else connection.respond(HTTPStatus(status), "refused\n")

    def _serve(self, connection: ServerConnection) -> None:
        self._count(1)
        try:
            self._talk(connection)
            for _ in connection:
                pass
        except ConnectionClosed:
            pass
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._connected += change
            self._changed.notify_all()


def drop(connection: ServerConnection) -> None:
    """Break the connection without a good-bye, as a network does."""
    connection.socket.shutdown(socket.SHUT_RDWR)
