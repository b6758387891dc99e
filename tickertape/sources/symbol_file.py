"""The list of known symbols in a file that people edit while the services run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tickertape.domain.symbols import BadSymbols, SymbolList, parse_symbols
from tickertape.ports.control import Events

# What tells one version of a file from the next: when it was changed, its size, its inode.
_Version = tuple[int, int, int]


class SymbolFile:
    """A CSV file `symbol,name`, read again when it changed; a version that cannot be used leaves the one before.

    Args:
        seconds: the time that passes, in seconds; the file is looked at once in `every_s` of them at most.

    Raises:
        BadSymbols: the file cannot be used at the start.
    """

    def __init__(
        self, path: Path, events: Events, seconds: Callable[[], float] = time.monotonic, every_s: float = 1.0
    ) -> None:
        self._path = path
        self._events = events
        self._seconds = seconds
        self._every_s = every_s
        self._looked_at = seconds()
        try:
            self._version: _Version | None = self._on_disk()
            self._list = self._read()
        except OSError as error:
            raise BadSymbols(f"{path}: {error.strerror}") from error

    def current(self) -> SymbolList:
        """The newest list that could be read."""
        if self._seconds() - self._looked_at >= self._every_s:
            self._looked_at = self._seconds()
            self._look()
        return self._list

    def _look(self) -> None:
        try:
            version = self._on_disk()
            if version == self._version:
                return
            self._version = version
            self._list = self._read()
        except (OSError, BadSymbols) as error:
            self._keep(error)
            return
        self._events.emit("symbols_changed", file=self._path.name, symbols=len(self._list.names))

    def _keep(self, error: OSError | BadSymbols) -> None:
        if isinstance(error, OSError):
            if self._version is None:
                return  # it is still away, which was told
            self._version = None
        self._events.emit("symbols_kept", level="warning", file=self._path.name, why=str(error)[:300])

    def _on_disk(self) -> _Version:
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> SymbolList:
        try:
            return parse_symbols(self._path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise BadSymbols(f"{self._path}: byte {error.start} is not UTF-8") from error
        except BadSymbols as error:
            raise BadSymbols(f"{self._path}: {error}") from error
