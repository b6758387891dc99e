"""Operations: what runs and how far it is, with the knobs of the control plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

import redis
from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.components.commands import worded
from dashboard.components.found_tweet import found_tweet
from dashboard.components.header import trouble
from dashboard.components.hops_table import hops_table
from dashboard.components.journal import backup_list, event_list, proof_list, run_table
from dashboard.components.knob_states import clock_line, gate_line, knob_outputs, knob_states, replay_caption
from dashboard.components.panel import notice
from dashboard.desk import Desk
from dashboard.figures.look import Scheme, message_figure
from dashboard.figures.minutes import minutes_figure
from dashboard.pages.operations_layout import CONTROLS, operations_layout
from dashboard.pages.operations_turns import BUTTONS, FIELDS, GIVEN, TURNS
from dashboard.queries import hops, journal
from dashboard.queries.control import read_knobs
from dashboard.queries.one_tweet import find_tweet
from dashboard.queries.reader import ServingReader, StoreAway
from dashboard.queries.status import read_status
from dashboard.refresh import FAST, SCHEME, SLOW, keep_in_address, seen_of, version_of, version_unless
from dashboard.state import MAX_ID, OperationsState
from dashboard.wording import count
from tickertape.control.backup import backup_state
from tickertape.control.proof import read_proof
from tickertape.domain.virtual_clock import BadClock

Seen = str | None
P = ParamSpec("P")
T = TypeVar("T")
_MINUTES, _RUNS, _BACKUPS, _EVENTS = 30, 10, 7, 60
_TURN = Input("ops-turn", "data")


def _waits_for_redis(view: Callable[P, T]) -> Callable[P, T]:
    """A view that keeps what it shows while Redis is away; the page's banner says so."""

    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return view(*args, **kwargs)
        except (redis.RedisError, BadClock) as away:
            raise PreventUpdate from away

    return kept


