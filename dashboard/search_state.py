"""What is searched, as it stands in the address: `?words=buy dip&area=Europe&after=2014-06-06T14:03:20Z,4741`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self
from urllib.parse import parse_qsl, quote_plus

from dashboard.state import ANY, MAX_ID, SENTIMENT_CHOICES, days_of, tickers_of
from tickertape.domain.area import BoundingBox
from tickertape.domain.search import Place
from tickertape.domain.times import format_utc, parse_utc

PAGE_CHOICES = ("20", "50", "100")
MAX_WORDS = 200
# Boxes, not borders: a bit of the neighbours is in each.
REGIONS: Mapping[str, BoundingBox] = {
    "Africa": BoundingBox(-18, -35, 52, 38),
    "Australia and New Zealand": BoundingBox(112, -48, 179, -10),
    "East Asia": BoundingBox(100, 18, 146, 54),
    "Europe": BoundingBox(-11, 35, 32, 71),
    "Latin America": BoundingBox(-118, -56, -34, 33),
    "Middle East": BoundingBox(34, 12, 60, 42),
    "North America": BoundingBox(-169, 14, -52, 72),
    "South and South-East Asia": BoundingBox(60, -11, 141, 36),
    "United States": BoundingBox(-125, 24, -66, 50),
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_MAX_AREA = 80


@dataclass(frozen=True, slots=True)
class SearchState:
    """The choices on the page of the search.

    Attributes:
        words: whole words, all of which a tweet has to have.
        dates: none, or the first and the last day, UTC's, both included.
        area: a region's name, or west,south,east,north in degrees; '' for everywhere.
        tweets: at most so many a page.
        after: none, or the time and the id of the last tweet of the page before.
    """

    words: str = ""
    ticker: str | None = None
    dates: tuple[str, ...] = ()
    lang: str | None = None
    area: str = ""
    sentiment: str = ANY
    tweets: str = "50"
    after: tuple[str, ...] = ()

    @classmethod
    def from_search(cls, search: str | None) -> Self:
        """Read an address' query; what makes no sense falls back to the default."""
        given = dict(parse_qsl((search or "").lstrip("?")))
        default = cls()
        lang, sentiment, tweets = (given.get(name, "") for name in ("lang", "sentiment", "tweets"))
        return cls(
            words=given.get("words", "")[:MAX_WORDS],
            ticker=next(iter(tickers_of([given.get("ticker", "")])), None),
            dates=days_of(given.get("dates", "").split(",")),
            lang=lang if _LANGUAGE.fullmatch(lang) else None,
            # As it was typed: the page says what is wrong with it.
            area=given.get("area", "")[:_MAX_AREA],
            sentiment=sentiment if sentiment in SENTIMENT_CHOICES else default.sentiment,
            tweets=tweets if tweets in PAGE_CHOICES else default.tweets,
            after=in_address(place_of(given.get("after", "").split(",", 1))),
        )

    def to_search(self) -> str:
        """The address' query without what stands at its default; '' for all defaults.

        >>> SearchState(words="buy & hold", dates=("2014-06-06", "2014-06-07")).to_search()
        '?words=buy+%26+hold&dates=2014-06-06,2014-06-07'
        """
        default = asdict(SearchState())
        changed = {name: value for name, value in asdict(self).items() if value != default[name]}
        texts = {name: value if isinstance(value, str) else ",".join(value) for name, value in changed.items()}
        pairs = [f"{name}={quote_plus(text, safe=',:')}" for name, text in texts.items()]
        return "?" + "&".join(pairs) if pairs else ""


def area_of(text: str | None) -> BoundingBox | None:
    """The area that a region's name or four numbers mean; None for everywhere.

    Raises:
        ValueError: it is neither; the message says what was expected.
    """
    wanted = (text or "").strip()
    if not wanted:
        return None
    if region := {name.casefold(): box for name, box in REGIONS.items()}.get(wanted.casefold()):
        return region
    try:
        return BoundingBox.parse(wanted)
    except ValueError as error:
        raise ValueError(f"no region of the list; {error}") from error


def place_of(after: Sequence[str] | None) -> Place | None:
    """The place in an address: a time and an id; None of anything else."""
    try:
        at, tweet_id = after or ()
        moment = parse_utc(at)
    except ValueError:
        return None
    return Place(moment, tweet_id[:MAX_ID]) if tweet_id else None


def in_address(place: Place | None) -> tuple[str, ...]:
    """A place as it stands in an address."""
    return (format_utc(place.created_at), place.id) if place else ()
