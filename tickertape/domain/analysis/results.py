"""What an analysis came to, as it is stored and reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tickertape.domain.analysis.calibration import Bin
from tickertape.domain.analysis.resampling import Interval

# Raised when the fields change their meaning.
SCHEMA_VERSION = 1
# A p-value below this, after the correction, is a finding.
SIGNIFICANT = 0.05
# With fewer moments tested an interval of few blocks says too little to conclude anything from.
CONCLUSIVE = 100
# What people call the next candle of each interval of `features`.
HORIZONS = {"1h": "next hour", "1d": "next session"}


@dataclass(frozen=True, slots=True)
class TickerMeasure:
    """How a model does on one ticker.

    Attributes:
        p: corrected over the tickers of the model, by Benjamini and Hochberg; None if nothing was to be tested.
    """

    ticker: str
    n: int
    accuracy: Interval
    mcc: Interval
    p: float | None


@dataclass(frozen=True, slots=True)
class ModelMeasure:
    """How a model does over the whole walk.

    Attributes:
        name: the learner's; `title` is for people.
        talk: whether it sees the talk.
        n: forecasts.
        p: that its `mcc` is chance, by permutation, one-sided, uncorrected; None for one that always says the same.
        p_corrected: by Holm, over all tests of the run.
        brier: 0.25 is a coin's.
        lead: at each tested moment, how many forecasts more than `always_up`'s were right so far.
    """

    name: str
    title: str
    talk: bool
    n: int
    accuracy: Interval
    mcc: Interval
    p: float | None
    p_corrected: float | None
    brier: float
    bins: Sequence[Bin]
    by_ticker: Sequence[TickerMeasure]
    lead: Sequence[int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What talk adds: a learner that sees price and talk, less the same with price only, on the same forecasts.

    Attributes:
        family: which learner, for people.
        with_talk, without: the names of the two.
        difference: of the Matthews correlations.
        p: that talk adds nothing, by permutation, one-sided.
        p_corrected: by Holm, over all tests of the run.
    """

    family: str
    with_talk: str
    without: str
    difference: Interval
    p: float
    p_corrected: float


@dataclass(frozen=True, slots=True)
class HorizonResult:
    """What came out for one interval.

    Attributes:
        moments: different ends of candles that have a known next one; `tested` of them were forecast.
        observations: rows with an answer; with `with_talk` of them there was any talk.
        since, until: the first and the last of the rows, UTC.
        tested_at: the moments that were forecast.
        shortage: why nothing could be measured, '' where it was.
    """

    interval: str
    rows: int
    tickers: Sequence[str]
    observations: int
    with_talk: int
    moments: int
    since: datetime | None
    until: datetime | None
    block: int
    folds: int
    tested_at: Sequence[datetime]
    models: Sequence[ModelMeasure]
    comparisons: Sequence[Comparison]
    shortage: str

    @property
    def horizon(self) -> str:
        """What is forecast."""
        return HORIZONS.get(self.interval, f"next {self.interval}")

    @property
    def tested(self) -> int:
        """How many moments were forecast."""
        return len(self.tested_at)

    @property
    def p_values(self) -> list[float]:
        """Of every test, uncorrected: the models, then the comparisons."""
        return [each.p for each in self.models if each.p is not None] + [each.p for each in self.comparisons]

    @property
    def is_conclusive(self) -> bool:
        """Whether enough moments were forecast to conclude anything."""
        return self.tested >= CONCLUSIVE


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """One analysis.

    Attributes:
        resamples: of each bootstrap, and of each permutation test.
        version: of its models too; versions sort by time.
        made_at: UTC.
        code: the version of this program.
        seconds: how long it took.
        conclusion: in words, made from the figures.
    """

    version: str
    made_at: datetime
    code: str
    seconds: float
    resamples: int
    seed: int
    horizons: Sequence[HorizonResult]
    conclusion: Sequence[str]
    schema_version: int = SCHEMA_VERSION