class Operations:
    """The page, its views and its knobs. A view's last argument is the version that the browser shows already."""

    path = "/operations"
    title = "Operations"

    def __init__(self, reader: ServingReader, redis_client: redis.Redis, wall: Callable[[], datetime]) -> None:
        self._reader = reader
        self._redis = redis_client
        self._wall = wall
        self._desk = Desk(redis_client, wall)

    def layout(self, search: str | None) -> Component:
        """The page with the choices of an address' query: `?tweet=…&events=problems`."""
        return operations_layout(OperationsState.from_search(search))

    def register(self, app: Dash) -> None:
        """Attach the views and the knobs."""
        app.callback(
            Output("ops-said", "children"),
            Output("ops-said", "className"),
            Output("ops-turn", "data"),
            *(Input(button, "n_clicks") for button in BUTTONS),
            *(Input(field, "n_submit") for field in FIELDS),
            *(State(*given) for given in GIVEN),
            prevent_initial_call=True,
        )(self._turned)
        app.callback(
            Output("ops-clock", "children"),
            Output("ops-clock-caption", "children"),
            Output("ops-banner", "children"),
            *FAST,
            _TURN,
        )(self.clock)
        app.callback(
            Output("ops-gate", "children"), *knob_outputs(), version_of("ops-knobs"), *FAST, _TURN, seen_of("ops-knobs")
        )(self.knobs)
        app.callback(Output("ops-hops", "children"), version_of("ops-hops"), *SLOW, _TURN, seen_of("ops-hops"))(
            self.hops
        )
        app.callback(
            Output("ops-minutes-figure", "figure"),
            Output("ops-minutes-caption", "children"),
            version_of("ops-minutes"),
            SCHEME,
            *SLOW,
            seen_of("ops-minutes"),
        )(self.minutes)
        app.callback(
            Output("ops-events", "children"),
            version_of("ops-events"),
            Input("events-of", "value"),
            *FAST,
            _TURN,
            seen_of("ops-events"),
        )(self.events)
        for name, view in (("runs", self.runs), ("backups", self.backups), ("proof", self.proof)):
            app.callback(Output(f"ops-{name}", "children"), version_of(f"ops-{name}"), *SLOW, seen_of(f"ops-{name}"))(
                view
            )
        app.callback(
            Output("trace-found", "children"),
            Input("trace-ask", "n_clicks"),
            Input("trace-id", "n_submit"),
            State("trace-id", "value"),
        )(self.trace)
        keep_in_address(app, CONTROLS, "ops-defaults")

    def _turned(self, *values: Any) -> tuple[Any, str, Any]:
        # One that has only appeared has no number of clicks; several that were pressed at once come in one request.
        knobs = [one["prop_id"].rpartition(".")[0] for one in ctx.triggered if one["value"]]
        if not knobs:
            raise PreventUpdate
        return self.turn(knobs, dict(zip((name for name, _ in GIVEN), values[-len(GIVEN) :], strict=True)))

    def turn(self, knobs: Sequence[str], given: Mapping[str, Any]) -> tuple[list[str | Component], str, str]:
        """Do what some knobs do, and answer in a sentence each.

        Args:
            knobs: the ids of the buttons that were pressed, or of the fields in which Enter was.
            given: by id, what stood in the fields and which flags the viewer saw on (`true`).
        """
        said = [TURNS[knob](self._desk, given) for knob in knobs]
        looks = "said" if all(one.ok for one in said) else "said bad"
        return worded(" ".join(one.text for one in said)), looks, f"{knobs} {self._wall().isoformat()}"

    def clock(self, *_: Any) -> tuple[Any, Any, Component | None]:
        """The time, what the tape is, and a banner while nothing can be turned."""
        try:
            knobs = read_knobs(self._redis, self._wall())
        except redis.RedisError:
            text = "Nothing can be turned, and what stands below is as it was last read: see `tickertape status`."
            return no_update, no_update, trouble("Redis does not answer", text)
        except BadClock as bad:
            text = f"{bad}. `make down` and `make up` set it anew."
            return no_update, no_update, trouble("The clock cannot be read", text)
        return clock_line(knobs, self._wall()), replay_caption(knobs), None

    @_waits_for_redis
    def knobs(self, _tick: Any, _click: Any, _turn: Any, seen: Seen) -> tuple[Any, ...]:
        """The gate's state, and what every button and switch is set to."""
        knobs = read_knobs(self._redis, self._wall())
        states = knob_states(knobs, self._wall())
        version = version_unless(seen, knobs.gate.state, knobs.gate.is_stale, states)
        return gate_line(knobs.gate), *states, version

    @_waits_for_redis
    def hops(self, _tick: Any, _click: Any, _turn: Any, seen: Seen) -> tuple[Component, str]:
        """Counts and lag, hop by hop."""
        wall = self._wall()
        now = read_status(self._redis, wall).now
        intakes = hops.read_intakes(self._redis, wall)
        try:
            arrived = hops.read_arrived(self._redis, self._reader, now)
        except StoreAway:
            arrived = None
        table = hops_table(intakes, arrived, now, wall)
        return table, version_unless(seen, table)

    @_waits_for_redis
    def minutes(self, scheme: Scheme | None, _tick: Any, _click: Any, seen: Seen) -> tuple[Any, str, str]:
        """What the last minutes brought."""
        found = hops.read_minute_counts(self._redis, self._wall(), _MINUTES)
        version = version_unless(seen, scheme, found)
        if not hops.any_counts(found):
            text = f"Nothing came in during the last {_MINUTES} minutes."
            return message_figure(scheme or "light", text), "", version
        total = sum(sum(one.accepted.values()) for one in found)
        caption = f"{count(total)} accepted in {_MINUTES} minutes; a tweet counts once for each of its tickers"
        return minutes_figure(found, scheme or "light"), caption, version

    @_waits_for_redis
    def runs(self, _tick: Any, _click: Any, seen: Seen) -> tuple[Component, str]:
        """The newest runs of the batch."""
        found = journal.read_runs(self._redis, _RUNS)
        version = version_unless(seen, found)
        return run_table(found), version

    @_waits_for_redis
    def backups(self, _tick: Any, _click: Any, seen: Seen) -> tuple[list[Component], str]:
        """The newest backups."""
        wall = self._wall()
        made = journal.made_backups(self._redis, _BACKUPS)
        shown = backup_list(backup_state(self._redis, self._wall), made, read_status(self._redis, wall).now, wall)
        return shown, version_unless(seen, shown)

    @_waits_for_redis
    def proof(self, _tick: Any, _click: Any, seen: Seen) -> tuple[list[Component], str]:
        """What `verify` found last."""
        shown = proof_list(read_proof(self._redis), self._wall())
        return shown, version_unless(seen, shown)

    @_waits_for_redis
    def events(self, which: str, _tick: Any, _click: Any, _turn: Any, seen: Seen) -> tuple[list[Component], str]:
        """The newest events."""
        only_problems = which == "problems"
        found = journal.read_events(self._redis, only_problems=only_problems, most=_EVENTS)
        version = version_unless(seen, which, found)
        return event_list(found, only_problems=only_problems), version

    def trace(self, _click: Any, _enter: Any, tweet_id: str | None) -> list[Component]:
        """One tweet by its id, as far as the serving store and the event log know it."""
        wanted = (tweet_id or "").strip()[:MAX_ID]
        if not wanted:
            hint = "The id of a tweet shows where the serving store has it; `tickertape trace TWEET_ID` asks every hop."
            return [html.Div(notice(hint))]
        try:
            found = find_tweet(self._reader, read_status(self._redis, self._wall()).now, wanted)
            events = journal.events_about(self._redis, wanted)
        except StoreAway as away:
            return [notice(str(away))]
        except redis.RedisError:
            return [notice("Redis does not answer: see `tickertape status`.")]
        return found_tweet(wanted, found, events)
