"""Tickers in a text: whole, well-formed cashtags.

The grammar of the tag is twitter-text's (1 to 6 letters, then at most one `.X`, `.XX`, `_X` or `_XX` for share classes
and futures). Before the tag anything but a word character or `$` may stand, which takes `($AAPL)` and `"$AAPL`, which
twitter-text leaves out, and leaves out `US$AAPL`.
"""

from __future__ import annotations

import re

# `$` and `#` stand first and what may not precede them is looked up behind them: `re` then goes from sign to sign
# instead of trying every character, five times as fast.
# `…` ends a retweet that the platform cut to 140 characters: `$G…` may have been `$GOOG`, so it is not whole.
_CASHTAG = re.compile(r"\$(?<![\w$]\$)([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?![\w…])")
_HASHTAG = re.compile(r"#(?<!\w#)(\w*[^\W\d_]\w*)")


def find_tickers(text: str) -> tuple[str, ...]:
    """The distinct tickers of `text`, upper case, in the order they first appear.

    >>> find_tickers("$c is not $CSCO, $5 is none, ($brk.b)!")
    ('C', 'CSCO', 'BRK.B')
    """
    return tuple(dict.fromkeys(tag.upper() for tag in _CASHTAG.findall(text)))


def find_hashtags(text: str) -> tuple[str, ...]:
    """The distinct hashtags of `text` without `#`, lower case, in the order they first appear."""
    return tuple(dict.fromkeys(tag.lower() for tag in _HASHTAG.findall(text)))
