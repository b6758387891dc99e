"""Gate, flags, clock, budgets, counters and events in a real Redis; the manager with the real calendar of XNYS."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.manager.exchange import NoCalendar, sessions
from services.manager.keeper import Keeper
from tests.contract.conftest import redis_server
from tests.fakes.world import MemoryEvents
from tests.ports import free_ports
from tickertape.control.budget import Period, RedisBudget
from tickertape.control.clock import RedisClock, read_state, write_state
from tickertape.control.events import EventReader, RedisEvents, newest
from tickertape.control.flags import RedisFlags, UnknownFlag, read_flags, set_flag
from tickertape.control.gate import HEARTBEAT_S, RedisGate, read_gate, set_mode
from tickertape.control.heartbeat import problem
from tickertape.control.keys import CLOCK, EVENTS, GATE_HEARTBEAT
from tickertape.control.progress import RedisProgress, read_counts, read_minutes
from tickertape.control.replay import NothingReplays, ReplayControl, ReplayFacts, write_replay
from tickertape.domain.market_hours import GateMode
from tickertape.domain.times import parse_utc
from tickertape.domain.virtual_clock import BadClock, ClockState
from tickertape.ports.control import Ruling
from tickertape.ports.sources import BudgetSpent, SourceUnavailable

WALL = datetime(2026, 1, 5, 12, tzinfo=UTC)
# A half day, a weekend and a holiday are in it.
BEGIN, END = parse_utc("2015-12-23T12:00:00Z"), parse_utc("2015-12-29T22:00:00Z")


class Hand:
    """A clock moved by hand."""

    def __init__(self, text: str) -> None:
        self.moment = parse_utc(text)

    def now(self) -> datetime:
        return self.moment

    def seconds_until(self, moment: datetime) -> float:
        return max(0.0, (moment - self.moment).total_seconds())


def play(control: redis.Redis) -> None:
    facts = ReplayFacts(tape="/t", dataset="d", begin=BEGIN, end=END, play_from=BEGIN, speed="60")
    write_replay(control, facts)
    write_state(control, ClockState(virtual=BEGIN, wall=WALL, speed=60.0, paused=False, end=END))


def told(events: MemoryEvents) -> list[tuple[str, object]]:
    return [(name, fields.get("at")) for name, fields in events.told if name in ("gate_opened", "gate_closed")]


def test_the_gate_opens_and_closes_with_the_days_of_the_tape_each_told_once(control: redis.Redis) -> None:
    """However fast time passes, each opening and closing is told at its market time; half days and holidays too."""
    play(control)
    events, clock = MemoryEvents(), Hand("2015-12-23T12:00:00Z")
    for moment in ("2015-12-23T15:00:00Z", "2015-12-28T15:00:00Z", "2015-12-28T15:00:00Z"):
        clock.moment = parse_utc(moment)
        # A manager that was restarted goes on where the last one stopped.
        Keeper(control, clock, events, sessions).turn()
    assert [
        ("gate_opened", "2015-12-23T14:30:00Z"),
        ("gate_closed", "2015-12-23T21:00:00Z"),
        ("gate_opened", "2015-12-24T14:30:00Z"),
        ("gate_closed", "2015-12-24T18:00:00Z"),
        ("gate_opened", "2015-12-28T14:30:00Z"),
    ] == told(events)


@pytest.mark.parametrize(
    ("moment", "is_open", "reason", "until"),
    [
        ("2015-12-23T14:29:59Z", False, "before the opening", "2015-12-23T14:30:00Z"),
        ("2015-12-23T14:30:00Z", True, "regular session", "2015-12-23T21:00:00Z"),
        ("2015-12-24T17:59:00Z", True, "half day", "2015-12-24T18:00:00Z"),
        ("2015-12-24T18:00:00Z", False, "after the close", "2015-12-28T14:30:00Z"),
        ("2015-12-25T15:00:00Z", False, "holiday", "2015-12-28T14:30:00Z"),
        ("2015-12-27T15:00:00Z", False, "weekend", "2015-12-28T14:30:00Z"),
        ("2014-07-02T13:30:00Z", True, "regular session", "2014-07-02T20:00:00Z"),
    ],
)
def test_the_state_says_why_and_until_when(
    control: redis.Redis, moment: str, is_open: bool, reason: str, until: str
) -> None:
    """Weekends, holidays, half days and daylight saving are the calendar's."""
    Keeper(control, Hand(moment), MemoryEvents(), sessions).turn()
    state = read_gate(control).state
    assert state is not None
    assert (is_open, reason, parse_utc(until)) == (state.is_open, state.reason, state.until)


def test_a_dead_manager_closes_nothing_and_is_shown_as_stale(control: redis.Redis) -> None:
    """Its sign of life expires; what the gate says stays."""
    clock = Hand("2015-12-23T15:00:00Z")
    Keeper(control, clock, MemoryEvents(), sessions).turn()
    assert not read_gate(control).is_stale
    assert 0 < control.ttl(GATE_HEARTBEAT) <= HEARTBEAT_S
    control.delete(GATE_HEARTBEAT)
    gate = RedisGate(control, "stocks", clock, follows_market=True, off_hours=False)
    assert (True, Ruling.PASS, True) == (read_gate(control).is_stale, gate.ruling(clock.now()), gate.is_open())


