"""The operations page over a real Redis: every knob turns what the command line turns, and every view reads it back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import redis
from dash.exceptions import PreventUpdate

from dashboard.components.knobs import flag_id, gate_id
from dashboard.desk import Desk, moment_of
from dashboard.pages.operations import Operations
from dashboard.queries.hops import read_intakes, read_minute_counts
from dashboard.queries.impatient import ImpatientRedis
from tests.e2e.dashboard_world import OPEN, World, full_world
from tests.ports import free_ports
from tickertape.control.batch import report_run, request_run
from tickertape.control.clock import read_state, write_state
from tickertape.control.events import RedisEvents, newest
from tickertape.control.flags import read_flags
from tickertape.control.gate import read_modes, write_calendar, write_gate
from tickertape.control.keys import BACKUP_LAST, GATE_MODES
from tickertape.control.progress import RedisProgress
from tickertape.control.proof import write_proof
from tickertape.control.replay import ReplayFacts, write_replay
from tickertape.domain.market_hours import Calendar, GateMode, MarketState, Session
from tickertape.domain.virtual_clock import ClockState

WALL = datetime(2026, 1, 2, 12, tzinfo=UTC)
BEGIN, END = OPEN - timedelta(days=1), OPEN + timedelta(days=3)
SESSIONS = tuple(
    Session(day + timedelta(hours=-0.5), day + timedelta(hours=6)) for day in (OPEN, OPEN + timedelta(days=3))
)


@pytest.fixture
def playing(control: redis.Redis) -> redis.Redis:
    """A tape plays at speed 60; the clock shows `OPEN`."""
    write_replay(control, ReplayFacts("/tapes/demo", "demo", BEGIN, END, BEGIN, "60"))
    write_state(control, ClockState(OPEN, WALL, 60.0, paused=False, end=END))
    write_calendar(control, Calendar(SESSIONS, date(2014, 6, 1), date(2014, 6, 30)))
    write_gate(control, MarketState(True, "regular session", SESSIONS[0].closes), OPEN)
    return control


def page(client: redis.Redis, world: World | None = None) -> Operations:
    return Operations((world or full_world()).reader(), client, lambda: WALL)


def press(client: redis.Redis, *knobs: str, given: Mapping[str, Any] | None = None) -> str:
    said, *_ = page(client).turn(knobs, given or {})
    return "".join(part if isinstance(part, str) else str(part.children) for part in said)


def shows(client: redis.Redis) -> ClockState:
    state = read_state(client)
    assert state is not None
    return state


def test_gates_and_flags_are_turned(playing: redis.Redis) -> None:
    """One source, one flag at a time; a flag goes the other way than its viewer saw it."""
    assert "held closed" in press(playing, gate_id("stocks", "closed"))
    assert {"stocks": GateMode.CLOSED, "twitter": GateMode.AUTO} == read_modes(playing)
    press(playing, gate_id("stocks", "auto"), gate_id("twitter", "open"))
    assert {"stocks": GateMode.AUTO, "twitter": GateMode.OPEN} == read_modes(playing)
    seen_on = {flag_id("tweets.kinesis"): "true"}
    for _ in range(2):
        press(playing, flag_id("tweets.kinesis"), given=seen_on)
        assert ["tweets.kinesis"] == [name for name, on in read_flags(playing).items() if not on]


def test_the_clock_is_turned_and_the_log_tells(playing: redis.Redis) -> None:
    """Pause, resume, speed and seek; each leaves the event that the command leaves."""
    press(playing, "clock-pause")
    assert shows(playing).paused
    press(playing, "clock-resume")
    press(playing, "speed-600")
    assert (False, 600.0) == (shows(playing).paused, shows(playing).speed)
    press(playing, "seek-text", given={"seek-text": "2014-06-06 11:30"})
    assert datetime(2014, 6, 6, 15, 30, tzinfo=UTC) == shows(playing).now(WALL)
    assert "runs from Thu 5 Jun 2014, 10:00:00 New York" in press(playing, "seek-begin")
    assert "Mon 9 Jun 2014, 09:30:00" in press(playing, "seek-opening") + press(playing, "seek-opening")
    assert "tape's end" in press(playing, "speed-max")
    assert {"clock_set"} == {event["event"] for event in newest(playing, 50)}


@pytest.mark.parametrize(
    ("knob", "given", "words"),
    [
        ("speed-set", {"speed-text": "fast"}, "1 to 100000, or max"),
        ("speed-set", {"speed-text": None}, "1 to 100000, or max"),
        ("seek-set", {"seek-text": "tomorrow"}, "2014-06-09 09:30 (New York)"),
        ("seek-set", {"seek-text": "1900-01-01 00:00"}, "is before 1970"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    playing: redis.Redis, knob: str, given: dict[str, Any], words: str
) -> None:
    """The answer says what was expected."""
    before = shows(playing)
    assert words in press(playing, knob, given=given)
    assert before == shows(playing)


def test_a_live_clock_cannot_be_turned(control: redis.Redis) -> None:
    """Without a replay the answer says how to play one, and the knobs cannot be pressed."""
    assert "tickertape up --tape PATH" in press(control, "clock-pause")
    _, pause, resume, *_ = page(control).knobs(0, 0, None, None)
    assert (True, True) == (pause, resume)


def test_there_is_no_such_gate(control: redis.Redis) -> None:
    """A source without a gate is named, not written."""
    assert Desk(control, lambda: WALL).gate("stocks", "closed").ok
    before = control.hgetall(GATE_MODES)
    assert not Desk(control, lambda: WALL).gate("moon", "open").ok
    assert before == control.hgetall(GATE_MODES)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-06-09 09:30", datetime(2014, 6, 9, 13, 30, tzinfo=UTC)),
        ("2014-01-09T09:30:15", datetime(2014, 1, 9, 14, 30, 15, tzinfo=UTC)),
        (" 2014-06-09T13:30:00Z ", datetime(2014, 6, 9, 13, 30, tzinfo=UTC)),
    ],
)
def test_times_are_new_yorks_unless_they_say_otherwise(text: str, moment: datetime) -> None:
    """Daylight saving included."""
    assert moment == moment_of(text)


def test_two_viewers_see_the_same_knobs(playing: redis.Redis) -> None:
    """What one turns the other sees at the next refresh, and nothing comes when nothing changed."""
    *_, version = page(playing).knobs(0, 0, None, None)
    with pytest.raises(PreventUpdate):
        page(playing).knobs(1, 0, None, version)
    press(playing, gate_id("twitter", "open"))
    assert version != page(playing).knobs(2, 0, None, version)[-1]


def test_minutes_and_hops_are_the_services_counters(playing: redis.Redis) -> None:
    """Counts by outcome, by minute, and each sink's share of the outbox."""
    progress = RedisProgress(playing, "twitter", "tape", lambda: WALL)
    progress.count(
        {"read": 9, "accepted": 7, "filtered:duplicate": 2},
        {("AAPL", "accepted"): 7, ("", "filtered:duplicate"): 2},
    )
    progress.report(state="reading", outbox=5, **{"outbox:kinesis": 5, "outbox:mongo": 0})
    tweets = read_intakes(playing, WALL)["tweets"]
    assert ({"duplicate": 2}, {"kinesis": 5, "mongo": 0}) == (tweets.turned_away("filtered"), tweets.waiting)
    *_, last = read_minute_counts(playing, WALL, 3)
    assert ({"tweets": 7}, {"tweets": 2}) == (last.accepted, last.turned_away)
    table, _ = page(playing).hops(0, 0, None, None)
    assert "5 in the outbox" in str(table)


