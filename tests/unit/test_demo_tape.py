"""The demo tape is what it says it is: reproducible, alive, consistent, and broken where it should be."""

from __future__ import annotations

import csv
import gzip
import importlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tickertape.domain.times import parse_v1

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
DEMO = FIXTURES / "demo"
COLUMNS = ["symbol", "ts", "open", "high", "low", "close", "volume"]
TAPE_STARTS = datetime(2025, 11, 24, tzinfo=UTC)
TAPE_ENDS = datetime(2025, 11, 29, tzinfo=UTC)
HALF_DAY_OPENS = datetime(2025, 11, 28, 14, 30, tzinfo=UTC)
HALF_DAY_CLOSES = datetime(2025, 11, 28, 18, 0, tzinfo=UTC)

Json = dict[str, Any]


@cache
def lines_of(name: str) -> tuple[str, ...]:
    """The lines of a committed file of the tape."""
    return tuple(gzip.decompress((DEMO / name).read_bytes()).decode().split("\n")[:-1])


@cache
def documents() -> tuple[tuple[str, Any], ...]:
    """Every line of the tweets with what it says as JSON, or None where it is not JSON."""
    found: list[tuple[str, Any]] = []
    for line in lines_of("tweets.jsonl.gz"):
        try:
            found.append((line, json.loads(line)))
        except json.JSONDecodeError:
            found.append((line, None))
    return tuple(found)


def form_of(record: Any) -> str | None:
    """Which of the three formats a document is in, if any."""
    if not isinstance(record, dict):
        return None
    marks = {"data": "v2", "schema_version": "own", "user": "v1"}
    return next((form for mark, form in marks.items() if mark in record), None)


def sent_at(record: Json) -> datetime:
    """When the tweet of a document was sent."""
    if form_of(record) == "v1":
        return parse_v1(record["created_at"])
    return datetime.fromisoformat(record.get("data", record)["created_at"])


def is_whole(record: Any) -> bool:
    """Whether a document is a tweet without anything wrong in itself."""
    if form_of(record) is None:
        return False
    body = record.get("data", record)
    text = body["text"]
    return (
        "id" in body
        and isinstance(text, str)
        and not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)
        and TAPE_STARTS <= sent_at(record) < TAPE_ENDS
    )


def key_of(record: Json) -> int:
    """The id of a whole tweet."""
    return int(record.get("data", record)["id"])


@cache
def tweets() -> tuple[Json, ...]:
    """The whole tweets, each id once."""
    whole: dict[int, Json] = {}
    for _, record in documents():
        if is_whole(record):
            whole.setdefault(key_of(record), record)
    return tuple(whole.values())


def text_of(record: Any) -> Any:
    """The text of a v1.1 tweet, else None."""
    return record["text"] if form_of(record) == "v1" else None


# kind -> whether a line with its document is of this kind; repeated ids have a test of their own
BROKEN_LINES: dict[str, Callable[[str, Any], bool]] = {
    "not_json": lambda line, record: line.startswith("<"),
    "half_a_line": lambda line, record: line.startswith('{"') and record is None,
    "text_is_a_number": lambda line, record: isinstance(text_of(record), int),
    "no_id": lambda line, record: form_of(record) == "v1" and "id" not in record and "id_str" not in record,
    "from_1970": lambda line, record: form_of(record) == "v1" and record["created_at"].endswith(" 1970"),
    "from_2999": lambda line, record: form_of(record) == "v1" and record["created_at"].endswith(" 2999"),
    "empty_object": lambda line, record: record == {},
    "json_array": lambda line, record: isinstance(record, list),
    "lone_surrogate": lambda line, record: str(text_of(record)).endswith(" \ud83d"),
    "nul_in_text": lambda line, record: "\0" in str(text_of(record)),
    "delete_notice": lambda line, record: isinstance(record, dict) and "delete" in record,
    "limit_notice": lambda line, record: isinstance(record, dict) and "limit" in record,
}


@cache
def rows() -> tuple[tuple[str, ...], ...]:
    """The rows of the bars as fields, without the header."""
    return tuple(tuple(fields) for fields in csv.reader(lines_of("bars.csv.gz")[1:]))


def prices_of(row: tuple[str, ...]) -> list[float] | None:
    """Open, high, low and close of a row, or None where one of them is no number."""
    try:
        return [float(field) for field in row[2:6]]
    except ValueError:
        return None


def is_high_below_low(row: tuple[str, ...]) -> bool:
    """Whether both are positive but the wrong way round."""
    prices = prices_of(row)
    return prices is not None and 0 < prices[1] < prices[2]


BROKEN_ROWS: dict[str, Callable[[tuple[str, ...]], bool]] = {
    "negative_price": lambda row: any(field.startswith("-") for field in row[2:6]),
    "high_below_low": is_high_below_low,
    "text_for_a_price": lambda row: prices_of(row) is None,
    "missing_column": lambda row: len(row) < len(COLUMNS),
    "from_1970": lambda row: row[1].startswith("1970"),
    "from_2999": lambda row: row[1].startswith("2999"),
    "empty_symbol": lambda row: row[0] == "",
    "nan_volume": lambda row: row[-1] == "NaN",
}


@cache
def bars() -> tuple[tuple[str, ...], ...]:
    """The rows with nothing wrong in themselves, each once."""
    return tuple(dict.fromkeys(row for row in rows() if not any(test(row) for test in BROKEN_ROWS.values())))


