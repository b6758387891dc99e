"""What the last minutes brought: accepted and turned away, one bar a minute."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.look import PALETTES, Scheme, axis, bar_marker, frame, whole_steps
from dashboard.queries.hops import Minute
from dashboard.wording import NEW_YORK, utc
from tickertape.domain.sentiment import Sentiment

# The colours and the hatching are those of the sentiments: they are told apart by everyone.
PARTS = {"tweets": Sentiment.POSITIVE, "bars": Sentiment.NEUTRAL, "turned away": Sentiment.NEGATIVE}
_LABELS = 6


def minutes_figure(minutes: Sequence[Minute], scheme: Scheme) -> go.Figure:
    """Stacked bars over minutes of the wall clock, labelled in New York's time."""
    parts = {
        "tweets": [one.accepted.get("tweets", 0) for one in minutes],
        "bars": [one.accepted.get("bars", 0) for one in minutes],
        "turned away": [sum(one.turned_away.values()) for one in minutes],
    }
    highest = max((sum(column) for column in zip(*parts.values(), strict=True)), default=0)
    places = list(range(len(minutes)))
    hover = [f"{one.begin.astimezone(NEW_YORK):%H:%M} New York<br>({utc(one.begin)})" for one in minutes]
    figure = go.Figure(layout=_layout(minutes, highest, scheme))
    for name, counts in parts.items():
        figure.add_trace(
            go.Bar(
                name=name,
                x=places,
                y=counts,
                marker=bar_marker(scheme, PARTS[name]),
                customdata=hover,
                hovertemplate=f"%{{customdata}}<br>%{{y:,}} {name}<extra></extra>",
            )
        )
    return figure


def _layout(minutes: Sequence[Minute], highest: int, scheme: Scheme) -> go.Layout:
    step = max(1, len(minutes) // _LABELS)
    # Counted from the newest, so that the last one always has its label.
    labelled = list(range(len(minutes) - 1, -1, -step))
    return frame(
        scheme,
        barmode="stack",
        bargap=0.2,
        margin={"l": 56, "r": 12, "t": 8, "b": 40},
        hoverlabel={"bgcolor": PALETTES[scheme].surface},
        xaxis=axis(
            scheme,
            "minute of the wall clock (New York)",
            fixedrange=True,
            showgrid=False,
            range=[-0.6, len(minutes) - 0.4],
            tickvals=labelled,
            ticktext=[f"{minutes[place].begin.astimezone(NEW_YORK):%H:%M}" for place in labelled],
        ),
        yaxis=axis(scheme, "events a minute", rangemode="tozero", fixedrange=True, **whole_steps(highest)),
    )
