"""What every page stands in: the header, the refresh clock, the theme. Pages come and go inside of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import dash_mantine_components as dmc
import redis
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.attributes import dashed
from dashboard.components.header import batch_line, clock_line, trouble
from dashboard.figures.look import FONT
from dashboard.queries.reader import FAST_S, SLOW_S, ServingReader, StoreAway
from dashboard.queries.status import read_status
from dashboard.refresh import FAST

NAME = "tickertape"


class Page(Protocol):
    """One page: where it is, what it looks like for an address, and what keeps it up to date."""

    path: str
    title: str

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query."""

    def register(self, app: Dash) -> None:
        """Attach the page's callbacks."""


class Shell:
    """The frame around the pages."""

    def __init__(
        self,
        pages: Sequence[Page],
        reader: ServingReader,
        redis_client: redis.Redis,
        wall: Callable[[], datetime],
        *,
        has_login: bool = False,
    ) -> None:
        self._pages = {page.path: page for page in pages}
        self._reader = reader
        self._redis = redis_client
        self._wall = wall
        self._has_login = has_login

    def layout(self) -> Component:
        """The header and an empty place for the page."""
        root: Component = dmc.MantineProvider(
            [
                dcc.Location(id="address", refresh=False),
                # Where the viewer has gone, without what the pages themselves wrote into the address.
                dcc.Store(id="arrival"),
                dcc.Store(id="address-written"),
                dcc.Store(id="scheme"),
                dcc.Interval(id="tick-fast", interval=int(FAST_S * 1000)),
                dcc.Interval(id="tick-slow", interval=int(SLOW_S * 1000)),
                dmc.AppShell(
                    [
                        dmc.AppShellHeader(self._header(), className="header"),
                        dmc.AppShellMain(
                            [
                                html.Div(id="banner", role="status", **dashed(aria_live="polite")),
                                html.Div(id="page", className="page"),
                            ]
                        ),
                    ],
                    header={"height": {"base": 134, "md": 104, "xl": 60}},
                    padding={"base": "sm", "sm": "md"},
                ),
            ],
            defaultColorScheme="auto",
            theme=_THEME,
        )
        return root

    def _header(self) -> Component:
        return html.Div(
            [
                html.A([html.Span(className="logo"), html.Span(NAME)], href="/", className="brand"),
                html.Nav(id="links", className="links", **dashed(aria_label="Pages")),
                html.Div(
                    [
                        html.Div(id="clock", className="clock"),
                        html.Div(id="last-batch", className="last-batch"),
                    ],
                    className="status-line",
                ),
                html.Div([*_controls(), *([_log_out()] if self._has_login else [])], className="header-controls"),
            ],
            className="header-row",
        )

    def links(self, path: str) -> list[Component]:
        """A link to each page, the one that is shown marked for eyes and screen readers."""
        return [
            dmc.Anchor(
                page.title,
                href=page.path,
                underline="never",
                **dashed(aria_current="page" if page.path == path else None),
            )
            for page in self._pages.values()
        ]

    def register(self, app: Dash) -> None:
        """Attach the callbacks of the shell and of every page."""
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "arrive"),
            Output("arrival", "data"),
            Input("address", "pathname"),
            Input("address", "search"),
        )
        app.callback(Output("page", "children"), Output("links", "children"), Input("arrival", "data"))(self.arrive)
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "title"), Input("links", "children")
        )
        app.callback(
            Output("clock", "children"), Output("last-batch", "children"), Output("banner", "children"), *FAST
        )(self.status)
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "pause"),
            Output("tick-fast", "disabled"),
            Output("tick-slow", "disabled"),
            Output("page", "data-refresh"),
            Input("auto-refresh", "checked"),
        )
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
            ClientsideFunction("tickertape", "scheme"),
            Output("scheme", "data"),
            Input("address", "pathname"),
        )
        for page in self._pages.values():
            page.register(app)

    def arrive(self, arrival: Sequence[str] | None) -> tuple[Component, list[Component]]:
        """The page that the viewer has gone to, and the links."""
        if arrival is None:
            raise PreventUpdate
        path, search = arrival
        return self.route(path, search), self.links(path)

    def route(self, path: str, search: str | None) -> Component:
        """The page of an address."""
        page = self._pages.get(path)
        if page is None:
            return trouble("There is no such page", f"Nothing is at {path}. The overview is at /.")
        return page.layout(search)

    def status(self, *_: Any) -> tuple[list[Component], list[Component], list[Component]]:
        """The header's lines, and a banner while something is away."""
        wall = self._wall()
        status = read_status(self._redis, wall)
        banners = []
        try:
            self._reader.check()
        except StoreAway as away:
            text = f"{away} Any numbers below are the last ones read. This page asks again every {FAST_S:.0f} s."
            banners.append(trouble("No data at the moment", text))
        return clock_line(status, wall), batch_line(status, wall), banners


_THEME = {
    "fontFamily": FONT,
    "primaryColor": "blue",
    "defaultRadius": "md",
    "headings": {"fontFamily": FONT},
    # From here on the links stand in the header's one line; as in style.css.
    "breakpoints": {"xl": "110em"},
}


def _log_out() -> Component:
    return html.A("Log out", href="/logout", className="log-out")


def _controls() -> list[Component]:
    return [
        dmc.Switch(
            id="auto-refresh",
            label=html.Span("Auto-refresh"),
            checked=True,
            size="sm",
            **dashed(aria_label="Auto-refresh"),
        ),
        dmc.Tooltip(
            dmc.ActionIcon(
                html.Span(className="glyph glyph-refresh"),
                id="refresh",
                variant="default",
                size="lg",
                **dashed(aria_label="Refresh now"),
            ),
            label="Refresh now",
        ),
        dmc.ColorSchemeToggle(
            id="color-scheme",
            lightIcon=html.Span(className="glyph glyph-sun"),
            darkIcon=html.Span(className="glyph glyph-moon"),
            variant="default",
            size="lg",
            **dashed(aria_label="Switch between light and dark"),
        ),
    ]
