"""Scorers of a text's words, by the name that `TICKERTAPE_SCORER` gives. Each loads its library when it is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tickertape.domain.sentiment import Scorer

TEXTBLOB: Final = "textblob"
VADER: Final = "vader"
# A third of a market's tweets are retweets, so the cache answers many.
_REMEMBERED = 50_000


class TextBlob:
    """TextBlob's polarity: the mean over the adjectives and adverbs that its lexicon knows."""

    name = TEXTBLOB
    neutral_below = 0.0

    def __init__(self) -> None:
        # What `TextBlob(text).sentiment` calls, at half the cost.
        from textblob.en import sentiment  # noqa: PLC0415  # a function loads the one scorer that it uses

        self._score: Callable[[str], float] = lru_cache(_REMEMBERED)(lambda text: float(sentiment(text)[0]))

    def polarity(self, text: str) -> float:
        """From -1 to 1."""
        return max(-1.0, min(1.0, self._score(text)))


class Vader:
    """VADER's compound score, made for social media; its authors call -0.05 to 0.05, without the ends, neutral.

    Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014.
    """

    name = VADER
    neutral_below = 0.05

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import (  # noqa: PLC0415  # a function loads the one scorer that it uses
            SentimentIntensityAnalyzer,
        )

        analyzer = SentimentIntensityAnalyzer()
        self._score: Callable[[str], float] = lru_cache(_REMEMBERED)(
            lambda text: float(analyzer.polarity_scores(text)["compound"])
        )

    def polarity(self, text: str) -> float:
        """From -1 to 1."""
        return self._score(text)


SCORERS: Final[dict[str, Callable[[], Scorer]]] = {TEXTBLOB: TextBlob, VADER: Vader}


def scorer_named(name: str) -> Scorer:
    """The scorer of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in SCORERS:
        raise ValueError(f"scorer: one of {', '.join(SCORERS)} was expected, {name!r} came")
    return SCORERS[name]()
