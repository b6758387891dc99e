"""What decided a tweet's sentiment: underlined in its text, and named below it with what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.figures.look import SIGN
from dashboard.queries.tweets import ShownTweet
from dashboard.wording import MINUS
from tickertape.domain.emoticons import Emoticons
from tickertape.domain.sentiment import Sentiment
from tickertape.domain.telling import TellingWord

EMOTICON = "emoticon"
MOST_NAMED = 5
_EMOTICONS = Emoticons()


def deciding_words(tweet: ShownTweet) -> Sequence[TellingWord] | None:
    """The emoticons of a tweet that they decided, else the words that its scorer took for good or bad.

    None of a tweet that was stored before its words were kept.
    """
    if tweet.method != EMOTICON:
        return tweet.words
    scored = _EMOTICONS.score(tweet.text)
    return scored.words if scored else None


def underlined(inside: Any, polarity: float) -> Component:
    """A part of a text that decided; good and bad differ by the line, and are named below the text."""
    return html.Span(inside, className=f"told {_mood(polarity)}", title=signed(polarity))


def decided_by(told: Sequence[TellingWord] | None, *, by_emoticons: bool) -> Component:
    """What the verdict rests on, in words."""
    if told is None:
        return _line("by its words", "A scorer judged the text as a whole")
    if not told:
        return _line("no word decides", "Its scorer knows none of its words as good or bad")
    counts = ", ".join(f"{word.text} {signed(word.polarity)}" for word in told[:MOST_NAMED])
    parts: list[str | Component] = ["by "]
    for number, word in enumerate(told[:MOST_NAMED]):
        sign = "" if by_emoticons else f"{SIGN[_mood(word.polarity)]} "
        # An element of its own direction, so that an override ends with the word.
        parts += [(" " if by_emoticons else ", ") if number else "", sign, html.Bdi(word.text)]
    more = len(told) - MOST_NAMED
    parts.append(f" and {more:,} more" if more > 0 else "")
    rule = "Emoticons and emoji decide, if any" if by_emoticons else f"What each counts, from -1 to +1: {counts}"
    return _line([part for part in parts if part], rule)


def signed(polarity: float) -> str:
    """A polarity as people write it: `+0.50`, `0.00`."""
    return f"{polarity:+.2f}".replace("-", MINUS) if round(polarity, 2) else "0.00"


def _mood(polarity: float) -> Sentiment:
    return Sentiment.POSITIVE if polarity > 0 else Sentiment.NEGATIVE


def _line(said: Any, title: str) -> Component:
    return html.Span(said, className="decided-by", title=title)
