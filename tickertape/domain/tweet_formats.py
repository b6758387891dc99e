"""Reads a tweet out of each form it comes in, told apart by itself: Twitter v1.1, X API v2, Jetstream, our own."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import orjson

from tickertape.domain.bluesky import from_jetstream, is_jetstream
from tickertape.domain.fields import count_of, id_of, items_of, mapping, optional_id, text_of, time_of
from tickertape.domain.rejects import BadRecord, NotAnEvent, Reason
from tickertape.domain.tickers import find_hashtags, find_tickers
from tickertape.domain.times import format_utc, parse_utc, parse_v1
from tickertape.domain.tweet import Author, Location, Tweet

# The first tweet was sent on this day; what claims to be older has a broken date.
EARLIEST = datetime(2006, 3, 21, tzinfo=UTC)
# The longest post that X allows.
MAX_TEXT = 25_000
_CONTROL_KEYS = frozenset(
    {
        *("delete", "scrub_geo", "limit", "status_withheld", "user_withheld", "disconnect", "warning", "friends"),
        *("event", "errors"),
    }
)


def parse_tweet(raw: bytes, *, source: str, latest: datetime) -> Tweet:
    """Read one line of a stream or a tape.

    Args:
        raw: one JSON document, in any form this module knows.
        source: the name of the source, kept in the tweet.
        latest: no tweet is younger than this (the wall clock and some slack).

    Raises:
        BadRecord: the record is malformed; the reason says how.
        NotAnEvent: the record is a stream's control message.
    """
    record = _decode(raw)
    if is_jetstream(record):
        tweet = from_jetstream(record, source)
    elif "data" in record or "author_id" in record:
        tweet = _from_x_v2(record, source)
    elif "author" in record:
        tweet = _from_own(record, source)
    elif "user" in record or "text" in record or "full_text" in record:
        tweet = _from_x_v1(record, source)
    elif _CONTROL_KEYS & record.keys():
        raise NotAnEvent(next(iter(_CONTROL_KEYS & record.keys())))
    else:
        raise BadRecord(Reason.UNKNOWN_SHAPE, f"neither v1.1, v2, Jetstream nor our own; keys {sorted(record)[:8]}")
    _check(tweet, latest)
    return tweet


def _decode(raw: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError:
        record = _decode_slowly(raw)
    if not isinstance(record, dict):
        raise BadRecord(Reason.UNKNOWN_SHAPE, f"a JSON object was expected, {type(record).__name__} came")
    return record


def _decode_slowly(raw: bytes) -> Any:
    """What the fast decoder refuses: why, or the record after all (it does not read half a surrogate pair)."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRecord(Reason.NOT_UTF8, f"byte {error.start} is not UTF-8") from error
    try:
        return _DECODER.decode(text)
    except BadRecord:
        raise
    except (ValueError, RecursionError) as error:  # ValueError: also an integer of over 4,300 digits
        raise BadRecord(Reason.NOT_JSON, str(error)[:200]) from error


def _refuse_constant(name: str) -> NoReturn:
    raise BadRecord(Reason.NOT_JSON, f"{name} is not JSON")


# Made once: `json.loads` with an option makes one for each record.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _from_x_v1(status: dict[str, Any], source: str) -> Tweet:
    extended = status.get("extended_tweet")
    body = extended if isinstance(extended, dict) and "full_text" in extended else status
    text = html.unescape(text_of(body, "full_text" if "full_text" in body else "text"))
    user = mapping(status, "user")
    return Tweet(
        id=id_of(status, "id_str" if status.get("id_str") else "id"),
        created_at=time_of(status, parse_v1),
        text=text,
        author=Author(
            id=id_of(user, "id_str" if user.get("id_str") else "id", owner="user"),
            name=text_of(user, "screen_name" if "screen_name" in user else "name", default=""),
            followers=count_of(user.get("followers_count")),
        ),
        lang=text_of(status, "lang", default="und"),
        tickers=find_tickers(text),
        hashtags=find_hashtags(text),
        location=_v1_location(status),
        reply_to=optional_id(status, "in_reply_to_status_id_str"),
        is_retweet=isinstance(status.get("retweeted_status"), dict) or text.startswith("RT @"),
        source=source,
        sensitive=status.get("possibly_sensitive") is True,
    )


