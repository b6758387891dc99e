"""Cleans up after a test run that was killed: a process beside it that waits for its end.

Its standard input is a pipe whose other end only the run holds, so that the end of the run, however it comes, is the
end of the input.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tickertape.testing.leftovers import remove
from tickertape.testing.runs import Run

# What the run had just asked Docker for may appear a moment after its end.
_PASSES = 3
_BETWEEN_S = 1.0
_LIMIT_S = 120


@contextmanager
def watched(run: Run) -> Iterator[None]:
    """Have a watchdog until the end of the block, or of this process; then everything of the run is gone."""
    watchdog = subprocess.Popen(
        [sys.executable, "-m", "tickertape.testing.watchdog", run.slug],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C in the terminal is for the run, not for it.
        start_new_session=True,
    )
    try:
        yield
    finally:
        # An answer to the word means a clean end: one pass is enough.
        watchdog.communicate(b"done", timeout=_LIMIT_S)


def main(arguments: list[str]) -> int:
    """Wait for the end of the run that the argument names, then remove what it left."""
    run = Run.parse(arguments[0])
    if run is None:
        return 2
    ended_well = sys.stdin.buffer.read() == b"done"
    remove(run)
    if not ended_well:
        for _ in range(_PASSES):
            time.sleep(_BETWEEN_S)
            remove(run)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
