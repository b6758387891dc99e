"""Scorers of a text's polarity. Each is a function, so that a test or a Lambda takes the one it wants."""

from __future__ import annotations

from functools import lru_cache

from textblob.en import sentiment as _textblob_sentiment

TEXTBLOB = "textblob"


@lru_cache(maxsize=50_000)
def textblob_polarity(text: str) -> float:
    """TextBlob's polarity of a text, from -1 to 1.

    `textblob.en.sentiment` is what `TextBlob(text).sentiment` calls, at half the cost; a third of a market's tweets are
    retweets, so the cache answers many.
    """
    polarity: float = _textblob_sentiment(text)[0]
    return max(-1.0, min(1.0, polarity))
