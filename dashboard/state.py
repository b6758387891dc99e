"""What a viewer looks at, as it stands in the address: `?level=hourly&period=2014-06-06T14&ticker=AAPL`.

What makes no sense in an address falls back to the default, so that no link breaks a page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self
from urllib.parse import parse_qsl

from dashboard.map_view import MapView
from tickertape.domain.periods import Level, is_period
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.times import format_utc, parse_utc

# The period that follows along while a tape plays.
LATEST = "latest"
# Every bar of the newest day, instead of a number of bars.
DAY = "day"
TOP_CHOICES = ("3", "5", "10", "15")
SORT_CHOICES = ("mentions", *Sentiment)
BY_CHOICES = ("count", "share")
TWEET_CHOICES = ("20", "50", "100", "200")
CHART_CHOICES = ("line", "candles")
BAR_CHOICES = (DAY, "390", "1000")
ANY = "all"
SENTIMENT_CHOICES = (ANY, *Sentiment)
FEED_CHOICES = ("10", "50", "100", "200", "500")
MAX_WORDS = 100
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.^=_-]{0,14}")
_SERIES = re.compile(rf"{_TICKER.pattern}#[a-z0-9]{{1,4}}")


@dataclass(frozen=True, slots=True)
class ViewState:
    """The choices of one viewer.

    Attributes:
        period: a period's name, or `LATEST`.
        ticker: None for all of them.
        series: `AAPL#1m`, or None until one is chosen.
        sort: what the top tickers have most of: mentions, or the share of a sentiment.
    """

    level: Level = Level.DAILY
    period: str = LATEST
    ticker: str | None = None
    series: str | None = None
    top: str = "10"
    by: str = "count"
    tweets: str = "50"
    chart: str = "line"
    bars: str = "390"
    sort: str = "mentions"

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query."""
        given = _given(search)
        default = cls()
        level = _level(given.get("level", ""))
        period = given.get("period", LATEST)
        return cls(
            level=level,
            period=period if is_period(level, period) else LATEST,
            ticker=_matching(_TICKER, given.get("ticker", "").upper()),
            series=_matching(_SERIES, given.get("series", "")),
            top=_one_of(given, "top", TOP_CHOICES, default.top),
            by=_one_of(given, "by", BY_CHOICES, default.by),
            tweets=_one_of(given, "tweets", TWEET_CHOICES, default.tweets),
            chart=_one_of(given, "chart", CHART_CHOICES, default.chart),
            bars=_one_of(given, "bars", BAR_CHOICES, default.bars),
            sort=_one_of(given, "sort", SORT_CHOICES, default.sort),
        )


@dataclass(frozen=True, slots=True)
class FeedState:
    """The choices on the page of tweets.

    Attributes:
        dates: none, or the first and the last day, UTC's, both included.
        words: parts of the text, all of which a tweet has to have.
        lang: a language's code, or None for every language.
        tweets: at most so many.
    """

    ticker: str | None = None
    sentiment: str = ANY
    dates: tuple[str, ...] = ()
    words: str = ""
    lang: str | None = None
    tweets: str = "50"

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query."""
        given = _given(search)
        default = cls()
        return cls(
            ticker=_matching(_TICKER, given.get("ticker", "").upper()),
            sentiment=_one_of(given, "sentiment", SENTIMENT_CHOICES, default.sentiment),
            dates=days_of(given.get("dates", "").split(",")),
            words=given.get("words", "")[:MAX_WORDS],
            lang=_matching(_LANGUAGE, given.get("lang", "")),
            tweets=_one_of(given, "tweets", FEED_CHOICES, default.tweets),
        )


# `cell:2.3.12` or `place:Toronto, Ontario`; no source has longer names of places.
_MARK = re.compile(r"cell:\d\.\d{1,3}\.\d{1,4}|place:.{1,200}")


@dataclass(frozen=True, slots=True)
class MapState:
    """The choices on the map.

    Attributes:
        dates: none, or the first and the last day, UTC's, both included.
        view: the part of the world, as `MapView` writes it.
        mark: the cluster or the place whose tweets are listed, '' for all.
    """

    ticker: str | None = None
    sentiment: str = ANY
    dates: tuple[str, ...] = ()
    view: str = str(MapView())
    mark: str = ""

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query."""
        given = _given(search)
        default = cls()
        return cls(
            ticker=_matching(_TICKER, given.get("ticker", "").upper()),
            sentiment=_one_of(given, "sentiment", SENTIMENT_CHOICES, default.sentiment),
            dates=days_of(given.get("dates", "").split(",")),
            view=str(MapView.from_text(given.get("view"))),
            mark=_matching(_MARK, given.get("mark", "")) or "",
        )