def test_each_source_has_a_gate_of_its_own(control: redis.Redis) -> None:
    """Prices follow the market or are filtered outside its hours, talk goes on, and an override beats both."""
    clock = Hand("2015-12-26T15:00:00Z")
    Keeper(control, clock, MemoryEvents(), sessions).turn()

    def rulings() -> list[tuple[Ruling, bool]]:
        stocks = RedisGate(control, "stocks", clock, follows_market=True, off_hours=False)
        twitter = RedisGate(control, "twitter", clock, follows_market=False, off_hours=True)
        return [(gate.ruling(clock.now()), gate.is_open()) for gate in (stocks, twitter)]

    assert [(Ruling.REFUSE, False), (Ruling.PASS, True)] == rulings()
    set_mode(control, GateMode.OPEN, "stocks")
    assert [(Ruling.PASS, True), (Ruling.PASS, True)] == rulings()
    set_mode(control, GateMode.CLOSED)
    assert [(Ruling.HOLD, False), (Ruling.HOLD, False)] == rulings()
    set_mode(control, GateMode.AUTO)
    assert [(Ruling.REFUSE, False), (Ruling.PASS, True)] == rulings()


def test_without_a_calendar_nothing_is_turned_away(control: redis.Redis) -> None:
    """Before the manager's first turn, and outside what the calendar covers, events pass."""
    gate = RedisGate(control, "stocks", Hand("2015-12-26T15:00:00Z"), follows_market=True, off_hours=False)
    assert (Ruling.PASS, True) == (gate.ruling(BEGIN), gate.is_open())


def test_an_override_is_told(control: redis.Redis) -> None:
    """Who looks at the log sees that the calendar was overruled."""
    events = MemoryEvents()
    keeper = Keeper(control, Hand("2015-12-23T15:00:00Z"), events, sessions)
    keeper.turn()
    set_mode(control, GateMode.CLOSED, "stocks")
    keeper.turn()
    assert [("gate_mode_set", {"gate": "stocks", "mode": "closed"})] == [
        one for one in events.told if one[0] == "gate_mode_set"
    ]


def test_the_calendar_says_when_it_does_not_reach_so_far() -> None:
    """A date before all calendars is an error that names it, not a market that is always closed."""
    with pytest.raises(NoCalendar, match="1600"):
        sessions(date(1600, 1, 1), date(1600, 2, 1))


def test_a_clock_before_1970_is_refused_told_once_and_the_last_good_one_goes_on(control: redis.Redis) -> None:
    """Nonsense in Redis is one event; services keep the clock they had."""
    play(control)
    clock = RedisClock(control, wall=lambda: WALL)
    assert BEGIN == clock.now()
    control.hset(CLOCK, "virtual", "1969-07-20T20:17:00Z")
    events = MemoryEvents()
    keeper = Keeper(control, clock, events, sessions)
    keeper.turn()
    keeper.turn()
    assert ["clock_refused"] == [name for name in events.names if name == "clock_refused"]
    assert BEGIN == clock.now()
    with pytest.raises(BadClock, match="1970"):
        read_state(control)


def test_a_replay_is_paused_sought_paced_and_played_again(control: redis.Redis) -> None:
    """Each command leaves the clock where a person expects it."""
    play(control)
    wall = WALL
    replay = ReplayControl(control, wall=lambda: wall)
    wall += timedelta(seconds=60)
    assert (BEGIN + timedelta(hours=1), False) == (replay.pause().now(wall), replay.pause().is_running(wall))
    wall += timedelta(hours=1)
    assert BEGIN + timedelta(hours=1) == replay.resume().now(wall)
    there = parse_utc("2015-12-28T15:00:00Z")
    assert there == replay.seek(there).now(wall)
    replay.speed(600)
    wall += timedelta(seconds=6)
    state = read_state(control)
    assert state is not None
    assert there + timedelta(hours=1) == state.now(wall)
    assert (END, False) == (replay.speed(None).now(wall), replay.speed(None).is_running(wall))
    assert (BEGIN, True) == (replay.start(60).now(wall), replay.start(60).is_running(wall))
    assert (BEGIN, False) == (replay.stop().now(wall), replay.stop().is_running(wall))
    assert END == replay.seek(END + timedelta(days=9)).now(wall)
    with pytest.raises(BadClock):
        replay.seek(datetime(1969, 1, 1, tzinfo=UTC))


def test_a_live_stack_has_no_replay_to_turn(control: redis.Redis) -> None:
    """The wall clock is nobody's to set."""
    with pytest.raises(NothingReplays):
        ReplayControl(control).pause()


def test_flags_are_on_until_someone_turns_them_off(control: redis.Redis) -> None:
    """A new reader sees a change; a name that does not exist is refused with those that do."""
    assert RedisFlags(control).is_on("tweets.kinesis")
    set_flag(control, "tweets.kinesis", on=False)
    assert (False, True) == (RedisFlags(control).is_on("tweets.kinesis"), RedisFlags(control).is_on("bars.kinesis"))
    assert [("tweets.kinesis", False)] == [item for item in read_flags(control).items() if not item[1]]
    with pytest.raises(UnknownFlag, match=r"tweets\.kinesis"):
        set_flag(control, "tweets.s3", on=False)


def test_a_budget_is_spent_once_and_renewed_with_its_period(control: redis.Redis) -> None:
    """Two processes share it, a refusal takes nothing, and the next period begins anew."""
    now = parse_utc("2026-01-31T23:59:00Z")
    first, second = (RedisBudget(control, "x", 5, Period.MONTH, wall=lambda: now) for _ in range(2))
    first.spend(4)
    with pytest.raises(BudgetSpent) as refused:
        second.spend(2)
    assert (60.0, 1) == (refused.value.renewed_in_s, second.left())
    now += timedelta(minutes=2)
    assert 5 == first.left()


def test_counts_of_a_minute_name_source_symbol_and_outcome(control: redis.Redis) -> None:
    """Totals add up over minutes; each minute stands for itself."""
    now = WALL
    progress = RedisProgress(control, "twitter", "tape", wall=lambda: now)
    progress.count({"accepted": 2}, {("AAPL", "accepted"): 2})
    now += timedelta(minutes=1)
    progress.count({"accepted": 1}, {("AAPL", "accepted"): 1})
    found = [
        (one.minute, one.source, one.symbol, one.outcome, one.count)
        for one in read_minutes(control, "twitter", now, minutes=3)
    ]
    assert [
        ("2026-01-05T12:00Z", "tape", "AAPL", "accepted", 2),
        ("2026-01-05T12:01Z", "tape", "AAPL", "accepted", 1),
    ] == found
    assert {"accepted": 3} == read_counts(control, "twitter")


def test_a_service_goes_on_while_redis_is_away_and_counts_later(tmp_path: Path) -> None:
    """Nobody can be told, so nothing is told and nothing fails; what was counted meanwhile is added afterwards."""
    (port,) = free_ports(1)
    client = redis.Redis(port=port, decode_responses=True, retry=Retry(NoBackoff(), 0))
    progress, clock = RedisProgress(client, "twitter", "tape"), RedisClock(client, wall=lambda: WALL)
    flags, gate = RedisFlags(client), RedisGate(client, "stocks", clock, follows_market=True, off_hours=False)
    progress.count({"accepted": 2}, {("AAPL", "accepted"): 2})
    progress.report(state="reading")
    RedisEvents(client, "twitter", clock.now).emit("redis_is_away")
    assert (WALL, True, Ruling.PASS) == (clock.now(), flags.is_on("tweets.mongo"), gate.ruling(WALL))
    with pytest.raises(SourceUnavailable, match="counted"):
        RedisBudget(client, "x", 5, Period.MONTH).spend(1)
    with redis_server(port, tmp_path):
        progress.count({"accepted": 1})
        assert {"accepted": 3} == read_counts(client, "twitter")
    client.close()


def test_an_event_that_was_not_acknowledged_comes_again_to_the_next_reader(control: redis.Redis) -> None:
    """A killed eventlog service loses nothing, and an acknowledged event does not come twice."""
    events = RedisEvents(control, "stocks", lambda: BEGIN, lambda: WALL)
    events.emit("first", correlation="AAPL#1m", bars=2)
    EventReader(control, "g", "c").read(10, 0.001)
    killed = EventReader(control, "g", "c")
    killed.read(10, 0.001)
    ((event_id, event),) = killed.read(10, 0.001)
    assert ("first", "stocks", "AAPL#1m", {"bars": 2}, "2015-12-23T12:00:00Z") == (
        event["event"],
        event["service"],
        event["correlation"],
        event["fields"],
        event["at"],
    )
    events.emit("second", level="error")
    next_one = EventReader(control, "g", "c")
    assert [event_id] == [found for found, _ in next_one.read(10, 0.001)]
    next_one.acknowledge([event_id])
    next_one.read(10, 0.001)
    assert ["second"] == [found["event"] for _, found in next_one.read(10, 0.001)]
    assert (["first", "second"], 2) == ([one["event"] for one in newest(control, 5)], control.xlen(EVENTS))
    assert 1 == next_one.pending()


def test_the_health_check_tells_a_beating_heart_from_a_stopped_one(control: redis.Redis, redis_url: str) -> None:
    """It reads what `RedisProgress` writes, with a client of its own that starts quickly."""
    now = time.time()
    assert "has not reported yet" == problem(redis_url, "twitter", now)
    RedisProgress(control, "twitter").report(state="reading")
    assert None is problem(redis_url, "twitter", now)
    assert "last turned 60 s ago" == problem(redis_url, "twitter", time.time() + 60)


def test_the_health_check_says_what_redis_says(redis_url: str) -> None:
    """A server that is away and one that refuses are problems with a reason."""
    refused = problem(redis_url.replace("redis://", "redis://:wrong@"), "twitter", 0.0)
    assert refused is not None
    assert "AUTH" in refused
    away = problem("redis://127.0.0.1:1/0", "twitter", 0.0)
    assert away is not None
    assert "refused" in away