def test_runs_events_and_the_last_proof_are_shown(playing: redis.Redis) -> None:
    """A failed run with its reason, warnings apart from the rest, and what verify left."""
    report_run(playing, request_run(playing), "failed", error="no room")
    RedisEvents(playing, "spark", lambda: OPEN, log=False).emit("batch_failed", level="error", why="no room")
    RedisEvents(playing, "manager", lambda: OPEN, log=False).emit("gate_opened")
    hop = {"hop": "tape to data store", "ok": False, "in": 3, "delivered": 1, "filtered:duplicate": 1}
    hop |= {"missing": 1, "missing_ids": ["t:3"], "unexpected": 0, "unexpected_ids": []}
    write_proof(playing, {"tweets": {"hops": [hop]}}, ok=False, at=WALL)
    runs, _ = page(playing).runs(0, 0, None)
    assert "no room" in str(runs)
    problems, _ = page(playing).events("problems", 0, 0, None, None)
    everything, _ = page(playing).events("all", 0, 0, None, None)
    assert (1, 2) == (len(problems), len(everything))
    proof = str(page(playing).proof(0, 0, None))
    assert "NOT whole" in proof and "1 missing, 0 too many" in proof and "t:3" not in proof


def test_backups_are_shown_with_what_is_wrong(playing: redis.Redis) -> None:
    """The newest with its age, the ones before it, one that is due, and why the last attempt failed."""
    last = {"id": "b", "documents": 17749, "bytes": 680_794, "stands_for": "2014-06-05T20:15:00Z"}
    playing.set(BACKUP_LAST, json.dumps({**last, "ended_at": "2026-01-02T11:00:00Z"}))
    RedisProgress(playing, "backup").report(state="due", due="2014-06-06T13:59:30Z", problem="no room")
    RedisEvents(playing, "backup", lambda: OPEN, lambda: WALL, log=False).emit("backup_made", backup="a", documents=9)
    shown = str(page(playing).backups(0, 0, None))
    for words in ("1 h ago", "17,749 documents", "Next one due since", "The last attempt failed: no room", "'a'"):
        assert words in shown
    RedisProgress(playing, "backup").report(due="2014-06-05T20:15:00Z")
    write_state(playing, ClockState(OPEN, WALL - timedelta(hours=1), 1.0, paused=False, end=END))
    assert "Overdue" in str(page(playing).backups(0, 0, None))


def test_empty_views_say_what_to_do(control: redis.Redis) -> None:
    """No batch, no backup, no proof, no events, no minutes: each names a command or what is waited for."""
    empty = page(control, World())
    for view in (empty.runs, empty.backups, empty.proof):
        assert "tickertape" in str(view(0, 0, None))
    assert "tickertape logs" in str(empty.events("all", 0, 0, None, None))
    figure, *_ = empty.minutes("light", 0, 0, None)
    assert "Nothing came in" in figure.layout.annotations[0].text


@pytest.fixture
def away() -> Iterator[redis.Redis]:
    """Where no server is."""
    with ImpatientRedis.at(f"redis://127.0.0.1:{free_ports(1)[0]}/0") as client:
        yield client


def test_without_redis_nothing_turns_and_everything_stays(away: redis.Redis) -> None:
    """The answer and the banner say so; the views keep what they showed."""
    assert "Nothing was changed" in press(away, "clock-pause")
    gone = page(away)
    assert "Redis does not answer" in str(gone.clock()[2])
    for view in (gone.runs, gone.backups, gone.proof):
        with pytest.raises(PreventUpdate):
            view(0, 0, None)
    assert "tickertape status" in str(gone.trace(0, 0, "100"))
