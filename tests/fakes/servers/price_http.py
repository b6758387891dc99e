"""An HTTP server that answers each path from a function, for the providers that are asked by requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.servers.local import LocalServer

ENVELOPES = Path(__file__).parents[3] / "fixtures" / "envelopes"
# A path, the query and the headers, to a status and a body.
Answer = Callable[[str, Mapping[str, str], Mapping[str, str]], tuple[int, bytes]]


def envelope(name: str) -> bytes:
    """A recorded answer."""
    return (ENVELOPES / name).read_bytes()


class PriceHttpServer(LocalServer):
    """Serves on a free port while its `with` lasts; `asked` has the queries so far."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[dict[str, str]] = []
        super().__init__(self._handler(answer))

    def _handler(self, answer: Answer) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                query = dict(parse_qsl(address.query))
                outer.asked.append(query)
                status, body = answer(address.path, query, dict(self.headers.items()))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class' name
                pass

        return Handler
