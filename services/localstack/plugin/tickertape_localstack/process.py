"""One process that runs a function's handler, and the limits it runs under."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
# How often a running function's memory is looked at: in this time it cannot take much more.
_LOOK_EVERY_S = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MIB = 1024 * 1024
# A log that is longer is cut: AWS cuts lines, and one invocation must not fill LocalStack's memory.
_LONGEST_LOG = _MIB
# The kernel ends a function with the thread that started it; this one lives as long as LocalStack does.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="function-starter")


class Ended(Exception):
    """The process is gone: it ended by itself, or a limit ended it."""


class TimedOut(Ended):
    """It took longer than it may."""


class MemoryExceeded(Ended):
    """It took more memory than it may."""


class Exited(Ended):
    """It ended by itself; `status` is as `subprocess` has it, negative for a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """What the process said: `ready`, `init_error`, `response` or `error`."""

    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: `environ` is the whole environment and names the handler."""

    python: Path
    code: Path
    environ: Mapping[str, str]
    memory_mb: int
    packages: tuple[Path, ...] = ()


class FunctionProcess:
    """Started at once. One thread at a time may talk to it; `kill` may come from any."""

    def __init__(self, program: Program) -> None:
        self._limit = program.memory_mb * _MIB
        self._channel, theirs = socket.socketpair()
        self._log, log_end = os.pipe()
        with theirs:
            try:
                self._process = _STARTER.submit(_start, program, theirs.fileno(), log_end).result()
            finally:
                os.close(log_end)
        os.set_blocking(self._log, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._selector.register(self._log, selectors.EVENT_READ)
        self._inbox = bytearray()
        self._written = bytearray()
        self.peak = 0

    @property
    def pid(self) -> int:
        """The process, which is also its group."""
        return self._process.pid

    def send(self, head: Mapping[str, object], body: bytes, limit_s: float) -> None:
        """Hand over an invocation.

        Raises:
            Ended: it was not taken.
        """
        self._channel.settimeout(limit_s)
        try:
            self._channel.sendall(json.dumps({**head, "length": len(body)}).encode() + b"\n" + body)
        except TimeoutError as error:
            raise TimedOut from error
        except OSError as error:
            raise Exited(self._process.wait()) from error

    def receive(self, limit_s: float) -> Reply:
        """Wait for what the process says next.

        Raises:
            Ended: it said nothing more; the process still has to be killed.
        """
        until = time.monotonic() + limit_s
        look_at = time.monotonic()
        while (reply := self._complete()) is None:
            now = time.monotonic()
            if now >= until:
                raise TimedOut
            if now >= look_at:
                self._look()
                look_at = now + _LOOK_EVERY_S
            for key, _ in self._selector.select(min(until, look_at) - now):
                if key.fileobj is self._channel:
                    self._read()
                else:
                    self._collect()
        self._look()
        self._collect()
        return reply

    def log(self) -> str:
        """What was printed since this was last asked."""
        self._collect()
        text = self._written.decode("utf-8", "replace")
        self._written.clear()
        return text

    def kill(self) -> None:
        """End the process and all that it started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended and was waited for
        self._process.wait()

    def close(self) -> None:
        """Kill, and give back what it takes here; nothing can be asked of it afterwards."""
        self.kill()
        self._selector.close()
        self._channel.close()
        os.close(self._log)

    def _complete(self) -> Reply | None:
        end = self._inbox.find(b"\n")
        if end < 0:
            return None
        head = json.loads(self._inbox[:end])
        until = end + 1 + head["length"]
        if len(self._inbox) < until:
            return None
        body = bytes(self._inbox[end + 1 : until])
        del self._inbox[:until]
        return Reply(head["kind"], body)

    def _read(self) -> None:
        try:
            read = self._channel.recv(_MIB)
        except ConnectionResetError:
            read = b""
        if not read:
            raise Exited(self._process.wait())
        self._inbox += read

    def _collect(self) -> None:
        while True:
            try:
                read = os.read(self._log, 65536)
            except BlockingIOError:
                return
            if not read:
                if self._log in self._selector.get_map():
                    self._selector.unregister(self._log)
                return
            self._written += read[: max(0, _LONGEST_LOG - len(self._written))]

    def _look(self) -> None:
        used = memory_of(self._process.pid)
        self.peak = max(self.peak, used)
        if used > self._limit:
            raise MemoryExceeded


def memory_of(pid: int) -> int:
    """The bytes that a process and what it started have in memory; 0 when it is gone."""
    waiting, total = [pid], 0
    while waiting:
        process = Path("/proc") / str(waiting.pop())
        try:
            total += int((process / "statm").read_text().split()[1]) * _PAGE
            for thread in (process / "task").iterdir():
                waiting += [int(child) for child in (thread / "children").read_text().split()]
        except (OSError, IndexError):
            continue  # gone in between
    return total


def _start(program: Program, channel: int, log: int) -> subprocess.Popen[bytes]:
    # -P: the bootstrap's own folder is none of the function's business.
    arguments = (program.python, "-P", _BOOTSTRAP, channel, os.getpid(), *program.packages)
    return subprocess.Popen(
        [str(argument) for argument in arguments],
        env=dict(program.environ),
        cwd=program.code,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        pass_fds=[channel],
        start_new_session=True,
    )
