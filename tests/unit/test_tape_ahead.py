"""A tape that a process of its own reads ahead: the same records, and no process left behind."""

import gzip
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.fakes.records import raw, v1
from tests.fakes.world import NOON
from tests.waiting import wait_for
from tickertape.domain.tweet_rules import TweetRules
from tickertape.ports.sources import SourceUnavailable
from tickertape.sources.tape import TapeError, TweetTape
from tickertape.sources.tape_ahead import TapeAhead
from tickertape.usecases.classify import tweet_classifier

# More than a pipe holds, so that the reading process waits for its reader.
_MANY = 3000


def tape_of(folder: Path, *lines: bytes) -> Path:
    (folder / "tweets.jsonl").write_bytes(b"".join(one + b"\n" for one in lines))
    return folder


def tweets(count: int) -> list[bytes]:
    return [raw(v1(id_str=str(number))) for number in range(1, count + 1)]


def reading_processes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "tickertape.sources.tape_ahead" in child.cmdline()]


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_is_parsed_ahead_is_decided_like_what_is_parsed_in_place(tmp_path: Path) -> None:
    """The same records in the same order, and the same decision about each, whatever is wrong with it."""
    odd = [b"", b"[1]", b"{", b'{"delete":{}}', b"\xff", raw(v1(text="\ud800")), raw(v1(created_at="never"))]
    tape = tape_of(tmp_path, *tweets(250), *odd, raw(v1(lang="de")), raw(v1(text="$AAPL &amp; #x", id_str="9")))
    ahead, plain = list(TapeAhead(tape).read({})), list(TweetTape(tape).read({}))
    classify = tweet_classifier(TweetRules(languages=frozenset({"en"})), "tape", lambda: NOON + timedelta(days=1))
    assert plain == [record._replace(parsed=None) for record in ahead]
    assert list(map(classify, plain)) == list(map(classify, ahead))
    assert all(record.parsed for record in ahead)


def test_reading_goes_on_after_a_position(tmp_path: Path) -> None:
    """Only lines after the position are read."""
    records = TapeAhead(tape_of(tmp_path, *tweets(3))).read({"tweets.jsonl": 2})
    assert ["tweets.jsonl:3"] == [record.position for record in records]


def test_a_cut_off_tape_gives_its_lines_and_then_says_what_is_wrong(tmp_path: Path) -> None:
    """What can be read is read, also what fills no chunk; the error names the file."""
    whole = gzip.compress(b"".join(one + b"\n" for one in tweets(50)))
    (tmp_path / "tweets.jsonl").write_bytes(b"{}\n")
    (tmp_path / "tweets.jsonl.gz").write_bytes(whole[:-8])
    records = TapeAhead(tmp_path).read({})
    assert "tweets.jsonl:1" == next(records).position
    with pytest.raises(TapeError, match=r"tweets\.jsonl\.gz"):
        list(records)


def test_a_killed_reading_process_is_told_and_replaced(tmp_path: Path) -> None:
    """It is no end of the tape: reading fails with its exit code, and goes on from the position when read again."""
    source = TapeAhead(tape_of(tmp_path, *tweets(_MANY)))
    records = source.read({})
    taken = [next(records).number]
    (reader,) = reading_processes()
    reader.kill()
    with pytest.raises(SourceUnavailable, match="ended early, with code -9"):
        taken.extend(record.number for record in records)
    taken += [record.number for record in source.read({"tweets.jsonl": taken[-1]})]
    assert list(range(1, _MANY + 1)) == taken


def test_closing_the_records_ends_the_reading_process(tmp_path: Path) -> None:
    """A service that stops in the middle of a tape leaves nothing behind."""
    records = TapeAhead(tape_of(tmp_path, *tweets(_MANY))).read({})
    next(records)
    assert 1 == len(reading_processes())
    records.close()  # type: ignore[attr-defined]  # it is a generator
    assert [] == reading_processes()


def test_the_reading_process_ends_when_its_service_is_killed(tmp_path: Path) -> None:
    """Even `kill -9` of the service leaves no process behind, and a signal to its group is for the service alone."""
    program = (
        "import pathlib, sys, psutil\n"
        "from tickertape.sources.tape_ahead import TapeAhead\n"
        "records = TapeAhead(pathlib.Path(sys.argv[1])).read({})\n"
        "next(records)\n"
        "print(psutil.Process().children()[0].pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    tape = tape_of(tmp_path, *tweets(_MANY))
    with subprocess.Popen(
        [sys.executable, "-c", program, tape], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        reader = int(service.stdout.readline())
        os.kill(reader, signal.SIGTERM)
        assert not is_gone(reader)
        service.kill()
    wait_for(lambda: is_gone(reader))
