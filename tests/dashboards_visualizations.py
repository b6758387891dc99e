"""The types of visualizations of OpenSearch Dashboards 2.19: how they look, and which aggregations they take.

After `src/plugins/{vis_type_metric,vis_type_vislib,tile_map}/public/*`, and for the fields that an aggregation takes
`src/plugins/data/common/search/aggs/{metrics,buckets}/*.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from tests.dashboards_schema import Empty, Strict

Side = Literal["left", "right", "top", "bottom"]


class _Labels(Strict):
    show: bool
    rotate: Literal[0, 75, 90] | None = None
    filter: bool | None = None
    truncate: int | None = None


class _Axis(Strict):
    id: str
    show: bool
    style: Empty
    position: Side


class _CategoryAxis(_Axis):
    type: Literal["category"]
    scale: dict[Literal["type"], Literal["linear", "log", "square root"]]
    labels: _Labels
    title: dict[Literal["text"], str]


class _ValueScale(Strict):
    type: Literal["linear", "log", "square root"]
    mode: Literal["normal", "percentage", "wiggle", "silhouette"]


class _ValueAxis(_Axis):
    type: Literal["value"]
    name: str
    scale: _ValueScale
    labels: _Labels
    title: dict[Literal["text"], str]


class _SeriesData(Strict):
    label: str
    id: str


class _Series(Strict):
    show: bool
    type: Literal["histogram", "line", "area"]
    mode: Literal["normal", "stacked"]
    data: _SeriesData
    value_axis: str = Field(alias="valueAxis")
    draw_lines: bool = Field(alias="drawLinesBetweenPoints")
    line_width: int = Field(alias="lineWidth")
    show_circles: bool = Field(alias="showCircles")


class _Chart(Strict):
    add_tooltip: bool = Field(alias="addTooltip")
    add_legend: bool = Field(alias="addLegend")


class Bars(_Chart):
    """Bars, upright or lying."""

    type: Literal["histogram"]
    grid: dict[Literal["categoryLines"], bool]
    category_axes: list[_CategoryAxis] = Field(alias="categoryAxes", min_length=1)
    value_axes: list[_ValueAxis] = Field(alias="valueAxes", min_length=1)
    series: list[_Series] = Field(alias="seriesParams", min_length=1)
    legend_position: Side = Field(alias="legendPosition")
    times: list[Any] = Field(max_length=0)
    add_time_marker: bool = Field(alias="addTimeMarker")
    labels: dict[Literal["show"], bool]


class _PieLabels(Strict):
    show: bool
    values: bool
    last_level: bool
    truncate: int


class Pie(_Chart):
    """A pie or a ring."""

    type: Literal["pie"]
    legend_position: Side = Field(alias="legendPosition")
    is_donut: bool = Field(alias="isDonut")
    labels: _PieLabels


class _MetricStyle(Strict):
    bg_fill: str = Field(alias="bgFill")
    bg_color: bool = Field(alias="bgColor")
    label_color: bool = Field(alias="labelColor")
    sub_text: str = Field(alias="subText")
    font_size: int = Field(alias="fontSize", ge=12, le=120)


class _MetricLook(Strict):
    percentage_mode: bool = Field(alias="percentageMode")
    use_ranges: bool = Field(alias="useRanges")
    colour_schema: Literal["Green to Red"] = Field(alias="colorSchema")
    colour_mode: Literal["None", "Labels", "Background"] = Field(alias="metricColorMode")
    ranges: list[dict[Literal["from", "to"], int]] = Field(alias="colorsRange")
    labels: dict[Literal["show"], bool]
    invert: bool = Field(alias="invertColors")
    style: _MetricStyle


class Metric(_Chart):
    """Numbers."""

    type: Literal["metric"]
    metric: _MetricLook


class _WmsOptions(Strict):
    format: Literal["image/png"]
    transparent: bool


class _Wms(Strict):
    enabled: Literal[False]
    options: _WmsOptions


class TileMap(Strict):
    """A map of cells."""

    map_type: Literal["Scaled Circle Markers", "Shaded Circle Markers", "Shaded Geohash Grid", "Heatmap"] = Field(
        alias="mapType"
    )
    colour_schema: Literal["Blues", "Greens", "Greys", "Reds", "Yellow to Red", "Green to Red"] = Field(
        alias="colorSchema"
    )
    desaturated: bool = Field(alias="isDesaturated")
    add_tooltip: bool = Field(alias="addTooltip")
    cluster_size: float = Field(alias="heatClusterSize")
    legend_position: Literal["bottomleft", "bottomright", "topleft", "topright"] = Field(alias="legendPosition")
    zoom: int = Field(alias="mapZoom", ge=0, le=22)
    centre: tuple[float, float] = Field(alias="mapCenter", strict=False)
    wms: _Wms


PARAMS: Mapping[str, type[BaseModel]] = {
    "metric": Metric,
    "pie": Pie,
    "histogram": Bars,
    "horizontal_bar": Bars,
    "tile_map": TileMap,
}


class Room(NamedTuple):
    """A place for aggregations in a type of visualization: how many it takes, and which."""

    least: int
    most: int
    aggs: frozenset[str]


_BUCKETS = frozenset({"terms", "date_histogram", "histogram", "range", "date_range", "filters", "significant_terms"})
_METRICS = frozenset({"count", "avg", "sum", "min", "max", "cardinality", "top_hits", "median"})
_ANY = 100
_BARS = {"metric": Room(1, _ANY, _METRICS), "segment": Room(0, 1, _BUCKETS), "group": Room(0, 3, _BUCKETS)}
ROOMS: Mapping[str, Mapping[str, Room]] = {
    "metric": {"metric": Room(1, _ANY, _METRICS), "group": Room(0, 1, _BUCKETS)},
    "pie": {
        "metric": Room(1, 1, frozenset({"sum", "count", "cardinality", "top_hits"})),
        "segment": Room(0, _ANY, _BUCKETS),
    },
    "histogram": _BARS,
    "horizontal_bar": _BARS,
    "tile_map": {
        "metric": Room(1, 1, _METRICS - {"median"}),
        "segment": Room(1, 1, frozenset({"geohash_grid"})),
    },
}
_COMMON = frozenset({"customLabel", "json"})
_TERMS = frozenset(
    ["orderBy", "order", "size", "otherBucket", "otherBucketLabel", "missingBucket", "missingBucketLabel"]
)
_MOMENTS = frozenset(["interval", "min_doc_count", "extended_bounds", "useNormalizedOpenSearchInterval"])
_CELLS = frozenset(["autoPrecision", "precision", "useGeocentroid", "isFilteredByCollar"])


class Takes(NamedTuple):
    """What an aggregation takes: fields of which types (none: it has no field), and which other parameters."""

    fields: frozenset[str]
    params: frozenset[str]


TAKES: Mapping[str, Takes] = {
    "count": Takes(frozenset(), _COMMON),
    "avg": Takes(frozenset({"number"}), _COMMON),
    "cardinality": Takes(frozenset({"number", "boolean", "date", "string", "geo_point"}), _COMMON),
    "terms": Takes(frozenset({"number", "boolean", "date", "string"}), _COMMON | _TERMS),
    "date_histogram": Takes(frozenset({"date"}), _COMMON | _MOMENTS | {"drop_partials"}),
    "geohash_grid": Takes(frozenset({"geo_point"}), _COMMON | _CELLS),
}
# What it calls the types of an index; a text can be searched, and no aggregation takes it.
FIELD_TYPES = {
    "keyword": "string",
    "date": "date",
    "long": "number",
    "float": "number",
    "boolean": "boolean",
    "geo_point": "geo_point",
    "text": "",
}
