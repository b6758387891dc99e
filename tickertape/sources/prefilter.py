"""A look at a post's raw bytes that tells cheaply whether it may be wanted: most of a firehose is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from tickertape.domain.tweet_rules import TweetRules

# A cashtag begins so; `"$type"`, `"$link"` and `"$bytes"` are keys of every record on Bluesky.
_MAYBE_CASHTAG = re.compile(rb'\$(?!(?:type|link|bytes)")[A-Za-z]')
_MAYBE_HASHTAG = re.compile(rb"#[A-Z]")
# What every writer of JSON leaves as it is.
_PLAIN = re.compile(r"[ !#-%'-;=?-\[\]-~]+")
# Escapes end in a letter or a digit, but a word may begin after them.
_WORD_START = rb"(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4}))"


def maybe_wanted(rules: TweetRules) -> Callable[[bytes], bool]:
    """A check that never turns away a post with a ticker, nor one with a keyword where those alone are enough.

    A post with neither is not wanted from a firehose, whatever the rules say of single tweets.
    """

    def wanted(raw: bytes) -> bool:
        if _MAYBE_CASHTAG.search(raw):
            return True
        if rules.hashtag_tickers and _MAYBE_HASHTAG.search(raw):
            return True
        if rules.company_names and (known := rules.symbols()) and _any_of(frozenset(known.spoken), True).search(raw):
            return True
        by_word = bool(rules.keywords) and not rules.require_ticker
        return by_word and bool(_any_of(rules.keywords, False).search(raw))

    return wanted


@lru_cache(maxsize=8)
def _any_of(words: frozenset[str], as_written: bool) -> re.Pattern[bytes]:
    """Any of the words, whether the JSON around them is UTF-8 or escaped.

    Of a word only its longest part is looked for that JSON writes in one way; a word without such a part lets through
    every post that is not plain ASCII.
    """
    parts = {word: max(_PLAIN.findall(word), key=len, default="") for word in words}
    options = [re.escape(part).encode() for part in sorted({part for part in parts.values() if part})]
    if "" in parts.values():
        options += [rb"[\x80-\xff]", rb"\\u"]
    return re.compile(_WORD_START + b"(?:" + (b"|".join(options) or b"(?!)") + b")", 0 if as_written else re.IGNORECASE)
