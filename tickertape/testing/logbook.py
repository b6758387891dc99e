"""What the servers of a run write, for the report of a test that failed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Gives what was written since then (seconds since 1970).
Reader = Callable[[float], str]
_LINES = 200


class Logbook:
    """The logs that can be read now, and the last words of servers that are gone."""

    def __init__(self) -> None:
        self._readers: dict[str, Reader] = {}
        self._last_words: dict[str, str] = {}

    @contextmanager
    def open(self, name: str, reader: Reader) -> Iterator[None]:
        """Have a log in the book until the end of the block; after a failure its end stays for the next report."""
        self._readers[name] = reader
        try:
            yield
        except BaseException:
            self._last_words[name] = _read(reader, 0.0)
            raise
        finally:
            del self._readers[name]

    def since(self, moment: float) -> dict[str, str]:
        """What each server wrote since then, and what those said that did not start; empty ones are left out."""
        said = {name: _read(reader, moment) for name, reader in self._readers.items()} | self._last_words
        self._last_words = {}
        return {name: text for name, text in said.items() if text}


def _read(reader: Reader, since: float) -> str:
    try:
        lines = reader(since).splitlines()
    # Whatever went wrong, the report of the test comes first.
    except Exception as error:
        return f"its log cannot be read: {error}"
    cut = [f"… {len(lines) - _LINES} lines before"] if len(lines) > _LINES else []
    return "\n".join(cut + lines[-_LINES:])
