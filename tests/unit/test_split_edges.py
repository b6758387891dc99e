"""Splits out of the table `bars`: what is kept of each day says all that the rules need."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from spark.jobs.splits import COLUMNS, edges_of, known_splits, shares_of
from tickertape.domain.bar import Bar
from tickertape.domain.splits import Split, splits_in
from tickertape.lake.keys import Table
from tickertape.lake.tables import SCHEMAS

SCHEMA = pa.schema([SCHEMAS[Table.BARS].field(name) for name in COLUMNS])


def bar(symbol: str, ts: datetime, price: float, interval: str = "1m", split: Split | None = None) -> Bar:
    return Bar(symbol, interval, ts, price, price, price, price * 1.001, 1.0, "tape", split)


def rows(bars: Sequence[Bar]) -> pa.Table:
    found = [
        {name: getattr(each, name) for name in COLUMNS[:5]}
        | ({"split_date": each.split.ex_date, "split_ratio": each.split.ratio} if each.split else {})
        for each in bars
    ]
    return pa.Table.from_pylist(found, schema=SCHEMA)


def series(symbol: str, seed: int) -> list[Bar]:
    """Some months of minutes before, in and after sessions, with gaps, jumps, and splits that are told."""
    dice = random.Random(seed)
    moment, price, split = datetime(2014, 1, 2, 9, tzinfo=UTC), 100.0, None
    bars = []
    for _ in range(60):
        moment += timedelta(days=dice.choice([1, 1, 1, 3, 9]))
        price *= dice.choice([1, 1, 1, 1, 0.5, 1 / 7, 3, 0.8])
        if dice.random() < 0.2:
            split = Split(symbol, moment.date() - timedelta(days=dice.randrange(3)), dice.choice([1.0, 1.5, 2.0]))
        for _ in range(dice.randrange(1, 5)):
            # Up to the evening of New York, when UTC has the next date.
            ts = moment + timedelta(minutes=dice.randrange(16 * 60))
            price *= dice.uniform(0.97, 1.03)
            bars.append(bar(symbol, ts, price, split=split))
    return sorted({each.ts: each for each in bars}.values(), key=lambda each: each.ts)


@pytest.mark.parametrize("seed", range(5))
def test_the_edges_of_days_tell_the_splits_that_all_bars_tell(seed: int) -> None:
    """The rules find the same in two rows a day as in every minute, however the minutes were cut into files."""
    dice = random.Random(seed)
    each = [series(symbol, seed * 10 + number) for number, symbol in enumerate(("A", "B"))]
    cut = dice.randrange(len(each[0]))
    parts = [[*each[0][:cut], *each[1]], each[0][cut:]]
    shuffled = [dice.sample(part, len(part)) for part in parts]
    found = known_splits([edges_of(rows(part)) for part in shuffled])
    assert {split for bars in each for split in splits_in(bars)} == found
    assert found


def test_a_daily_bar_counts_where_its_date_has_no_minutes() -> None:
    """A day's close after a split that its minutes deny is none; its time may be any of its date in UTC."""
    before = bar("A", datetime(2014, 6, 5, 20, tzinfo=UTC), 100.0, "1d")
    after = bar("A", datetime(2014, 6, 6, tzinfo=UTC), 50.0, "1d")
    assert {Split("A", date(2014, 6, 6), 2.0)} == known_splits([edges_of(rows([before, after]))])
    minute = replace(after, interval="1m", ts=datetime(2014, 6, 6, 14, tzinfo=UTC), open=100.0, close=100.0)
    assert set() == known_splits([edges_of(rows([before, after, minute]))])


def test_no_bars_have_no_edges() -> None:
    """Nor have bars of other lengths or of prices that are none."""
    odd = [bar("A", datetime(2014, 6, 5, tzinfo=UTC), 1.0, "5m"), bar("A", datetime(2014, 6, 6, tzinfo=UTC), 0.0)]
    assert [0, 0] == [len(edges_of(rows(some))) for some in ([], odd)]
    assert set() == known_splits([])


def test_a_share_is_followed_over_its_splits() -> None:
    """Between two splits: what one share of the first day has become by then, and what it will become."""
    splits = [Split("A", date(2020, 8, 31), 4.0), Split("A", date(2014, 6, 9), 7.0)]
    assert [(1.0, 28.0), (7.0, 4.0), (28.0, 1.0)] == [
        (row["shares"], row["later"]) for row in shares_of(splits).to_pylist()
    ]
    assert [date(2014, 6, 9), date(2020, 8, 31)] == shares_of(splits)["since"].to_pylist()[1:]
