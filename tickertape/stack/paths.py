"""Where a stack keeps things on this machine: logs, what runs, what was built, and each dataset's data."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# A unix socket's path has at most 107 bytes, and supervisord appends its pid while it binds.
_SOCKET_PATH_BYTES = 90


@dataclass(frozen=True, slots=True)
class Home:
    """The state's root, `.tickertape/` in the repository unless `TICKERTAPE_HOME` says otherwise."""

    root: Path

    @classmethod
    def of(cls, repo: Path, environ: Mapping[str, str]) -> Home:
        """The home of a repository; a relative `TICKERTAPE_HOME` counts from the repository's root."""
        return cls((repo / (environ.get("TICKERTAPE_HOME") or ".tickertape")).expanduser().resolve())

    @property
    def logs(self) -> Path:
        """One log file a service."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What is true only while a stack runs."""
        return self.root / "run"

    @property
    def build(self) -> Path:
        """What was built, the Lambda packages; it can be built again."""
        return self.root / "build"

    @property
    def data(self) -> Path:
        """The datasets, one folder each."""
        return self.root / "data"

    @property
    def label(self) -> str:
        """What marks this home's volumes in Docker."""
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]

    @property
    def secrets(self) -> Path:
        """The user's keys as files, one folder a service."""
        return self.run / "secrets"

    @property
    def record(self) -> Path:
        """The description of the running stack."""
        return self.run / "stack.json"

    @property
    def supervisor_config(self) -> Path:
        """What supervisord reads."""
        return self.run / "supervisord.conf"

    def log(self, service: str) -> Path:
        """One service's log."""
        return self.logs / f"{service}.log"

    def socket(self) -> Path:
        """Supervisord's control socket, in a short folder of our own when the home's path is too long for one."""
        usual = self.run / "supervisor.sock"
        if len(os.fsencode(usual)) <= _SOCKET_PATH_BYTES:
            return usual
        return self._socket_folder() / "supervisor.sock"

    def make(self) -> None:
        """Make the folders.

        Raises:
            OSError: one cannot be made.
        """
        for folder in (self.logs, self.run, self.build, self.data):
            folder.mkdir(parents=True, exist_ok=True)

    def make_way_for_socket(self) -> None:
        """Make the socket's place, empty.

        Raises:
            PermissionError: its folder belongs to someone else, or others may look into it.
        """
        parent = self.socket().parent
        parent.mkdir(mode=0o700, exist_ok=True)
        found = parent.stat()
        if parent == self._socket_folder() and (found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077):
            raise PermissionError(f"{parent} is not a private folder of this user: remove it")
        self.socket().unlink(missing_ok=True)

    def remove_socket(self) -> None:
        """Remove the socket of a supervisor that has ended, and the folder that was only for it."""
        self.socket().unlink(missing_ok=True)
        shutil.rmtree(self._socket_folder(), ignore_errors=True)

    def _socket_folder(self) -> Path:
        return Path(tempfile.gettempdir()) / f"tickertape-{os.getuid()}-{self.label[:8]}"


def repository() -> Path:
    """The root of the repository this package is part of."""
    return Path(__file__).resolve().parents[2]