MAX_COMPARED = 5
WINDOW_CHOICES = (DAY, "week", "month", "year")
BARS_CHOICES = ("change", "price", "volume")
MEASURE_CHOICES = ("mentions", "polarity")


@dataclass(frozen=True, slots=True)
class TickerState:
    """The choices on the page of tickers.

    Attributes:
        t: the tickers, at most `MAX_COMPARED`.
        until: the last day shown, UTC's; None for the newest.
        measure: what the trend shows, the number of mentions or their mean polarity.
        span: none, or the start and the end of the selected interval, ISO 8601 UTC.
    """

    t: tuple[str, ...] = ()
    level: Level = Level.DAILY
    until: str | None = None
    measure: str = "mentions"
    chart: str = "line"
    span: tuple[str, ...] = ()

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query."""
        given = _given(search)
        default = cls()
        days = days_of([given.get("until")])
        return cls(
            t=tickers_of(given.get("t", "").split(",")),
            level=_level(given.get("level", "")),
            until=days[0] if days else None,
            measure=_one_of(given, "measure", MEASURE_CHOICES, default.measure),
            chart=_one_of(given, "chart", CHART_CHOICES, default.chart),
            span=span_of(given.get("span", "").split(",")),
        )


INTERVAL_CHOICES = ("1h", "1d")
LEARNER_CHOICES = ("logistic_price_and_talk", "logistic_price")


@dataclass(frozen=True, slots=True)
class PredictionsState:
    """The choices on the page of predictions.

    Attributes:
        interval: how long the candles are.
        ticker: whose predictions are listed; None for the first one's.
        by: which model's.
    """

    interval: str = "1h"
    ticker: str | None = None
    by: str = LEARNER_CHOICES[0]

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query."""
        given = _given(search)
        default = cls()
        return cls(
            interval=_one_of(given, "interval", INTERVAL_CHOICES, default.interval),
            ticker=_matching(_TICKER, given.get("ticker", "").upper()),
            by=_one_of(given, "by", LEARNER_CHOICES, default.by),
        )


@dataclass(frozen=True, slots=True)
class PricesState:
    """The choices on the page of prices.

    Attributes:
        window: how much time is compared, up to the newest bar.
        by: what the bars side by side show.
        t: the symbols that are set apart, at most `MAX_COMPARED`.
    """

    window: str = DAY
    by: str = "change"
    t: tuple[str, ...] = ()

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query."""
        given = _given(search)
        default = cls()
        return cls(
            window=_one_of(given, "window", WINDOW_CHOICES, default.window),
            by=_one_of(given, "by", BARS_CHOICES, default.by),
            t=tickers_of(given.get("t", "").split(",")),
        )


# No source has longer ids.
MAX_ID = 100
EVENT_CHOICES = (ANY, "problems")


@dataclass(frozen=True, slots=True)
class OperationsState:
    """The choices on the page of operations.

    Attributes:
        tweet: the id of the tweet to look up, '' for none.
        events: all of them, or only the problems.
    """

    tweet: str = ""
    events: str = ANY

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query."""
        given = _given(search)
        return cls(
            tweet=given.get("tweet", "")[:MAX_ID],
            events=_one_of(given, "events", EVENT_CHOICES, cls().events),
        )


def tickers_of(names: Sequence[str] | None) -> tuple[str, ...]:
    """The well-formed tickers among some names, upper case, each once, the first `MAX_COMPARED` of them."""
    known = [name.upper() for name in names or () if _TICKER.fullmatch(name.upper())]
    return tuple(dict.fromkeys(known))[:MAX_COMPARED]


def span_of(times: Sequence[str] | None) -> tuple[str, ...]:
    """The start and the end of an interval; none unless both are times and in order."""
    try:
        start, end = (parse_utc(text) for text in times or ())
    except (TypeError, ValueError):
        return ()
    return (format_utc(start), format_utc(end)) if start < end else ()


def days_of(dates: Sequence[str | None] | None) -> tuple[str, ...]:
    """The first and the last of the days given, in order; none when there are none that exist.

    >>> days_of(["2014-06-06", None])
    ('2014-06-06', '2014-06-06')
    """
    days = sorted(day for day in dates or () if day and _is_day(day))
    return (days[0], days[-1]) if days else ()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _given(search: str | None) -> dict[str, str]:
    return dict(parse_qsl((search or "").lstrip("?")))


def _level(text: str) -> Level:
    return Level(text.upper()) if text.upper() in set(Level) else Level.DAILY


def _matching(pattern: re.Pattern[str], text: str) -> str | None:
    return text if pattern.fullmatch(text) else None


def _one_of(given: Mapping[str, str], name: str, choices: Collection[str], default: str) -> str:
    value = given.get(name, default)
    return value if value in choices else default
