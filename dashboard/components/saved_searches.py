"""The searches that this browser keeps: a link to each, and a button that forgets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.panel import notice
from dashboard.components.tweets import clip
from dashboard.search_state import SearchState

MAX_NAME = 60
MAX_SAVED = 50


def saved_list(path: str, saved: Sequence[Mapping[str, Any]] | None, current: SearchState) -> list[Component]:
    """The saved searches in the order they were saved; the one that is shown is marked.

    Args:
        saved: as the browser has it, `name` and `query` (of an address) of each.
    """
    kept = [each for each in saved or () if isinstance(each.get("name"), str) and isinstance(each.get("query"), str)]
    if not kept:
        return [notice("None yet. Give what you look for a name, and it can be looked for again with one click.")]
    return [_line(path, each["name"], SearchState.from_search(each["query"]), current) for each in kept[:MAX_SAVED]]


def _line(path: str, name: str, state: SearchState, current: SearchState) -> Component:
    # The address is written anew from what was understood: whatever the browser has kept, it is a link to this page.
    here = {"aria-current": "true"} if state == current else {}
    return html.Div(
        [
            dmc.Anchor(html.Bdi(clip(name, MAX_NAME)), href=path + state.to_search(), underline="never", **here),
            html.Button(
                "\N{MULTIPLICATION SIGN}",
                id={"type": "search-forget", "name": name},
                type="button",
                className="forget",
                **dashed(aria_label=f"Forget {clip(name, MAX_NAME)}"),
            ),
        ],
        className="saved",
    )
