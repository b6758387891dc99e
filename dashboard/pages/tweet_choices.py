"""What the pages of single tweets share: which tickers and days there are to choose from, and what a choice wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dashboard.components.pickers import Option, ticker_options
from dashboard.queries import counts
from dashboard.queries.reader import ServingReader
from dashboard.queries.tweet_search import Wanted, days_between
from dashboard.refresh import version_unless
from dashboard.state import ANY, days_of
from tickertape.domain.periods import Level

Dates = Sequence[str | None] | None
_INSTANT = timedelta(milliseconds=1)


def choices(reader: ServingReader, ticker: str | None, seen: str | None) -> tuple[list[Option], Any, Any, str]:
    """The tickers of the newest year with data, the first and the last day there are, and a version. Three Queries.

    Raises:
        PreventUpdate: the browser already shows just this.
        StoreAway: DynamoDB does not answer.
    """
    ranked = counts.tickers_of_newest_year(reader)
    days = counts.periods(reader, Level.DAILY)
    version = version_unless(seen, ticker, ranked, days)
    return ticker_options(ranked, ticker), days[-1] if days else None, days[0] if days else None, version


def wanted_tweets(
    ticker: str | None,
    sentiment: str,
    dates: Dates,
    words: str | None = None,
    lang: str | None = None,
    shown_until: datetime | None = None,
) -> Wanted:
    """What the controls' values ask for; `shown_until`, included, instead of the end of the days."""
    days = days_of(dates)
    start, end = days_between(*days) if days else (None, None)
    return Wanted(
        ticker=ticker or None,
        start=start,
        end=shown_until + _INSTANT if shown_until else end,
        sentiment=None if sentiment == ANY else sentiment,
        lang=lang or None,
        words=(words or "").strip(),
    )
