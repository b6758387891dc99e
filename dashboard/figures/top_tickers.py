"""The most mentioned tickers of a period, each bar divided by sentiment."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.look import PALETTES, STACK, Scheme, axis, bar_marker, frame, plain, whole_steps
from dashboard.queries.counts import Split
from tickertape.domain.sentiment import Sentiment

# The table beside the figure has rows of the same height, so that each bar stands on its row.
ROW_PX, AXIS_PX = 32, 44


def height(rows: int) -> int:
    """The figure's height in pixels for that many tickers."""
    return rows * ROW_PX + AXIS_PX


def top_tickers_figure(
    splits: Sequence[Split], *, rows: int, by_share: bool, selected: str | None, scheme: Scheme
) -> go.Figure:
    """Horizontal stacked bars, the most mentioned ticker on top.

    Args:
        rows: room for this many bars, so that the figure keeps its height when there are fewer.
        by_share: each bar is 100 %, instead of as long as its mentions.
        selected: this ticker is set in bold.
    """
    names = [split.ticker or "" for split in splits]
    figure = go.Figure(layout=_layout(splits, rows, by_share, selected, scheme))
    for sentiment in STACK:
        figure.add_trace(_part(splits, names, sentiment, by_share, scheme))
    if not by_share:
        figure.add_trace(_totals(splits, names, scheme))
    return figure


def _part(
    splits: Sequence[Split], names: Sequence[str], sentiment: Sentiment, by_share: bool, scheme: Scheme
) -> go.Bar:
    counts = [getattr(split, sentiment) for split in splits]
    shares = [(split.share(sentiment) or 0.0) * 100 for split in splits]
    words = [f"{share:.0f} %" if by_share else f"{count:,}" for share, count in zip(shares, counts, strict=True)]
    return go.Bar(
        orientation="h",
        name=str(sentiment),
        y=list(range(len(names))),
        x=shares if by_share else counts,
        text=[word if count else "" for word, count in zip(words, counts, strict=True)],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        insidetextfont={"color": PALETTES[scheme].on_sentiment[sentiment]},
        marker=bar_marker(scheme, sentiment),
        customdata=[[name, count, share] for name, count, share in zip(names, counts, shares, strict=True)],
        hovertemplate=f"%{{customdata[0]}}: %{{customdata[1]:,}} {sentiment} (%{{customdata[2]:.1f}} %)<extra></extra>",
    )


def _totals(splits: Sequence[Split], names: Sequence[str], scheme: Scheme) -> go.Scatter:
    return go.Scatter(
        mode="text",
        x=[split.judged for split in splits],
        y=list(range(len(names))),
        text=[f" {split.judged:,}" for split in splits],
        textposition="middle right",
        textfont={"color": PALETTES[scheme].faint},
        cliponaxis=False,
        hoverinfo="skip",
    )


def _layout(splits: Sequence[Split], rows: int, by_share: bool, selected: str | None, scheme: Scheme) -> go.Layout:
    longest = max((split.judged for split in splits), default=1)
    labels = [_label(split.ticker or "", selected) for split in splits]
    return frame(
        scheme,
        barmode="stack",
        bargap=0.3,
        margin={"l": 64, "r": 44, "t": 0, "b": AXIS_PX},
        uniformtext={"minsize": 10, "mode": "hide"},
        xaxis=axis(
            scheme,
            "share of mentions (%)" if by_share else "mentions",
            range=[0, 100 if by_share else longest * 1.08],
            fixedrange=True,
            **({"nticks": 5} if by_share else whole_steps(longest)),
        ),
        yaxis=axis(
            scheme,
            range=[rows - 0.5, -0.5],
            tickvals=list(range(len(labels))),
            ticktext=labels,
            tickfont={"size": 13, "color": PALETTES[scheme].text},
            ticklabelstandoff=6,
            fixedrange=True,
            showgrid=False,
        ),
    )


def _label(ticker: str, selected: str | None) -> str:
    return f"<b>{plain(ticker)}</b>" if ticker == selected else plain(ticker)
