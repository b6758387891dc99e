"""Alpha Vantage on 127.0.0.1: TIME_SERIES_INTRADAY from recorded envelopes."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fakes.servers.price_http import PriceHttpServer, envelope

KEY = "AV-KEY-1234"


def alphavantage(**answers: str | int) -> PriceHttpServer:
    """A server.

    Args:
        answers: for a symbol the envelope of its answer, or an HTTP status; other symbols are unknown.
    """

    def answer(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
        if path != "/query" or query["function"] != "TIME_SERIES_INTRADAY" or query["interval"] != "1min":
            return 404, b"not found"
        if query["apikey"] != KEY:
            return 200, envelope("alphavantage_key.json")
        given = answers.get(query["symbol"], "error")
        if isinstance(given, int):
            return given, b"<html>out of order</html>"
        return 200, envelope(f"alphavantage_{given}.json").replace(b" as KEY ", f" as {KEY} ".encode())

    return PriceHttpServer(answer)
