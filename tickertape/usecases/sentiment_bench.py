"""Measures scorers on texts that people have labelled: alone, and behind the rule that emoticons decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tickertape.domain.accuracy import Accuracy, measure
from tickertape.domain.emoticons import Emoticons
from tickertape.domain.labels import Labelled
from tickertape.domain.sentiment import Scorer, Sentiment, classify, judge


@dataclass(frozen=True, slots=True)
class Score:
    """What one way of judging comes to.

    Attributes:
        emoticons: whether emoticons and emoji decided where there were any.
        per_second: texts judged a second, on one core.
    """

    scorer: str
    emoticons: bool
    accuracy: Accuracy
    per_second: float


def bench(
    texts: Sequence[Labelled], scorers: Mapping[str, Callable[[], Scorer]], seconds: Callable[[], float]
) -> list[Score]:
    """Measure the emoticons alone, then each scorer without and with them.

    Args:
        scorers: make a scorer; a new one each time, since one that remembers texts would be measured too fast.
        seconds: a clock that runs on.

    Raises:
        ValueError: there are no texts.
    """
    scores = [_measured(texts, Emoticons(), with_emoticons=True, seconds=seconds)]
    for make in scorers.values():
        scores += [_measured(texts, make(), with_emoticons, seconds) for with_emoticons in (False, True)]
    return scores


def _measured(texts: Sequence[Labelled], scorer: Scorer, with_emoticons: bool, seconds: Callable[[], float]) -> Score:
    def judged(text: str) -> Sentiment:
        return judge(text, scorer).sentiment if with_emoticons else _words_only(text, scorer)

    # A lexicon is read at the first text.
    judged("warming up")
    began = seconds()
    guesses = [judged(each.text) for each in texts]
    took = seconds() - began
    return Score(
        scorer=scorer.name,
        emoticons=with_emoticons,
        accuracy=measure([each.label for each in texts], guesses),
        per_second=len(texts) / took,
    )


def _words_only(text: str, scorer: Scorer) -> Sentiment:
    scored = scorer.score(text)
    return classify(scored.polarity if scored else 0.0, scorer.neutral_below)
