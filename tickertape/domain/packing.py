"""Many events in one record: newline-delimited JSON, bounded by bytes and count.

Kinesis bills and limits by record, Firehose bills each record in 5 KB steps, and both emulators spend their time per
record; a packed record makes all of them cheap. Every reader takes one line or many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a packed record and a call may be. Bytes count the newlines and the partition key."""

    record_bytes: int
    record_lines: int
    call_records: int
    call_bytes: int


# 25 KB is one PUT payload unit of Kinesis; a call takes 500 records and 5 MB, of which base64 leaves a margin.
KINESIS = Limits(record_bytes=25_000, record_lines=100, call_records=500, call_bytes=4_500_000)
# Firehose takes 1,000 KiB a record, 500 records and 4 MiB a call. Its transform answers with more than it was given
# and a Lambda's answer may have 6 MB, so a record keeps well below.
FIREHOSE = Limits(record_bytes=1_000_000, record_lines=500, call_records=500, call_bytes=3_500_000)


@dataclass(frozen=True, slots=True)
class Packed:
    """One record: its partition key and its lines, each with a newline."""

    key: str
    data: bytes


def pack(keyed_lines: Iterable[tuple[str, bytes]], limits: Limits) -> Iterator[Packed]:
    """Pack lines of one key together, keeping their order within the key.

    A line above `record_bytes` travels alone; what the service itself refuses is for the caller to see.
    """
    open_records: dict[str, list[bytes]] = {}
    sizes: dict[str, int] = {}
    for key, line in keyed_lines:
        size = len(line) + 1
        waiting = open_records.setdefault(key, [])
        if waiting and (sizes[key] + size + len(key) > limits.record_bytes or len(waiting) >= limits.record_lines):
            yield _close(key, waiting)
            waiting = open_records[key] = []
        sizes[key] = sizes[key] + size if waiting else size
        waiting.append(line)
    for key, waiting in open_records.items():
        yield _close(key, waiting)


def _close(key: str, lines: Sequence[bytes]) -> Packed:
    return Packed(key, b"\n".join(lines) + b"\n")


def calls(records: Iterable[Packed], limits: Limits) -> Iterator[list[Packed]]:
    """Group packed records into calls within the service's limits, in order."""
    group: list[Packed] = []
    group_bytes = 0
    for record in records:
        size = len(record.data) + len(record.key)
        if group and (len(group) >= limits.call_records or group_bytes + size > limits.call_bytes):
            yield group
            group, group_bytes = [], 0
        group.append(record)
        group_bytes += size
    if group:
        yield group


def unpack(data: bytes) -> list[bytes]:
    """The lines of a record, however many it holds, without newlines and without blank lines."""
    return [line for line in data.split(b"\n") if line.strip()]
