"""Bulk requests: documents in, and of the answer, which are to be sent again and which never will be taken."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tickertape.domain.search import Document
from tickertape.ports.search import Unindexed

# What OpenSearch advises a request to have: a few thousand documents, 5 to 15 MB.
_DOCUMENTS = 2_000
_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One document as a bulk request has it: its action and itself, with newlines."""

    id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request's documents.

    Attributes:
        again: the store was too busy for them.
        homeless: there is no index of that name.
        refused: the store does not take them, and will not.
    """

    again: Sequence[Line]
    homeless: Sequence[Line]
    refused: Sequence[Unindexed]


def requests(documents: Iterable[Document]) -> Iterator[list[Line]]:
    """Documents grouped into requests; of two with one id the last one counts."""
    group: dict[str, Line] = {}
    size = 0
    for document in documents:
        line = _line(document)
        if group and (len(group) >= _DOCUMENTS or size + len(line.data) > _BYTES):
            yield list(group.values())
            group, size = {}, 0
        group[line.id] = line
        size += len(line.data)
    if group:
        yield list(group.values())


def _line(document: Document) -> Line:
    action = json.dumps({"index": {"_id": document["id"]}})
    # ASCII only: half a surrogate pair in a text cannot be sent otherwise.
    return Line(document["id"], f"{action}\n{json.dumps(document)}\n".encode())


def read_answer(sent: Sequence[Line], answer: Mapping[str, Any]) -> Outcome:
    """Read a bulk answer, which says HTTP 200 whatever became of each document."""
    again: list[Line] = []
    homeless: list[Line] = []
    refused: list[Unindexed] = []
    for line, item in zip(sent, answer["items"], strict=True):
        (result,) = item.values()
        status = result["status"]
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            again.append(line)
        elif status == HTTPStatus.NOT_FOUND:
            homeless.append(line)
        elif status >= HTTPStatus.BAD_REQUEST:
            refused.append(Unindexed(line.id, str(result.get("error", {}).get("reason", status))[:200]))
    return Outcome(again, homeless, refused)
