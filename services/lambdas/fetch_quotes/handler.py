"""Prices without a server: EventBridge starts it every minute, and each closed bar goes to the stream and the lake.

Alpaca answers for all symbols at once. Alpha Vantage answers for one, and a free key has 25 requests a day: they are
spread over the session, the symbols take turns, and each answer has a hundred minutes. A function keeps no state, so a
bar may be written more than once; its id is its symbol and minute, and readers know a repeat by it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import urllib3

from tickertape.aws import client
from tickertape.domain.bar import parse_bar
from tickertape.domain.bar_formats import (
    AccessRefused,
    BadAnswer,
    ProviderBar,
    QuotaSpent,
    UnknownSymbol,
    alpaca_bar,
    alphavantage_bars,
)
from tickertape.domain.market_hours import NEW_YORK
from tickertape.domain.rejects import BadRecord, Outcome, Reject
from tickertape.domain.times import format_utc, parse_utc
from tickertape.domain.tweet import encode_line
from tickertape.ports.delivery import Entry
from tickertape.sinks.firehose import FirehoseSink
from tickertape.sinks.kinesis import KinesisSink

_URLS = {"alpaca": "https://data.alpaca.markets", "alphavantage": "https://www.alphavantage.co"}
_SECRETS = ("ALPACA_KEY_ID", "ALPACA_SECRET", "ALPHAVANTAGE_KEY")
_MINUTE = timedelta(minutes=1)
# Alpaca's latest bar stays the same while nothing is traded; it need not be written all night.
_FRESH = timedelta(minutes=15)
# Requests are spread over this part of New York's weekdays. What is fetched on a holiday is a repeat, no more.
_OPENS_MINUTE, _SPREAD_MINUTES = 9 * 60 + 30, 7 * 60
_SATURDAY = 5


class NoAnswer(Exception):
    """The provider was not reached, or answered with something else than bars."""


@cache
def _http() -> urllib3.PoolManager:
    return urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5.0, read=15.0))


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Fetch once.

    Args:
        event: EventBridge's; its `time` says which minute this is, else the wall clock does.

    Returns:
        How many bars were written and how many could not be read; or `error`, when the provider gave none. That is no
        exception, for EventBridge would only ask it again.

    Raises:
        SinkUnavailable: Kinesis or Firehose did not take everything; the same bars may be written again.
    """
    now = parse_utc(event["time"]) if "time" in event else datetime.now(UTC)
    provider = os.environ["QUOTES_PROVIDER"]
    symbols = [symbol for symbol in os.environ["QUOTES_SYMBOLS"].split(",") if symbol]
    try:
        bars = _alpaca(symbols, now) if provider == "alpaca" else _alphavantage(symbols, now)
    except (NoAnswer, QuotaSpent, AccessRefused, UnknownSymbol, BadAnswer) as failure:
        return _told(provider, failure)
    return _written([bar for bar in bars if bar.begins is None or bar.begins + _MINUTE <= now], provider, now)


def _alpaca(symbols: Sequence[str], now: datetime) -> list[ProviderBar]:
    keys = {"APCA-API-KEY-ID": os.environ["ALPACA_KEY_ID"], "APCA-API-SECRET-KEY": os.environ["ALPACA_SECRET"]}
    answer = _answer("alpaca", "/v2/stocks/bars/latest", {"symbols": ",".join(symbols), "feed": "iex"}, keys)
    bars = answer.get("bars") if isinstance(answer, dict) else None
    if not isinstance(bars, dict):
        raise BadAnswer("an object with bars was expected")
    read = [alpaca_bar(bar, symbol) for symbol, bar in bars.items()]
    return [bar for bar in read if bar.begins is None or now - bar.begins < _FRESH]


