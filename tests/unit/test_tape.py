"""Tapes: files in every shape, read from any position."""

import gzip
from pathlib import Path

import pytest

from tickertape.sources.tape import BarTape, TapeError, TweetTape, bar_interval

HEADER = b"symbol,ts,open,high,low,close,volume\n"


def bar_row(symbol: str, minute: int) -> bytes:
    return f"{symbol},2014-06-05T14:{minute:02}:00Z,1,1,1,1,5\n".encode()


def test_gzip_and_plain_files_read_alike(tmp_path: Path) -> None:
    """A tape reads the same lines whether they are compressed or not, with their numbers; blank lines count."""
    content = b'\xef\xbb\xbf{"a":1}\r\n\n{"b":2}'
    for folder, name, body in (("p", "tweets.jsonl", content), ("z", "tweets.jsonl.gz", gzip.compress(content))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(body)
    plain, zipped = (
        [(record.number, record.raw) for record in TweetTape(tmp_path / folder).read({})] for folder in "pz"
    )
    assert [(1, b'{"a":1}'), (3, b'{"b":2}')] == plain == zipped


def test_reading_goes_on_after_a_position(tmp_path: Path) -> None:
    """Only lines after the position are read."""
    (tmp_path / "tweets.jsonl").write_bytes(b"1\n2\n3\n")
    assert [b"3"] == [record.raw for record in TweetTape(tmp_path).read({"tweets.jsonl": 2})]


def test_bar_files_are_merged_by_time_and_broken_rows_keep_their_place(tmp_path: Path) -> None:
    """Two files come as one stream in order of time; a row without a time stays behind the one before it."""
    (tmp_path / "bars-a.csv").write_bytes(HEADER + bar_row("A", 1) + b"broken\n" + bar_row("A", 3))
    (tmp_path / "bars-b.csv.gz").write_bytes(gzip.compress(HEADER + bar_row("B", 2)))
    records = list(BarTape(tmp_path).read({}))
    assert ["A", "broken", "B", "A"] == [dict(record.fields or {}).get("symbol") for record in records]
    resumed = list(BarTape(tmp_path).read({"bars-a.csv": 3, "bars-b.csv.gz": 2}))
    assert ["bars-a.csv:4"] == [record.position for record in resumed]


def test_a_bar_file_without_header_has_the_usual_columns(tmp_path: Path) -> None:
    """The first line is data where it names no columns."""
    (tmp_path / "bars.csv").write_bytes(bar_row("A", 1))
    (record,) = BarTape(tmp_path).read({})
    assert ("bars.csv:1", "A") == (record.position, dict(record.fields or {})["symbol"])


def test_a_cut_off_gzip_gives_its_lines_and_then_says_what_is_wrong(tmp_path: Path) -> None:
    """What can be read is read; the error names the file."""
    whole = gzip.compress(b"".join(b"%d\n" % number for number in range(50_000)))
    (tmp_path / "tweets.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    records = TweetTape(tmp_path).read({})
    assert b"0" == next(records).raw
    with pytest.raises(TapeError, match=r"tweets\.jsonl\.gz"):
        list(records)


@pytest.mark.parametrize(
    ("name", "interval"), [("bars.csv", "1m"), ("bars-daily.csv.gz", "1d"), ("bars_1h.csv", "1h"), ("bars-x.csv", "1m")]
)
def test_the_file_name_tells_the_interval(name: str, interval: str) -> None:
    """Days and hours are named, the rest are minutes."""
    assert interval == bar_interval(name)
