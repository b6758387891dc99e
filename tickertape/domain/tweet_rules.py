"""Which well-formed tweets are wanted, and with which tickers; each rule that turns one away has its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tickertape.domain.area import BoundingBox
from tickertape.domain.rejects import Reason
from tickertape.domain.symbols import SymbolList
from tickertape.domain.times import format_utc
from tickertape.domain.tweet import Tweet
from tickertape.domain.window import Window

Refusal = tuple[Reason, str]
_WHOLE_TAPE = Window()


def no_list() -> None:
    """No list of symbols: every ticker is known."""


@dataclass(frozen=True, slots=True)
class TweetRules:
    """Which well-formed tweets are wanted.

    Attributes:
        languages: BCP 47 codes; `en` takes `en-GB` too; empty takes all.
        require_ticker: only tweets with a (known) ticker.
        symbols: gives the list of known symbols as it is now; other tickers are taken off a tweet. None knows all.
        hashtag_tickers: `#AAPL` counts as `$AAPL` where AAPL is on the list.
        company_names: `Apple` counts as `$AAPL` where the list has that name.
        keywords: whole words or phrases, in any case; a tweet has one of them. Empty takes all.
        exclude_keywords: the same; a tweet has none of them.
        require_location: only tweets with a point or a place's name.
        bounding_box: only tweets from a point in it.
        sensitive: also tweets that are marked as sensitive.
    """

    window: Window = _WHOLE_TAPE
    languages: frozenset[str] = frozenset()
    require_ticker: bool = False
    retweets: bool = True
    symbols: Callable[[], SymbolList | None] = no_list
    hashtag_tickers: bool = False
    company_names: bool = False
    keywords: frozenset[str] = frozenset()
    exclude_keywords: frozenset[str] = frozenset()
    require_location: bool = False
    bounding_box: BoundingBox | None = None
    sensitive: bool = True

    def admit(self, tweet: Tweet) -> Tweet | Refusal:
        """The tweet with the tickers that count, or why it is not wanted."""
        refusal = self._refused_as_it_is(tweet)
        if refusal:
            return refusal
        tickers = self._tickers(tweet)
        if self.require_ticker and not tickers:
            if tweet.tickers:
                return Reason.UNKNOWN_TICKER, " ".join(tweet.tickers)[:200]
            return Reason.NO_TICKER, "no ticker"
        return tweet if tickers == tweet.tickers else tweet._replace(tickers=tickers)

    def _refused_as_it_is(self, tweet: Tweet) -> Refusal | None:
        if not self.window.holds(tweet.created_at):
            return Reason.OUTSIDE_WINDOW, format_utc(tweet.created_at)
        if self.languages and not _speaks(tweet.lang, self.languages):
            return Reason.LANGUAGE, tweet.lang
        if tweet.is_retweet and not self.retweets:
            return Reason.RETWEET, "a retweet"
        if tweet.sensitive and not self.sensitive:
            return Reason.SENSITIVE, "marked as sensitive"
        return self._refused_for_place(tweet) or self._refused_for_words(tweet)

    def _refused_for_place(self, tweet: Tweet) -> Refusal | None:
        at = tweet.location
        if at is None:
            return (Reason.NO_LOCATION, "no location") if self.require_location or self.bounding_box else None
        if self.bounding_box is None:
            return None
        if at.lat is None or at.lon is None:
            return Reason.NO_LOCATION, "only a place's name"
        return None if self.bounding_box.holds(at.lat, at.lon) else (Reason.OUTSIDE_AREA, f"{at.lat}, {at.lon}")

    def _refused_for_words(self, tweet: Tweet) -> Refusal | None:
        if self.keywords and not _words(self.keywords).search(tweet.text):
            return Reason.NO_KEYWORD, "none of the keywords"
        if self.exclude_keywords and (found := _words(self.exclude_keywords).search(tweet.text)):
            return Reason.EXCLUDED_KEYWORD, found.group()
        return None

    def _tickers(self, tweet: Tweet) -> tuple[str, ...]:
        known = self.symbols()
        if known is None:
            return tweet.tickers
        found = [ticker for ticker in tweet.tickers if ticker in known]
        if self.hashtag_tickers:
            found += known.in_hashtags(tweet.text)
        if self.company_names:
            found += known.in_names(tweet.text)
        return tuple(dict.fromkeys(found))


def _speaks(lang: str, languages: frozenset[str]) -> bool:
    wanted = {language.lower() for language in languages}
    return lang.lower() in wanted or lang.lower().split("-")[0] in wanted


@lru_cache(maxsize=8)
def _words(keywords: frozenset[str]) -> re.Pattern[str]:
    """One pattern for all the words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(keywords)))})(?!\w)", re.IGNORECASE)
