"""The four numbers of a period, each with what it was in the period before."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.queries.counts import Split
from dashboard.wording import MINUS, NOTHING, count, earlier_label, percent
from tickertape.domain.periods import Level
from tickertape.domain.sentiment import Sentiment


def metric_cards(current: Split | None, previous: Split | None, level: Level) -> list[Component]:
    """Tweets, mentions, and the shares of positive and negative tweets; a dash where there are no data."""
    before = "nothing earlier" if current else "no counts yet"
    if previous:
        now = current.period if current else previous.period
        before = f"vs {earlier_label(level, previous.period, now)}"
    return [
        _count_card("metric-tweets", "Tweets", "tweets", current, previous, before),
        _count_card("metric-mentions", "Ticker mentions", "mentions", current, previous, before),
        _share_card("metric-positive", "▲ Positive", Sentiment.POSITIVE, current, previous, before),
        _share_card("metric-negative", "▼ Negative", Sentiment.NEGATIVE, current, previous, before),
    ]


def _count_card(
    card_id: str, title: str, field: str, current: Split | None, previous: Split | None, before: str
) -> Component:
    now, was = (getattr(split, field) if split else None for split in (current, previous))
    change = None if now is None or was is None else _signed(now - was, count(abs(now - was)))
    return _card(card_id, title, NOTHING if now is None else count(now), now, change, before)


def _share_card(
    card_id: str, title: str, sentiment: Sentiment, current: Split | None, previous: Split | None, before: str
) -> Component:
    now, was = (split.share(sentiment) if split else None for split in (current, previous))
    change = None
    if now is not None and was is not None:
        points = round((now - was) * 100, 1)
        change = _signed(points, f"{abs(points):.1f} points")
    raw = None if now is None else round(now, 6)
    return _card(card_id, title, percent(now), raw, change, before, note="of tweets", kind=sentiment)


def _signed(difference: float, text: str) -> str:
    if not difference:
        return "unchanged"
    return f"{'+' if difference > 0 else MINUS}{text}"


def _card(
    card_id: str,
    title: str,
    shown: str,
    raw: float | None,
    change: str | None,
    before: str,
    *,
    note: str = "",
    kind: str = "",
) -> Component:
    value = html.Span(shown, id=card_id, className="metric-value", **dashed(data_value="" if raw is None else str(raw)))
    return html.Div(
        [
            html.Div([title, html.Span(note, className="metric-note")], className="metric-title"),
            value,
            html.Div(
                [html.Span(change or NOTHING, className="metric-change"), f" {before}"], className="metric-before"
            ),
        ],
        className=f"metric {kind}".strip(),
    )
