"""The dashboard's one way to the search: questions through a cache, and one exception when it is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dashboard.queries.cache import TimedCache
from dashboard.queries.counts import Split
from dashboard.queries.reader import SLOW_S
from dashboard.queries.tweets import ShownTweet
from tickertape.domain.periods import Level, finest_level, period_end, period_start
from tickertape.domain.search import Document, PeriodCount, Place, SearchQuery, Summary
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.telling import read_telling_words
from tickertape.domain.times import parse_utc
from tickertape.ports.search import SearchUnavailable, TweetSearch

# A little less than the interval, so that a page's own refresh never meets its last answer.
_FRESH_S = SLOW_S * 0.9
_EVERYTHING_S = 60.0
# After a failure nobody asks again for this long: many views would each wait for the same time-out.
_PAUSE_S = 1.0
# More bars than this are a picket fence.
MOST_BARS = 200
T = TypeVar("T")


class SearchAway(Exception):
    """The search cannot be asked now; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the tweets that match, the newest first.

    Attributes:
        total: how many match in all.
        last: the place of the last one, below which the next page begins; None when this is the last page.
    """

    tweets: Sequence[ShownTweet]
    total: int
    last: Place | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """How many match over time, and in periods of what length they were counted."""

    level: Level
    splits: Sequence[Split]

    def by_mood(self) -> Mapping[Sentiment, int]:
        """How many match by sentiment, of all periods."""
        return {mood: sum(getattr(split, mood) for split in self.splits) for mood in Sentiment}


class SearchReader:
    """Asks the search; what was just asked is not asked again.

    Args:
        search: None where none is run.
    """

    def __init__(self, search: TweetSearch | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._search = search
        self._monotonic = monotonic
        self._cache = TimedCache(monotonic)
        self._failure: SearchAway | None = None
        self._paused_until = float("-inf")

    @property
    def is_on(self) -> bool:
        """Whether there is a search at all."""
        return self._search is not None

    def page(self, query: SearchQuery, size: int, after: Place | None) -> Page:
        """The newest tweets that match below the place `after`.

        Raises:
            SearchAway: as every method here.
        """
        # One more than is shown tells whether there is a next page.
        found = self._ask((query, size, after), lambda search: search.find(query, size + 1, after))
        tweets = [_shown(document) for document in found.tweets[:size]]
        more = len(found.tweets) > size
        return Page(tweets, found.total, Place(tweets[-1].created_at, tweets[-1].id) if more else None)

    def everything(self) -> Summary:
        """All that is indexed, put together; not older than a minute, for it is the dearest question."""
        return self._ask("everything", lambda search: search.summary(SearchQuery()), _EVERYTHING_S)

    def timeline(self, query: SearchQuery) -> Timeline:
        """How many match over time, in the shortest periods of which there are at most `MOST_BARS`.

        Where a query's own first and last are is not asked for, which costs more than counting: it is counted in the
        periods that suit the whole index, and again when what was found lies closer together.
        """
        level = self._level_of_all(query)
        found = self._counted(query, level)
        if found:
            begin, end = period_start(level, found[0].period), period_end(level, found[-1].period)
            finer = finest_level(begin, end, MOST_BARS)
            level, found = (level, found) if finer == level else (finer, self._counted(query, finer))
        return Timeline(level, [_split(each.period, each.counts) for each in found])

    def _level_of_all(self, query: SearchQuery) -> Level:
        """The shortest periods in which all that is indexed of the query's time fits."""
        everything = self.everything()
        # What has come since is in it only after a while.
        if everything.first is None or everything.last is None:
            return Level.DAILY
        first, last = max(everything.first, query.since or everything.first), everything.last
        return finest_level(first, min(last, query.until or last), MOST_BARS)

    def _counted(self, query: SearchQuery, level: Level) -> Sequence[PeriodCount]:
        return self._ask((query, level), lambda search: search.timeline(query, level))

    def _ask(self, key: Hashable, question: Callable[[TweetSearch], T], fresh_s: float = _FRESH_S) -> T:
        answer: T = self._cache.get(key, fresh_s, lambda: self._asked(question))
        return answer

    def _asked(self, question: Callable[[TweetSearch], T]) -> T:
        if self._search is None:
            raise SearchAway("No search is run.")
        if self._failure and self._monotonic() < self._paused_until:
            raise self._failure
        try:
            answer = question(self._search)
        except SearchUnavailable as error:
            self._failure = SearchAway(f"{error}. See `tickertape status`.")
            self._paused_until = self._monotonic() + _PAUSE_S
            raise self._failure from error
        self._failure = None
        return answer


def _shown(document: Document) -> ShownTweet:
    return ShownTweet(
        id=document["id"],
        created_at=parse_utc(document["created_at"]),
        text=document["text"],
        author=document["author"]["name"] or "",
        lang=document["lang"] or "",
        tickers=tuple(document["tickers"]),
        sentiment=Sentiment(document.get("sentiment", Sentiment.NEUTRAL)),
        polarity=float(document.get("polarity", 0)),
        method=document.get("method", ""),
        is_retweet=document["is_retweet"],
        words=read_telling_words(document.get("words")),
    )


def _split(period: str, counts: Mapping[Sentiment, int]) -> Split:
    tweets = sum(counts.values())
    moods: dict[str, Any] = {str(mood): number for mood, number in counts.items()}
    return Split(period=period, ticker=None, tweets=tweets, mentions=tweets, authors=0, polarity=None, **moods)
