"""What Kinesis and Firehose share: pack, call, read which records were rejected, and send only those again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import stamina
from botocore.exceptions import BotoCoreError, ClientError

from tickertape.domain.packing import Limits, Packed, calls, pack
from tickertape.ports.delivery import Entry, SinkUnavailable

# Sends one call and returns the records the service did not take.
Send = Callable[[Sequence[Packed]], list[Packed]]
_ATTEMPTS = 8


class Rejected(Exception):
    """The service took a part of a call only; what is left has to be sent again."""


def deliver_packed(
    sink: str, entries: Sequence[Entry], key_of: Callable[[Entry], str], limits: Limits, send: Send
) -> None:
    """Deliver the events among `entries` in packed records and full calls.

    Raises:
        SinkUnavailable: the service was away, or still rejected records after the last attempt.
    """
    lines = ((key_of(entry), entry.line) for entry in entries if not entry.rejected)
    for call in calls(pack(lines, limits), limits):
        try:
            _send_all(sink, call, send)
        except (Rejected, ClientError, BotoCoreError) as error:
            raise SinkUnavailable(sink, str(error)) from error


def _send_all(sink: str, call: list[Packed], send: Send) -> None:
    waiting = call
    # Only throttling is tried again here; a service that is away is the publisher's to wait for.
    for attempt in stamina.retry_context(on=Rejected, attempts=_ATTEMPTS, wait_initial=0.05, wait_max=2.0):
        with attempt:
            waiting = send(waiting)
            if waiting:
                raise Rejected(f"{sink} did not take {len(waiting)} of {len(call)} records")
