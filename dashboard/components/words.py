"""The words of the tweets shown, the more frequent the larger. Each is a button that looks for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import sqrt

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import dashed
from dashboard.queries.tweet_search import searchable

MOST = 60
_SMALLEST_PX, _LARGEST_PX = 13, 32
# Links, names and cashtags say where and who, not what.
_NO_WORDS = re.compile(r"https?://\S*|[@$][\w.]+|&\w+;")
# A run of signs that no reader takes for a word is none.
_WORD = re.compile(r"[^\W\d_](?:['\w-]{1,22}\w)")
# English as in any list of stop words, and what platforms put into tweets by themselves.
_STOP_WORDS = frozenset(
    "a about after again all also am an and any are aren't as at be because been before being but by can can't cannot "
    "could did didn't do does doesn't doing don't down during each even few for from further get gets getting go goes "
    "going got had has have haven't having he her here hers him his how i i'd i'll i'm i've if in into is isn't it "
    "it's its itself just let let's like may me might more most much must my myself no nor not now of off on once one "
    "only or other our ours out over own per rt said same see she should so some still such than that that's the "
    "their theirs them then there there's these they they're this those through to too under until up us very via was "
    "wasn't we we're were what what's when where which while who whom why will with won't would you you'll you're "
    "you've your yours amp http https www com".split()
)


def frequent_words(texts: Iterable[str], most: int = MOST) -> list[tuple[str, int]]:
    """The words in most of the texts, and in how many each is; the alphabet decides between equals.

    >>> frequent_words(["Buy the dip, buy!", "a dip http://t.co/x"])
    [('dip', 2), ('buy', 1)]
    """
    counts = Counter(word for text in texts for word in _words(text))
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:most]


def _words(text: str) -> set[str]:
    plain = _NO_WORDS.sub(" ", searchable(text))
    return {word for word in _WORD.findall(plain) if word not in _STOP_WORDS}


def word_cloud(words: Sequence[tuple[str, int]], chosen: str) -> list[Component]:
    """A button for each word, the most frequent first; the one that is looked for is pressed."""
    highest = max((count for _, count in words), default=1)
    return [_button(word, count, highest, pressed=word == searchable(chosen).strip()) for word, count in words]


def _button(word: str, count: int, highest: int, *, pressed: bool) -> Component:
    # The eye compares areas, so the height goes with the root.
    size = _SMALLEST_PX + (_LARGEST_PX - _SMALLEST_PX) * sqrt((count - 1) / max(highest - 1, 1))
    number = f"in {count:,} {'tweet' if count == 1 else 'tweets'}"
    return html.Button(
        html.Bdi(word),
        id={"type": "feed-word", "word": word},
        className="word",
        title=number,
        style={"fontSize": f"{size:.1f}px"},
        **dashed(aria_label=f"{word}, {number}", aria_pressed="true" if pressed else "false"),
    )
