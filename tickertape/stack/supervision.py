"""Supervisord: writes its configuration, starts it as a daemon and speaks to it over its unix socket."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from tickertape.stack.embedded import Process
from tickertape.stack.paths import Home
from tickertape.stack.processes import SERVICE_MARK

_START_S = 20.0
_CALL_S = 10.0
# It restarts what fails at once this often, a second later each time; `up` gives up earlier and says so.
_RETRIES = 20
_AUTORESTART = {"no": "false", "on-failure": "unexpected", "always": "true", "unless-stopped": "true"}


class SupervisorError(Exception):
    """Supervisord did not start, is gone, or refused a call."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What supervisord knows of one process.

    Attributes:
        state: its own word: STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL or UNKNOWN.
        pid: 0 when it does not run.
        started: when it was last started, seconds since the epoch, or 0.
        problem: what went wrong last, or ''.
    """

    name: str
    state: str
    pid: int
    started: int
    exit_status: int
    problem: str


class Supervisor:
    """A running supervisord."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def pid(self) -> int:
        """Its process id."""
        return int(self._call("getPID"))

    def states(self) -> dict[str, ProcessState]:
        """All processes by name."""
        return {
            found["name"]: ProcessState(
                name=found["name"],
                state=found["statename"],
                pid=found["pid"],
                started=found["start"],
                exit_status=found["exitstatus"],
                problem=found["spawnerr"],
            )
            for found in self._call("getAllProcessInfo")
        }

    def start(self, name: str) -> None:
        """Start a process without waiting for it; one that runs already is left alone."""
        self._call("startProcess", name, False, allowed=Faults.ALREADY_STARTED)

    def stop(self, name: str) -> None:
        """Ask a process to end without waiting for it; one that does not run is left alone."""
        self._call("stopProcess", name, False, allowed=Faults.NOT_RUNNING)

    def shutdown(self) -> None:
        """End supervisord itself and everything it runs."""
        self._call("shutdown")

    def _call(self, method: str, *arguments: object, allowed: int | None = None) -> Any:
        # The address is only a form: the transport goes to the socket.
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == allowed:
                return None
            raise SupervisorError(f"supervisord refused {method}{arguments}: {fault.faultString}") from fault
        except (OSError, HTTPException, xmlrpc.client.ProtocolError) as error:
            raise SupervisorError(f"supervisord does not answer at {self._socket}: {error}") from error
        finally:
            transport.close()


def launch(home: Home, processes: Iterable[Process], environ: Mapping[str, str]) -> Supervisor:
    """Write the configuration, start supervisord as a daemon and wait until it answers.

    Raises:
        SupervisorError: it does not start; the message has what it said.
        PermissionError: the folder of its socket is not this user's alone.
    """
    home.supervisor_config.write_text(render_config(home, processes, environ), encoding="utf-8")
    # Holds the environments of all services.
    home.supervisor_config.chmod(0o600)
    home.make_way_for_socket()
    started = subprocess.run(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(home.supervisor_config)],
        env={**environ, SERVICE_MARK: "supervisord"},
        cwd=home.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_START_S,
        check=False,
    )
    if started.returncode != 0:
        raise SupervisorError(f"supervisord did not start: {(started.stderr or started.stdout).strip()[-500:]}")
    supervisor = Supervisor(home.socket())
    deadline = time.monotonic() + _START_S
    while True:
        try:
            supervisor.pid()
        except SupervisorError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return supervisor


def render_config(home: Home, processes: Iterable[Process], inherited: Mapping[str, str]) -> str:
    """The text of supervisord.conf; of each environment only what is not `inherited` from supervisord itself.

    Raises:
        SupervisorError: a word or value cannot be written into such a file.
    """
    lines = [
        "[unix_http_server]",
        f"file={_plain(str(home.socket()))}",
        "chmod=0600",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "[supervisord]",
        "identifier=tickertape",
        f"logfile={_plain(str(home.log('supervisord')))}",
        "logfile_maxbytes=1MB",
        "logfile_backups=1",
        f"pidfile={_plain(str(home.run / 'supervisord.pid'))}",
        f"childlogdir={_plain(str(home.logs))}",
        f"directory={_plain(str(home.root))}",
        # Without it root is warned about being root.
        *(["user=root"] if os.getuid() == 0 else []),
    ]
    for process in processes:
        lines += _program(home, process, inherited)
    return "\n".join(lines) + "\n"


def _program(home: Home, process: Process, inherited: Mapping[str, str]) -> list[str]:
    own = sorted(process.environment.items() - inherited.items())
    return [
        f"[program:{process.name}]",
        f"command={_plain(shlex.join(process.argv))}",
        f"directory={_plain(str(process.directory))}",
        f"environment={','.join(_pair(process.name, *pair) for pair in own)}",
        "autostart=false",
        f"autorestart={_AUTORESTART[process.restart]}",
        "startsecs=1",
        f"startretries={_RETRIES}",
        f"stopwaitsecs={max(1, round(process.stop_s))}",
        # As Docker does: SIGTERM to the main process, which ends its helpers; SIGKILL to all of them.
        "stopasgroup=false",
        "killasgroup=true",
        f"stdout_logfile={_plain(str(home.log(process.name)))}",
        "stdout_logfile_maxbytes=10MB",
        "stdout_logfile_backups=3",
        "redirect_stderr=true",
    ]


def _pair(service: str, name: str, value: str) -> str:
    # Its reader knows no escapes within quotes: a value with both kinds of quotes cannot be said.
    quote = "'" if '"' in value else '"'
    if quote in value:
        raise SupervisorError(f"service {service}: {name} holds both kinds of quotes, which cannot be passed on")
    if value.strip("'\"") != value:
        raise SupervisorError(f"service {service}: {name} begins or ends with a quote, which cannot be passed on")
    return f"{name}={quote}{_plain(value)}{quote}"


def _plain(text: str) -> str:
    """The text for the file: % is doubled; what would begin a comment or a new line there cannot be said."""
    if "\n" in text or "\r" in text or " ;" in text or " #" in text:
        raise SupervisorError(f"{text[:200]!r} holds a line break, ' ;' or ' #', which supervisord's file cannot say")
    return text.replace("%", "%%")
