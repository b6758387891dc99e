"""Brings what a target has lost, or a flag withheld, from the data store: only what is missing there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from tickertape.ports.delivery import Entry, Sink

_BATCH = 2000


def redrive(
    events: Iterable[Entry], sinks: Mapping[str, Sink], missing: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """Deliver each event to the sinks that miss it, in the order they come in.

    Args:
        events: from the data store; `sequence` is of no meaning.
        missing: by sink, the ids of the events it lacks.

    Returns:
        How many events each sink was given.

    Raises:
        SinkUnavailable: a sink did not take a batch; what was delivered before stays, and a repeat changes nothing.
    """
    given = dict.fromkeys(sinks, 0)
    for batch in _batches(events):
        for name, sink in sinks.items():
            wanted = [entry for entry in batch if entry.event_id in missing.get(name, ())]
            if wanted:
                sink.deliver(wanted)
                given[name] += len(wanted)
    return given


def _batches(events: Iterable[Entry]) -> Iterator[Sequence[Entry]]:
    iterator = iter(events)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