def test_a_new_run_gives_the_committed_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generator says today what it said when the tape was committed, the README's counts included."""
    monkeypatch.syspath_prepend(str(FIXTURES))
    generator = importlib.import_module("make_demo_tape")
    tape = generator.build()

    assert gzip.decompress((DEMO / "tweets.jsonl.gz").read_bytes()) == tape.tweets_jsonl
    assert gzip.decompress((DEMO / "bars.csv.gz").read_bytes()) == tape.bars_csv
    assert (DEMO / "README.md").read_text(encoding="utf-8") == generator.readme(generator.summary(tape))


def test_the_files_stay_small() -> None:
    """The tape is part of every clone, so its two files together stay below 480 kB."""
    assert sum((DEMO / name).stat().st_size for name in ("tweets.jsonl.gz", "bars.csv.gz")) < 480_000


def test_there_is_enough_of_everything() -> None:
    """The tape has thousands of tweets, and a dozen symbols over three days."""
    assert len(tweets()) >= 5_000
    assert {"2025-11-25", "2025-11-26", "2025-11-28"} == {row[1][:10] for row in bars()}
    assert 12 == len({row[0] for row in bars()})


def test_tweets_are_in_the_order_of_time() -> None:
    """Times never go back, and neither do ids."""
    order = [(sent_at(record), key_of(record)) for record in tweets()]
    assert sorted(order) == order


def test_the_day_after_thanksgiving_is_a_half_day() -> None:
    """Full days end with the minute before 21:00 UTC, the half day with the one before 18:00."""
    last: dict[str, str] = {}
    for row in bars():
        last[row[1][:10]] = row[1][11:]
    assert {"2025-11-25": "20:59:00Z", "2025-11-26": "20:59:00Z", "2025-11-28": "17:59:00Z"} == last


def test_unbroken_bars_are_consistent() -> None:
    """Low and high enclose open and close, prices have four decimals, volumes are positive whole numbers."""
    wrong = []
    for row in bars():
        open_usd, high_usd, low_usd, close_usd = prices_of(row) or [0.0] * 4
        is_enclosed = 0 < low_usd <= min(open_usd, close_usd) <= max(open_usd, close_usd) <= high_usd
        if not is_enclosed or int(row[6]) <= 0 or any(len(field.partition(".")[2]) != 4 for field in row[2:6]):
            wrong.append(row)
    assert [] == wrong


def test_a_bar_opens_close_to_the_close_before_it() -> None:
    """Within a session nothing jumps between two neighbouring minutes."""
    closes: dict[tuple[str, str], float] = {}
    wide = []
    for row in bars():
        day = (row[0], row[1][:10])
        before, now = closes.get(day, float(row[2])), float(row[2])
        if abs(now / before - 1) > 0.01:
            wide.append(row)
        closes[day] = float(row[5])
    assert [] == wide


def test_less_liquid_names_miss_a_few_minutes() -> None:
    """The big names have a bar for each of the 990 minutes, a few others do not."""
    count = Counter(row[0] for row in bars())
    assert 990 == count["AAPL"]
    assert 950 < count["DIS"] < 990


def test_the_last_session_is_full_of_talk() -> None:
    """The half day has enough tweets to look alive when it is played sixty times as fast."""
    assert sum(HALF_DAY_OPENS <= sent_at(record) < HALF_DAY_CLOSES for record in tweets()) >= 1_800


def test_all_three_formats_are_there() -> None:
    """Each format has its share of the lines, Twitter v1.1 the largest."""
    count = Counter(form_of(record) for record in tweets())
    assert ["v1", "v2", "own"] == [form for form, _ in count.most_common()]
    assert min(count.values()) > len(tweets()) * 0.1


def test_many_people_talk_and_some_advertise() -> None:
    """There are hundreds of authors, and advertisements that several of them post."""
    authors: set[str] = set()
    advertisers: defaultdict[str, set[str]] = defaultdict(set)
    for record in tweets():
        body = record.get("data", record)
        author = body["author_id"] if "author_id" in body else str((body.get("user") or body["author"])["id"])
        authors.add(author)
        if "free group" in body["text"]:
            advertisers[body["text"]].add(author)
    assert len(authors) >= 600
    assert max(len(group) for group in advertisers.values()) >= 3


@pytest.mark.parametrize("kind", BROKEN_LINES)
def test_every_kind_of_broken_line_is_there(kind: str) -> None:
    """Each kind of damage occurs, and never at either end of the tape."""
    where = [n for n, (line, record) in enumerate(documents()) if BROKEN_LINES[kind](line, record)]
    assert where
    assert all(5 <= n < len(documents()) - 5 for n in where)


def test_ids_and_lines_are_repeated() -> None:
    """One id comes with two texts, and one line comes twice, next to each other."""
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for _, record in documents():
        if is_whole(record):
            texts[key_of(record)].append(record.get("data", record)["text"])
    repeated = [found for found in texts.values() if len(found) > 1]
    assert any(first != second for first, second in repeated)
    assert any(first == second for first, second in pairwise(lines_of("tweets.jsonl.gz")))


def test_nothing_else_is_broken() -> None:
    """What is neither a whole tweet nor of a known kind of damage does not occur."""
    unknown = [
        line
        for line, record in documents()
        if not is_whole(record) and not any(test(line, record) for test in BROKEN_LINES.values())
    ]
    assert [] == unknown
    assert 30 == len(documents()) - len(tweets())


@pytest.mark.parametrize("kind", BROKEN_ROWS)
def test_every_kind_of_broken_row_is_there(kind: str) -> None:
    """Each kind of damage to the bars occurs."""
    assert any(BROKEN_ROWS[kind](row) for row in rows())


def test_a_row_is_repeated() -> None:
    """One bar is there twice, and with the broken rows that makes fifteen too many."""
    assert len(set(rows())) < len(rows())
    assert 15 == len(rows()) - len(bars())
