"""What the tape and the lake say of one tweet, read from files."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyarrow import fs

from tests.fakes.records import enriched, own, raw, v1
from tickertape.cli.evidence import Station
from tickertape.cli.stations import LiveStations
from tickertape.domain.rejects import Outcome, Reason, Reject
from tickertape.lake.files import LakeFiles
from tickertape.lake.keys import RawKind, quarantine_key, raw_prefix

TAPE = [
    raw(own(id="7")),
    raw(own(id="8", reply_to="7")),
    raw(v1(id=7, id_str="7"))[:150],
    raw(own(id="77", text="$AAPL 7")),
    raw(own(id="7")),
]


def reject(event_id: str | None, reason: Reason, line: bytes = b"", kind: str = "tweets") -> bytes:
    return Reject.of(
        line,
        stage="ingest",
        kind=kind,
        outcome=Outcome.QUARANTINED,
        reason=reason,
        detail="",
        event_id=event_id,
        position="",
        at="2025-11-25T12:00:00Z",
    ).to_line()


@pytest.fixture
def stations(tmp_path: Path) -> LiveStations:
    """A tape of which four lines were read, and a lake in a folder."""
    (tmp_path / "tweets.jsonl").write_bytes(b"\n".join(TAPE) + b"\n")
    lines = {
        f"{raw_prefix(RawKind.TWEETS)}2025/a": gzip.compress(raw(enriched(id="7")) + b"\n" + raw(enriched(id="77"))),
        f"{raw_prefix(RawKind.TWEETS)}2025/b": raw(enriched(id="8", reply_to="7")),
        f"{raw_prefix(RawKind.TWEETS)}2025/c": reject("7", Reason.NO_CONTENT),
        quarantine_key("ingest", "tweets", b"1"): reject("7", Reason.DUPLICATE) + b"\n" + reject("8", Reason.DUPLICATE),
        quarantine_key("ingest", "tweets", b"2"): reject(None, Reason.NOT_JSON, TAPE[2]),
        quarantine_key("ingest", "tweets", b"3"): reject(None, Reason.BAD_TIME, raw(own(id="8", reply_to="7"))),
        quarantine_key("ingest", "bars", b"4"): reject("7", Reason.BAD_PRICE, kind="bars"),
    }
    for key, body in lines.items():
        path = tmp_path / "lake" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    settings = SimpleNamespace(tape=tmp_path, window=lambda: (None, None))
    nothing = cast(Any, None)
    asked_at = {RawKind.TWEETS: {"position:tweets.jsonl": "4"}}
    station = Station(cast(Any, settings), nothing, nothing, nothing, nothing, asked_at)
    return LiveStations(station, LakeFiles(str(tmp_path / "lake"), fs.LocalFileSystem()))


def test_the_tape_has_each_line_of_the_id(stations: LiveStations) -> None:
    """Those that cannot be read as well, if they say the id; no line that only names it."""
    found = stations.tape_lines("7")
    assert [("tweets.jsonl:1", True, True), ("tweets.jsonl:3", False, True), ("tweets.jsonl:5", True, False)] == [
        (line.position, line.event is not None, line.was_read) for line in found
    ]


def test_the_lake_has_it_where_it_is_the_event_itself(stations: LiveStations) -> None:
    """Compressed or not; with the time at which the object was written."""
    (found,) = stations.lake("7").raw
    assert ("raw/tweets/2025/a", "7") == (found.where, found.event["id"])
    assert found.at is not None and found.at <= datetime.now(UTC)


@pytest.mark.parametrize(
    "broken",
    [
        raw(enriched(id="7"))[:-9],
        gzip.compress(raw(enriched(id="7")))[:-9],
        gzip.compress(raw(enriched(id="7")))[:12] + b"\xff" * 30,
        b'["7"]',
        b'{"of": "7"}',
        b'{"outcome": "7"}',
        b'{"outcome": "7", "kind": "tweets"}',
        b"[" * 100_000 + b"7",
    ],
    ids=["half a line", "cut off", "bad gzip", "a list", "no id", "half a reject", "no reject", "too deep"],
)
@pytest.mark.parametrize("folder", ["raw/tweets/2025/", "quarantine/ingest/tweets/"])
def test_a_broken_line_or_object_hides_nothing_else(
    broken: bytes, folder: str, stations: LiveStations, tmp_path: Path
) -> None:
    """Whatever lies beside it is found, and it ends nothing."""
    for name in ("A", "z"):
        path = tmp_path / "lake" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(broken)
    assert ["raw/tweets/2025/a"] == [one.where for one in stations.lake("7").raw]
    assert 3 == len(stations.lake("7").rejects)


def test_only_a_few_objects_are_read_ahead(stations: LiveStations, tmp_path: Path) -> None:
    """However many there are: a lake does not fit into memory."""
    for number in range(100):
        (tmp_path / f"lake/raw/tweets/2025/a{number:03}").write_bytes(raw(enriched(id="7")))
    asked: list[str] = []

    class Counting(LakeFiles):
        def read(self, key: str) -> bytes:
            asked.append(key)
            return super().read(key)

    files = Counting(stations.files.root, stations.files.filesystem)
    lines = replace(stations, files=files)._lines(raw_prefix(RawKind.TWEETS), b"7")
    assert "raw/tweets/2025/a" == next(lines)[0].key
    assert len(asked) <= 16
    assert 100 == len({file.key for file, _ in lines if file.key[-1].isdigit()})


def test_what_was_turned_away_is_found_by_its_id_or_by_its_bytes(stations: LiveStations) -> None:
    """In the raw lake and in the quarantine, and of tweets only."""
    found = {kept.reject.reason: kept.where for kept in stations.lake("7").rejects}
    assert {Reason.NO_CONTENT, Reason.DUPLICATE, Reason.NOT_JSON} == set(found)
    assert "raw/tweets/2025/c" == found[Reason.NO_CONTENT]
    assert [] == stations.lake("9").rejects
