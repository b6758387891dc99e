"""Sentiment of a text: emoticons and emoji decide when there are any, else a scorer of its words does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from tickertape.domain.emoticons import Emoticons
from tickertape.domain.telling import Scored, TellingWord


class Scorer(Protocol):
    """Scores a text: TextBlob, VADER (`scorers.py`), or the emoticons (`emoticons.py`)."""

    @property
    def name(self) -> str:
        """What an event's `scorer` says."""
        ...

    @property
    def neutral_below(self) -> float:
        """A polarity nearer to 0 than this is neutral, as the scorer's authors read it; so is 0 itself."""
        ...

    def score(self, text: str) -> Scored | None:
        """The text's polarity and the words that made it; None when the scorer has nothing to say about this text."""
        ...


class Sentiment(StrEnum):
    """The three classes that a user sees."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text says: its class, its polarity (-1 to 1), who scored it, and by which method.

    Attributes:
        words: those that decided; None where nobody kept them. Emoticons are not: the text itself tells them.
    """

    sentiment: Sentiment
    polarity: float
    scorer: str
    method: str
    words: tuple[TellingWord, ...] | None = None

    def to_event(self) -> dict[str, Any]:
        """The fields that enrichment adds to a tweet on the wire; `words` only where they were kept."""
        words = None if self.words is None else [word._asdict() for word in self.words]
        return {
            "sentiment": self.sentiment,
            "polarity": self.polarity,
            "scorer": self.scorer,
            "method": self.method,
            **({} if words is None else {"words": words}),
        }


_EMOTICONS = Emoticons()


def judge(text: str, scorer: Scorer) -> Verdict:
    """Judge a text by its emoticons and emoji, or by the scorer where it has none.

    >>> from tickertape.domain.scorers import Vader
    >>> judge("to the moon 🚀", Vader()).method
    'emoticon'
    """
    marks = _EMOTICONS.score(text)
    if marks is not None:
        sentiment = classify(marks.polarity, _EMOTICONS.neutral_below)
        return Verdict(sentiment, round(marks.polarity, 4), scorer.name, "emoticon")
    polarity, words = scorer.score(text) or Scored(0.0)
    return Verdict(classify(polarity, scorer.neutral_below), round(polarity, 4), scorer.name, "text", words)


def classify(polarity: float, neutral_below: float) -> Sentiment:
    """The class of a polarity: neutral near 0, else its sign."""
    if polarity == 0 or abs(polarity) < neutral_below:
        return Sentiment.NEUTRAL
    return Sentiment.POSITIVE if polarity > 0 else Sentiment.NEGATIVE
