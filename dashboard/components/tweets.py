"""Tweets as people wrote them: text and never markup, however hostile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.figures.look import SIGN
from dashboard.queries.tweets import ShownTweet
from dashboard.wording import MINUS, NEW_YORK, utc
from tickertape.domain.emoticons import find_marks
from tickertape.domain.search import matches_in
from tickertape.domain.times import format_utc

# Long enough for a tweet of any year but the paid ones; the rest is cut, not hidden, so that a page stays light.
MAX_SHOWN = 600
MAX_NAME = 50
MAX_MARKS = 5
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![\w…])")
# What UTF-8 cannot carry would end the whole answer, not only this tweet.
_SURROGATE = re.compile("[\ud800-\udfff]")


def tweet_list(tweets: Sequence[ShownTweet], words: str = "") -> list[Component]:
    """One element for each tweet, in the order given; whole words that were looked for are marked."""
    return [_tweet(tweet, words) for tweet in tweets]


def _tweet(tweet: ShownTweet, words: str) -> Component:
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
            html.P(html.Bdi(_marked(clip(tweet.text, MAX_SHOWN), words), dir="auto"), className="tweet-text"),
            html.Footer([_verdict(tweet), _decided_by(tweet)]),
        ],
        key=tweet.id,
        className=f"tweet {tweet.sentiment}",
        **dashed(data_tweet_id=tweet.id, data_sentiment=str(tweet.sentiment)),
    )


def clip(text: str, longest: int) -> str:
    """At most `longest` characters of a text, with an ellipsis where more followed."""
    clean = _SURROGATE.sub("\ufffd", text)
    return clean if len(clean) <= longest else clean[:longest].rstrip() + "…"


def _marked(text: str, words: str) -> list[str | Component]:
    """The text with its cashtags set apart and the words marked; everything stays text."""
    found = matches_in(text, words)
    parts: list[str | Component] = []
    end = 0
    for match in _CASHTAG.finditer(text):
        begin, after = match.span()
        parts += _lit(text, end, begin, found)
        cashtag = _lit(text, begin, after, found)
        parts.append(html.Bdi(cashtag if len(cashtag) > 1 else cashtag[0], dir="ltr", className="cashtag"))
        end = after
    return [*parts, *_lit(text, end, len(text), found)]


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
    polarity = f"{tweet.polarity:+.2f}".replace("-", MINUS)
    return html.Span(
        f"{SIGN[tweet.sentiment]} {tweet.sentiment} {polarity}",
        className=f"verdict {tweet.sentiment}",
        title="Polarity from -1 (bad) to +1 (good)",
    )


def _decided_by(tweet: ShownTweet) -> Component:
    """What the verdict rests on: the emoticons themselves; of a scorer's words only that they were words."""
    marks = find_marks(tweet.text) if tweet.method == "emoticon" else []
    if not marks:
        return html.Span("by its words", className="decided-by", title="A scorer judged the text as a whole")
    more = len(marks) - MAX_MARKS
    shown = " ".join(marks[:MAX_MARKS]) + (f" and {more:,} more" if more > 0 else "")
    return html.Span(["by ", html.Bdi(shown)], className="decided-by", title="Emoticons and emoji decide, if any")
