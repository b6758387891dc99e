"""Splits: inferred from prices, told by a file or a provider, carried by the bars."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.fakes.bars import flat, utc
from tickertape.domain.bar import Bar
from tickertape.domain.rejects import BadRecord
from tickertape.domain.splits import KnownSplits, Split, split_ratio, splits_in
from tickertape.ports.sources import RawRecord
from tickertape.sources.splits_file import known_splits
from tickertape.sources.tape import TapeError
from tickertape.usecases.classify import Accepted, Window, bar_classifier

FRIDAY, MONDAY = utc("2014-06-06T19:59"), utc("2014-06-09T13:30")
SEVEN = Split("AAPL", date(2014, 6, 9), 7.0)


def overnight(before: float, after: float, **others: object) -> float:
    return split_ratio(flat(FRIDAY, before), flat(MONDAY, after, **others))


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        (645.57, 92.69, 7.0),
        (100.0, 50.0, 2.0),
        (100.0, 51.9, 2.0),  # 2:1 on a day that starts 3.8 % higher
        (300.0, 15.0, 20.0),
        (3.0, 30.0, 0.1),
        (1.0, 4.05, 0.25),
        (100.0, 100.5, 1.0),
        (100.0, 81.7, 1.0),  # the largest move overnight of ten large shares in two years
        (100.0, 66.7, 1.0),  # 3:2 or news: news
        (100.0, 56.0, 1.0),
        (100.0, 44.0, 1.0),
        (100.0, 1.0, 1.0),
    ],
)
def test_a_usual_ratio_is_a_split(before: float, after: float, ratio: float) -> None:
    """A jump overnight close to a usual whole ratio is a split, any other one is a move of the price."""
    assert ratio == overnight(before, after)


def test_a_late_print_of_the_old_price_does_not_hide_a_split() -> None:
    """AAPL's first bar after its split opened at the old price, and closed at the new one."""
    first = flat(utc("2014-06-09T08:00"), 92.42, open=645.57, high=645.57, low=92.23)
    assert 7.0 == split_ratio(flat(utc("2014-06-06T23:59"), 645.7), first)


def test_a_split_needs_a_night_and_no_long_gap() -> None:
    """A jump within one date in New York is none, though UTC's date changes, and after more than a week nothing is."""
    assert 1.0 == split_ratio(flat(utc("2014-06-06T23:59"), 100.0), flat(utc("2014-06-07T00:00"), 50.0))
    assert 2.0 == split_ratio(flat(FRIDAY, 100.0), flat(utc("2014-06-13T13:30"), 50.0))
    assert 1.0 == split_ratio(flat(FRIDAY, 100.0), flat(utc("2014-06-14T13:30"), 50.0))


def test_told_splits_win() -> None:
    """A told ratio is taken as it is, any ratio, over any gap; 1 denies a split; one of another date says nothing."""
    assert 1.5 == overnight(99.0, 66.0, split=replace(SEVEN, ratio=1.5))
    assert 1.0 == overnight(100.0, 50.0, split=replace(SEVEN, ratio=1.0))
    assert 2.0 == overnight(100.0, 50.0, split=replace(SEVEN, ex_date=date(2014, 6, 6)))
    later = flat(utc("2014-09-09T13:30"), 95.0, split=SEVEN)
    assert 7.0 == split_ratio(flat(FRIDAY, 645.0), later)
    assert 1.0 == split_ratio(later, flat(utc("2014-09-10T13:30"), 95.0, split=SEVEN))


def test_splits_of_a_series() -> None:
    """All splits of a series are named with the date of their first bar."""
    series = [flat(FRIDAY, 645.0), flat(MONDAY, 92.0), flat(utc("2014-06-10T13:30"), 9.2)]
    assert [SEVEN, Split("AAPL", date(2014, 6, 10), 10.0)] == splits_in(series)


def test_the_latest_split_by_then() -> None:
    """The lookup gives the latest split on or before a date; a later line for a date replaces an earlier one."""
    known = KnownSplits([Split("AAPL", date(2020, 8, 31), 4.0), replace(SEVEN, ratio=2.0), SEVEN])
    found = [known("AAPL", date(*day)) for day in ((2014, 6, 8), (2014, 6, 9), (2020, 8, 30), (2020, 8, 31))]
    assert [None, 7.0, 7.0, 4.0] == [split and split.ratio for split in found]
    assert None is known("FB", date(2020, 1, 1))


def test_bars_carry_the_told_split() -> None:
    """The classifier tells each bar from the ex date on; schema 1 reads a bar with and without it."""
    known = KnownSplits([SEVEN])
    classify = bar_classifier(Window(), "tape", lambda _: "1m", lambda: datetime(2026, 1, 1, tzinfo=UTC), known)
    bars = [_accepted_bar(classify(_row(ts))) for ts in ("2014-06-09T03:59:00Z", "2014-06-09T04:00:00Z")]
    assert [None, SEVEN] == [bar.split for bar in bars]
    assert [False, True] == ["split" in bar.to_event() for bar in bars]


def _row(ts: str) -> RawRecord:
    prices = dict.fromkeys(("open", "high", "low", "close", "volume"), "90")
    return RawRecord(b"", "bars.csv", 1, {"symbol": "AAPL", "ts": ts} | prices)


def _accepted_bar(outcome: object) -> Bar:
    assert isinstance(outcome, Accepted)
    return Bar.from_event(json.loads(outcome.line))


@pytest.mark.parametrize(
    "split", ["7", {"ratio": 7}, {"ex_date": "2014-06-09", "ratio": 0}, {"ex_date": "soon", "ratio": 7}]
)
def test_a_broken_split_is_a_bad_record(split: object) -> None:
    """A bar whose split cannot be read is refused, not read without it."""
    with pytest.raises(BadRecord, match="split"):
        Bar.from_event(flat(FRIDAY, 90.0).to_event() | {"split": split})


def test_a_tapes_splits(tmp_path: Path) -> None:
    """With or without a header, in any order of columns; a tape without the file tells of none."""
    assert None is known_splits(tmp_path)("AAPL", date(2030, 1, 1))
    for text in ("date,symbol,ratio\n2014-06-09,aapl,7\n", "AAPL, 2014-06-09, 7\n"):
        (tmp_path / "splits.csv").write_text(text)
        assert known_splits(tmp_path)("AAPL", date(2014, 6, 9)) == SEVEN


@pytest.mark.parametrize("line", ["AAPL,2014-06-09", "AAPL,9 June,7", "AAPL,2014-06-09,seven", "AAPL,2014-06-09,0"])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    """A line that cannot be read stops with the file, the line's number and what a line looks like."""
    (tmp_path / "splits.csv").write_text(f"symbol,date,ratio\n\n{line}\n")
    with pytest.raises(TapeError, match=r"splits\.csv, line 3: .*symbol,date,ratio"):
        known_splits(tmp_path)
