"""Alpha Vantage: minute bars over HTTP, one request a symbol, each with its last hundred minutes.

The free plan has 25 requests a day and about one a second. Over quota it answers HTTP 200 with a sentence, which is an
error here and never data; the sentence carries the key, so no message of the provider is passed on with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from tickertape.domain.bar_formats import (
    AccessRefused,
    BadAnswer,
    ProviderBar,
    QuotaSpent,
    UnknownSymbol,
    alphavantage_bars,
)
from tickertape.ports.control import Events
from tickertape.ports.sources import Budget, BudgetSpent, Position, RawRecord, SourceRefused, SourceUnavailable
from tickertape.sources.live_bars import NewBars, pulses

URL = "https://www.alphavantage.co"
_TIMEOUT_S = 10.0
_CLOSED_GATE_S = 1.0
# A minute that has just ended still gets its last trades.
_SETTLE = timedelta(seconds=5)


class AlphaVantageBars:
    """The Source port over Alpha Vantage's TIME_SERIES_INTRADAY.

    Args:
        budget: requests a day; each request is taken from it before it is sent.
        may_ask: whether requests are wanted now (the market's gate).
        poll_s: seconds from the beginning of one round over the symbols to the next.
        pace_s: seconds between two requests.
    """

    name = "alphavantage"
    live = True

    def __init__(
        self,
        *,
        key: str,
        symbols: Sequence[str],
        budget: Budget,
        events: Events,
        may_ask: Callable[[], bool],
        wall: Callable[[], datetime],
        url: str = URL,
        poll_s: float = 60.0,
        pace_s: float = 1.2,
    ) -> None:
        self._key = key
        # Kept from one reading to the next: who was not answered is asked first after a quota, else nobody ever is.
        self._waiting = list(symbols)
        self._budget = budget
        self._events = events
        self._may_ask = may_ask
        self._wall = wall
        self._url = url
        self._poll_s = poll_s
        self._pace_s = pace_s

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """Closed bars that are newer than those taken, symbol by symbol.

        Raises:
            SourceUnavailable: not reached, quota or budget spent.
            SourceRefused: the key is not taken, its plan has no minute bars, or no symbol is known.
        """
        new = NewBars(after, self._wall, _SETTLE)
        with httpx.Client(base_url=self._url, timeout=_TIMEOUT_S) as client:
            while True:
                began = time.monotonic()
                for symbol in list(self._waiting):
                    while not self._may_ask():
                        yield from pulses(_CLOSED_GATE_S)
                    yield from new.records(self._bars(client, symbol))
                    yield from pulses(self._pace_s)
                if not self._waiting:
                    raise SourceRefused(self.name, "it knows none of the symbols: set TICKERTAPE_SYMBOLS to others")
                yield from pulses(began + self._poll_s - time.monotonic())

    def _bars(self, client: httpx.Client, symbol: str) -> list[ProviderBar]:
        try:
            bars = alphavantage_bars(self._answer(client, symbol), symbol)
        except UnknownSymbol as unknown:
            self._waiting.remove(symbol)
            why = self._without_key(str(unknown))
            self._events.emit("unknown_symbol", level="warning", source=self.name, symbol=symbol, why=why)
            return []
        except QuotaSpent as spent:
            raise self._unavailable(str(spent), spent.retry_after_s, "quota_spent") from None
        except AccessRefused as refused:
            why = self._without_key(str(refused))
            raise SourceRefused(self.name, f"{why} (set TICKERTAPE_ALPHAVANTAGE_KEY)") from None
        except BadAnswer as bad:
            raise self._unavailable(str(bad)) from None
        self._waiting.remove(symbol)
        self._waiting.append(symbol)
        return bars

    def _answer(self, client: httpx.Client, symbol: str) -> Any:
        try:
            self._budget.spend(1)
        except BudgetSpent as spent:
            raise self._unavailable(str(spent), spent.renewed_in_s, "request_budget_spent") from spent
        try:
            response = client.get(
                "/query",
                params={
                    "function": "TIME_SERIES_INTRADAY",
                    "symbol": symbol,
                    "interval": "1min",
                    "outputsize": "compact",
                    # Prices as they were traded, in the exchange's own hours.
                    "adjusted": "false",
                    "extended_hours": "false",
                    "apikey": self._key,
                },
            )
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as error:
            raise self._of_status(error.response) from None
        except (httpx.HTTPError, ValueError) as error:
            # Its address carries the key.
            raise self._unavailable(f"{type(error).__name__}: {error}") from None

    def _of_status(self, response: httpx.Response) -> SourceUnavailable | SourceRefused:
        status = f"HTTP {response.status_code}"
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return SourceRefused(self.name, f"{status} (set TICKERTAPE_ALPHAVANTAGE_KEY)")
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            wait = response.headers.get("Retry-After", "")
            return self._unavailable(status, float(wait) if wait.isdigit() else 60.0, "quota_spent")
        return self._unavailable(status)

    def _unavailable(
        self, why: str, retry_after_s: float | None = None, event: str = "source_unavailable"
    ) -> SourceUnavailable:
        return SourceUnavailable(self.name, self._without_key(why), retry_after_s, event)

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text
