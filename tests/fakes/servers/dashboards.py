"""A server that imports saved objects as OpenSearch Dashboards 2.19 does.

After `src/core/server/saved_objects/{routes/import.ts,import/*.ts}` of its source: what it asks of a request, and what
it says of each object. One that is there, or refers to what is not, keeps all others out, which are counted all the
same; one of a type that it does not know keeps out itself only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.servers.local import LocalServer

TYPES = ("index-pattern", "search", "visualization", "dashboard")
# References to others are not looked at.
_LOOKED_AT = {"index-pattern", "search"}


class ImportingDashboards(LocalServer):
    """Serves on a free port while its `with` lasts; `objects` has what was taken, by type and id.

    Args:
        types: the types of objects that it knows.
        answer: what it answers instead, an HTTP status and a body.
    """

    def __init__(self, types: Iterable[str] = TYPES, answer: tuple[int, bytes] | None = None) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.headers: list[Mapping[str, str]] = []
        self._types = frozenset(types)
        self._answer = answer
        super().__init__(self._handler())

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body of one request."""
        self.headers.append(headers)
        if self._answer:
            return self._answer
        parts = urlsplit(path)
        if parts.path != "/api/saved_objects/_import":
            return _problem(404, "Not Found")
        if "osd-xsrf" not in headers:
            return _problem(400, "Request must contain a osd-xsrf header.")
        form = message_from_bytes(f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body)
        (file,) = [each for each in form.walk() if each.get_param("name", header="content-disposition") == "file"]
        if not str(file.get_filename()).endswith(".ndjson"):
            return _problem(400, "Invalid file extension")
        content = file.get_payload(decode=True)
        assert isinstance(content, bytes)
        return 200, json.dumps(self._take(content, parse_qs(parts.query).get("overwrite") == ["true"])).encode()

    def _take(self, content: bytes, overwrite: bool) -> dict[str, Any]:
        came = [json.loads(line) for line in content.splitlines() if line.strip()]
        known = [each for each in came if each["type"] in self._types]
        unknown = [_refused(each, {"type": "unsupported_type"}) for each in came if each not in known]
        resolvable = [error for each in known for error in self._missing(each, known)]
        resolvable += [
            _refused(each, {"type": "conflict"}) for each in known if _key(each) in self.objects and not overwrite
        ]
        errors = [*unknown, *resolvable]
        taken = [each for each in known if _key(each) not in set(map(_key, errors))]
        if not resolvable:
            self.objects |= {_key(each): each for each in taken}
        answer: dict[str, Any] = {"successCount": len(taken), "success": not errors}
        if taken:
            answer["successResults"] = [{"type": each["type"], "id": each["id"], "meta": {}} for each in taken]
        return answer | ({"errors": errors} if errors else {})

    def _missing(self, one: dict[str, Any], known: Sequence[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        there = {*self.objects, *map(_key, known)}
        wanted = [each for each in one["references"] if each["type"] in _LOOKED_AT and _key(each) not in there]
        if wanted:
            references = [{"type": each["type"], "id": each["id"]} for each in wanted]
            yield _refused(one, {"type": "missing_references", "references": references})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, content = outer.answer(self.path, headers, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class' name
                pass

        return Handler


def _key(one: Mapping[str, Any]) -> tuple[str, str]:
    return one["type"], one["id"]


def _refused(one: Mapping[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    title = one["attributes"].get("title")
    return {"type": one["type"], "id": one["id"], "title": title, "meta": {"title": title}, "error": error}


def _problem(status: int, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"statusCode": status, "error": "Bad Request", "message": message}).encode()
