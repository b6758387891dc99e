"""What was turned away, as a sink: filtered and quarantined records with their reasons, in the lake."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from tickertape.lake.keys import quarantine_key
from tickertape.ports.delivery import Entry, SinkUnavailable
from tickertape.ports.lake import ObjectStore


class LedgerSink:
    """One object a batch, named by its content: delivering it again writes the same object again."""

    name = "ledger"

    def __init__(self, lake: ObjectStore, stage: str, kind: str) -> None:
        self._lake = lake
        self._stage = stage
        self._kind = kind

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Write the rejected records among `entries`.

        Raises:
            SinkUnavailable: the lake did not take them.
        """
        self.keep([entry.line for entry in entries if entry.rejected])

    def keep(self, lines: Sequence[bytes]) -> None:
        """Write lines of rejects.

        Raises:
            SinkUnavailable: the lake did not take them.
        """
        if not lines:
            return
        body = b"\n".join(lines) + b"\n"
        try:
            self._lake.put(quarantine_key(self._stage, self._kind, body), body)
        except (ClientError, BotoCoreError) as error:
            raise SinkUnavailable(self.name, str(error)) from error
