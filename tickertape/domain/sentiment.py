"""Sentiment of a text: emoticons and emoji decide when there are any, else a scorer does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

# A scorer gives a text's polarity from -1 (bad) to 1 (good).
Scorer = Callable[[str], float]

_POSITIVE = (
    ":) :-) :D :-D ;) ;-) =) :] :} :P :-P xD XD <3 ^_^ (: "
    "😀 😁 😂 😃 😄 😅 😆 😇 😉 😊 😋 😌 😍 😎 😏 😗 😘 😙 😚 😜 😝 🙂 🙃 🤑 🤗 🤣 🤩 🥰 🥳 "
    "👍 👏 🙌 💪 🎉 🎊 🏆 🥇 💰 💵 💸 🤝 🚀 📈 🐂 🌕 🌙 🔥 ✅ 💎 ❤ 💚 💯 🍾 🥂 ⬆ 🟢"
).split()
_NEGATIVE = (
    ":( :-( ;( :'( =( :[ :/ :-/ :\\ D: >:( ): "
    "😒 😓 😔 😕 😖 😞 😟 😠 😡 😢 😣 😤 😥 😦 😧 😨 😩 😫 😬 😭 😰 😱 😳 🙁 ☹ 🤢 🤮 🤬 🥶 🥵 🥺 😵 "
    "👎 💔 📉 🐻 🩸 💀 ☠ 🔻 ❌ 🗑 💩 🤡 ⬇ 🔴 ⚠"
).split()
_VALUE = dict.fromkeys(_POSITIVE, 1) | dict.fromkeys(_NEGATIVE, -1)


def _pattern() -> re.Pattern[str]:
    """All marks as one expression, the longest first; emoticons of letters and signs only where no word goes on.

    `http://` holds `:/`, and `12:30)` no smile: an ASCII emoticon stands after a space or the start of the text.
    """
    longest_first = sorted(_VALUE, key=len, reverse=True)
    emoticons = "|".join(re.escape(mark) for mark in longest_first if mark.isascii())
    emoji = "|".join(re.escape(mark) for mark in longest_first if not mark.isascii())
    return re.compile(rf"(?:(?<=\s)|^)(?:{emoticons})(?![\w/])|{emoji}")


_MARKS = _pattern()


class Sentiment(StrEnum):
    """The three classes that a user sees."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text says: its class, its polarity (-1 to 1), who scored it, and by which method."""

    sentiment: Sentiment
    polarity: float
    scorer: str
    method: str

    def to_event(self) -> dict[str, str | float]:
        """The fields that enrichment adds to a tweet on the wire."""
        return {
            "sentiment": self.sentiment,
            "polarity": self.polarity,
            "scorer": self.scorer,
            "method": self.method,
        }


def judge(text: str, scorer: Scorer, scorer_name: str) -> Verdict:
    """Judge a text by its emoticons and emoji, or by the scorer where it has none.

    >>> judge("to the moon 🚀", lambda text: 0.0, "none").sentiment.value
    'positive'
    """
    marks = [_VALUE[mark] for mark in find_marks(text)]
    polarity = sum(marks) / len(marks) if marks else scorer(text)
    return Verdict(
        sentiment=classify(polarity),
        polarity=round(polarity, 4),
        scorer=scorer_name,
        method="emoticon" if marks else "text",
    )


def find_marks(text: str) -> list[str]:
    """The emoticons and emoji of a text that decide its sentiment, in its order.

    >>> find_marks("$AAPL 🚀 or not :(, see http://a.b")
    ['🚀', ':(']
    """
    return _MARKS.findall(text)


def classify(polarity: float) -> Sentiment:
    """The class of a polarity: its sign, as TextBlob's own polarity is read."""
    if polarity > 0:
        return Sentiment.POSITIVE
    return Sentiment.NEGATIVE if polarity < 0 else Sentiment.NEUTRAL
