"""The map: one mark for each cluster, as big as it is full, with the sign and the colour of its mood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.figures.clusters import Cluster
from dashboard.figures.look import PALETTES, SIGN, STACK, Scheme, frame, plain
from dashboard.map_view import MapView

# Where nobody tweets is left away.
_LATITUDES = [-55, 78]
_LAND = {"light": "#e3e8ed", "dark": "#2c3138"}
_BORDER = {"light": "#ffffff", "dark": "#414852"}
_SMALLEST_PX, _PX_PER_SIGN = 20, 6


def world_figure(
    clusters: Sequence[Cluster], view: MapView, chosen: str | None, *, touch: bool, scheme: Scheme
) -> go.Figure:
    """Clusters over the continents, seen as `view` says.

    Args:
        chosen: the name of the cluster that is set apart by a ring.
        touch: a drag moves the page and not the map.
    """
    figure = go.Figure(
        layout=frame(scheme, dragmode=False if touch else "pan", margin=_NO_MARGIN, geo=_geo(view, scheme))
    )
    palette = PALETTES[scheme]
    labels = [label(cluster) for cluster in clusters]
    figure.add_trace(
        go.Scattergeo(
            mode="markers+text",
            lat=[cluster.lat for cluster in clusters],
            lon=[cluster.lon for cluster in clusters],
            text=labels,
            textfont={"size": 12, "color": [palette.on_sentiment[cluster.mood] for cluster in clusters]},
            marker={
                "size": [_SMALLEST_PX + _PX_PER_SIGN * (len(text) - 1) for text in labels],
                "color": [palette.sentiment[cluster.mood] for cluster in clusters],
                "opacity": 1,
                "line": {
                    "color": [palette.text if cluster.name == chosen else palette.surface for cluster in clusters],
                    "width": [3 if cluster.name == chosen else 1 for cluster in clusters],
                },
            },
            customdata=[[cluster.name, _told(cluster)] for cluster in clusters],
            hovertemplate="%{customdata[1]}<extra></extra>",
        )
    )
    return figure


_NO_MARGIN = {"l": 0, "r": 0, "t": 0, "b": 0}


def label(cluster: Cluster) -> str:
    """What stands on a mark: the sign of its mood, and of how many tweets where it is not one."""
    count = len(cluster.tweets)
    return f"{SIGN[cluster.mood]} {count:,}" if count > 1 else SIGN[cluster.mood]


def _told(cluster: Cluster) -> str:
    moods = Counter(tweet.sentiment for tweet in cluster.tweets)
    parts = ", ".join(f"{SIGN[each]} {moods[each]:,} {each}" for each in STACK)
    count = len(cluster.tweets)
    return f"{plain(cluster.place)}: {count:,} {'tweet' if count == 1 else 'tweets'}<br>{parts}"


def _geo(view: MapView, scheme: Scheme) -> dict[str, Any]:
    return {
        "projection": {"type": "mercator", "scale": 2**view.zoom, "rotation": {"lon": view.lon}},
        "center": {"lat": view.lat, "lon": view.lon},
        "lataxis": {"range": _LATITUDES},
        "bgcolor": "rgba(0,0,0,0)",
        "showframe": False,
        "showland": True,
        "landcolor": _LAND[scheme],
        "showcoastlines": False,
        "showlakes": True,
        "lakecolor": PALETTES[scheme].surface,
        "showcountries": True,
        "countrycolor": _BORDER[scheme],
        "countrywidth": 0.8,
    }
