"""The outbox on disk and its fake keep the same promises."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.outbox import MemoryOutbox
from tickertape.ports.delivery import NewEntry, NoRoom, Outbox
from tickertape.sinks.outbox import SqliteOutbox


@pytest.fixture(params=["memory", "sqlite"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    made: Outbox = MemoryOutbox() if request.param == "memory" else SqliteOutbox(tmp_path / "outbox.db")
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte; making one takes root, as CI has."""
    if os.geteuid() != 0:
        pytest.skip("a small file system is mounted by root only")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def entry(event_id: str, rejected: bool = False) -> NewEntry:
    return NewEntry(rejected, event_id, "key", event_id.encode(), b"digest of " + event_id.encode())


def test_entries_are_pending_for_each_sink_until_it_has_them(outbox: Outbox) -> None:
    """Sinks move on their own; what one has is still pending for another."""
    outbox.append("tape", [entry("a"), entry("b"), entry("c")], {"f": 3})
    first, second, _ = outbox.pending("kinesis", 10)
    outbox.acknowledge("kinesis", second.sequence)
    assert ["c"] == [waiting.event_id for waiting in outbox.pending("kinesis", 10)]
    assert ["a", "b"] == [waiting.event_id for waiting in outbox.pending("mongo", 2)]
    assert (1, 3) == (outbox.depth("kinesis"), outbox.depth("mongo"))
    assert b"a" == first.line


def test_only_accepted_events_are_known_by_digest(outbox: Outbox) -> None:
    """A reject's id does not make a later event a duplicate; the first digest stays."""
    outbox.append("tape", [entry("a"), entry("r", rejected=True)], {})
    outbox.append("tape", [NewEntry(False, "a", "k", b"", b"other")], {})
    assert {"a": b"digest of a"} == dict(outbox.digests(["a", "r", "unknown"]))


def test_the_position_moves_with_the_entries(outbox: Outbox) -> None:
    """Each source has a position of its own, empty at first."""
    assert {} == dict(outbox.position("tape"))
    outbox.append("tape", [], {"f": 7})
    assert ({"f": 7}, {}) == (dict(outbox.position("tape")), dict(outbox.position("other")))


def test_pruning_forgets_what_every_sink_has(outbox: Outbox) -> None:
    """An entry stays as long as one sink waits for it, and digests stay for ever."""
    outbox.append("tape", [entry("a"), entry("b")], {})
    first, second = outbox.pending("kinesis", 10)
    outbox.acknowledge("kinesis", second.sequence)
    assert 0 == outbox.prune(["kinesis", "mongo"])
    outbox.acknowledge("mongo", first.sequence)
    assert 1 == outbox.prune(["kinesis", "mongo"])
    assert ["b"] == [waiting.event_id for waiting in outbox.pending("mongo", 10)]
    assert {"a"} == set(outbox.digests(["a"]))


def test_what_was_appended_is_there_after_a_crash(tmp_path: Path) -> None:
    """A second opening of the file without closing the first sees everything that was taken."""
    crashed = SqliteOutbox(tmp_path / "outbox.db")
    crashed.append("tape", [entry("a")], {"f": 1})
    reopened = SqliteOutbox(tmp_path / "outbox.db")
    assert (["a"], {"f": 1}) == ([e.event_id for e in reopened.pending("s", 9)], dict(reopened.position("tape")))
    reopened.close()
    crashed.close()


def test_a_full_outbox_takes_nothing_until_something_was_forgotten(tmp_path: Path) -> None:
    """The bound holds, what is in it can be acknowledged, and forgetting makes room."""
    outbox = SqliteOutbox(tmp_path / "outbox.db", most_bytes=200_000)
    large = [NewEntry(False, f"{number}", "k", b"x" * 1000, b"d") for number in range(300)]
    outbox.append("tape", large, {"f": 300})
    with pytest.raises(NoRoom, match=r"outbox\.db"):
        outbox.append("tape", [entry("more")], {"f": 301})
    assert {"f": 300} == dict(outbox.position("tape"))
    outbox.acknowledge("kinesis", outbox.pending("kinesis", 300)[-1].sequence)
    assert 300 == outbox.prune(["kinesis"])
    outbox.append("tape", [entry("more")], {"f": 301})
    assert ["more"] == [e.event_id for e in outbox.pending("kinesis", 9)]
    outbox.close()


def test_a_full_disk_is_no_room_and_loses_nothing(small_disk: Path) -> None:
    """When the disk has no room the outbox says so, and what it had is still there."""
    outbox = SqliteOutbox(small_disk / "outbox.db")
    outbox.append("tape", [entry("a")], {"f": 1})
    larger = [NewEntry(False, f"{number}", "k", b"x" * 100_000, b"d") for number in range(20)]
    with pytest.raises(NoRoom):
        outbox.append("tape", larger, {"f": 2})
    assert {"f": 1} == dict(outbox.position("tape"))
    assert "a" == outbox.pending("kinesis", 1)[0].event_id
    outbox.close()
