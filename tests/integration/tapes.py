"""A tape that has everything in it that must not stop a stream, and counts of it made without the product's code."""

from __future__ import annotations

import csv
import gzip
import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.fakes.records import own, raw, v1, v2

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"
# Reason of each line that must not stop the stream.
BROKEN_TWEETS: list[tuple[bytes, str]] = [
    (b"this is not JSON", "quarantined:not_json"),
    (raw(v1(id_str="901"))[:100], "quarantined:not_json"),
    (raw(v1(id_str="902", text=12345)), "quarantined:wrong_type"),
    (raw(v1(id=None, id_str=None)), "quarantined:missing_field"),
    (raw(v1(id_str="903", created_at="Thu Jan 01 00:00:00 +0000 1970")), "quarantined:time_out_of_range"),
    (raw(v2(id="904", created_at="2999-01-01T00:00:00.000Z")), "quarantined:time_out_of_range"),
    (raw(own(id="905", text="$AAPL " * 170_000)), "quarantined:text_too_long"),
    (raw(own(id="906", text="half an emoji \ud83d $AAPL")), "quarantined:lone_surrogate"),
    (raw(own(id="907", text="nul \x00 $AAPL")), "quarantined:nul_character"),
    (b"\xff\xfe\x00\x01", "quarantined:not_utf8"),
    (b"[]", "quarantined:unknown_shape"),
    (raw({"delete": {"status": {"id": 5}}}), "filtered:control_message"),
    (raw(own(id="908", text="first $MSFT")), "delivered"),
    (raw(own(id="908", text="second $TSLA")), "quarantined:conflicting_duplicate"),
    (raw(own(id="908", text="first $MSFT")), "filtered:duplicate"),
    (raw(own(id="909", text="https://t.co/onlyalink")), "delivered"),
    (raw(own(id="910", text="🚀" * 5000 + " <script>alert(1)</script> \u202e $AAPL")), "delivered"),
]
HEADER = "symbol,ts,open,high,low,close,volume"
BROKEN_BARS: list[tuple[str, str]] = [
    ("AAPL,2025-11-25T15:00:30Z,-1,2,1,1,5", "quarantined:bad_price"),
    ("AAPL,2025-11-25T15:01:30Z,1,1,2,1,5", "quarantined:high_below_low"),
    ("AAPL,2025-11-25T15:02:30Z,1,2,1,abc,5", "quarantined:not_a_number"),
    ("AAPL,1970-01-01T00:00:00Z,1,2,1,1,5", "quarantined:time_out_of_range"),
    ("AAPL,2999-01-01T00:00:00Z,1,2,1,1,5", "quarantined:time_out_of_range"),
    ("AAPL,2025-11-25T15:03:30Z", "quarantined:missing_field"),
    ("ZZZZ,2025-11-25T15:04:00Z,1,2,1,1.5,5", "delivered"),
    ("ZZZZ,2025-11-25T15:04:00Z,1,2,1,1.5,5", "filtered:duplicate"),
    ("ZZZZ,2025-11-25T15:04:00Z,1,2,1,1.6,5", "quarantined:conflicting_duplicate"),
]
# A share that splits 7:1 overnight, as AAPL did on 2014-06-09.
SPLIT_SYMBOL = "SPLT"
SPLIT_BARS = [
    f"{SPLIT_SYMBOL},{day}T15:{minute:02}:00Z,{price},{price},{price},{price},5"
    for day, price in (("2025-11-25", 647.5), ("2025-11-26", 92.5))
    for minute in range(30)
]


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape and what is known of it: how many of its lines end in which outcome."""

    folder: Path
    tweet_outcomes: Counter[str]
    bar_outcomes: Counter[str]


def make_tape(folder: Path, tweets: int = 900, bars: int = 1500) -> Tape:
    """Good lines of the demo tape with every broken one among them."""
    folder.mkdir(parents=True)
    by_id: dict[str, bytes] = {}
    for line in _lines(DEMO / "tweets.jsonl.gz"):
        if tweet := _plain_tweet(line):
            by_id.setdefault(tweet[0], line)
    good = list(by_id.values())[:tweets]
    middle = len(good) // 2
    lines = [*good[:middle], *(line for line, _ in BROKEN_TWEETS), *good[middle:]]
    (folder / "tweets.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    rows = [row for row in _lines(DEMO / "bars.csv.gz")[1:] if _is_plain_bar(row.decode())][:bars]
    rows = [*dict.fromkeys(rows), *(row.encode() for row in SPLIT_BARS)]
    broken = [row.encode() for row, _ in BROKEN_BARS]
    (folder / "bars.csv").write_bytes(b"\n".join([HEADER.encode(), *rows[:99], *broken, *rows[99:]]) + b"\n")
    return Tape(
        folder,
        Counter({"delivered": len(good)}) + Counter(outcome for _, outcome in BROKEN_TWEETS),
        Counter({"delivered": len(rows)}) + Counter(outcome for _, outcome in BROKEN_BARS),
    )


def _lines(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines()


def _plain_tweet(line: bytes) -> tuple[str, str, str] | None:
    try:
        return simple_tweet(json.loads(line))
    except (ValueError, AttributeError):
        return None


def _is_plain_bar(row: str) -> bool:
    try:
        symbol, ts, *numbers = next(csv.reader([row]))
        prices = [float(number) for number in numbers]
    except (ValueError, StopIteration):
        return False
    return bool(symbol) and ts.startswith("2025-11") and len(prices) == 5 and min(prices) > 0 and prices[1] >= prices[2]


def simple_tweet(record: Any) -> tuple[str, str, str] | None:
    """Id, ISO time and decoded text of a good record of any form, read without the product; None for others."""
    if not isinstance(record, dict):
        return None
    body = record.get("data", record)
    text, created, tweet_id = body.get("text"), body.get("created_at", ""), body.get("id_str") or body.get("id")
    if not isinstance(text, str) or not tweet_id or len(text) >= 25_000:
        return None
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return None
    found = re.fullmatch(r"\w+ (\w+) (\d+) ([\d:]+) \+0000 (\d+)", created)
    if found:
        month = "JanFebMarAprMayJunJulAugSepOctNovDec".index(found[1]) // 3 + 1
        created = f"{found[4]}-{month:02}-{found[2]}T{found[3]}"
    if not "2006" < created[:4] < "2027":
        return None
    return str(tweet_id), created[:19], text if "author" in body else html.unescape(text)


def counted_tweets(folder: Path) -> dict[str, tuple[str, str]]:
    """Time and text by id, the first of each id, counted with a few plain lines of Python."""
    found: dict[str, tuple[str, str]] = {}
    for line in _lines(next(folder.glob("tweets.jsonl*"))):
        try:
            tweet = simple_tweet(json.loads(line.decode()))
        except ValueError:
            continue
        if tweet and re.sub(r"https?://\S+|[\s.,…]", "", tweet[2]):
            found.setdefault(tweet[0], tweet[1:])
    return found


def counted_mentions(folder: Path, form: str = "") -> Counter[tuple[str, ...]]:
    """Mentions by ticker, or by the time in a form of strftime's and ticker."""
    counts: Counter[tuple[str, ...]] = Counter()
    for created, text in counted_tweets(folder).values():
        for ticker in set(_cashtags(text)):
            counts[(f"{datetime.fromisoformat(created):{form}}", ticker) if form else (ticker,)] += 1
    return counts


def _cashtags(text: str) -> Iterator[str]:
    """Whole cashtags by hand: a $ at no word's end, letters, and at most one class suffix."""
    for found in re.finditer(r"\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2}(?![A-Za-z0-9_]))?)", text):
        before = text[found.start() - 1 : found.start()]
        after = text[found.end() : found.end() + 1]
        if not (before.isalnum() or before in ("_", "$")) and not (after.isalnum() or after in ("_", "…")):
            yield found[1].upper()
