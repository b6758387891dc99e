"""When views are made anew: the inputs that a page's callbacks share, and how one says that nothing changed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from dash import Input
from dash.exceptions import PreventUpdate

from dashboard.queries.reader import StoreAway

# What the live layer writes is asked for more often than what the batch writes; the button asks for both.
_BY_HAND = Input("refresh", "n_clicks")
FAST = (Input("tick-fast", "n_intervals"), _BY_HAND)
SLOW = (Input("tick-slow", "n_intervals"), _BY_HAND)
SCHEME = Input("scheme", "data")

P = ParamSpec("P")
T = TypeVar("T")


def keeps_last(view: Callable[P, T]) -> Callable[P, T]:
    """A view that leaves on the page what it last showed while DynamoDB is away; the shell's banner says why."""

    @functools.wraps(view)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return view(*args, **kwargs)
        except StoreAway as away:
            raise PreventUpdate from away

    return kept


def version_unless(seen: str | None, *shown: object) -> str:
    """A name for what is shown. A view that would show the same again ends here, so that nothing flickers.

    Raises:
        PreventUpdate: the browser already shows just this.
    """
    version = hashlib.blake2b(repr(shown).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
    if version == seen:
        raise PreventUpdate
    return version
