"""The charts, numbers and map of OpenSearch Dashboards: what each asks of the index, and how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tickertape.domain.sentiment import Sentiment

Part = dict[str, Any]
# Those of our own page (dashboard/figures/look.py), so that a mood has one colour everywhere.
_COLOURS = {Sentiment.POSITIVE: "#0072b2", Sentiment.NEUTRAL: "#b4bcc6", Sentiment.NEGATIVE: "#d55e00"}
_TICKERS = 20
# The number of the aggregation that counts, by which others are put in order.
_COUNT = "1"


@dataclass(frozen=True, slots=True)
class Visualization:
    """One visualization, before it is a saved object.

    Attributes:
        kind: its type, as OpenSearch Dashboards names it.
        params: how it looks; what is left out is as the type has it.
        aggs: what is asked of the index.
        state: what a person would have set on it, such as colours.
    """

    id: str
    title: str
    kind: str
    params: Part
    aggs: tuple[Part, ...]
    state: Mapping[str, Any] = field(default_factory=dict)


def totals() -> Visualization:
    """How many tweets, by how many authors, in which mood."""
    aggs = (
        _count(),
        _agg("2", "cardinality", "metric", field="author.id", customLabel="Authors"),
        _agg("3", "avg", "metric", field="polarity", customLabel="Mean polarity"),
    )
    return Visualization("tickertape-totals", "Tweets, authors and mood", "metric", _numbers(), aggs)


def by_sentiment() -> Visualization:
    """How many tweets of each sentiment."""
    aggs = (_count(), _sentiments("2", "group"))
    return Visualization("tickertape-by-sentiment", "Tweets by sentiment", "metric", _numbers(), aggs)


def shares() -> Visualization:
    """The share of each sentiment."""
    params = {
        "type": "pie",
        "addTooltip": True,
        "addLegend": True,
        "legendPosition": "right",
        "isDonut": True,
        "labels": {"show": True, "values": True, "last_level": True, "truncate": 100},
    }
    aggs = (_count(), _sentiments("2", "segment"))
    return Visualization("tickertape-shares", "Share of each sentiment", "pie", params, aggs, _coloured())


def over_time() -> Visualization:
    """Tweets over time, by sentiment; the interval follows from the times that are shown."""
    moments = _agg(
        "2",
        "date_histogram",
        "segment",
        field="created_at",
        interval="auto",
        min_doc_count=1,
        extended_bounds={},
        useNormalizedOpenSearchInterval=True,
        drop_partials=False,
        customLabel="Time",
    )
    aggs = (_count(), moments, _sentiments("3", "group"))
    return Visualization(
        "tickertape-over-time", "Tweets over time", "histogram", _bars("bottom", "left"), aggs, _coloured()
    )


def by_ticker() -> Visualization:
    """The tickers that are most talked about, by sentiment."""
    tickers = _terms("2", "segment", "tickers", _TICKERS, "Ticker")
    aggs = (_count(), tickers, _sentiments("3", "group"))
    return Visualization(
        "tickertape-by-ticker", "Tweets by ticker", "horizontal_bar", _bars("left", "bottom"), aggs, _coloured()
    )


def sentiment_map() -> Visualization:
    """Where tweets were written, by their mood: the bluer a circle, the higher the mean polarity of its tweets.

    The browser asks OpenSearch's own service on the internet for the ground below them, and has none without it.
    """
    params = {
        "mapType": "Shaded Circle Markers",
        "colorSchema": "Blues",
        "isDesaturated": True,
        "addTooltip": True,
        "heatClusterSize": 1.5,
        "legendPosition": "bottomright",
        "mapZoom": 2,
        "mapCenter": [25, 0],
        "wms": {"enabled": False, "options": {"format": "image/png", "transparent": True}},
    }
    cells = _agg(
        "2",
        "geohash_grid",
        "segment",
        field="location",
        autoPrecision=True,
        precision=2,
        useGeocentroid=True,
        isFilteredByCollar=True,
    )
    mood = _agg("1", "avg", "metric", field="polarity", customLabel="Mean polarity, -1 to 1")
    return Visualization("tickertape-map", "Map of sentiment", "tile_map", params, (mood, cells))


def _agg(number: str, kind: str, schema: str, **params: Any) -> Part:
    return {"id": number, "enabled": True, "type": kind, "schema": schema, "params": params}


def _count() -> Part:
    return _agg(_COUNT, "count", "metric", customLabel="Tweets")


def _terms(number: str, schema: str, name: str, size: int, label: str) -> Part:
    return _agg(
        number,
        "terms",
        schema,
        field=name,
        orderBy=_COUNT,
        order="desc",
        size=size,
        otherBucket=False,
        otherBucketLabel="Other",
        missingBucket=False,
        missingBucketLabel="Missing",
        customLabel=label,
    )


def _sentiments(number: str, schema: str) -> Part:
    return _terms(number, schema, "sentiment", len(Sentiment), "Sentiment")


def _coloured() -> Part:
    return {"vis": {"colors": {str(mood): colour for mood, colour in _COLOURS.items()}}}


def _numbers() -> Part:
    return {
        "type": "metric",
        "addTooltip": True,
        "addLegend": False,
        "metric": {
            "percentageMode": False,
            "useRanges": False,
            "colorSchema": "Green to Red",
            "metricColorMode": "None",
            "colorsRange": [{"from": 0, "to": 10000}],
            "labels": {"show": True},
            "invertColors": False,
            "style": {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 36},
        },
    }


def _bars(categories: str, values: str) -> Part:
    """Stacked bars, with the categories on one side and their counts on another."""
    return {
        "type": "histogram",
        "grid": {"categoryLines": False},
        "categoryAxes": [
            {
                "id": "CategoryAxis-1",
                "type": "category",
                "position": categories,
                "show": True,
                "style": {},
                "scale": {"type": "linear"},
                "labels": {"show": True, "filter": categories == "bottom", "truncate": 100},
                "title": {},
            }
        ],
        "valueAxes": [
            {
                "id": "ValueAxis-1",
                "name": "LeftAxis-1",
                "type": "value",
                "position": values,
                "show": True,
                "style": {},
                "scale": {"type": "linear", "mode": "normal"},
                "labels": {"show": True, "rotate": 0, "filter": values == "bottom", "truncate": 100},
                "title": {"text": "Tweets"},
            }
        ],
        "seriesParams": [
            {
                "show": True,
                "type": "histogram",
                "mode": "stacked",
                "data": {"label": "Tweets", "id": _COUNT},
                "valueAxis": "ValueAxis-1",
                "drawLinesBetweenPoints": True,
                "lineWidth": 2,
                "showCircles": True,
            }
        ],
        "addTooltip": True,
        "addLegend": True,
        "legendPosition": "right",
        "times": [],
        "addTimeMarker": False,
        "labels": {"show": False},
    }
