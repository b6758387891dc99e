"""Files that grow, and standard input: only whole lines, each once, whatever happens to the file."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.fakes.world import MemoryEvents
from tickertape.ports.sources import Position, RawRecord, Source, SourceUnavailable
from tickertape.sources.follow import FollowBars, FollowTweets
from tickertape.sources.stdin import StdinTweets

ROW = "{symbol},2025-11-25T14:3{minute}:00Z,1,1,1,1,5\n"


@pytest.fixture
def tweets(tmp_path: Path) -> Path:
    return tmp_path / "tweets.jsonl"


def reading(source: Source, after: Position | None = None) -> Generator[RawRecord | None, None, None]:
    records = source.read(after or {})
    assert isinstance(records, Generator)
    return records


def available(records: Iterator[RawRecord | None]) -> list[RawRecord]:
    """What comes before the next silence."""
    return list(iter(lambda: next(records), None))


def contents(records: Iterator[RawRecord | None]) -> list[tuple[str, bytes]]:
    return [(record.position, record.raw) for record in available(records)]


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_an_unfinished_line_waits_for_its_end(tweets: Path) -> None:
    """Half a line is not given; its number counts once it is whole, and blank lines count too."""
    append(tweets, '\ufeff{"a":1}\r\n\n{"b"')
    records = reading(FollowTweets(tweets.parent, MemoryEvents()))
    assert [("tweets.jsonl:1", b'{"a":1}')] == contents(records)
    append(tweets, ":2}")
    assert [] == contents(records)
    append(tweets, "\n")
    assert [("tweets.jsonl:3", b'{"b":2}')] == contents(records)


def test_files_that_appear_are_followed_too(tweets: Path) -> None:
    """A folder may be empty at first, and a second file joins; other files are left alone."""
    records = reading(FollowTweets(tweets.parent, MemoryEvents()))
    assert [] == contents(records)
    append(tweets, "1\n")
    append(tweets.with_name("tweets-more.jsonl"), "2\n")
    append(tweets.with_name("notes.txt"), "3\n")
    assert [("tweets-more.jsonl:1", b"2"), ("tweets.jsonl:1", b"1")] == sorted(contents(records))


def test_one_file_may_have_any_name(tmp_path: Path) -> None:
    """A path to a file follows that file, also before it is there."""
    path = tmp_path / "stream.log"
    records = reading(FollowTweets(path, MemoryEvents()))
    assert [] == contents(records)
    append(path, "1\n")
    assert [("stream.log:1", b"1")] == contents(records)


def test_reading_goes_on_after_the_lines_that_were_taken(tweets: Path) -> None:
    """A restart passes over the lines up to its position."""
    append(tweets, "1\n2\n3\n")
    records = reading(FollowTweets(tweets.parent, MemoryEvents()), {"tweets.jsonl": 2})
    assert [("tweets.jsonl:3", b"3")] == contents(records)


def test_a_file_that_was_replaced_is_read_from_its_beginning(tweets: Path) -> None:
    """Rotation gives the old file's last lines first, then the new one's, and is told."""
    events = MemoryEvents()
    append(tweets, "1\n")
    records = reading(FollowTweets(tweets.parent, events))
    assert [("tweets.jsonl:1", b"1")] == contents(records)
    append(tweets, "2\n")
    tweets.rename(tweets.with_name("tweets.jsonl.1"))
    append(tweets, "3\n")
    assert [("tweets.jsonl:2", b"2"), ("tweets.jsonl:1", b"3")] == contents(records)
    assert ["followed_file_restarted"] == events.names


def test_a_file_that_was_cut_is_read_from_its_beginning(tweets: Path) -> None:
    """Truncation starts again at the first line."""
    events = MemoryEvents()
    append(tweets, "1\n2\n")
    records = reading(FollowTweets(tweets.parent, events))
    assert 2 == len(contents(records))
    tweets.write_text("")
    assert [] == contents(records)
    append(tweets, "3\n")
    assert [("tweets.jsonl:1", b"3")] == contents(records)
    assert [("followed_file_restarted", "cut")] == [(name, fields["why"]) for name, fields in events.told]


def test_a_file_that_was_replaced_while_nobody_looked_is_read_whole(tweets: Path) -> None:
    """A file shorter than its position is another one: all of it is read."""
    append(tweets, "4\n")
    records = reading(FollowTweets(tweets.parent, MemoryEvents()), {"tweets.jsonl": 3})
    assert [] == contents(records)
    assert [("tweets.jsonl:1", b"4")] == contents(records)


def test_a_file_that_is_gone_for_a_while_is_waited_for(tweets: Path) -> None:
    """Between its old and its new self there may be none."""
    append(tweets, "1\n")
    records = reading(FollowTweets(tweets.parent, MemoryEvents()))
    assert 1 == len(contents(records))
    tweets.unlink()
    assert [] == contents(records)
    append(tweets, "2\n")
    assert [] == contents(records)
    assert [("tweets.jsonl:1", b"2")] == contents(records)


def test_what_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    """A folder in a file's place is told with its name."""
    (tmp_path / "tweets.jsonl").mkdir()
    with pytest.raises(SourceUnavailable, match=r"tweets\.jsonl"):
        next(reading(FollowTweets(tmp_path, MemoryEvents())))


def test_rows_know_their_columns_after_a_restart_and_a_rotation(tmp_path: Path) -> None:
    """The header is read whatever the position, and each file has its own."""
    bars = tmp_path / "bars.csv"
    append(bars, "ts,symbol,close\n2025-11-25T14:30:00Z,A,1\n2025-11-25T14:31:00Z,B,2\n")
    append(bars.with_name("bars-daily.csv"), ROW.format(symbol="D", minute=0))
    records = reading(FollowBars(tmp_path, MemoryEvents()), {"bars.csv": 2})
    came = {record.position: dict(record.fields or {}) for record in available(records)}
    assert {"bars.csv:3", "bars-daily.csv:1"} == came.keys()
    assert ("B", "2", "D") == (
        came["bars.csv:3"]["symbol"],
        came["bars.csv:3"]["close"],
        came["bars-daily.csv:1"]["symbol"],
    )
    bars.unlink()
    append(bars, ROW.format(symbol="C", minute=2))
    assert [] == contents(records)
    assert [("bars.csv:1", "C")] == [(one.position, (one.fields or {})["symbol"]) for one in available(records)]


def test_standard_input_ends_with_its_last_line() -> None:
    """A last line without newline counts; a blank one counts and is passed over; numbers go on from the position."""
    read_end, write_end = os.pipe()
    os.write(write_end, b'{"a":1}\r\n\n{"b":2}')
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        came = [record for record in StdinTweets(stream).read({"stdin": 10}) if record]
    assert [("stdin:11", b'{"a":1}'), ("stdin:13", b'{"b":2}')] == [(record.position, record.raw) for record in came]


def test_standard_input_that_is_read_twice_loses_nothing() -> None:
    """What was read ahead is there for the next reading."""
    read_end, write_end = os.pipe()
    os.write(write_end, b"1\n2\n3")
    with os.fdopen(read_end, "rb") as stream:
        source = StdinTweets(stream)
        first = next(source.read({}))
        os.write(write_end, b"3\n")
        os.close(write_end)
        rest = [record for record in source.read({"stdin": 1}) if record]
    assert [b"1", b"2", b"33"] == [record.raw for record in [first, *rest] if record]
    assert [2, 3] == [record.number for record in rest]