def _alphavantage(symbols: Sequence[str], now: datetime) -> list[ProviderBar]:
    bars: list[ProviderBar] = []
    for symbol in turn(symbols, now, int(os.environ["QUOTES_DAILY_REQUESTS"])):
        fields = {
            "function": "TIME_SERIES_INTRADAY",
            "symbol": symbol,
            "interval": "1min",
            "outputsize": "compact",
            "adjusted": "false",
            "extended_hours": "false",
            "apikey": os.environ["ALPHAVANTAGE_KEY"],
        }
        bars += alphavantage_bars(_answer("alphavantage", "/query", fields, {}), symbol)
    return bars


def turn(symbols: Sequence[str], now: datetime, daily: int) -> list[str]:
    """The symbols that are asked for in this minute, so that `daily` requests last from the opening to the close."""
    local = now.astimezone(NEW_YORK)
    minute = local.hour * 60 + local.minute - _OPENS_MINUTE
    if local.weekday() >= _SATURDAY or not 0 <= minute < _SPREAD_MINUTES:
        return []
    before, until = minute * daily // _SPREAD_MINUTES, (minute + 1) * daily // _SPREAD_MINUTES
    # The day's number, so that the symbols that come first are not the same every day.
    first = local.toordinal() * daily + before
    count = min(until - before, len(symbols))
    return [symbols[number % len(symbols)] for number in range(first, first + count)]


def _answer(provider: str, path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Any:
    url = (os.environ.get("QUOTES_URL") or _URLS[provider]) + path
    try:
        response = _http().request("GET", url, fields=dict(fields), headers=dict(headers))
    except urllib3.exceptions.HTTPError as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    status = f"HTTP {response.status} {response.data[:200].decode('utf-8', 'replace')}"
    if response.status in (401, 403):
        raise AccessRefused(status)
    if response.status == 429:
        raise QuotaSpent(status, 60.0)
    if response.status != 200:
        raise NoAnswer(status)
    try:
        return json.loads(response.data)
    except ValueError as error:
        raise BadAnswer(f"no JSON: {status}") from error


def _told(provider: str, failure: Exception) -> dict[str, Any]:
    events = {AccessRefused: "key_refused", QuotaSpent: "quota_spent", UnknownSymbol: "unknown_symbol"}
    event = events.get(type(failure), "source_unavailable")
    why = str(failure)
    for name in _SECRETS:
        if secret := os.environ.get(name):
            why = why.replace(secret, "***")  # quota messages and addresses quote the key
    _log(event, source=provider, why=why[:300])
    return {"error": event, "why": why[:300]}


def _written(bars: Sequence[ProviderBar], provider: str, now: datetime) -> dict[str, Any]:
    events: list[Entry] = []
    rejects: list[Entry] = []
    for number, bar in enumerate(bars):
        try:
            read = parse_bar(bar.fields, interval="1m", provider=provider, latest=now)
            events.append(Entry(number, False, read.id, read.symbol, encode_line(read.to_event())))
        except BadRecord as bad:
            rejects.append(Entry(number, False, "", "", _reject(bar, bad, now)))
    # Rejects travel to the lake with the events; the batch moves them to its quarantine.
    FirehoseSink(_firehose(), os.environ["BARS_DELIVERY"]).deliver([*events, *rejects])
    KinesisSink(_kinesis(), os.environ["STOCK_STREAM"]).deliver(events)
    _log("quotes_fetched", source=provider, bars=len(events), rejected=len(rejects))
    return {"bars": len(events), "rejected": len(rejects)}


def _reject(bar: ProviderBar, bad: BadRecord, now: datetime) -> bytes:
    return Reject.of(
        bar.raw,
        stage="fetch_quotes",
        kind="bars",
        outcome=Outcome.QUARANTINED,
        reason=bad.reason,
        detail=bad.detail,
        event_id=None,
        position=bar.symbol,
        at=format_utc(now),
    ).to_line()


def _log(event: str, **fields: str | int) -> None:
    print(json.dumps({"event": event, **fields}))


@cache
def _firehose() -> Any:
    return client("firehose")


@cache
def _kinesis() -> Any:
    return client("kinesis")
