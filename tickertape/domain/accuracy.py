"""How well classes that were guessed meet those that people gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tickertape.domain.sentiment import Sentiment


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The measures of one comparison, each from 0 to 1.

    Attributes:
        accuracy: the share of texts whose class was guessed.
        macro_f1: the mean over the classes of F1 = 2 TP / (2 TP + FP + FN), so that a rare class counts as much.
        macro_recall: the mean over the classes of the share that was found, SemEval's measure.
    """

    accuracy: float
    macro_f1: float
    macro_recall: float


def measure(labels: Sequence[Sentiment], guesses: Sequence[Sentiment]) -> Accuracy:
    """Compare guesses with labels; classes that no label has are left out of the means.

    Raises:
        ValueError: there are no labels, or not as many guesses.
    """
    if not labels or len(labels) != len(guesses):
        raise ValueError(f"a guess for each label was expected, {len(guesses)} for {len(labels)} came")
    right = Counter(label for label, guess in zip(labels, guesses, strict=True) if label == guess)
    given, guessed = Counter(labels), Counter(guesses)
    return Accuracy(
        accuracy=right.total() / len(labels),
        macro_f1=sum(2 * right[each] / (given[each] + guessed[each]) for each in given) / len(given),
        macro_recall=sum(right[each] / given[each] for each in given) / len(given),
    )
