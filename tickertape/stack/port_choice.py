"""Which port each server gets: the usual one, another when that is taken, or the one the user asked for."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping

import psutil

from tickertape.stack.compose_file import is_asked
from tickertape.stack.embedded import HOST, Ports

USUAL = {"aws": 4566, "redis": 6379, "mongo": 27017, "dashboard": 8050}
# Of the services of the profile `search`, of which one runs from its official image only.
SEARCH = "search"
OF_SEARCH = {"search": 9200, "search_dashboards": 5601}
_OFFICIAL = frozenset({"search_dashboards"})
# Of the standalone Spark cluster, whose containers publish none: without Docker they are taken here, or the start ends.
CLUSTER = "cluster"
OF_CLUSTER = {"spark": 7077, "spark_ui": 8080, "spark_worker_ui": 8081}
_SEARCHED = 100
_LAST = 65_535


class PortTaken(Exception):
    """A port that was asked for cannot be had."""


class BadPort(Exception):
    """What was asked for is no port."""


def variable(name: str) -> str:
    """The variable that asks for a port.

    >>> variable("aws")
    'TICKERTAPE_AWS_PORT'
    """
    return f"TICKERTAPE_{name.upper()}_PORT"


def asked_ports(environ: Mapping[str, str]) -> dict[str, int]:
    """The ports the user asks for, by name.

    Raises:
        BadPort: one is no port, or two are the same.
    """
    asked: dict[str, int] = {}
    for name in USUAL | OF_SEARCH | OF_CLUSTER:
        text = environ.get(variable(name), "").strip()
        if not text:
            continue
        if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= _LAST:
            raise BadPort(f"{variable(name)}: a port from 1 to {_LAST} was expected, {text!r} came")
        if int(text) in asked.values():
            raise BadPort(f"{variable(name)}: port {text} is asked for twice")
        asked[name] = int(text)
    return asked


def asked_servers(environ: Mapping[str, str], official: bool = False) -> list[str]:
    """The servers of profiles that the user asks for.

    Args:
        official: whether official images are run.
    """
    return [name for name in OF_SEARCH if is_asked(SEARCH, environ) and (official or name not in _OFFICIAL)]


def choose_ports(asked: Mapping[str, int], say: Callable[[str], None], more: Collection[str] = ()) -> Ports:
    """A free port for each server that is run; `say` gets a line for each usual one that is taken.

    Args:
        more: the servers of profiles that are run.

    Raises:
        PortTaken: a port that was asked for is in use.
    """
    wanted = USUAL | {name: port for name, port in OF_SEARCH.items() if name in more}
    chosen = {name: port for name, port in asked.items() if name in wanted}
    for name, port in chosen.items():
        _need_free(name, port)
    for name, usual in wanted.items():
        if name in chosen:
            continue
        free = _next_free(usual, chosen.values())
        if free != usual:
            by = "asked for twice" if usual in chosen.values() else f"taken by {owner_of(usual)}"
            say(f"port {usual} is {by}: {name} gets {free} ({variable(name)} chooses another)")
        chosen[name] = free
    return Ports(**chosen)


def ensure_cluster_ports(environ: Mapping[str, str]) -> None:
    """Check the ports of the Spark cluster, where its profile is run as processes of this machine.

    Raises:
        BadPort: one is no port, or two are the same.
        PortTaken: one is in use.
    """
    if is_asked(CLUSTER, environ):
        for name, port in (OF_CLUSTER | asked_ports(environ)).items():
            if name in OF_CLUSTER:
                _need_free(name, port)


def is_free(port: int) -> bool:
    """Whether a server can listen on it, on 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As the servers do: a port whose last connections are only fading away is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def owner_of(port: int) -> str:
    """Who listens on a port: name and pid, as far as this user may know."""
    try:
        connections = psutil.net_connections(kind="inet")
    except psutil.Error:
        connections = []
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr or connection.laddr[1] != port:
            continue
        if connection.pid is None:
            break
        try:
            return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
        except psutil.Error:
            return f"pid {connection.pid}"
    return "a process of another user"


def _need_free(name: str, port: int) -> None:
    if not is_free(port):
        raise PortTaken(f"port {port} ({variable(name)}) is taken by {owner_of(port)}: free it or choose another")


def _next_free(usual: int, taken: Collection[int]) -> int:
    for port in range(usual, min(usual + _SEARCHED, _LAST + 1)):
        if port not in taken and is_free(port):
            return port
    raise PortTaken(f"no port from {usual} to {usual + _SEARCHED - 1} is free")
