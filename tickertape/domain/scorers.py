"""Scorers of a text's words, by the name that `TICKERTAPE_SCORER` gives. Each loads its library when it is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tickertape.domain.sentiment import Scorer
from tickertape.domain.telling import Scored, telling_words

TEXTBLOB: Final = "textblob"
VADER: Final = "vader"
# A third of a market's tweets are retweets, so the cache answers many.
_REMEMBERED = 50_000


class TextBlob:
    """TextBlob's polarity: the mean over the adjectives and adverbs that its lexicon knows."""

    name = TEXTBLOB
    neutral_below = 0.0

    def __init__(self) -> None:
        # What `TextBlob(text).sentiment_assessments` calls, at half the cost.
        from textblob.en import sentiment  # noqa: PLC0415  # a function loads the one scorer that it uses

        def score(text: str) -> Scored:
            found = sentiment(text)
            # An exclamation mark strengthens the word before it, and is counted among its words.
            told = (([word for word in words if word != "!"], polarity) for words, polarity, *_ in found.assessments)
            return Scored(max(-1.0, min(1.0, float(found[0]))), telling_words(text, told))

        self.score: Callable[[str], Scored] = lru_cache(_REMEMBERED)(score)


class Vader:
    """VADER's compound score, made for social media; its authors call -0.05 to 0.05, without the ends, neutral.

    Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014.
    """

    name = VADER
    neutral_below = 0.05

    def __init__(self) -> None:
        from tickertape.domain.vader_words import (  # noqa: PLC0415  # a function loads the one scorer that it uses
            Analyzer,
        )

        analyzer = Analyzer()

        def score(text: str) -> Scored:
            found = analyzer.polarity_scores(text)
            return Scored(float(found["compound"]), telling_words(text, found["told"]))

        self.score: Callable[[str], Scored] = lru_cache(_REMEMBERED)(score)


SCORERS: Final[dict[str, Callable[[], Scorer]]] = {TEXTBLOB: TextBlob, VADER: Vader}


def scorer_named(name: str) -> Scorer:
    """The scorer of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in SCORERS:
        raise ValueError(f"scorer: one of {', '.join(SCORERS)} was expected, {name!r} came")
    return SCORERS[name]()
