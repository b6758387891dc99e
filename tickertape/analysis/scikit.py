"""Learners of scikit-learn. What they fit is turned into plain data, and forecasts from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tickertape.domain.analysis.baselines import AlwaysUpLearner, LastDirectionLearner
from tickertape.domain.analysis.models import AlwaysUp, Boosting, Inputs, Logistic, Tree
from tickertape.domain.analysis.observations import Observation
from tickertape.ports.analysis import Learner

# Signals of prices are weak: little room to learn the noise by heart. Set once, and not tuned on what is measured.
_PENALTY = 0.1
# So few rows are done before a second thread is there: with two, on two busy cores, trees take 40 times as long.
_THREADS = 1
_TREES = {"max_iter": 60, "learning_rate": 0.05, "max_leaf_nodes": 8, "min_samples_leaf": 40, "l2_regularization": 1.0}


class LogisticLearner:
    """Logistic regression over values that are scaled by what it learns from."""

    family = "logistic regression"

    def __init__(self, talk: bool) -> None:
        self.talk = talk
        self.name = _name("logistic", talk)
        self.title = _title(self.family, talk)

    def fit(self, seen: Sequence[Observation]) -> Logistic | AlwaysUp:
        """Median for what is missing, mean and deviation for the scale, then the weights; see `Learner`."""
        values, ups = _matrix(seen, self.talk), _ups(seen)
        if len(set(ups)) < 2:
            return AlwaysUpLearner().fit(seen)
        filler = np.nanmedian(values, axis=0)
        filled = np.where(np.isnan(values), filler, values)
        scaler = StandardScaler().fit(filled)
        with threadpool_limits(_THREADS):
            fitted = LogisticRegression(C=_PENALTY, max_iter=1000).fit(scaler.transform(filled), ups)
        return Logistic(
            talk=self.talk,
            filler=filler.tolist(),
            mean=scaler.mean_.tolist(),
            scale=scaler.scale_.tolist(),
            weights=fitted.coef_[0].tolist(),
            bias=float(fitted.intercept_[0]),
        )


class BoostingLearner:
    """Gradient boosting of trees over histograms; a value that is missing has a way of its own."""

    family = "gradient boosting"

    def __init__(self, talk: bool) -> None:
        self.talk = talk
        self.name = _name("boosting", talk)
        self.title = _title(self.family, talk)

    def fit(self, seen: Sequence[Observation]) -> Boosting | AlwaysUp:
        """See `Learner`."""
        ups = _ups(seen)
        if len(set(ups)) < 2:
            return AlwaysUpLearner().fit(seen)
        fitted = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **_TREES)
        with threadpool_limits(_THREADS):
            return boosting_of(fitted.fit(_matrix(seen, self.talk), ups), self.talk)


def learners() -> tuple[Learner, ...]:
    """All that are compared, the baseline first."""
    return (
        AlwaysUpLearner(),
        LastDirectionLearner(),
        *(make(talk) for make in (LogisticLearner, BoostingLearner) for talk in (False, True)),
    )


def boosting_of(fitted: HistGradientBoostingClassifier, talk: bool) -> Boosting:
    """The trees of a classifier of two classes.

    scikit-learn has no public way to them. A test holds what they forecast against its own `predict_proba`.
    """
    trees = [_tree(stage[0].nodes) for stage in fitted._predictors]
    return Boosting(talk, float(fitted._baseline_prediction.ravel()[0]), trees)


def _tree(nodes: Any) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        feature=np.where(leaf, -1, nodes["feature_idx"]).tolist(),
        # A split that only tells missing values from the others has infinity, which JSON has no word for.
        threshold=np.clip(np.where(leaf, 0.0, nodes["num_threshold"]), -1e300, 1e300).tolist(),
        missing_left=nodes["missing_go_to_left"].astype(bool).tolist(),
        left=nodes["left"].astype(int).tolist(),
        right=nodes["right"].astype(int).tolist(),
        value=np.where(leaf, nodes["value"], 0.0).tolist(),
    )


def _matrix(seen: Sequence[Observation], talk: bool) -> Any:
    inputs = Inputs(talk)
    values = np.array([inputs.of(each) for each in seen], dtype=float)
    # A value that nobody ever had tells nothing, as one that all have the same, and that every learner can take.
    values[:, np.isnan(values).all(axis=0)] = 0.0
    return values


def _ups(seen: Sequence[Observation]) -> list[int]:
    return [int(bool(each.is_up)) for each in seen]


def _name(kind: str, talk: bool) -> str:
    return f"{kind}_price_and_talk" if talk else f"{kind}_price"


def _title(family: str, talk: bool) -> str:
    return f"{family}, price and talk" if talk else f"{family}, price only"
