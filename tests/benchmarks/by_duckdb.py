"""Counts a folder of raw objects by DuckDB; prints seconds, processor seconds and megabytes. Run by `batch.py`."""

import json
import resource
import sys
import time

import duckdb

LENGTHS = {"HOURLY": 13, "DAILY": 10, "MONTHLY": 7, "YEARLY": 4}
TEXTS = dict.fromkeys(("id", "created_at", "sentiment"), "VARCHAR")
COLUMNS = TEXTS | {"tickers": "VARCHAR[]", "polarity": "DOUBLE", "author": "STRUCT(id VARCHAR)"}


def count(objects: str, target: str) -> None:
    """The counts of the levels, as `batch_ways.py` makes them."""
    levels = " UNION ALL ".join(
        f"SELECT '{level}' AS level, substr(created_at, 1, {length}) AS period, ticker, count(*) AS mentions,"  # noqa: S608  # names of ours
        " count(*) FILTER (sentiment = 'positive') AS positive, count(*) FILTER (sentiment = 'neutral') AS neutral,"
        " count(*) FILTER (sentiment = 'negative') AS negative, avg(polarity) AS polarity,"
        " count(DISTINCT author.id) AS authors FROM mentions GROUP BY ALL"
        for level, length in LENGTHS.items()
    )
    with duckdb.connect() as connection:
        connection.read_json(objects, format="newline_delimited", columns=COLUMNS).create_view("raw")
        connection.execute(
            "CREATE TABLE mentions AS SELECT unnest(tickers) AS ticker, created_at, sentiment, polarity, author"
            " FROM (SELECT DISTINCT ON (id) * FROM raw)"
        )
        connection.execute(f"COPY ({levels}) TO '{target}' (FORMAT parquet)")


if __name__ == "__main__":
    began = time.perf_counter()
    count(*sys.argv[1:])
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6]))
