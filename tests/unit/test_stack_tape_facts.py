"""What `up` finds out about a tape, and the clock it plans from it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tickertape.domain.times import format_utc
from tickertape.domain.virtual_clock import BadSpeed, parse_speed
from tickertape.stack.clock_plan import ClockPlan, plan_clock
from tickertape.stack.tape_facts import BadTape, TapeFacts, dataset_name, read_facts
from tickertape.usecases.classify import Window

START = datetime(2025, 11, 25, 14, 30, tzinfo=UTC)
WALL = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def v1(moment: datetime, **more: object) -> str:
    created_at = moment.strftime("%a %b %d %H:%M:%S +0000 %Y")
    user = {"id_str": "1", "screen_name": "a", "created_at": "Wed Jun 04 21:58:34 +0000 2008"}
    return json.dumps({"user": user, "created_at": created_at, "id_str": "5", "text": "$AAPL", **more})


def v2(moment: datetime) -> str:
    data = {"id": "6", "text": "$AAPL", "author_id": "1", "created_at": format_utc(moment)}
    return json.dumps({"data": data, "includes": {"users": [{"id": "1", "created_at": "2008-01-01T00:00:00Z"}]}})


def write_tweets(folder: Path, lines: list[str]) -> None:
    (folder / "tweets.jsonl.gz").write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))


def write_bars(folder: Path, moments: list[datetime], header: str = "symbol,ts,open,high,low,close,volume") -> None:
    rows = [f"AAPL,{format_utc(moment)},1,1,1,1,5" for moment in moments]
    (folder / "bars.csv").write_text("\n".join([header, *rows]) + "\n")


def test_first_and_last_are_those_of_well_formed_events_of_all_forms(tmp_path: Path) -> None:
    far = WALL + timedelta(days=900)
    write_tweets(
        tmp_path,
        [v2(START + MINUTE), v1(START), "{broken", "", json.dumps({"delete": {}}), v1(far), v2(START + 9 * MINUTE)],
    )
    write_bars(tmp_path, [START + 5 * MINUTE, START - MINUTE, far])
    facts = read_facts(tmp_path, Window(), WALL)
    assert (START - MINUTE, START + 9 * MINUTE) == (facts.first, facts.last)
    assert (6, 3) == (facts.tweets, facts.bars)


def test_a_young_tweet_in_the_middle_of_a_long_tape_is_its_last(tmp_path: Path) -> None:
    lines = [v1(START + n * timedelta(seconds=1)) for n in range(5000)]
    lines[2500] = v1(START + timedelta(days=3))
    write_tweets(tmp_path, lines)
    assert START + timedelta(days=3) == read_facts(tmp_path, Window(), WALL).last


def jetstream(moment: datetime) -> str:
    record = {"text": "$AAPL", "createdAt": format_utc(moment)}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "record": record}
    return json.dumps({"did": "did:plc:a", "time_us": 1, "kind": "commit", "commit": commit})


def own(moment: datetime, hours: int) -> str:
    created_at = moment.astimezone(timezone(timedelta(hours=hours))).isoformat()
    return json.dumps({"id": "1", "created_at": created_at, "text": "$AAPL", "author": {"id": "1"}})


@pytest.mark.parametrize("form", [v1, v2, jetstream, lambda moment: own(moment, -10), lambda moment: own(moment, 14)])
def test_first_and_last_are_found_anywhere_in_a_long_tape_of_any_form(
    form: Callable[[datetime], str], tmp_path: Path
) -> None:
    """Else the clock ends before the last tweet, and that is never due."""
    lines = [own(START + n * timedelta(seconds=1), 0) for n in range(4, 5000)]
    lines[2400] = form(START + 5001 * timedelta(seconds=1))
    lines[2600] = form(START)
    write_tweets(tmp_path, lines)
    facts = read_facts(tmp_path, Window(), WALL)
    assert (START, START + 5001 * timedelta(seconds=1)) == (facts.first, facts.last)


def test_the_window_narrows_what_is_played(tmp_path: Path) -> None:
    write_bars(tmp_path, [START + n * MINUTE for n in range(10)])
    window = Window(START + 2 * MINUTE, START + 4 * MINUTE)
    facts = read_facts(tmp_path, window, WALL)
    assert (window.since, window.until) == (facts.first, facts.last)
    with pytest.raises(BadTape, match="nothing is left of the tape: it runs from 2025-11-25T14:30:00Z to"):
        read_facts(tmp_path, Window(START + timedelta(days=1)), WALL)


def test_the_last_session_is_a_day_in_new_york(tmp_path: Path) -> None:
    evening = datetime(2025, 11, 26, 0, 30, tzinfo=UTC)  # 19:30 of the 25th in New York
    write_bars(tmp_path, [START - timedelta(days=1), START + 3 * MINUTE, START + MINUTE, evening])
    assert START + MINUTE == read_facts(tmp_path, Window(), WALL).last_session


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "holds neither tweets.jsonl"),
        ({"notes.txt": b"x"}, "holds neither tweets.jsonl"),
        ({"tweets.jsonl": b""}, "is empty"),
        ({"tweets.jsonl": b"\n\n", "bars.csv": b"symbol,ts,open,high,low,close,volume\n"}, "is empty"),
        ({"tweets.jsonl.gz": b"no gzip"}, "cannot be read: .*tweets.jsonl.gz"),
        ({"tweets.jsonl.gz": gzip.compress(b"{}\n" * 9999)[:-20]}, "cannot be read: .*tweets.jsonl.gz"),
        ({"tweets.jsonl": b"{}\n"}, "holds no tweet and no bar that can be read"),
    ],
)
def test_a_folder_that_cannot_be_played_is_refused(tmp_path: Path, files: dict[str, bytes], why: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadTape, match=why):
        read_facts(tmp_path, Window(), WALL)


def test_a_tape_that_is_missing_or_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTape, match="does not exist"):
        read_facts(tmp_path / "none", Window(), WALL)
    (tmp_path / "file").touch()
    with pytest.raises(BadTape, match="is no folder"):
        read_facts(tmp_path / "file", Window(), WALL)


def test_a_dataset_is_named_by_folder_content_and_window(tmp_path: Path) -> None:
    folder, copy = tmp_path / "my tape", tmp_path / "copy/my tape"
    for place in (folder, copy):
        place.mkdir(parents=True)
        write_bars(place, [START])
    name = dataset_name(folder, Window())
    assert name.startswith("my-tape-")
    assert name == dataset_name(copy, Window())
    assert name != dataset_name(folder, Window(START))
    assert dataset_name(folder, Window(START)) != dataset_name(folder, Window(None, START))
    write_bars(copy, [START, START + MINUTE])
    assert name != dataset_name(copy, Window())


FACTS = TapeFacts(Path("tape"), 5, 5, START, START + 60 * MINUTE, START + 30 * MINUTE)


def plan(
    facts: TapeFacts = FACTS, *, demo: bool = False, speed: float | None = None, reached: datetime | None = None
) -> ClockPlan:
    return plan_clock(facts, is_demo=demo, speed=speed, asked_speed=speed is not None, reached=reached)


def test_a_tape_that_was_asked_for_is_due_at_once() -> None:
    state = plan().first_state(WALL)
    assert (FACTS.last, True) == (state.now(WALL + timedelta(hours=1)), state.paused)


def test_the_demo_stands_at_its_last_session_and_then_runs() -> None:
    planned = plan(demo=True)
    assert planned.catch_up
    assert planned.is_paced
    assert FACTS.last_session == planned.first_state(WALL).now(WALL + timedelta(hours=1))
    running = planned.running_state(WALL)
    assert START + 31 * MINUTE == running.now(WALL + timedelta(seconds=1))
    assert FACTS.last == running.now(WALL + timedelta(hours=9))


def test_a_speed_plays_from_the_first_event() -> None:
    planned = plan(speed=10)
    assert (FACTS.first, "10", False) == (planned.play_from, planned.speed_text, planned.catch_up)


def test_a_tape_goes_on_where_it_was() -> None:
    planned = plan(speed=10, reached=START + 20 * MINUTE)
    assert (START + 20 * MINUTE, True) == (planned.play_from, planned.catch_up)
    assert START + 30 * MINUTE == plan(demo=True, reached=START).play_from
    over = plan(demo=True, reached=START + timedelta(days=9))
    assert not over.is_paced
    assert FACTS.last == over.first_state(WALL).now(WALL)


def test_the_end_is_after_an_event_between_two_seconds() -> None:
    facts = TapeFacts(Path("tape"), 1, 0, START, START + timedelta(microseconds=1234), None)
    assert START + timedelta(seconds=1) == plan(facts).end


@pytest.mark.parametrize("text", ["0", "0.5", "-1", "100001", "fast", "", "nan", "inf"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(BadSpeed, match="a number from 1 to 100000, or max"):
        parse_speed(text)


def test_speeds() -> None:
    assert [1.0, 100_000.0, 2.5, None] == [parse_speed(text) for text in ("1", "100000", "2.5", "MAX")]
