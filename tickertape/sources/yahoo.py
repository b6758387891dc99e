"""Yahoo Finance through yfinance: minute bars without a key, unofficial, and blocked for a while when asked too much.

Yahoo gives minutes for the last seven days. Prices are not adjusted for dividends; splits are told as they are seen.
Importing this takes a second (pandas), so only who chose Yahoo imports it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yfinance
from curl_cffi.requests import Session
from curl_cffi.requests.exceptions import HTTPError, RequestException
from yfinance.exceptions import YFException, YFPricesMissingError, YFRateLimitError

from tickertape.domain.bar_formats import ProviderBar
from tickertape.ports.control import Events
from tickertape.ports.sources import Position, RawRecord, SourceRefused, SourceUnavailable
from tickertape.sources.live_bars import MINUTE, NewBars, pulses

_CLOSED_GATE_S = 1.0
_TIMEOUT_S = 10.0
# Yahoo does not say how long it blocks; minutes usually do.
_RATE_LIMIT_RETRY_S = 300.0
# A minute that has just ended still gets its volume.
_SETTLE = timedelta(seconds=15)
_REACH = timedelta(days=6, hours=23)
_COLUMNS = ("Open", "High", "Low", "Close", "Volume")
# How Yahoo says that a symbol is none.
_UNKNOWN = ("no data found", "delisted", "not found")
_NOT_FOUND = 404


class YahooBars:
    """The Source port over Yahoo's charts.

    Args:
        on_split: told each split that a chart shows: symbol, date in New York, shares that one share became. The same
            split is told again after a restart.
        cache_dir: where yfinance keeps cookies and time zones.
        proxy: of all requests, `http://host:port`.
        ca_file: certificates to trust instead of the usual ones, where the proxy opens TLS.
    """

    name = "yahoo"
    live = True

    def __init__(
        self,
        *,
        symbols: Sequence[str],
        events: Events,
        may_ask: Callable[[], bool],
        wall: Callable[[], datetime],
        on_split: Callable[[str, date, float], None],
        cache_dir: Path,
        proxy: str | None = None,
        ca_file: Path | None = None,
        poll_s: float = 60.0,
    ) -> None:
        # Kept from one reading to the next: who was not answered is asked first, else a limit starves the last ones.
        self._waiting = list(symbols)
        self._events = events
        self._may_ask = may_ask
        self._wall = wall
        self._on_split = on_split
        self._splits_told: set[tuple[str, date]] = set()
        self._poll_s = poll_s
        trusted: Any = str(ca_file) if ca_file else True  # its types say bool only
        proxies: Any = {"http": proxy, "https": proxy} if proxy else None
        self._session: Any = Session(impersonate="chrome", proxies=proxies, verify=trusted)
        cache_dir.mkdir(parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(cache_dir))
        # What goes wrong is raised, not written to its own log.
        yfinance.config.debug.hide_exceptions = False
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """Closed bars that are newer than those taken, symbol by symbol.

        Raises:
            SourceUnavailable: not reached, or asked too often.
            SourceRefused: none of the symbols is known.
        """
        new = NewBars(after, self._wall, _SETTLE)
        while True:
            began = time.monotonic()
            for symbol in list(self._waiting):
                while not self._may_ask():
                    yield from pulses(_CLOSED_GATE_S)
                yield from new.records(self._bars(symbol, new.newest(symbol)))
                yield None
            if not self._waiting:
                raise SourceRefused(self.name, "it knows none of the symbols: set TICKERTAPE_SYMBOLS to others")
            yield from pulses(began + self._poll_s - time.monotonic())

    def _bars(self, symbol: str, newest: int | None) -> list[ProviderBar]:
        try:
            # Its own tickers are written with a dash: BRK-B.
            ticker = yfinance.Ticker(symbol.replace(".", "-"), session=self._session)
            chart = ticker.history(
                **self._span(newest), interval="1m", auto_adjust=False, actions=True, timeout=_TIMEOUT_S
            )
        except YFRateLimitError as limit:
            raise SourceUnavailable(self.name, str(limit), _RATE_LIMIT_RETRY_S, "quota_spent") from limit
        except (YFException, RequestException, OSError, ValueError, KeyError, TypeError) as error:
            if _is_empty(error):
                self._asked(symbol)
                return []
            if not _is_unknown(error):
                raise SourceUnavailable(self.name, f"{symbol}: {type(error).__name__}: {error}"[:300]) from error
            self._waiting.remove(symbol)
            self._events.emit("unknown_symbol", level="warning", source=self.name, symbol=symbol, why=str(error)[:200])
            return []
        self._asked(symbol)
        return list(self._read(symbol, chart))

    def _asked(self, symbol: str) -> None:
        self._waiting.remove(symbol)
        self._waiting.append(symbol)

    def _span(self, newest: int | None) -> dict[str, Any]:
        """Today, or since the newest bar where that is longer ago."""
        now = self._wall()
        last = datetime.fromtimestamp(newest, UTC) if newest else now
        if now - last < timedelta(hours=6):
            return {"period": "1d"}
        return {"start": max(last, now - _REACH), "end": now}

    def _read(self, symbol: str, chart: Any) -> Iterator[ProviderBar]:
        for moment, row in zip(chart.index, chart.to_dict("records"), strict=True):
            begins = moment.to_pydatetime().astimezone(UTC)
            ratio = float(row.get("Stock Splits") or 0.0)
            if ratio > 0:
                self._tell_split(symbol, moment.date(), ratio)
            # Yahoo ends the chart with the price of the moment, under a time that is no minute's.
            if begins.timestamp() % MINUTE.total_seconds() == 0:
                prices = [row.get(column) for column in _COLUMNS]
                raw = {column: row.get(column) for column in _COLUMNS}
                yield ProviderBar.of(symbol, begins, prices, {"Datetime": moment.isoformat(), **raw})

    def _tell_split(self, symbol: str, ex_date: date, ratio: float) -> None:
        if (symbol, ex_date) not in self._splits_told:
            self._splits_told.add((symbol, ex_date))
            self._on_split(symbol, ex_date, ratio)


def _is_unknown(error: Exception) -> bool:
    if isinstance(error, HTTPError):
        return getattr(error.response, "status_code", None) == _NOT_FOUND
    return isinstance(error, YFPricesMissingError) and any(said in error.rationale.lower() for said in _UNKNOWN)


def _is_empty(error: Exception) -> bool:
    """Whether the chart is one without prices, as before the opening; yfinance's own words, Yahoo gave no reason."""
    return isinstance(error, YFPricesMissingError) and error.rationale.startswith("no price data found")
