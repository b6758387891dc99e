"""What MiniStack still knows after it ended: it writes its state down on a clean stop only, objects in S3 at once.

A kill therefore leaves buckets full and forgets streams, functions and tables since the last clean stop. Two things
follow. Right after the first deployment it is stopped once, so that it never forgets the deployment itself: else the
next one would find buckets that belong to no stack, fail, and take them away with the rollback. And after a kill the
outboxes are put away, so that the tape is delivered again; every write has its own key, so nothing is there twice.
"""

from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path


class Memory(StrEnum):
    """What MiniStack remembers when it is started."""

    NOTHING = "nothing"
    ALL = "all"
    PARTS = "parts"


class AwsState:
    """The marks beside MiniStack's state, in one dataset's folder."""

    def __init__(self, data: Path) -> None:
        self._aws = data / "aws"
        self._outboxes = data / "state"
        self._checkpoint = self._aws / "deployment-kept"
        self._clean = self._aws / "ended-cleanly"

    def begin(self, keep_outboxes: bool = False) -> Memory:
        """Say what is remembered, and make the rest fit it; from now on a stop has to be marked as clean again.

        Args:
            keep_outboxes: what came live does not come again: `redrive` brings it, from the data store.
        """
        delivered = self._outboxes.is_dir() and any(self._outboxes.iterdir())
        if self.has_checkpoint() and self._clean.exists():
            self._clean.unlink()
            return Memory.ALL
        if not self.has_checkpoint():
            # No start ever came to its end here: what there is belongs to no deployment.
            shutil.rmtree(self._aws, ignore_errors=True)
        if not keep_outboxes:
            shutil.rmtree(self._outboxes, ignore_errors=True)
        return Memory.PARTS if delivered else Memory.NOTHING

    def has_checkpoint(self) -> bool:
        """Whether MiniStack has written the deployment down."""
        return self._checkpoint.exists()

    def mark_checkpoint(self) -> None:
        """Remember that it has."""
        self._checkpoint.touch()

    def mark_clean(self) -> None:
        """Remember that it was stopped and has written everything down."""
        if self._aws.is_dir():
            self._clean.touch()

    def was_saved_since(self, moment: float) -> bool:
        """Whether it has written its state down after `moment`, seconds since the epoch."""
        saved = [file.stat().st_mtime for file in (self._aws / "state").glob("*.json")]
        return max(saved, default=0.0) >= moment
