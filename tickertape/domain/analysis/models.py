"""Fitted models as plain data: what is stored of one is what forecasts, without the library that fitted it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, NamedTuple

from tickertape.domain.analysis.observations import PRICE, TALK, Observation, Values

# Raised when an older program could not read what a newer one wrote.
FORMAT_VERSION = 1


class BadModel(ValueError):
    """What was stored is no model of this program; the message says why."""


class Forecast(NamedTuple):
    """What a model says of the next candle.

    Attributes:
        up: whether it closes higher.
        chance: of that it does, from 0 to 1.
    """

    up: bool
    chance: float


class Inputs(NamedTuple):
    """Which values a model sees."""

    talk: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in the order in which a model has them."""
        return (*PRICE, *(TALK if self.talk else ()))

    def of(self, seen: Observation) -> Values:
        """The values themselves."""
        return (*seen.price, *seen.talk) if self.talk else seen.price


@dataclass(frozen=True, slots=True)
class AlwaysUp:
    """Says up each time; its chance is the share of ups that it learnt from."""

    share: float
    kind: ClassVar[str] = "always_up"

    def forecast(self, seen: Observation) -> Forecast:
        """Up."""
        return Forecast(True, self.share)


@dataclass(frozen=True, slots=True)
class LastDirection:
    """Says what this candle did, up where it did not move.

    Attributes:
        after_up, after_down: the shares of ups that came after the one and the other.
    """

    after_up: float
    after_down: float
    kind: ClassVar[str] = "last_direction"

    def forecast(self, seen: Observation) -> Forecast:
        """The same again."""
        up = seen.was_up is not False
        return Forecast(up, self.after_up if up else self.after_down)


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over scaled values.

    Attributes:
        filler: what stands for a value that is not there: the median of what it learnt from.
        mean, scale: of what it learnt from.
    """

    talk: bool
    filler: Sequence[float]
    mean: Sequence[float]
    scale: Sequence[float]
    weights: Sequence[float]
    bias: float
    kind: ClassVar[str] = "logistic"

    def forecast(self, seen: Observation) -> Forecast:
        """By the weighted sum of the values."""
        score = self.bias
        parts = zip(Inputs(self.talk).of(seen), self.filler, self.mean, self.scale, self.weights, strict=True)
        for value, filler, mean, scale, weight in parts:
            score += weight * ((filler if value is None else value) - mean) / scale
        return _by_score(score)


@dataclass(frozen=True, slots=True)
class Tree:
    """One regression tree; a node is a place in each of the lists, the root the first.

    Attributes:
        feature: which value a node asks for, -1 at a leaf.
        threshold: up to this, included, it goes left.
        missing_left: whether it goes left where there is no value.
        left, right: the nodes that come next.
        value: what a leaf adds to the score.
    """

    feature: Sequence[int]
    threshold: Sequence[float]
    missing_left: Sequence[bool]
    left: Sequence[int]
    right: Sequence[int]
    value: Sequence[float]

    def score(self, values: Values) -> float:
        """What the leaf of these values adds."""
        node = 0
        while (feature := self.feature[node]) >= 0:
            value = values[feature]
            goes_left = self.missing_left[node] if value is None else value <= self.threshold[node]
            node = self.left[node] if goes_left else self.right[node]
        return self.value[node]


@dataclass(frozen=True, slots=True)
class Boosting:
    """A sum of regression trees."""

    talk: bool
    bias: float
    trees: Sequence[Tree] = field(repr=False)
    kind: ClassVar[str] = "boosting"

    def forecast(self, seen: Observation) -> Forecast:
        """By the sum of the trees' scores."""
        values = Inputs(self.talk).of(seen)
        return _by_score(self.bias + sum(tree.score(values) for tree in self.trees))


# `kind` is the word for each in what is stored.
Model = AlwaysUp | LastDirection | Logistic | Boosting


def forecasts(model: Model, seen: Iterable[Observation]) -> list[Forecast]:
    """What a model says of each."""
    return [model.forecast(each) for each in seen]


def to_document(model: Model) -> dict[str, Any]:
    """A model as plain JSON, with its kind and the names of what it sees."""
    inputs = Inputs(model.talk).names if isinstance(model, (Logistic, Boosting)) else ()
    return {"format": FORMAT_VERSION, "kind": model.kind, "inputs": list(inputs), **asdict(model)}


def from_document(document: Mapping[str, Any]) -> Model:
    """The model of a document.

    Raises:
        BadModel: it is of a newer format, of an unknown kind, sees other values than this program makes, or lacks some.
    """
    told = dict(document)
    if told.pop("format", None) != FORMAT_VERSION:
        raise BadModel(f"format {FORMAT_VERSION} was expected, {document.get('format')!r} came: run the analysis again")
    kind, inputs = told.pop("kind", None), told.pop("inputs", None)
    try:
        model: Model = _KINDS[kind](told)
    except (KeyError, TypeError) as error:
        raise BadModel(f"the model of kind {kind!r} cannot be read ({error!r}): run the analysis again") from error
    names = Inputs(model.talk).names if isinstance(model, (Logistic, Boosting)) else ()
    if inputs != list(names):
        raise BadModel(f"the inputs {', '.join(names)} were expected, {inputs!r} came: run the analysis again")
    return model


def _boosting(told: dict[str, Any]) -> Boosting:
    return Boosting(told["talk"], told["bias"], [Tree(**tree) for tree in told["trees"]])


_KINDS: Mapping[Any, Any] = {
    AlwaysUp.kind: lambda told: AlwaysUp(**told),
    LastDirection.kind: lambda told: LastDirection(**told),
    Logistic.kind: lambda told: Logistic(**told),
    Boosting.kind: _boosting,
}


def _by_score(score: float) -> Forecast:
    # Beyond these the chance is 0 or 1 to the last digit, and exp has no answer.
    chance = 1 / (1 + math.exp(-max(-500.0, min(500.0, score))))
    return Forecast(chance >= 0.5, chance)
