"""What the pages' callbacks share: when views are made anew, how one says that nothing changed, and the address."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from dash import ClientsideFunction, Dash, Input, Output, State
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


def version_of(view: str) -> Output:
    """Where the browser keeps the version of a view that it shows; `seen_of` gives it back."""
    return Output(f"{view}-version", "data")


def seen_of(view: str) -> State:
    """See `version_of`."""
    return State(f"{view}-version", "data")


def keep_in_address(app: Dash, controls: Sequence[str | Input], defaults: str) -> None:
    """Write what a page's controls hold into the address, so that a copied link shows the same view.

    Args:
        controls: their ids, in the order of the names in `defaults`; an `Input` where the choice is no `value`.
        defaults: the id of a `dcc.Store` of names and values; what stands at its default stays out of the address.
    """
    app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash is typed in part
        ClientsideFunction("tickertape", "writeAddress"),
        Output("address-written", "data", allow_duplicate=True),
        *(control if isinstance(control, Input) else Input(control, "value") for control in controls),
        State(defaults, "data"),
        prevent_initial_call="initial_duplicate",
    )
