"""A server that answers bulk requests as it is told, and every other one with success."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.servers.local import LocalServer


class ScriptedOpenSearch(LocalServer):
    """Serves on a free port while its `with` lasts; `bulks` has the ids of each bulk request so far.

    Args:
        answers: for each bulk request in turn an HTTP status, or the status of each document by id; those not named,
            and all of later requests, are created.
    """

    def __init__(self, answers: Iterable[int | Mapping[str, int]]) -> None:
        self.bulks: list[list[str]] = []
        self.headers: list[Mapping[str, str]] = []
        self._answers = list(answers)
        super().__init__(self._handler())

    def _bulk(self, body: bytes) -> tuple[int, dict[str, Any]]:
        found = [json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]]
        self.bulks.append(found)
        answer = self._answers.pop(0) if self._answers else {}
        if isinstance(answer, int):
            return answer, {"error": "as told"}
        return 200, {"items": [_item(each, answer.get(each, 201)) for each in found]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                status, said = outer._bulk(body) if "/_bulk" in self.path else (200, {})
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815  # as the base class looks for them

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class' name
                pass

        return Handler


def _item(event_id: str, status: int) -> dict[str, Any]:
    error = {"error": {"type": "as_told", "reason": f"told {status}"}} if status >= 400 else {}
    return {"index": {"_id": event_id, "status": status, **error}}
