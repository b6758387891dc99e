"""Documents as they follow each other in a `.bson` file: each begins with its own length, which is all that is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import Struct

_LENGTH = Struct("<i")
# An empty document: its length and the closing zero.
_SHORTEST = 5
# What a server takes at most, 16 MB and its own margin; a length above it was read out of damaged bytes.
_LONGEST = 17 * 1024 * 1024


class NotBson(ValueError):
    """Bytes are not one document after the other."""


def count_documents(chunk: bytes) -> int:
    """How many documents a chunk of whole documents has.

    Raises:
        NotBson: the chunk does not consist of whole documents.
    """
    count = place = 0
    while place < len(chunk):
        place += _length(chunk, place)
        count += 1
    if place > len(chunk):
        raise NotBson(f"the last document ends {place - len(chunk)} bytes behind its chunk")
    return count


def split_documents(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The documents of a stream that was cut anywhere.

    Raises:
        NotBson: a length cannot be one, or the stream ends within a document.
    """
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        place = 0
        while len(data) - place >= _LENGTH.size and place + (length := _length(data, place)) <= len(data):
            yield data[place : place + length]
            place += length
        rest = data[place:]
    if rest:
        raise NotBson(f"the stream ends within a document, after {len(rest)} bytes of it")


def _length(data: bytes, place: int) -> int:
    if len(data) - place < _LENGTH.size:
        raise NotBson("the stream ends within a document's length")
    length: int = _LENGTH.unpack_from(data, place)[0]
    if not _SHORTEST <= length <= _LONGEST:
        raise NotBson(f"a document's length of {length} bytes cannot be")
    return length
