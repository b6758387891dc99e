"""The schemas of what Spark reads: the events, and of its own tables those that it adds to."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

# Spark puts a line here that is not JSON or does not fit the schema; it is null for a line that does.
CORRUPT = "_corrupt_record"
# The line itself, beside what was read from it.
LINE = "_line"


def _struct(**fields: DataType) -> StructType:
    return StructType([StructField(name, kind) for name, kind in fields.items()])


# Times stay text here: Spark's own reading of JSON times takes numbers and local times as well.
TWEET_EVENT = _struct(
    schema_version=IntegerType(),
    id=StringType(),
    created_at=StringType(),
    text=StringType(),
    author=_struct(id=StringType(), name=StringType(), followers=LongType()),
    lang=StringType(),
    tickers=ArrayType(StringType()),
    hashtags=ArrayType(StringType()),
    location=_struct(lat=DoubleType(), lon=DoubleType(), place=StringType()),
    reply_to=StringType(),
    is_retweet=BooleanType(),
    source=StringType(),
    sentiment=StringType(),
    polarity=DoubleType(),
    scorer=StringType(),
    method=StringType(),
    **{CORRUPT: StringType()},
)

BAR_EVENT = _struct(
    schema_version=IntegerType(),
    symbol=StringType(),
    interval=StringType(),
    ts=StringType(),
    open=DoubleType(),
    high=DoubleType(),
    low=DoubleType(),
    close=DoubleType(),
    volume=DoubleType(),
    provider=StringType(),
    split=_struct(ex_date=StringType(), ratio=DoubleType()),
    **{CORRUPT: StringType()},
)

TWEETS = _struct(
    id=StringType(),
    created_at=TimestampType(),
    text=StringType(),
    author_id=StringType(),
    author_name=StringType(),
    followers=LongType(),
    lang=StringType(),
    tickers=ArrayType(StringType()),
    hashtags=ArrayType(StringType()),
    lat=DoubleType(),
    lon=DoubleType(),
    place=StringType(),
    reply_to=StringType(),
    is_retweet=BooleanType(),
    source=StringType(),
    sentiment=StringType(),
    polarity=DoubleType(),
    scorer=StringType(),
    method=StringType(),
)

BARS = _struct(
    symbol=StringType(),
    interval=StringType(),
    ts=TimestampType(),
    open=DoubleType(),
    high=DoubleType(),
    low=DoubleType(),
    close=DoubleType(),
    volume=DoubleType(),
    provider=StringType(),
    split_date=DateType(),
    split_ratio=DoubleType(),
)

CANDLES = _struct(
    symbol=StringType(),
    interval=StringType(),
    ts=TimestampType(),
    ends_at=TimestampType(),
    open=DoubleType(),
    high=DoubleType(),
    high_at=TimestampType(),
    low=DoubleType(),
    close=DoubleType(),
    volume=DoubleType(),
    bars=LongType(),
    adjusted_close=DoubleType(),
    log_return=DoubleType(),
    volatility=DoubleType(),
)

MENTIONS = _struct(
    id=StringType(),
    ticker=StringType(),
    created_at=TimestampType(),
    sentiment=StringType(),
    polarity=DoubleType(),
    lang=StringType(),
    is_retweet=BooleanType(),
    author_id=StringType(),
    spam=BooleanType(),
)

SPAM = _struct(
    id=StringType(),
    created_at=TimestampType(),
    author_id=StringType(),
    text=StringType(),
    tickers=ArrayType(StringType()),
    reason=StringType(),
)

# What one author said of one ticker in one period, see spark/transforms/rollups.py.
CONTRIBUTIONS = _struct(
    period=StringType(),
    ticker=StringType(),
    author_id=StringType(),
    mentions=LongType(),
    positive=LongType(),
    neutral=LongType(),
    negative=LongType(),
    spam=LongType(),
    units=LongType(),
    judged=LongType(),
)

ROLLUPS = _struct(
    level=StringType(),
    period=StringType(),
    ticker=StringType(),
    mentions=LongType(),
    positive=LongType(),
    neutral=LongType(),
    negative=LongType(),
    polarity=DoubleType(),
    authors=LongType(),
    spam=LongType(),
)
