"""Tweets as people wrote them: text and never markup, however hostile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.components.deciding import EMOTICON, decided_by, deciding_words, signed, underlined
from dashboard.figures.look import SIGN
from dashboard.queries.tweets import ShownTweet
from dashboard.wording import NEW_YORK, utc
from tickertape.domain.search import matches_in
from tickertape.domain.telling import MOST_WORDS, TellingWord, spans_of
from tickertape.domain.times import format_utc

# Long enough for a tweet of any year but the paid ones; the rest is cut, not hidden, so that a page stays light.
MAX_SHOWN = 600
MAX_NAME = 50
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![\w…])")
# What UTF-8 cannot carry would end the whole answer, not only this tweet.
_SURROGATE = re.compile("[\ud800-\udfff]")


def tweet_list(tweets: Sequence[ShownTweet], words: str = "") -> list[Component]:
    """One element for each tweet, in the order given; whole words that were looked for are marked."""
    return [_tweet(tweet, words) for tweet in tweets]


# Viewers see the same tweets, and a new one leaves the others as they were; one is about 20 KB of elements.
@lru_cache(maxsize=1000)
def _tweet(tweet: ShownTweet, words: str) -> Component:
    told = deciding_words(tweet)
    text = _marked(clip(tweet.text, MAX_SHOWN), words, told or ())
    return html.Article(
        [
            html.Header(
                [
                    # An element of its own direction, so that an override in a name ends with the name.
                    html.Bdi(clip(tweet.author, MAX_NAME) or "unknown", className="tweet-author"),
                    html.Span("retweet", className="tweet-tag") if tweet.is_retweet else None,
                    _time(tweet.created_at),
                ]
            ),
            html.P(html.Bdi(text, dir="auto"), className="tweet-text"),
            html.Footer([_verdict(tweet), decided_by(told, by_emoticons=tweet.method == EMOTICON)]),
        ],
        key=tweet.id,
        className=f"tweet {tweet.sentiment}",
        **dashed(data_tweet_id=tweet.id, data_sentiment=str(tweet.sentiment)),
    )


def clip(text: str, longest: int) -> str:
    """At most `longest` characters of a text, with an ellipsis where more followed."""
    clean = _SURROGATE.sub("\ufffd", text)
    return clean if len(clean) <= longest else clean[:longest].rstrip() + "…"


def _marked(text: str, words: str, told: Sequence[TellingWord]) -> list[str | Component]:
    """The text with its cashtags set apart, what decided underlined and the words marked; everything stays text."""
    found = matches_in(text, words)
    cashtags = [(*match.span(), None) for match in _CASHTAG.finditer(text)]
    deciding = [
        span
        for span in spans_of(text, told[:MOST_WORDS])
        if not any(span[0] < after and begin < span[1] for begin, after, _ in cashtags)
    ]
    parts: list[str | Component] = []
    end = 0
    for begin, after, polarity in sorted([*cashtags, *deciding], key=lambda span: span[0]):
        parts += _lit(text, end, begin, found)
        lit = _lit(text, begin, after, found)
        inside = lit if len(lit) > 1 else lit[0]
        parts.append(_cashtag(inside) if polarity is None else underlined(inside, polarity))
        end = after
    return [*parts, *_lit(text, end, len(text), found)]


def _cashtag(inside: Any) -> Component:
    return html.Bdi(inside, dir="ltr", className="cashtag")


def _lit(text: str, begin: int, end: int, found: Sequence[tuple[int, int]]) -> list[str | Component]:
    """A part of the text, with what of it was found marked."""
    parts: list[str | Component] = []
    for first, last in found:
        if begin < last and first < end:
            parts += [text[begin:first], html.Mark(text[max(begin, first) : min(end, last)])]
            begin = min(end, last)
    return [part for part in [*parts, text[begin:end]] if part]


def _time(moment: datetime) -> Component:
    local = moment.astimezone(NEW_YORK)
    return html.Time(
        f"{local.day} {local:%b %Y, %H:%M:%S}",
        dateTime=format_utc(moment),
        title=utc(moment),
        className="tweet-time",
    )


def _verdict(tweet: ShownTweet) -> Component:
    return html.Span(
        f"{SIGN[tweet.sentiment]} {tweet.sentiment} {signed(tweet.polarity)}",
        className=f"verdict {tweet.sentiment}",
        title="Polarity from -1 (bad) to +1 (good)",
    )
