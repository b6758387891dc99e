"""Which source the twitter service reads, and which tweets are wanted, by its settings. Wiring only.

A live source's module is imported when it is chosen, so that the others do not need its library.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import redis

from tickertape.control.budget import Period, RedisBudget
from tickertape.control.clock import wall_time
from tickertape.control.progress import RedisProgress
from tickertape.domain.area import BoundingBox
from tickertape.domain.symbols import BadSymbols, SymbolList
from tickertape.domain.tweet_rules import TweetRules, no_list
from tickertape.domain.window import Window
from tickertape.ports.control import Events
from tickertape.ports.sources import Source
from tickertape.settings import BadSettings, Settings
from tickertape.sources.follow import FollowTweets
from tickertape.sources.nothing import Nothing
from tickertape.sources.prefilter import maybe_wanted
from tickertape.sources.stdin import StdinTweets
from tickertape.sources.symbol_file import SymbolFile
from tickertape.sources.tape import TapeError
from tickertape.sources.tape_ahead import TapeAhead

_SERVICE = "twitter"


def build_rules(settings: Settings, events: Events) -> TweetRules:
    """The rules for tweets that the settings name.

    Raises:
        BadSettings: the file of symbols cannot be used.
    """
    symbols: Callable[[], SymbolList | None] = no_list
    if settings.symbols_file:
        try:
            symbols = SymbolFile(settings.symbols_file, events).current
        except BadSymbols as error:
            raise BadSettings(f"these settings are wrong:\n  TICKERTAPE_SYMBOLS_FILE: {error}") from error
    return TweetRules(
        window=Window(*settings.window()),
        languages=settings.languages,
        require_ticker=settings.require_ticker,
        retweets=settings.retweets,
        symbols=symbols,
        hashtag_tickers=settings.hashtag_tickers,
        company_names=settings.company_names,
        keywords=settings.keywords,
        exclude_keywords=settings.exclude_keywords,
        require_location=settings.require_location,
        bounding_box=BoundingBox(*settings.bounding_box) if settings.bounding_box else None,
        sensitive=settings.sensitive,
    )


def build_source(settings: Settings, client: redis.Redis, events: Events, rules: TweetRules | None = None) -> Source:
    """The source of tweets that the settings name.

    Args:
        rules: what `build_rules` gave, so that the file of symbols is watched once; None builds them.

    Raises:
        BadSettings: the file of symbols cannot be used.
        TapeError: a tape or file is to be read and none is set.
    """
    match settings.tweets_source:
        case "x":
            return _x(settings, client, events, rules or build_rules(settings, events))
        case "jetstream":
            return _jetstream(settings, client, rules or build_rules(settings, events))
        case "stdin":
            return StdinTweets(sys.stdin.buffer)
        case "none":
            return Nothing()
    if settings.tape is None:
        raise TapeError("no tape to read: set TICKERTAPE_TAPE to a folder with tweets.jsonl[.gz]")
    return FollowTweets(settings.tape, events) if settings.tweets_source == "follow" else TapeAhead(settings.tape)


def _x(settings: Settings, client: redis.Redis, events: Events, wanted: TweetRules) -> Source:
    from tickertape.sources.x import XFilteredStream  # noqa: PLC0415
    from tickertape.sources.x_rules import build_rules as build_x_rules  # noqa: PLC0415

    return XFilteredStream(
        token=settings.x_bearer_token.get_secret_value() if settings.x_bearer_token else "",
        rules=lambda: build_x_rules(wanted, settings.x_rule_length, settings.x_max_rules),
        budget=RedisBudget(client, "x_reads", settings.x_monthly_reads, Period.MONTH),
        events=events,
        wall=wall_time,
        api_url=settings.x_api_url,
        backfill_minutes=settings.x_backfill_minutes,
    )


def _jetstream(settings: Settings, client: redis.Redis, wanted: TweetRules) -> Source:
    from tickertape.sources.jetstream import Jetstream  # noqa: PLC0415

    progress = RedisProgress(client, _SERVICE, "jetstream")
    return Jetstream(
        settings.jetstream_urls,
        maybe_wanted(wanted),
        # One event a post would be the firehose again: what is passed over is a number.
        lambda reason, count: progress.count({f"passed_over:{reason}": count}, {("", f"passed_over:{reason}"): count}),
    )
