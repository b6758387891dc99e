"""A tape of tweets that a process of its own reads and parses, a little ahead of whoever takes the records.

Parsing costs more time than everything that follows, and Python runs one thread of a process at a time.
"""

from __future__ import annotations

import fcntl
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from tickertape.domain.parsed import parse_record
from tickertape.ports.sources import Position, RawRecord, SourceUnavailable
from tickertape.sources.tape import TapeError, TweetTape

# About a hundred tweets.
_CHUNK_BYTES = 250_000
# The most that Linux gives anyone's pipe: the process goes on while a batch is written to disk.
_PIPE_BYTES = 1 << 20


class TapeAhead:
    """The Source of a tape's tweets: what `TweetTape` gives, in the same order, each record parsed already."""

    live = False

    def __init__(self, folder: Path) -> None:
        self.name = "tape"
        self._folder = folder

    def read(self, after: Position) -> Iterator[RawRecord]:
        """The lines after that position; closing the iterator ends the process that reads them.

        Raises:
            TapeError: a file cannot be read (any further).
            SourceUnavailable: the process is gone (killed, out of memory); reading again starts another.
        """
        command = [sys.executable, "-m", __name__, str(self._folder), json.dumps(dict(after))]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as reader:
            assert reader.stdout is not None  # noqa: S101  # a pipe was asked for
            _widen(reader.stdout)
            try:
                while (chunk := _next_chunk(reader.stdout)) is not None:
                    yield from chunk
            except (EOFError, pickle.UnpicklingError) as error:
                why = f"the process that reads {self._folder} ended early, with code {reader.wait()}"
                raise SourceUnavailable(self.name, why) from error
            finally:
                reader.kill()


def _widen(pipe: IO[bytes]) -> None:
    """Let the pipe hold more; where the system does not, the two processes only wait for each other more often."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _next_chunk(stream: IO[bytes]) -> list[RawRecord] | None:
    chunk: list[RawRecord] | TapeError | None = pickle.load(stream)  # noqa: S301  # written by `main` below
    if isinstance(chunk, TapeError):
        raise chunk
    return chunk


def main(folder: Path, after: Position, out: IO[bytes]) -> None:
    """Write the records to `out`: pickled lists of them, then None, or the error when the tape is broken."""
    for chunk in _chunks(TweetTape(folder), after):
        pickle.dump(chunk, out, pickle.HIGHEST_PROTOCOL)
        out.flush()


def _chunks(tape: TweetTape, after: Position) -> Iterator[list[RawRecord] | TapeError | None]:
    chunk: list[RawRecord] = []
    chunk_bytes = 0
    end: TapeError | None = None
    try:
        for record in tape.read(after):
            parsed = parse_record(record.raw, source=tape.name, now=datetime.now(UTC))
            chunk.append(RawRecord(record.raw, record.place, record.number, parsed=parsed))
            chunk_bytes += len(record.raw)
            if chunk_bytes >= _CHUNK_BYTES:
                yield chunk
                chunk, chunk_bytes = [], 0
    except TapeError as error:
        end = error
    yield chunk
    yield end


if __name__ == "__main__":
    # It ends when nobody reads what it writes, however its parent ended. A signal to the whole group is the parent's.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.stdout.buffer)
