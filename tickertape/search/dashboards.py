"""OpenSearch Dashboards from the outside: saved objects are imported, and what it says of each is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import urllib3

from tickertape.search.address import split_login
from tickertape.search.saved_objects import SavedObject, to_ndjson

# It looks at the file's ending, and refuses every other one.
_FILE = "tickertape.ndjson"
_IMPORT = "/api/saved_objects/_import"
# A request without it is taken for one that another page made in the user's name.
_OURS = {"osd-xsrf": "true"}
# What it says of an object that is there already and may not be overwritten.
_CONFLICT = "conflict"


class DashboardsFailed(Exception):
    """OpenSearch Dashboards does not answer, or does not take the objects; the message is one line for a person."""


class OpenSearchDashboards:
    """One OpenSearch Dashboards.

    Args:
        url: with user and password where it wants them, `https://user:password@host/_dashboards`.
        timeout_s: of one request.
    """

    def __init__(self, url: str, timeout_s: float = 60.0) -> None:
        self._url, login = split_login(url)
        self._headers = {**login, **_OURS}
        timeout = urllib3.Timeout(connect=min(5.0, timeout_s), read=timeout_s)
        self._http = urllib3.PoolManager(retries=False, timeout=timeout)

    def page_of(self, dashboard: str) -> str:
        """The address of a dashboard, for a browser."""
        return f"{self._url}/app/dashboards#/view/{quote(dashboard, safe='')}"

    def bring(self, objects: Sequence[SavedObject], overwrite: bool) -> int:
        """Import objects; returns how many it has taken.

        Args:
            overwrite: whether those that are there are replaced; else, when one of them is, none is taken, and what
                somebody changed or removed stays so.

        Raises:
            DashboardsFailed: it does not answer, or refuses some; each of those is named.
        """
        answer = self._import(to_ndjson(objects), overwrite)
        errors: list[Mapping[str, Any]] = answer.get("errors") or []
        in_the_way = [error for error in errors if error["error"]["type"] == _CONFLICT and not overwrite]
        refused = [error for error in errors if error not in in_the_way]
        if refused or not (answer.get("success") or in_the_way):
            said = "; ".join(map(_why, refused)) or "it does not say why"
            raise DashboardsFailed(f"{len(refused)} of {len(objects)} objects are refused: {said}")
        # Besides a conflict it counts the others too, and yet does not write them.
        return 0 if in_the_way else int(answer.get("successCount", 0))

    def _import(self, content: bytes, overwrite: bool) -> dict[str, Any]:
        path = f"{_IMPORT}?overwrite={str(overwrite).lower()}"
        fields = {"file": (_FILE, content, "application/ndjson")}
        try:
            response = self._http.request("POST", self._url + path, fields=fields, headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            raise DashboardsFailed(f"{self._url} does not answer: {type(error).__name__}") from error
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            said = " ".join(response.data[:200].decode("utf-8", "replace").split())
            raise DashboardsFailed(f"POST {path} is answered with {response.status} {said}")
        try:
            answer = json.loads(response.data)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise DashboardsFailed(f"{self._url} is no OpenSearch Dashboards: {_IMPORT} is answered with no JSON")
        return answer


def _why(refused: Mapping[str, Any]) -> str:
    error = refused["error"]
    match error["type"]:
        case "missing_references":
            missing = ", ".join(f"{each['type']} {each['id']}" for each in error["references"])
            why = f"it refers to what is not there: {missing}"
        case "unsupported_type":
            why = "objects of this type are not known there"
        case "unknown":
            why = str(error.get("message", "for an unknown reason"))
        case other:
            why = str(other)
    title = (refused.get("meta") or {}).get("title") or refused.get("title")
    return f"{refused['type']} {title or refused['id']}: {why}"
