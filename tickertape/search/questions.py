"""What is asked of the store, and what its answers say: bodies of `_search`, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tickertape.domain.area import BoundingBox
from tickertape.domain.periods import Level, period_name
from tickertape.domain.search import Found, PeriodCount, Place, SearchQuery, Summary
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.times import format_utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# So many languages and tickers are told apart; there are 8,000 symbols in the US, of which few are talked about.
_LANGUAGES = 100
_TICKERS = 1_000
_INTERVALS = {
    Level.HOURLY: "hour",
    Level.DAILY: "day",
    Level.WEEKLY: "week",
    Level.MONTHLY: "month",
    Level.YEARLY: "year",
}
Body = dict[str, Any]
# An answer; None where there is no index.
Answer = Mapping[str, Any] | None


def found_body(query: SearchQuery, limit: int, after: Place | None) -> Body:
    """The newest tweets that match, below the place `after`."""
    # A store keeps times in milliseconds, and compares places by them.
    place = {"search_after": [_milliseconds(after.created_at), after.id]} if after else {}
    return {
        "query": _matching(query),
        "sort": [{"created_at": "desc"}, {"id": "desc"}],
        "size": limit,
        "track_total_hits": True,
        **place,
    }


def read_found(answer: Answer) -> Found:
    """What `found_body` is answered with."""
    if answer is None:
        return Found(0, [])
    return Found(answer["hits"]["total"]["value"], [hit["_source"] for hit in answer["hits"]["hits"]])


def summary_body(query: SearchQuery) -> Body:
    """How many match, when, in which languages and with which tickers."""
    return {
        "query": _matching(query),
        "size": 0,
        "track_total_hits": True,
        "aggs": {
            "first": {"min": {"field": "created_at"}},
            "last": {"max": {"field": "created_at"}},
            "languages": {"terms": {"field": "lang", "size": _LANGUAGES}},
            "tickers": {"terms": {"field": "tickers", "size": _TICKERS}},
        },
    }


def read_summary(answer: Answer) -> Summary:
    """What `summary_body` is answered with."""
    if answer is None:
        return Summary(0, None, None, {}, {})
    found = answer["aggregations"]
    return Summary(
        total=answer["hits"]["total"]["value"],
        first=_moment(found["first"]["value"]),
        last=_moment(found["last"]["value"]),
        languages=_terms(found["languages"]),
        tickers=_terms(found["tickers"]),
    )


def timeline_body(query: SearchQuery, level: Level) -> Body:
    """How many match of each period of a level, by sentiment; a store's weeks begin on Monday, as ours do."""
    periods = {"field": "created_at", "calendar_interval": _INTERVALS[level], "min_doc_count": 1}
    moods = {"terms": {"field": "sentiment", "size": len(Sentiment)}}
    return {
        "query": _matching(query),
        "size": 0,
        "aggs": {"periods": {"date_histogram": periods, "aggs": {"moods": moods}}},
    }


def read_timeline(answer: Answer, level: Level) -> list[PeriodCount]:
    """What `timeline_body` is answered with, each sentiment with its number."""
    buckets = answer["aggregations"]["periods"]["buckets"] if answer else []
    return [
        PeriodCount(
            period_name(level, _EPOCH + bucket["key"] * _MILLISECOND),
            {mood: _terms(bucket["moods"]).get(mood, 0) for mood in Sentiment},
        )
        for bucket in buckets
    ]


def _matching(query: SearchQuery) -> Body:
    terms = {
        "tickers": query.ticker,
        "sentiment": str(query.sentiment) if query.sentiment else None,
        "lang": query.lang,
    }
    filters: list[Body] = [{"term": {field: value}} for field, value in terms.items() if value]
    bounds = {"gte": query.since, "lte": query.until}
    if span := {name: format_utc(moment) for name, moment in bounds.items() if moment}:
        filters.append({"range": {"created_at": span}})
    if query.area:
        filters.append({"geo_bounding_box": {"location": _corners(query.area)}})
    words = {"match": {"text": {"query": query.words, "operator": "and"}}} if query.words else {"match_all": {}}
    return {"bool": {"must": [words], "filter": filters}}


def _corners(area: BoundingBox) -> Body:
    # A store, too, takes a west above the east for an area across the date line.
    return {
        "top_left": {"lat": area.north, "lon": area.west},
        "bottom_right": {"lat": area.south, "lon": area.east},
    }


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _moment(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + milliseconds * _MILLISECOND


def _terms(found: Mapping[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
