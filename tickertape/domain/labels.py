"""Texts that people have labelled, one a line with tabs between the columns, to measure scorers with.

A label is a word (positive, neg, bullish, ...) or a number: VADER's raters gave -4 to 4, others -1, 0 and 1. A first
line that names its columns says where label and text are; without one the text is last and the label right before it,
or the other way round where only that can be read.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tickertape.domain.sentiment import Sentiment, classify

# A number nearer to 0 is a neutral label: VADER's own 0.05 of 1, on its raters' scale of 4.
NEUTRAL_BELOW: Final = 0.2

_WORDS: Final = {
    **dict.fromkeys(("positive", "pos", "bullish"), Sentiment.POSITIVE),
    **dict.fromkeys(("neutral", "neu"), Sentiment.NEUTRAL),
    **dict.fromkeys(("negative", "neg", "bearish"), Sentiment.NEGATIVE),
}
_LABEL_COLUMNS: Final = frozenset({"label", "sentiment", "polarity", "score", "mean", "rating", "class"})
_TEXT_COLUMNS: Final = frozenset({"text", "tweet", "sentence", "message", "content"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the class that people gave it."""

    text: str
    label: Sentiment


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that has no text and label; `number` counts from 1."""

    number: int
    why: str


def read_labels(lines: Iterable[bytes], neutral_below: float = NEUTRAL_BELOW) -> Iterator[Labelled | BadLine]:
    """Read labelled texts, each with its HTML entities decoded as a tweet's are; empty lines are passed over.

    Args:
        neutral_below: a label that is a number nearer to 0 than this is neutral, as is 0 itself.
    """
    columns: tuple[int, int] | None = None
    for number, raw in enumerate(lines, start=1):
        try:
            line = raw.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield BadLine(number, f"no UTF-8: {error.reason} at byte {error.start}")
            continue
        if not line.strip():
            continue
        fields = line.split("\t")
        if number == 1 and (columns := _named(fields)):
            continue
        yield _read(fields, columns, number, neutral_below)


def _read(
    fields: Sequence[str], columns: tuple[int, int] | None, number: int, neutral_below: float
) -> Labelled | BadLine:
    if len(fields) < 2:
        return BadLine(number, "a label and a text with a tab between them were expected, there is no tab")
    label_at, text_at = columns or (len(fields) - 2, len(fields) - 1)
    if max(label_at, text_at) >= len(fields):
        return BadLine(number, f"{max(label_at, text_at) + 1} columns were expected, {len(fields)} came")
    label = _label(fields[label_at], neutral_below)
    if label is None and columns is None and (label := _label(fields[text_at], neutral_below)) is not None:
        label_at, text_at = text_at, label_at
    if label is None:
        words = ", ".join(_WORDS)
        return BadLine(number, f"label: a number or one of {words} was expected, {fields[label_at][:40]!r} came")
    text = html.unescape(fields[text_at]).strip()
    return Labelled(text, label) if text else BadLine(number, "the text is empty")


def _named(fields: Sequence[str]) -> tuple[int, int] | None:
    """Where label and text are, if this line names its columns."""
    names = [field.strip().lower() for field in fields]
    labels = [at for at, name in enumerate(names) if name in _LABEL_COLUMNS]
    texts = [at for at, name in enumerate(names) if name in _TEXT_COLUMNS]
    return (labels[0], texts[0]) if labels and texts else None


def _label(field: str, neutral_below: float) -> Sentiment | None:
    word = field.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    try:
        value = float(word)
    except ValueError:
        return None
    return classify(value, neutral_below) if math.isfinite(value) else None
