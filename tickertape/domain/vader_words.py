"""VADER with what each word counts, which its own analyzer only sums up. Imported where VADER is the scorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer, SentiText, negated

# Its lexicon goes from -4 to 4; capitals and idioms may pass it.
_HIGHEST_VALENCE: Final = 4
# How far back a negation is looked for.
_WORDS_BEFORE = 3


class Analyzer(SentimentIntensityAnalyzer):  # type: ignore[misc]  # it carries no types
    """VADER's analyzer; `told` among its scores are words and their valence from -1 to 1, in the text's order."""

    def score_valence(self, sentiments: list[float], text: str) -> dict[str, Any]:
        """VADER's scores of its words' valences, and `told`."""
        scores: dict[str, Any] = super().score_valence(sentiments, text)
        words = SentiText(text).words_and_emoticons if any(sentiments) else []
        told = [
            (self._with_negation(words, at, valence), max(-1.0, min(1.0, valence / _HIGHEST_VALENCE)))
            for at, valence in enumerate(sentiments)
            if valence
        ]
        return scores | {"told": told}

    def _with_negation(self, words: Sequence[str], at: int, valence: float) -> list[str]:
        """The word at that place, with the negation that turned it round before it."""
        if self.lexicon.get(words[at].lower(), 0) * valence >= 0:
            return [words[at]]
        before = words[max(0, at - _WORDS_BEFORE) : at]
        return [*[word for word in before if negated([word]) or word.lower() in {"no", "least"}][-1:], words[at]]
