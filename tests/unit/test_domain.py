"""The small rules: tickers, sentiment, bars, averages, times, periods."""

import json
from datetime import UTC, datetime

import pytest

from tickertape.domain.averages import moving_averages
from tickertape.domain.bar import Bar, parse_bar
from tickertape.domain.periods import Level, period_name
from tickertape.domain.rejects import BadRecord, Outcome, Reason, Reject
from tickertape.domain.scorers import TextBlob
from tickertape.domain.sentiment import judge
from tickertape.domain.tickers import find_hashtags, find_tickers
from tickertape.domain.times import format_utc, parse_utc, parse_v1

LATEST = datetime(2026, 1, 1, tzinfo=UTC)
ROW = {
    "symbol": "aapl",
    "ts": "2014-06-09T13:30:00Z",
    "open": "92.7",
    "high": "93",
    "low": "92.5",
    "close": "92.9",
    "volume": "100",
}


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("$C is not $CSCO", ("C", "CSCO")),
        ("$5 and $100M and US$20 are none", ()),
        ('($AAPL) $TSLA\'s "$MSFT", $BRK.B.', ("AAPL", "TSLA", "MSFT", "BRK.B")),
        ("$ES_F $aapl $AAPL", ("ES_F", "AAPL")),
        ("a retweet cut at $G…", ()),
        ("$TOOLONGTICKER a$B $$C", ()),
        ("$AAPL,$GOOG/$FB", ("AAPL", "GOOG", "FB")),
    ],
)
def test_tickers_are_whole_well_formed_cashtags(text: str, tickers: tuple[str, ...]) -> None:
    """A cashtag counts when it is one, once, in upper case."""
    assert tickers == find_tickers(text)


def test_hashtags_are_lower_case_and_never_only_digits() -> None:
    """`#1` numbers a thing and tags none."""
    assert ("stocks", "q4") == find_hashtags("#Stocks #1 #Q4 #stocks")


@pytest.mark.parametrize(
    ("text", "sentiment", "method"),
    [
        ("terrible :)", "positive", "emoticon"),
        ("great 📉📉", "negative", "emoticon"),
        ("🚀 and 📉", "neutral", "emoticon"),
        ("see http://t.co/x at 12:30)", "neutral", "text"),
        ("great", "positive", "text"),
        ("awful", "negative", "text"),
        ("", "neutral", "text"),
    ],
)
def test_emoticons_decide_before_the_scorer(text: str, sentiment: str, method: str) -> None:
    """Emoticons and emoji decide when there are any, else the text does."""
    verdict = judge(text, TextBlob())
    assert (sentiment, method) == (verdict.sentiment, verdict.method)


def test_bar_is_read_and_written_as_the_same_bar() -> None:
    """A bar off a tape travels the wire unchanged."""
    bar = parse_bar(ROW, interval="1m", provider="tape", latest=LATEST)
    assert "AAPL#1m#2014-06-09T13:30:00Z" == bar.id
    assert bar == Bar.from_event(bar.to_event())


def test_spaces_around_the_cells_of_a_bar_say_nothing() -> None:
    """`AAPL, 2014-06-09T13:30:00Z, 92.7` is the bar without the spaces."""
    spaced = {column: f" {cell} " for column, cell in ROW.items()}
    bar, plain = (parse_bar(row, interval="1m", provider="tape", latest=LATEST) for row in (spaced, ROW))
    assert plain == bar


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": ""}, Reason.MISSING_FIELD),
        ({"symbol": "not a symbol"}, Reason.BAD_SYMBOL),
        ({"close": None}, Reason.MISSING_FIELD),
        ({"close": "abc"}, Reason.NOT_A_NUMBER),
        ({"volume": "nan"}, Reason.NOT_A_NUMBER),
        ({"volume": "-1"}, Reason.BAD_VOLUME),
        ({"volume": "1_0"}, Reason.NOT_A_NUMBER),
        ({"volume": "1e300"}, Reason.BAD_VOLUME),
        ({"low": "-3"}, Reason.BAD_PRICE),
        ({"low": "1e-320"}, Reason.BAD_PRICE),
        ({"high": "1e308"}, Reason.BAD_PRICE),
        ({"high": "90", "low": "95"}, Reason.HIGH_BELOW_LOW),
        ({"close": "99"}, Reason.PRICE_OUTSIDE_RANGE),
        ({"ts": "2014-06-09T13:30:00"}, Reason.BAD_TIME),
        ({"ts": "1970-01-01T00:00:00Z"}, Reason.TIME_OUT_OF_RANGE),
        ({"ts": "2999-01-01T00:00:00Z"}, Reason.TIME_OUT_OF_RANGE),
    ],
)
def test_broken_bars_are_refused_with_their_reason(changes: dict[str, str], reason: Reason) -> None:
    """Each way of being broken has a reason of its own."""
    with pytest.raises(BadRecord) as caught:
        parse_bar(ROW | changes, interval="1m", provider="tape", latest=LATEST)
    assert reason == caught.value.reason


def test_averages_start_when_their_window_is_full() -> None:
    """A window of two has its first mean at the second close."""
    assert [{}, {2: 1.5}, {2: 2.5}] == [each.simple for each in moving_averages([1.0, 2.0, 3.0], windows=[2])]


def test_times_of_every_form_are_one_moment() -> None:
    """A v1.1 time, an offset and a Z name the same moment, written one way."""
    v1 = parse_v1("Mon Jun 09 13:30:00 +0000 2014")
    assert v1 == parse_utc("2014-06-09T09:30:00-04:00") == parse_utc("2014-06-09T13:30:00Z")
    assert "2014-06-09T13:30:00Z" == format_utc(v1)


def test_periods_are_named_by_their_start() -> None:
    """A period's name is its start as far as its level tells."""
    moment = datetime(2014, 6, 6, 14, 59, tzinfo=UTC)
    expected = ["2014-06-06T14", "2014-06-06", "2014-W23", "2014-06", "2014"]
    assert expected == [period_name(level, moment) for level in Level]


def test_reject_keeps_every_byte() -> None:
    """What was turned away is read back to the byte, whatever the bytes are."""
    reject = Reject.of(
        b"\xff\x00{\xed\xa0\xbd",
        stage="ingest",
        kind="tweets",
        outcome=Outcome.QUARANTINED,
        reason=Reason.NOT_UTF8,
        detail="\ud83d",
        event_id=None,
        position="tweets.jsonl:3",
        at="2025-11-25T12:00:00Z",
    )
    assert b"\xff\x00{\xed\xa0\xbd" == Reject.from_event(json.loads(reject.to_line())).raw
