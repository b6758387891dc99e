"""What OpenSearch Dashboards is given to show of the tweets: the saved objects that its import takes.

They have the form in which version 2.19 saves its own (`src/plugins/{data,discover,visualizations,dashboard}/server/
saved_objects` of its source), JSON in strings included. `tests/unit/test_saved_objects.py` checks each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tickertape.domain.times import format_utc
from tickertape.search.opensearch import ALIAS
from tickertape.search.visualizations import (
    Visualization,
    by_sentiment,
    by_ticker,
    over_time,
    sentiment_map,
    shares,
    totals,
)

SavedObject = dict[str, Any]
# The version of the official image, for the panels; docker-compose.yml has the same.
VERSION = "2.19.1"
DASHBOARD = "tickertape-tweets"
TIME_FIELD = "created_at"
COLUMNS = ("author.name", "tickers", "sentiment", "text")
_PATTERN = "tickertape-index-pattern"
_LIST = "tickertape-list"
# Its newest migration of each type: an object that says an older one is migrated when it is imported.
_MIGRATIONS = {"index-pattern": "7.6.0", "search": "7.9.3", "visualization": "7.10.0", "dashboard": "7.9.3"}
# Names that it gives references, and finds them by.
_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"
_EVERYTHING = {"query": {"query": "", "language": "kuery"}, "filter": []}
_RECENT = timedelta(days=1)
# Where each panel is, in 48 columns: x, y, width, height.
PANELS = (
    (totals(), (0, 0, 16, 7)),
    (by_sentiment(), (16, 0, 18, 7)),
    (shares(), (34, 0, 14, 14)),
    (over_time(), (0, 7, 34, 15)),
    (by_ticker(), (34, 14, 14, 26)),
    (sentiment_map(), (0, 22, 34, 18)),
)
_LIST_AT = (0, 40, 48, 20)


def times_shown(first: datetime | None, last: datetime | None, now: datetime) -> tuple[str, str]:
    """The times that the dashboard opens with: all of a tape, or the last day where tweets come in now.

    >>> from datetime import UTC
    >>> times_shown(None, None, datetime(2026, 1, 1, tzinfo=UTC))
    ('now-24h', 'now')

    Args:
        first, last: the times of the oldest and the newest tweet; None where there are none yet.
    """
    if first is None or last is None or last > now - _RECENT:
        return "now-24h", "now"
    return format_utc(first), format_utc(last)


def saved_objects(since: str, until: str) -> list[SavedObject]:
    """All of them, with what they refer to among them.

    Args:
        since, until: the times that the dashboard opens with; see `times_shown`.
    """
    drawn = [_drawn(visualization) for visualization, _ in PANELS]
    return [_index_pattern(), *drawn, _list(), _dashboard(since, until)]


def to_ndjson(objects: Iterable[SavedObject]) -> bytes:
    """One object a line, as it is imported."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def _object(kind: str, name: str, attributes: dict[str, Any], references: list[dict[str, str]]) -> SavedObject:
    return {
        "id": name,
        "type": kind,
        "attributes": attributes,
        "references": references,
        "migrationVersion": {kind: _MIGRATIONS[kind]},
    }


def _reference(name: str, kind: str, target: str) -> dict[str, str]:
    return {"name": name, "type": kind, "id": target}


def _index_pattern() -> SavedObject:
    """The alias that is searched; which fields it has, OpenSearch Dashboards asks when it is first looked at."""
    return _object("index-pattern", _PATTERN, {"title": ALIAS, "timeFieldName": TIME_FIELD}, [])


def _of_index(**more: Any) -> dict[str, str]:
    return {"searchSourceJSON": json.dumps({**_EVERYTHING, **more, "indexRefName": _INDEX})}


def _drawn(one: Visualization) -> SavedObject:
    state = {"title": one.title, "type": one.kind, "params": one.params, "aggs": list(one.aggs)}
    attributes = {
        "title": one.title,
        "description": "",
        "version": 1,
        "visState": json.dumps(state),
        "uiStateJSON": json.dumps(one.state),
        "kibanaSavedObjectMeta": _of_index(),
    }
    return _object("visualization", one.id, attributes, [_reference(_INDEX, "index-pattern", _PATTERN)])


def _list() -> SavedObject:
    attributes = {
        "title": "Tweets",
        "description": "The tweets themselves, the newest first.",
        "hits": 0,
        "columns": list(COLUMNS),
        "sort": [[TIME_FIELD, "desc"]],
        "version": 1,
        "kibanaSavedObjectMeta": _of_index(highlightAll=True, version=True),
    }
    return _object("search", _LIST, attributes, [_reference(_INDEX, "index-pattern", _PATTERN)])


def _dashboard(since: str, until: str) -> SavedObject:
    shown = [("visualization", one.id, at) for one, at in PANELS]
    shown.append(("search", _LIST, _LIST_AT))
    attributes = {
        "title": "Tickertape: tweets",
        "description": "Tweets by sentiment, time, ticker and place.",
        "hits": 0,
        "version": 1,
        "panelsJSON": json.dumps([_panel(number, at) for number, (_, _, at) in enumerate(shown)]),
        "optionsJSON": json.dumps({"hidePanelTitles": False, "useMargins": True}),
        "timeRestore": True,
        "timeFrom": since,
        "timeTo": until,
        "refreshInterval": {"pause": True, "value": 10_000},
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(_EVERYTHING)},
    }
    references = [_reference(_panel_name(number), kind, name) for number, (kind, name, _) in enumerate(shown)]
    return _object("dashboard", DASHBOARD, attributes, references)


def _panel_name(number: int) -> str:
    return f"panel_{number}"


def _panel(number: int, at: tuple[int, int, int, int]) -> dict[str, Any]:
    index = str(number + 1)
    x, y, width, height = at
    return {
        "version": VERSION,
        "gridData": {"x": x, "y": y, "w": width, "h": height, "i": index},
        "panelIndex": index,
        "embeddableConfig": {},
        "panelRefName": _panel_name(number),
    }
