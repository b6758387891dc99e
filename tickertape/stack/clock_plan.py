"""How the clock is set for a replay: where it stands first, and how it runs once everything before is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tickertape.domain.virtual_clock import ClockState, standing_at
from tickertape.stack.tape_facts import TapeFacts

DEMO_SPEED = 60.0


@dataclass(frozen=True, slots=True)
class ClockPlan:
    """A replay's clock.

    Attributes:
        play_from: where the tape begins to play at its pace; everything before is due at once.
        end: the tape's last event.
        speed: virtual seconds per second; None delivers everything at once.
        catch_up: whether to wait, with the clock standing, until everything before `play_from` is in.
    """

    play_from: datetime
    end: datetime
    speed: float | None
    catch_up: bool

    @property
    def speed_text(self) -> str:
        """The speed as `--speed` takes it."""
        return "max" if self.speed is None else f"{self.speed:g}"

    @property
    def is_paced(self) -> bool:
        """Whether something is left to play at a pace."""
        return self.speed is not None and self.play_from < self.end

    def first_state(self, wall: datetime) -> ClockState:
        """The clock when the services start."""
        return standing_at(self.play_from if self.is_paced else self.end, wall, self.speed or 1.0)

    def running_state(self, wall: datetime) -> ClockState:
        """The clock once it runs."""
        return ClockState(self.play_from, wall, self.speed or 1.0, paused=False, end=self.end)


def plan_clock(
    facts: TapeFacts, *, is_demo: bool, speed: float | None, asked_speed: bool, reached: datetime | None
) -> ClockPlan:
    """Plan the replay.

    Args:
        is_demo: the tape that comes with the project: it lives through its last market day.
        speed: None is as fast as possible.
        asked_speed: whether the user chose the speed.
        reached: where an earlier run of this tape stopped; it goes on there.
    """
    # Rounded up: times in Redis have milliseconds, and an event a microsecond later would never be due.
    end = facts.last.replace(microsecond=0)
    end = end if end == facts.last else end + timedelta(seconds=1)
    if not asked_speed:
        speed = DEMO_SPEED if is_demo else None
    begin = (facts.last_session or facts.first) if is_demo else facts.first
    if speed is None:
        return ClockPlan(play_from=end, end=end, speed=None, catch_up=True)
    again = reached is not None and reached > begin
    play_from = min(reached, end) if reached is not None and again else begin
    return ClockPlan(play_from=play_from, end=end, speed=speed, catch_up=is_demo or again)
