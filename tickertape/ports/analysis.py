"""What the analysis needs from the outside: the table of features, learners, and a place for models and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tickertape.domain.analysis.models import Model
    from tickertape.domain.analysis.observations import Observation, Row
    from tickertape.domain.analysis.results import AnalysisResult


class AnalysisFailed(Exception):
    """An analysis cannot be made or read; the message is one line for a person."""


class FeatureTable(Protocol):
    """The table `features` of the lake."""

    def rows(self) -> Sequence[Row]:
        """Every row, with the columns `observations.COLUMNS`, times as ISO 8601 UTC, in any order.

        Raises:
            AnalysisFailed: the lake does not answer, or cannot be read.
        """
        ...


class Learner(Protocol):
    """Makes a model of what it is shown.

    Attributes:
        name: of letters, digits and `_`.
        family: for people; learners that differ only in what they look at have the same.
        title: for people, with what it looks at.
        talk: whether it looks at the talk.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def family(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def talk(self) -> bool: ...  # noqa: D102

    def fit(self, seen: Sequence[Observation]) -> Model:
        """A model fitted to observations with an answer; the same ones give the same model.

        What is needed for it, such as the means by which values are scaled, is learnt from these alone.
        """
        ...


class ModelStore(Protocol):
    """Where models and results are kept, by version. Every method raises AnalysisFailed when it does not answer."""

    def put_model(self, name: str, version: str, model: Model, card: Mapping[str, Any]) -> None:
        """Keep a model, and beside it what is known of it: data, inputs, measures, versions.

        Args:
            name: `1d-logistic_price`: the interval and the learner.
        """
        ...

    def model(self, name: str, version: str) -> Model:
        """A model that was kept.

        Raises:
            AnalysisFailed: there is none, or it is of another program; the message says what to do.
        """
        ...

    def put_result(self, result: AnalysisResult) -> None:
        """Keep what an analysis came to; written after its models, so a result that is there has them all."""
        ...

    def newest_result(self) -> AnalysisResult | None:
        """The result of the newest version; None before the first."""
        ...
