"""Emoticons and emoji as a scorer: what a text's marks say, whatever its words say."""

from __future__ import annotations

import re

from tickertape.domain.telling import Scored, TellingWord

EMOTICONS = "emoticons"

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
    emoticons = sorted((mark for mark in _VALUE if mark.isascii()), key=len, reverse=True)
    # Each emoji is one character, and a set of characters is found faster than a choice between them.
    emoji = "".join(mark for mark in _VALUE if not mark.isascii())
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, emoticons))})(?![\w/])|[{emoji}]")


_MARKS = _pattern()


def find_marks(text: str) -> list[str]:
    """The emoticons and emoji of a text that decide its sentiment, in its order.

    >>> find_marks("$AAPL 🚀 or not :(, see http://a.b")
    ['🚀', ':(']
    """
    return _MARKS.findall(text)


class Emoticons:
    """What the emoticons and emoji of a text say: the mean of +1 and -1."""

    name = EMOTICONS
    neutral_below = 0.0

    def score(self, text: str) -> Scored | None:
        """The mean of a text's marks, from -1 to 1, and all of them; None where it has none.

        >>> Emoticons().score("to the moon 🚀🚀 or down 📉").polarity
        0.3333333333333333
        """
        marks = tuple(TellingWord(mark, _VALUE[mark]) for mark in find_marks(text))
        return Scored(sum(mark.polarity for mark in marks) / len(marks), marks) if marks else None
