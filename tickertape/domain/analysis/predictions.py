"""What was said of the next candle before anybody knew, what came, and how often it was right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from tickertape.domain.analysis.observations import Observation
from tickertape.domain.market_hours import NEW_YORK

# Beside the share of right ones: a forecast of 0.5 each time has this Brier score.
COIN_BRIER = 0.25


class Came(StrEnum):
    """What the next candle did."""

    UP = "up"
    DOWN = "down"
    FLAT = "flat"  # the same close: neither right nor wrong


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model said of a ticker at the end of a candle.

    Attributes:
        interval: how long the candles are, `1h` or `1d`.
        at: when the candle ended, UTC; the prediction uses nothing later.
        model: the version of the model, which had learnt nothing that was not known at `at`.
        chance: of the next candle's closing higher, from 0 to 1.
        said_at: when it was written, on the shared clock. After `known_at` it is what would have been said: the
            service was not there, or the clock jumped.
        came: what it did; None as long as nobody knows.
        known_at: the end of that next candle.
    """

    ticker: str
    interval: str
    learner: str
    at: datetime
    model: str
    up: bool
    chance: float
    said_at: datetime
    came: Came | None = None
    known_at: datetime | None = None

    @property
    def is_right(self) -> bool | None:
        """Whether it was; None when nobody knows, or the price did not move."""
        return None if self.came in (None, Came.FLAT) else self.up == (self.came is Came.UP)


@dataclass(frozen=True, slots=True)
class Record:
    """How predictions fared.

    Attributes:
        made: how many there are.
        scored: of those, how many were right or wrong.
        right: of the scored.
        ups: of the scored, after how many it went up: what always saying up would have got right.
        brier: mean squared difference of chance and what came (Brier 1950), 0 to 1, less is better; None if none is
            scored.
    """

    made: int
    scored: int
    right: int
    ups: int
    brier: float | None


def scored(said: Prediction, seen: Observation) -> Prediction:
    """A prediction with what came after its candle, as far as that is known."""
    if seen.known_at is None:
        return said
    came = Came.FLAT if seen.is_up is None else Came.UP if seen.is_up else Came.DOWN
    return replace(said, came=came, known_at=seen.known_at)


def record(predictions: Iterable[Prediction]) -> Record:
    """How all of them fared."""
    made = list(predictions)
    scored = [each for each in made if each.is_right is not None]
    went_up = [each.came is Came.UP for each in scored]
    losses = [(each.chance - up) ** 2 for each, up in zip(scored, went_up, strict=True)]
    return Record(
        made=len(made),
        scored=len(scored),
        right=sum(bool(each.is_right) for each in scored),
        ups=sum(went_up),
        brier=sum(losses) / len(losses) if losses else None,
    )


def era(interval: str, at: datetime) -> tuple[int, int] | date:
    """The stretch of time in which one model forecasts: a session for hours, a week for sessions, in New York."""
    day = at.astimezone(NEW_YORK).date()
    return day.isocalendar()[:2] if interval == "1d" else day
