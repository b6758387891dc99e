"""Tweets that another program writes to our standard input, one JSON document a line."""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from tickertape.ports.sources import Position, RawRecord

_WAIT_S = 0.5
_CHUNK_BYTES = 65_536


class StdinTweets:
    """The Source of a stream of lines, up to its end.

    It is no live one: the program that writes waits while the gate is closed or the outbox full.

    Args:
        stream: a pipe, terminal or file; its descriptor is read, so nothing else may read it.
    """

    name = "stdin"
    live = False

    def __init__(self, stream: BinaryIO) -> None:
        self._descriptor = stream.fileno()
        # What was read and not given yet: whole lines, and the beginning of one. A second reading goes on with them.
        self._lines: deque[bytes] = deque()
        self._begun = b""

    def read(self, after: Position) -> Iterator[RawRecord | None]:
        """The lines from here on, None while none comes; their numbers go on from that position."""
        number = after.get(self.name, 0)
        ended = False
        while True:
            while self._lines:
                number += 1
                line = self._lines.popleft().rstrip(b"\r")
                if line.strip():
                    yield RawRecord(line, self.name, number)
            if ended:
                return
            if _ready(self._descriptor):
                ended = self._take()
            else:
                yield None

    def _take(self) -> bool:
        """Take what is there into the lines; returns whether that was the end."""
        chunk = os.read(self._descriptor, _CHUNK_BYTES)
        *whole, self._begun = (self._begun + chunk).split(b"\n")
        self._lines.extend(whole)
        if not chunk and self._begun:
            self._lines.append(self._begun)  # the last line may lack its newline
            self._begun = b""
        return not chunk


def _ready(descriptor: int) -> bool:
    """Whether there is something to read, or the end, within the time that a stop may wait."""
    return bool(select.select([descriptor], [], [], _WAIT_S)[0])
