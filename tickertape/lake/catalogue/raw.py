"""The lake's lines of JSON as tables: their columns are learnt from a few objects a crawl, the newest among them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tickertape.domain.catalogue import Column
from tickertape.domain.packing import unpack
from tickertape.lake.catalogue.json_types import columns_of
from tickertape.lake.catalogue.report import Change
from tickertape.lake.files import LakeFile, LakeFiles
from tickertape.lake.keys import QUARANTINE, RawKind, raw_prefix
from tickertape.lake.store import decompress

JSON_TABLES: Mapping[str, str] = {
    "raw_tweets": raw_prefix(RawKind.TWEETS),
    "raw_bars": raw_prefix(RawKind.BARS),
    "quarantine": QUARANTINE,
}
_UNTIL = "crawled_until"
# Enough to meet what some lines have and others lack, and a cost that does not depend on the lake.
_SAMPLE = 8
_LINES = 2000


@dataclass(slots=True)
class RawSample:
    """What a few objects say of a table.

    Attributes:
        columns: of their lines; none when nothing is new.
        state: to be remembered among the table's parameters.
        failed: objects that could not be read, and why.
    """

    columns: tuple[Column, ...] = ()
    state: Mapping[str, str] = field(default_factory=dict)
    opened: int = 0
    failed: list[tuple[str, Change]] = field(default_factory=list)


def sample(lake: LakeFiles, prefix: str, state: Mapping[str, str]) -> RawSample:
    """Look at what has come since the state was remembered.

    Raises:
        OSError: the lake does not answer.
    """
    until = state.get(_UNTIL, "")
    if prefix == QUARANTINE:
        # Its keys say nothing of the time: the state is the time itself, whole seconds on S3.
        new = sorted(
            (file for file in lake.listing(prefix) if _written(file) > until), key=lambda file: file.modified_ns
        )
        return _look_at(lake, new, _written(new[-1]) if new else until)
    arrived = list(lake.after(prefix, until))
    return _look_at(lake, arrived, arrived[-1].key if arrived else until)


def _written(file: LakeFile) -> str:
    return f"{file.modified_ns:020}"


def _look_at(lake: LakeFiles, files: Sequence[LakeFile], until: str) -> RawSample:
    seen = RawSample(state={_UNTIL: until} if until else {})
    # Spread over all that is new, the newest first.
    chosen = files[:: -max(1, len(files) // _SAMPLE)][:_SAMPLE]
    seen.columns = columns_of(_lines(lake, chosen, seen))
    return seen


def _lines(lake: LakeFiles, files: Sequence[LakeFile], seen: RawSample) -> Iterator[bytes]:
    for file in files:
        seen.opened += 1
        try:
            body = decompress(lake.read(file.key))
        except FileNotFoundError:
            seen.failed.append((file.key, Change.VANISHED))
        except (gzip.BadGzipFile, EOFError, zlib.error):
            seen.failed.append((file.key, Change.UNREADABLE))
        else:
            yield from islice(unpack(body), _LINES)
