"""What OpenSearch Dashboards asks of an index for a visualization: its aggregations, one within the other.

After `src/plugins/data/common/search/aggs` of its source: buckets in their order, each within the one before, and the
metrics in the innermost; counting is not asked for, since each bucket says how many it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.dashboards_schema import Agg

# What is told to the page alone.
_EVERYWHERE = {"top_left": {"lat": 90, "lon": -180}, "bottom_right": {"lat": -90, "lon": 180}}


def asked_of(aggs: Sequence[Agg], interval: str) -> dict[str, Any]:
    """The `aggs` of a search.

    Args:
        interval: what `auto` becomes for the times that are shown, such as `12h`.
    """
    metrics = {
        agg.id: {agg.type: {"field": agg.params["field"]}}
        for agg in aggs
        if agg.place == "metric" and agg.type != "count"
    }
    asked: dict[str, Any] = metrics
    for agg in reversed([agg for agg in aggs if agg.place != "metric"]):
        asked = _bucket(agg, asked, interval)
    return asked


def _bucket(agg: Agg, within: dict[str, Any], interval: str) -> dict[str, Any]:
    field = agg.params["field"]
    match agg.type:
        case "terms":
            asked = {"field": field, "order": {"_count": agg.params["order"]}, "size": agg.params["size"]}
        case "date_histogram":
            asked = {"field": field, "fixed_interval": interval, "time_zone": "UTC", "min_doc_count": 1}
        case "geohash_grid":
            asked = {"field": field, "precision": agg.params["precision"]}
            within = {**within, "centre": {"geo_centroid": {"field": field}}}
        case other:
            raise AssertionError(f"no visualization of ours asks for {other}")
    bucket = {agg.id: {agg.type: asked, **({"aggs": within} if within else {})}}
    if not agg.params.get("isFilteredByCollar"):
        return bucket
    box = {"geo_bounding_box": {"ignore_unmapped": True, field: _EVERYWHERE}}
    return {"filter_agg": {"filter": box, "aggs": bucket}}
