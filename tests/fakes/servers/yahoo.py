"""Yahoo on 127.0.0.1, behind a proxy that opens TLS with a certificate of its own, as a company's proxy does.

yfinance asks fixed https addresses, so it is led here by what it supports: a session with a proxy and a CA file.
"""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.servers.local import LocalServer
from tests.fakes.servers.price_http import envelope

_CHART = "/v8/finance/chart/"
_HOSTS = "DNS:fc.yahoo.com,DNS:query1.finance.yahoo.com,DNS:query2.finance.yahoo.com,DNS:guce.yahoo.com"


def certificate(folder: Path) -> Path:
    """A key and a certificate that signs itself, in one file."""
    both = folder / "yahoo.pem"
    command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext subjectAltName={_HOSTS}"  # noqa: E501
    subprocess.run(
        [*command.split(), "-keyout", str(both), "-out", str(folder / "c.pem")], check=True, capture_output=True
    )
    both.write_bytes(both.read_bytes() + (folder / "c.pem").read_bytes())
    return both


class YahooServer(LocalServer):
    """Serves on a free port while its `with` lasts; `asked` has the symbols and queries of charts of minutes so far.

    Args:
        answers: for a symbol the envelope of its chart, or an HTTP status; other symbols are unknown.
    """

    def __init__(self, pem: Path, answers: Mapping[str, str | int]) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answers = answers
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        super().__init__(self._handler())
        self.proxy = self.url

    def answer(self, address: str) -> tuple[int, bytes]:
        parts = urlsplit(address)
        if parts.path.endswith("getcrumb"):
            return 200, b"crumb1234"
        if not parts.path.startswith(_CHART):
            return 404, b"{}"
        symbol, query = parts.path.removeprefix(_CHART), dict(parse_qsl(parts.query))
        if query.get("interval") == "1m":
            self.asked.append((symbol, query))
        given = self._answers.get(symbol, "unknown")
        if given == "unknown":
            return 404, envelope("yahoo_unknown.json")
        return (given, b"Too Many Requests\r\n") if isinstance(given, int) else (200, envelope(f"yahoo_{given}.json"))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self) -> None:
                self.send_response(200, "Connection established")
                self.end_headers()
                # Whoever asks the proxy for a tunnel finds the provider at its end.
                self.connection = outer._context.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb")
                self.close_connection = False

            def do_GET(self) -> None:
                status, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class' name
                pass

        return Handler