def _v1_location(status: Mapping[str, Any]) -> Location | None:
    place = status.get("place")
    name = place.get("full_name") if isinstance(place, dict) else None
    return _location(_point(status.get("coordinates")), name)


def _from_x_v2(record: dict[str, Any], source: str) -> Tweet:
    post = mapping(record, "data") if "data" in record else record
    includes = record.get("includes")
    includes = includes if isinstance(includes, dict) else {}
    note = post.get("note_tweet")
    body = note if isinstance(note, dict) and "text" in note else post
    text = html.unescape(text_of(body, "text"))
    author_id = id_of(post, "author_id")
    user = _included(includes, "users", author_id)
    metrics = user.get("public_metrics")
    references = {
        item.get("type"): item.get("id")
        for item in items_of(post.get("referenced_tweets"))
        if isinstance(item, dict) and isinstance(item.get("type"), str)
    }
    return Tweet(
        id=id_of(post, "id"),
        created_at=time_of(post, parse_utc),
        text=text,
        author=Author(
            id=author_id,
            name=text_of(user, "username", default=""),
            followers=count_of(metrics.get("followers_count") if isinstance(metrics, dict) else None),
        ),
        lang=text_of(post, "lang", default="und"),
        tickers=find_tickers(text),
        hashtags=find_hashtags(text),
        location=_v2_location(post, includes),
        reply_to=optional_id(references, "replied_to"),
        is_retweet="retweeted" in references,
        source=source,
        sensitive=post.get("possibly_sensitive") is True,
    )


def _v2_location(post: Mapping[str, Any], includes: Mapping[str, Any]) -> Location | None:
    geo = post.get("geo")
    if not isinstance(geo, dict):
        return None
    place = _included(includes, "places", geo.get("place_id"))
    return _location(_point(geo.get("coordinates")), place.get("full_name"))


def _from_own(event: dict[str, Any], source: str) -> Tweet:
    author = mapping(event, "author")
    location = event.get("location")
    location = location if isinstance(location, dict) else {}
    text = text_of(event, "text")
    return Tweet(
        id=id_of(event, "id"),
        created_at=time_of(event, parse_utc),
        text=text,
        author=Author(
            id=id_of(author, "id", owner="author"),
            name=text_of(author, "name", default=""),
            followers=count_of(author.get("followers")),
        ),
        lang=text_of(event, "lang", default="und"),
        # Derived again, so that a tweet has the same tickers whatever form it came in.
        tickers=find_tickers(text),
        hashtags=find_hashtags(text),
        location=_location([location.get("lon"), location.get("lat")], location.get("place")),
        reply_to=optional_id(event, "reply_to"),
        is_retweet=event.get("is_retweet") is True,
        source=source,
        sensitive=event.get("sensitive") is True,
    )


def _check(tweet: Tweet, latest: datetime) -> None:
    if not EARLIEST <= tweet.created_at <= latest:
        raise BadRecord(
            Reason.TIME_OUT_OF_RANGE,
            f"created_at {format_utc(tweet.created_at)} is outside {format_utc(EARLIEST)} to {format_utc(latest)}",
        )
    if len(tweet.text) > MAX_TEXT:
        raise BadRecord(Reason.TEXT_TOO_LONG, f"{len(tweet.text)} characters, at most {MAX_TEXT}")
    place = tweet.location.place if tweet.location else None
    for value in (tweet.id, tweet.text, tweet.author.id, tweet.author.name, tweet.lang, place or ""):
        if "\x00" in value:
            raise BadRecord(Reason.NUL_CHARACTER, "a text holds U+0000")


def _included(includes: Mapping[str, Any], kind: str, wanted: Any) -> dict[str, Any]:
    """The object of a v2 envelope's `includes` with that id, or an empty one."""
    for item in items_of(includes.get(kind)):
        if isinstance(item, dict) and item.get("id") == wanted:
            return item
    return {}


def _point(geometry: Any) -> list[Any]:
    return items_of(geometry.get("coordinates")) if isinstance(geometry, dict) else []


def _location(lon_lat: list[Any], place: Any) -> Location | None:
    """A location from GeoJSON's order, longitude first; what is not on the globe is left out."""
    name = place if isinstance(place, str) and place else None
    lat = lon = None
    numbers = [value for value in lon_lat if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(lon_lat) == len(numbers) == 2 and abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90:
        lon, lat = float(numbers[0]), float(numbers[1])
    return None if name is None and lat is None else Location(lat, lon, name)
