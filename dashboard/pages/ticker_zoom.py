"""The interval of time that is zoomed into on the page of tickers: dragged out, clicked, or moved with buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from dashboard.components.zoom import STEPS, Span, Step, stepped
from dashboard.events import point_value
from dashboard.figures.compare import from_axis
from dashboard.state import span_of
from tickertape.domain.periods import Level, is_period, period_end, period_start
from tickertape.domain.times import format_utc, parse_utc


def register_zoom(app: Dash) -> None:
    """Attach what changes the interval."""
    span = Output("compare-span", "data", allow_duplicate=True)
    level = State("compare-level", "value")
    app.callback(span, Input("compare-figure", "relayoutData"), level, prevent_initial_call=True)(zoomed)
    app.callback(
        span,
        # Emptied, so that a second click on the same place is an event again.
        Output("compare-figure", "clickData"),
        Input("compare-figure", "clickData"),
        level,
        State("compare-span", "data"),
        prevent_initial_call=True,
    )(clicked)
    app.callback(
        span,
        *(Input(f"compare-{step}", "n_clicks") for step in STEPS),
        State("compare-window", "data"),
        State("compare-span", "data"),
        prevent_initial_call=True,
    )(_step)
    # Another stretch of time has other intervals.
    app.callback(span, Input("compare-until", "value"), prevent_initial_call=True)(lambda _until: [])


def zoomed(change: Mapping[str, Any] | None, level: str) -> list[str]:
    """The interval that a viewer dragged out; none after a double click, which shows all again."""
    places = change or {}
    if "xaxis.autorange" in places:
        return []
    ends = places.get("xaxis.range") or [places.get(f"xaxis.range[{end}]") for end in (0, 1)]
    if not all(isinstance(end, str) for end in ends):
        # A change of size, say.
        raise PreventUpdate
    return [format_utc(from_axis(end, Level(level))) for end in ends]


def clicked(click: Mapping[str, Any] | None, level: str, span: Sequence[str] | None) -> tuple[list[str], None]:
    """The period of a clicked bar or point; none when it is the one shown already."""
    each = Level(level)
    period = str(point_value(click))
    if not is_period(each, period):
        # Of a bar of prices, or no point at all.
        raise PreventUpdate
    chosen = [format_utc(period_start(each, period)), format_utc(period_end(each, period))]
    return ([] if chosen == list(span or ()) else chosen), None


def _step(*args: Any) -> list[str]:
    *_clicks, whole, span = args
    step: Step = str(ctx.triggered_id).removeprefix("compare-")  # type: ignore[assignment]  # one of the buttons' ids
    inside = interval_of(whole)
    if inside is None:
        raise PreventUpdate
    chosen = stepped(inside, interval_of(span), step)
    return [format_utc(moment.replace(microsecond=0)) for moment in chosen] if chosen else []


def interval_of(times: Sequence[str] | None) -> Span | None:
    """The interval that a store holds; None without one."""
    known = span_of(times)
    return (parse_utc(known[0]), parse_utc(known[1])) if known else None
