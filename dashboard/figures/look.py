"""What all figures share: colours that colour-blind people tell apart, patterns, and the frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import plotly.graph_objects as go

from tickertape.domain.sentiment import Sentiment

Scheme = Literal["light", "dark"]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
# Order of the stack, and what tells the parts apart without their colour.
STACK = (Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE)
SIGN = {Sentiment.POSITIVE: "▲", Sentiment.NEUTRAL: "●", Sentiment.NEGATIVE: "▼"}
# Grey stands out by its lightness; blue and vermilion, of one lightness in black and white, by the hatching.
PATTERN = {Sentiment.POSITIVE: "", Sentiment.NEUTRAL: "", Sentiment.NEGATIVE: "/"}


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme; sentiments after Okabe and Ito (blue and vermilion)."""

    text: str
    faint: str
    grid: str
    surface: str
    accent: str
    sentiment: Mapping[Sentiment, str]
    on_sentiment: Mapping[Sentiment, str]
    averages: Sequence[str]
    series: Sequence[str]


PALETTES: Mapping[Scheme, Palette] = {
    "light": Palette(
        text="#1f2933",
        faint="#616e7c",
        grid="rgba(31, 41, 51, 0.09)",
        surface="#ffffff",
        accent="rgba(0, 114, 178, 0.10)",
        sentiment={
            Sentiment.POSITIVE: "#0072b2",
            Sentiment.NEUTRAL: "#b4bcc6",
            Sentiment.NEGATIVE: "#d55e00",
        },
        on_sentiment={
            Sentiment.POSITIVE: "#ffffff",
            Sentiment.NEUTRAL: "#1f2933",
            Sentiment.NEGATIVE: "#ffffff",
        },
        averages=("#e69f00", "#009e73", "#cc79a7"),
        series=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#1f2933"),
    ),
    "dark": Palette(
        text="#e4e7eb",
        faint="#9aa5b1",
        grid="rgba(228, 231, 235, 0.10)",
        surface="#242424",
        accent="rgba(86, 180, 233, 0.14)",
        sentiment={
            Sentiment.POSITIVE: "#56b4e9",
            Sentiment.NEUTRAL: "#5f6b7a",
            Sentiment.NEGATIVE: "#e8833a",
        },
        on_sentiment={
            Sentiment.POSITIVE: "#10202b",
            Sentiment.NEUTRAL: "#f5f7fa",
            Sentiment.NEGATIVE: "#2b1503",
        },
        averages=("#f0b429", "#2fc09a", "#e79bc6"),
        series=("#56b4e9", "#e8833a", "#2fc09a", "#e79bc6", "#e4e7eb"),
    ),
}


# What tells series apart without their colour: each of the five of a palette has its dashes and its marker.
SERIES_DASH = ("solid", "dash", "dot", "longdash", "dashdot")
SERIES_SYMBOL = ("circle", "square", "diamond", "triangle-up", "x")


def average_look(rank: int) -> tuple[int, int]:
    """The number of the colour and of the dashes of the average at that rank of windows, from 0; nine differ."""
    return rank % 3, (rank + rank // 3) % 3


def frame(scheme: Scheme, **layout: Any) -> go.Layout:
    """A layout without decoration, on the page's own background."""
    palette = PALETTES[scheme]
    shared: dict[str, Any] = {
        "autosize": True,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": palette.text},
        "hoverlabel": {
            "bgcolor": palette.surface,
            "bordercolor": palette.grid,
            "font": {"family": FONT, "size": 12, "color": palette.text},
        },
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": palette.faint,
            "activecolor": palette.text,
            "orientation": "h",
        },
        # The legend is the page's (`components/legend.py`): it wraps where plotly's covers the bars.
        "showlegend": False,
        # A drag on a phone scrolls the page; the price's tool bar offers zoom.
        "dragmode": False,
    }
    return go.Layout(**(shared | layout))


def axis(scheme: Scheme, title: str | None = None, **options: Any) -> dict[str, Any]:
    """One axis in the palette's colours, its unit as the title."""
    palette = PALETTES[scheme]
    shared: dict[str, Any] = {
        "gridcolor": palette.grid,
        "linecolor": palette.grid,
        "zeroline": False,
        "automargin": False,
        "tickangle": 0,
        "tickfont": {"color": palette.faint, "size": 11},
    }
    if title:
        shared["title"] = {"text": title, "font": {"color": palette.faint, "size": 11}, "standoff": 6}
    return shared | options


def whole_steps(highest: int) -> dict[str, Any]:
    """Axis options for counts up to `highest`: nobody mentions a ticker 1.5 times."""
    return {"dtick": 1} if highest <= 5 else {"nticks": 6}


def bar_marker(scheme: Scheme, sentiment: Sentiment, *, pattern: bool = True) -> dict[str, Any]:
    """How the bar of one sentiment is filled."""
    palette = PALETTES[scheme]
    marker: dict[str, Any] = {"color": palette.sentiment[sentiment], "line": {"width": 0}}
    if pattern:
        marker["pattern"] = {
            "shape": PATTERN[sentiment],
            "fgcolor": palette.on_sentiment[sentiment],
            "fgopacity": 0.28,
            "size": 7,
            "solidity": 0.22,
        }
    return marker


def message_figure(scheme: Scheme, text: str) -> go.Figure:
    """A figure that has nothing to draw and says why."""
    palette = PALETTES[scheme]
    note = {
        "text": plain(text).replace("\n", "<br>"),
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "showarrow": False,
        "font": {"size": 14, "color": palette.faint},
    }
    hidden = {"visible": False, "fixedrange": True}
    return go.Figure(layout=frame(scheme, annotations=[note], xaxis=hidden, yaxis=hidden))


def plain(text: str) -> str:
    """A text that plotly shows as it is: its labels read a little HTML."""
    return escape(text, quote=False)
