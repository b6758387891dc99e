"""The dashboard's one way to DynamoDB: Query calls through a cache, and one exception when it is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from dashboard.queries.cache import TimedCache
from tickertape.aws import NotDeployed, Resources
from tickertape.serving.store import get, query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What the live layer writes (tweets, prices) and what the batch writes (counts) are asked for this often.
FAST_S = 2.0
SLOW_S = 5.0
# A little less than the interval, so that a page's own refresh never meets its last answer.
_FRESH_SHARE = 0.9
# After a failure nobody asks again for this long: many views would each wait for the same time-out.
_PAUSE_S = 1.0

Table = Literal[
    "ticker_rollups_table", "period_totals_table", "recent_tweets_table", "prices_table", "predictions_table"
]
Items = list[dict[str, Any]]
_Answer = TypeVar("_Answer")


class StoreAway(Exception):
    """DynamoDB cannot be asked now; the message says why and what to do."""


class ServingReader:
    """Asks the serving tables. Their names and the client are loaded when first needed: the server starts without."""

    def __init__(
        self,
        resources: Callable[[], Resources],
        dynamodb: Callable[[], DynamoDBClient],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load_resources = resources
        self._load_dynamodb = dynamodb
        self._monotonic = monotonic
        self._cache = TimedCache(monotonic)
        self._resources: Resources | None = None
        self._dynamodb: DynamoDBClient | None = None
        self._failure: StoreAway | None = None
        self._paused_until = float("-inf")
        self._answered_at = float("-inf")

    def query(
        self,
        table: Table,
        partition: tuple[str, str],
        *,
        refresh_s: float,
        limit: int,
        sort: tuple[str, str | None, str | None] | None = None,
        index: str | None = None,
        newest_first: bool = False,
    ) -> Items:
        """At most `limit` items of one partition, not older than the view's refresh interval.

        Raises:
            StoreAway: the resources are not deployed, or DynamoDB does not answer.
        """
        items: Items = self.kept(
            (table, partition, sort, index, newest_first, limit),
            refresh_s,
            lambda: self.ask(table, partition, sort=sort, index=index, newest_first=newest_first, limit=limit),
        )
        return items

    def kept(self, key: Hashable, refresh_s: float, make: Callable[[], Any]) -> Any:
        """What `make` made of several answers of `ask` and `get`, not older than the view's refresh interval."""
        return self._cache.get(key, refresh_s * _FRESH_SHARE, make)

    def check(self) -> None:
        """Ask the cheapest question there is, unless another one was answered just now.

        Raises:
            StoreAway: as `query`.
        """
        # Else every page's header would wait behind the dearest question of any other page.
        if self._failure is None and self._monotonic() - self._answered_at < FAST_S:
            return
        self.query("period_totals_table", ("level", "YEARLY"), refresh_s=FAST_S, limit=1)

    def ask(self, table: Table, partition: tuple[str, str], *, limit: int, **options: Any) -> Items:
        """Query now, past the cache, with the options of `tickertape.serving.store.query`.

        Raises:
            StoreAway: as `query`.
        """
        return self._call(table, lambda dynamodb, name: query(dynamodb, name, partition, limit=limit, **options))

    def get(self, table: Table, key: Mapping[str, str]) -> dict[str, Any] | None:
        """The item of that key now, past the cache; None when there is none.

        Raises:
            StoreAway: as `query`.
        """
        return self._call(table, lambda dynamodb, name: get(dynamodb, name, key))

    def _call(self, table: Table, call: Callable[[DynamoDBClient, str], _Answer]) -> _Answer:
        if self._failure and self._monotonic() < self._paused_until:
            raise self._failure
        try:
            self._resources = self._resources or self._load_resources()
            self._dynamodb = self._dynamodb or self._load_dynamodb()
            answer = call(self._dynamodb, getattr(self._resources, table))
        except (NotDeployed, ClientError, BotoCoreError) as error:
            # Whoever comes back may come back with other names.
            self._resources = None
            self._failure = StoreAway(_explain(error))
            self._paused_until = self._monotonic() + _PAUSE_S
            raise self._failure from error
        self._failure = None
        self._answered_at = self._monotonic()
        return answer


def _explain(error: Exception) -> str:
    match error:
        case NotDeployed():
            return "The AWS resources are not deployed yet. Start the stack with `make up`, or wait while it starts."
        case ClientError() if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return "DynamoDB answers, but a table is missing. Deploy the stack again with `make up`."
        case _:
            return (
                f"DynamoDB does not answer ({type(error).__name__}). See `tickertape status` and `tickertape doctor`."
            )
