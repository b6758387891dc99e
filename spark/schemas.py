"""The schemas of what Spark reads. Those of what it writes are the `select` that ends each transform."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
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
    **{CORRUPT: StringType()},
)
