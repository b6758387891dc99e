"""X's API on 127.0.0.1: the rules and the filtered stream, with the keep-alives and the failures of the real one."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

ENVELOPES = Path(__file__).parents[3] / "fixtures" / "envelopes"
TOKEN = "x-token-1234"
RESET = 1764081900


def lines(name: str = "x_posts.jsonl") -> list[bytes]:
    return (ENVELOPES / name).read_bytes().splitlines()


_ERRORS = {one["status"]: one["body"] for one in map(json.loads, lines("x_errors.jsonl"))}


class XServer:
    """Serves on a free port while its `with` lasts.

    Args:
        posts: what a new stream begins with.
        keep_alive_s: seconds between two keep-alives; None sends none.
        status: what a stream is answered with; 200 gives one.
        rules_status: the same for rules.
        most_rules: how many rules it takes.

    Attributes:
        rules: id to rule, as set now.
        streams: the query of each stream so far.
    """

    def __init__(
        self,
        posts: Sequence[bytes] = (),
        keep_alive_s: float | None = 0.05,
        status: int = 200,
        rules_status: int = 200,
        most_rules: int = 25,
    ) -> None:
        self.rules: dict[str, dict[str, str]] = {}
        self.streams: list[dict[str, str]] = []
        self.posts = list(posts)
        self.keep_alive_s = keep_alive_s
        self.status = status
        self.rules_status = rules_status
        self.most_rules = most_rules
        self._ids = count(1166916266197536768)
        self._waiting: list[Queue[bytes | None]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.keep_alive_s = 0.05  # a silent stream has to notice the end
        self.drop()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def tell(self, *posts: bytes) -> None:
        """Posts were written: to every stream."""
        for waiting in self._waiting:
            for post in posts:
                waiting.put(post)

    def drop(self) -> None:
        """Break every stream off, as a restart of the server does."""
        for waiting in self._waiting:
            waiting.put(None)
        self._waiting = []

    def add_rule(self, value: str, tag: str | None) -> None:
        rule = {"value": value, "id": str(next(self._ids))} | ({"tag": tag} if tag else {})
        self.rules[rule["id"]] = rule

    @property
    def listeners(self) -> int:
        """How many streams there are."""
        return len(self._waiting)

    @property
    def values(self) -> list[str]:
        return [rule["value"] for rule in self.rules.values()]

    def change_rules(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What the rules' endpoint does; a rule that it does not take is an error in an answer that says success."""
        if "delete" in asked:
            gone = [self.rules.pop(rule_id, None) for rule_id in asked["delete"]["ids"]]
            return 200, {"meta": {"sent": "2025-11-25T14:30:00.000Z", "summary": {"deleted": len(gone)}}}
        errors = []
        for rule in asked["add"]:
            if rule["value"].count("(") != rule["value"].count(")"):
                errors.append(
                    {
                        **{"value": rule["value"], "title": "Invalid Rule"},
                        **{"details": ["no viable alternative at input '('"], "id": "1"},
                        "type": "https://api.x.com/2/problems/invalid-rules",
                    }
                )
            else:
                self.add_rule(rule["value"], rule.get("tag"))
        if len(self.rules) > self.most_rules:
            return 422, {"title": "RulesCapExceeded", "detail": "too many rules", "status": 422, "type": "about:blank"}
        return 201, {"data": list(self.rules.values()), "meta": {"summary": {}}} | (
            {"errors": errors} if errors else {}
        )

    def pieces(self) -> Generator[bytes | None, None, None]:
        """A stream's posts and keep-alives; None says to break off."""
        waiting: Queue[bytes | None] = Queue()
        for post in self.posts:
            waiting.put(post)
        self._waiting.append(waiting)
        try:
            while True:
                try:
                    next_post = waiting.get(timeout=self.keep_alive_s or 0.05)
                except Empty:
                    if self.keep_alive_s is not None:
                        yield b"\r\n"
                    continue
                yield None if next_post is None else next_post + b"\r\n"
                if next_post is None:
                    return
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                is_stream = address.path == "/2/tweets/search/stream"
                status = outer.status if is_stream else outer.rules_status
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    status = 401
                if status != 200:
                    self._answer(status, _ERRORS[status])
                elif is_stream:
                    self._stream(dict(parse_qsl(address.query)))
                else:
                    rules = list(outer.rules.values())
                    self._answer(200, ({"data": rules} if rules else {}) | {"meta": {"result_count": len(rules)}})

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._answer(*outer.change_rules(asked))

            def _stream(self, query: dict[str, str]) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.close_connection = True
                outer.streams.append(query)
                pieces = outer.pieces()
                try:
                    for piece in pieces:
                        if piece is None:
                            return  # without the last chunk: the connection broke off
                        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                except OSError:
                    pass  # the client went away
                finally:
                    pieces.close()

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                if status == 429:
                    self.send_header("x-rate-limit-reset", str(RESET))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class' name
                pass

        return Handler
