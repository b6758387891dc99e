"""The Tweet event and its one form on the wire."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple, Self, TypeGuard

from tickertape.domain.rejects import BadRecord, Reason
from tickertape.domain.times import format_utc, parse_utc

SCHEMA_VERSION = 1


class Author(NamedTuple):
    """Who wrote it; `followers` is a count at the time of the tweet."""

    id: str
    name: str
    followers: int


class Location(NamedTuple):
    """Where it was written: degrees north and east, or only a place's name."""

    lat: float | None
    lon: float | None
    place: str | None

    @property
    def point(self) -> tuple[float, float] | None:
        """Degrees north and east where they are on the globe; another program's event may say anything."""
        lat, lon = self.lat, self.lon
        return (lat, lon) if _within(lat, 90) and _within(lon, 180) else None


def _within(degrees: object, limit: float) -> TypeGuard[float]:
    return isinstance(degrees, int | float) and not isinstance(degrees, bool) and abs(degrees) <= limit


class Tweet(NamedTuple):
    """A tweet as every part of the pipeline knows it. Two tweets with one `id` are one tweet.

    Attributes:
        created_at: aware UTC.
        text: HTML entities decoded.
        tickers: whole cashtags of the text, upper case, without `$`.
        hashtags: lower case, without `#`.
        lang: BCP 47 as the platform says it, `und` when it does not.
        source: which source read it (`tape`).
        sensitive: its author or platform marked it so.
    """

    id: str
    created_at: datetime
    text: str
    author: Author
    lang: str
    tickers: tuple[str, ...]
    hashtags: tuple[str, ...]
    location: Location | None
    reply_to: str | None
    is_retweet: bool
    source: str
    sensitive: bool = False

    def to_event(self) -> dict[str, Any]:
        """The tweet as plain JSON values, keys as on the wire; `sensitive` is there only where it is true."""
        return {
            "schema_version": SCHEMA_VERSION,
            "id": self.id,
            "created_at": format_utc(self.created_at),
            "text": self.text,
            "author": {"id": self.author.id, "name": self.author.name, "followers": self.author.followers},
            "lang": self.lang,
            "tickers": list(self.tickers),
            "hashtags": list(self.hashtags),
            "location": self.location
            and {"lat": self.location.lat, "lon": self.location.lon, "place": self.location.place},
            "reply_to": self.reply_to,
            "is_retweet": self.is_retweet,
            "source": self.source,
            **({"sensitive": True} if self.sensitive else {}),
        }

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """Read what `to_event` wrote.

        Raises:
            BadRecord: a later schema, a missing field or a field of the wrong type.
        """
        check_schema(event, SCHEMA_VERSION)
        try:
            author, location = event["author"], event["location"]
            return cls(
                id=event["id"],
                created_at=parse_utc(event["created_at"]),
                text=event["text"],
                author=Author(author["id"], author["name"], author["followers"]),
                lang=event["lang"],
                tickers=tuple(event["tickers"]),
                hashtags=tuple(event["hashtags"]),
                location=location and Location(location["lat"], location["lon"], location["place"]),
                reply_to=event["reply_to"],
                is_retweet=event["is_retweet"],
                source=event["source"],
                sensitive=event.get("sensitive") is True,
            )
        except KeyError as missing:
            raise BadRecord(Reason.MISSING_FIELD, f"a tweet without {missing}") from missing
        except (TypeError, ValueError) as wrong:
            raise BadRecord(Reason.WRONG_TYPE, str(wrong)) from wrong


def check_schema(event: dict[str, Any], known: int) -> None:
    """Refuse an event that a later version wrote.

    Raises:
        BadRecord: `schema_version` is missing or above `known`.
    """
    version = event.get("schema_version")
    if not isinstance(version, int) or not 1 <= version <= known:
        raise BadRecord(Reason.UNKNOWN_SCHEMA, f"schema_version {version!r}, this version reads 1 to {known}")


# Made once: `json.dumps` with options makes one for each event.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode_line(event: dict[str, Any]) -> bytes:
    """One event as one line of UTF-8 JSON without its newline.

    Raises:
        BadRecord: a text holds half of a surrogate pair, which UTF-8 cannot carry.
    """
    try:
        return _ENCODER.encode(event).encode()
    except UnicodeEncodeError as error:
        raise BadRecord(Reason.LONE_SURROGATE, f"half a surrogate pair at character {error.start}") from error
