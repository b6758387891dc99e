"""Candles and features in DuckDB's SQL: computed by another engine, all at once, from the tables of events.

What the batch makes is compared with it, and lakes of tests that no Spark has written are filled by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pyarrow as pa

_CANDLES = """
WITH local AS (SELECT *, timezone('America/New_York', ts) AS shown FROM bars),
pieces AS (
    SELECT '5m' AS length, time_bucket(INTERVAL 5 minutes, ts) AS start, 1 AS rank, * FROM local WHERE interval = '1m'
    UNION ALL SELECT '1h', time_bucket(INTERVAL 1 hour, ts), 1, * FROM local WHERE interval = '1m'
    UNION ALL SELECT '1d', timezone('America/New_York', shown::DATE + TIME '09:30'), 1, * FROM local
        WHERE interval = '1m' AND shown::TIME >= '09:30' AND shown::TIME < '16:00'
    UNION ALL SELECT '1d', timezone('America/New_York', timezone('UTC', ts)::DATE + TIME '09:30'), 2, * FROM local
        WHERE interval = '1d'
),
counting AS (SELECT * FROM pieces QUALIFY rank = min(rank) OVER (PARTITION BY symbol, length, start)),
joined AS (
    SELECT
        symbol, length AS interval, start AS ts,
        start + CASE length WHEN '5m' THEN INTERVAL 5 minutes WHEN '1h' THEN INTERVAL 1 hour
            ELSE INTERVAL 390 minutes END AS ends_at,
        first(open ORDER BY counting.ts) AS open, max(high) AS high,
        CASE WHEN min(rank) = 1 THEN first(counting.ts ORDER BY high DESC, counting.ts) END AS high_at,
        min(low) AS low, last(close ORDER BY counting.ts) AS close, sum(volume) AS volume,
        count(*) FILTER (rank = 1) AS bars
    FROM counting GROUP BY ALL
),
based AS (
    SELECT *, coalesce((
        SELECT product(ratio) FROM splits s
        WHERE s.symbol = joined.symbol AND s.ex_date > timezone('America/New_York', joined.ts)::DATE
    ), 1.0) AS later FROM joined
),
returned AS (
    SELECT *, close / later AS adjusted_close, CASE WHEN lag(ts) OVER series >= ts - INTERVAL 40 days
        THEN ln((close / later) / lag(close / later) OVER series) END AS log_return
    FROM based WINDOW series AS (PARTITION BY symbol, interval ORDER BY ts)
)
SELECT * EXCLUDE (later), CASE WHEN lag(ts, 20) OVER series >= ts - INTERVAL 40 days
    THEN stddev_samp(log_return) OVER (series ROWS BETWEEN 19 PRECEDING AND CURRENT ROW) END AS volatility
FROM returned WINDOW series AS (PARTITION BY symbol, interval ORDER BY ts)
ORDER BY symbol, interval, ts
"""
_FEATURES = """
WITH rows AS (
    SELECT *, timezone('America/New_York', ts)::DATE AS day FROM candles WHERE interval IN ('1h', '1d')
),
told AS (
    SELECT *, CASE WHEN interval = '1h' THEN ts ELSE timezone('America/New_York', greatest(
        CASE WHEN lag(ts) OVER series >= ts - INTERVAL 40 days THEN lag(day) OVER series ELSE day - 1 END, day - 7
    ) + TIME '16:00') END AS talk_since
    FROM rows WINDOW series AS (PARTITION BY symbol, interval ORDER BY ts)
),
near AS (
    SELECT *,
        lag(ts, 1) OVER series >= ts - INTERVAL 40 days AS has_1,
        lag(ts, 5) OVER series >= ts - INTERVAL 40 days AS has_5,
        lag(ts, 20) OVER series >= ts - INTERVAL 40 days AS has_20
    FROM told WINDOW series AS (PARTITION BY symbol, interval ORDER BY ts)
),
placed AS (
    SELECT
        symbol AS ticker, interval, ts, ends_at, talk_since, volume, log_return, volatility,
        CASE WHEN has_1 THEN lag(log_return) OVER series END AS past_log_return,
        CASE WHEN has_5 THEN sum(log_return) OVER (series ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING) END
            AS past_log_return_5,
        CASE WHEN has_1 THEN lag(volatility) OVER series END AS past_volatility,
        CASE WHEN has_20 THEN avg(volume) OVER (series ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING) END AS past_volume,
        lead(log_return) OVER series AS next_log_return,
        CASE WHEN lead(ts) OVER series <= ts + INTERVAL 40 days THEN lead(volume) OVER series END AS next_volume
    FROM near WINDOW series AS (PARTITION BY symbol, interval ORDER BY ts)
)
SELECT
    placed.*, count(m.id) AS mentions, count(DISTINCT m.author_id) AS authors,
    count(*) FILTER (m.sentiment = 'positive') AS positive, count(*) FILTER (m.sentiment = 'neutral') AS neutral,
    count(*) FILTER (m.sentiment = 'negative') AS negative, avg(m.polarity) AS polarity,
    CASE WHEN count(m.id) > 0 THEN count(*) FILTER (m.spam) / count(m.id) END AS spam_share
FROM placed LEFT JOIN mentions m
    ON m.ticker = placed.ticker AND m.created_at >= placed.talk_since AND m.created_at < placed.ends_at
GROUP BY ALL
ORDER BY placed.ticker, placed.interval, placed.ts
"""


def candles(bars: pa.Table, splits: Sequence[tuple[str, date, float]] = ()) -> pa.Table:
    """The table `candles` of those bars.

    Args:
        splits: symbol, the first date in the new shares, ratio; nothing is inferred.
    """
    with _connect() as connection:
        connection.register("bars", bars)
        connection.execute("CREATE TABLE splits (symbol VARCHAR, ex_date DATE, ratio DOUBLE)")
        for split in splits:
            connection.execute("INSERT INTO splits VALUES (?, ?, ?)", split)
        return connection.sql(_CANDLES).to_arrow_table()


def features(made: pa.Table, mentions: pa.Table) -> pa.Table:
    """The table `features` of those candles and mentions, with every mark of spam as `mentions` has it."""
    with _connect() as connection:
        connection.register("candles", made)
        connection.register("mentions", mentions)
        return connection.sql(_FEATURES).to_arrow_table()


def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection
