"""What is to be taken in: a tape that is played, or sources that are live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tickertape.stack.tape_facts import TapeFacts
from tickertape.usecases.classify import Window


class Report(Protocol):
    """Where a start tells what it does."""

    def say(self, line: str) -> None:
        """A line that stays."""
        ...

    def show(self, text: str) -> None:
        """What is going on right now; the next one takes its place."""
        ...


@dataclass(frozen=True, slots=True)
class Feed:
    """What the ingest services read.

    Attributes:
        tweets, bars: their sources, as `TICKERTAPE_TWEETS_SOURCE` and `TICKERTAPE_BARS_SOURCE` name them.
        folder: the tape, or the folder that is followed; None when neither is read.
        since, until: the window, ISO 8601 UTC.
    """

    tweets: str
    bars: str
    folder: str | None = None
    since: str | None = None
    until: str | None = None

    def variables(self) -> dict[str, str]:
        """The feed as settings."""
        return {
            "TICKERTAPE_TWEETS_SOURCE": self.tweets,
            "TICKERTAPE_BARS_SOURCE": self.bars,
            "TICKERTAPE_TAPE": self.folder or "",
            "TICKERTAPE_SINCE": self.since or "",
            "TICKERTAPE_UNTIL": self.until or "",
        }


@dataclass(frozen=True, slots=True)
class Replay:
    """A tape that is to be played, checked."""

    facts: TapeFacts
    window: Window
    is_demo: bool
    speed: float | None
    asked_speed: bool


@dataclass(frozen=True, slots=True)
class Programme:
    """What is to be taken in, checked.

    Attributes:
        dataset: the name of its data; another programme has other data.
        replay: the tape that is played; None when the feed is live.
    """

    feed: Feed
    dataset: str
    replay: Replay | None

    @property
    def title(self) -> str:
        """The programme for a person."""
        return self.feed.folder or f"live: tweets from {self.feed.tweets}, bars from {self.feed.bars}"
