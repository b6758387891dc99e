"""Counts a folder of raw objects by Polars; prints seconds, processor seconds and megabytes. Run by `batch.py`."""

import json
import resource
import sys
import time

import polars as pl  # type: ignore[import-not-found]  # in `.venv-bench` only

LENGTHS = {"HOURLY": 13, "DAILY": 10, "MONTHLY": 7, "YEARLY": 4}
SCHEMA = {
    "id": pl.String,
    "created_at": pl.String,
    "tickers": pl.List(pl.String),
    "sentiment": pl.String,
    "polarity": pl.Float64,
    "author": pl.Struct({"id": pl.String}),
}


def count(objects: str, target: str) -> None:
    """The counts of the levels, as `batch_ways.py` makes them."""
    tweets = pl.scan_ndjson(objects, schema=SCHEMA).unique("id")
    mentions = tweets.explode("tickers").filter(pl.col("tickers").is_not_null()).rename({"tickers": "ticker"}).collect()
    levels = [
        mentions.lazy()
        .group_by(pl.lit(level).alias("level"), pl.col("created_at").str.slice(0, length).alias("period"), "ticker")
        .agg(
            pl.len().alias("mentions"),
            *((pl.col("sentiment") == known).sum().alias(known) for known in ("positive", "neutral", "negative")),
            pl.col("polarity").mean(),
            pl.col("author").struct.field("id").n_unique().alias("authors"),
        )
        for level, length in LENGTHS.items()
    ]
    pl.concat(levels).collect().write_parquet(target)


if __name__ == "__main__":
    began = time.perf_counter()
    count(*sys.argv[1:])
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6]))
