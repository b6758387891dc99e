"""Telling words: those that a scorer took for good or bad, as the text has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

# Whoever reads a tweet reads no more of them, and a text may be one word ten thousand times.
MOST_WORDS = 30
# Scorers pass over small words between "not" and "good", and over punctuation.
_WIDEST_GAP = 12


class TellingWord(NamedTuple):
    """A word with what turns or strengthens it ("not good"); `polarity` from -1 (bad) to 1 (good) is what it counts."""

    text: str
    polarity: float


class Scored(NamedTuple):
    """What a scorer says of a text: from -1 (bad) to 1 (good), and by which of its words, in their order."""

    polarity: float
    words: tuple[TellingWord, ...] = ()


def telling_words(text: str, told: Iterable[tuple[Sequence[str], float]]) -> tuple[TellingWord, ...]:
    """What a scorer says of its tokens, in the words of the text; at most `MOST_WORDS`, and none that counts nothing.

    Args:
        told: tokens that belong together, in any case, and what they count; in the text's order. Tokens that are not in
            the text (a scorer may read an emoji's description) stand as they are.

    >>> telling_words("Not a GOOD day", [(["not", "good"], -0.35)])
    (TellingWord(text='Not a GOOD', polarity=-0.35),)
    """
    words: list[TellingWord] = []
    lowered = _lowered(text)
    begin = 0
    for tokens, polarity in told:
        counts = round(polarity, 2)
        if not counts:
            continue
        if len(words) == MOST_WORDS:
            break
        span = _find(lowered, [token.lower() for token in tokens], begin)
        written = text[span[0] : span[1]].split() if span else tokens
        words.append(TellingWord(" ".join(written), counts))
        begin = span[1] if span else begin
    return tuple(words)


def read_telling_words(value: Any) -> tuple[TellingWord, ...] | None:
    """The `words` of an event; None where there are none, or not as `telling_words` makes them."""
    if not isinstance(value, list) or not all(isinstance(each, dict) and _is_one(**each) for each in value):
        return None
    return tuple(TellingWord(each["text"], each["polarity"]) for each in value)


def _is_one(text: object = None, polarity: object = None, **more: object) -> bool:
    # Half a surrogate pair is not printable, and no answer could carry it.
    is_text = isinstance(text, str) and text.isprintable() and text.strip() != ""
    return is_text and isinstance(polarity, int | float) and -1 <= polarity <= 1 and not more


def spans_of(text: str, words: Iterable[TellingWord]) -> list[tuple[int, int, float]]:
    """Where the words stand in their text, one after the other: beginning, end and polarity.

    >>> spans_of("good, not good", [TellingWord("good", 0.7), TellingWord("not good", -0.35)])
    [(0, 4, 0.7), (6, 14, -0.35)]
    """
    spans: list[tuple[int, int, float]] = []
    begin = 0
    for word in words:
        # Two words may share one "not": then the last of them is what is marked.
        span = _find(text, word.text.split(), begin) or _find(text, word.text.split()[-1:], begin)
        if span:
            spans.append((*span, word.polarity))
            begin = span[1]
    return spans


def _lowered(text: str) -> str:
    """In lower case, each sign at its place: a few signs would become two."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(sign.lower()[0] for sign in text)


def _find(text: str, tokens: Sequence[str], begin: int) -> tuple[int, int] | None:
    """Where the tokens stand together as whole words, at or after `begin`."""
    first, *more = tokens
    at = _find_word(text, first, begin, len(text))
    while at is not None:
        end = at + len(first)
        for token in more:
            place = _find_word(text, token, end, end + _WIDEST_GAP + len(token))
            if place is None:
                break
            end = place + len(token)
        else:
            return at, end
        at = _find_word(text, first, at + 1, len(text))
    return None


def _find_word(text: str, token: str, begin: int, until: int) -> int | None:
    at = text.find(token, begin, until)
    while at >= 0:
        if _stands_alone(text, at, at + len(token)):
            return at
        at = text.find(token, at + 1, until)
    return None


def _stands_alone(text: str, begin: int, end: int) -> bool:
    """Whether no word goes on at either end; signs stand after a space, for `http://` holds `:/`."""
    before, after = text[begin - 1 : begin] if begin else " ", text[end : end + 1]
    if text[begin].isascii() and not text[begin].isalnum():
        return before.isspace()
    return not (text[begin].isalnum() and before.isalnum()) and not (text[end - 1].isalnum() and after.isalnum())
