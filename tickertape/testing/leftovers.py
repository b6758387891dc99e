"""Removes what test runs made: containers, networks, volumes, processes and folders, found by the run they carry."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import docker
import psutil
from docker.errors import DockerException, NotFound

from tickertape.stack.processes import stop
from tickertape.testing.runs import HOST_LABEL, RUN_LABEL, RUN_MARK, Run, folders, this_host

_TIMEOUT_S = 60
# What is in use goes last: a container holds its networks and volumes.
_KINDS = ("containers", "networks", "volumes")


def connect() -> docker.DockerClient | None:
    """This machine's Docker, or None where there is none."""
    try:
        client = docker.from_env(timeout=_TIMEOUT_S)
        client.ping()
    except (DockerException, OSError):
        return None
    return client


def remove(run: Run) -> list[str]:
    """Remove everything that carries this run; returns what there was."""
    return _remove(lambda found: found == run)


def sweep() -> list[str]:
    """Remove everything of runs that have ended without doing so; returns what there was."""
    return _remove(lambda found: not found.is_alive())


def _remove(wanted: Callable[[Run], bool]) -> list[str]:
    removed = [*_remove_processes(wanted), *_remove_folders(wanted)]
    if client := connect():
        with contextlib.closing(client):
            removed += _remove_from_docker(client, wanted)
    return removed


def _remove_from_docker(client: docker.DockerClient, wanted: Callable[[Run], bool]) -> Iterator[str]:
    mine = {"label": [RUN_LABEL, f"{HOST_LABEL}={this_host()}"]}
    for kind in _KINDS:
        options = {"all": True, "ignore_removed": True} if kind == "containers" else {}
        for found in getattr(client, kind).list(filters=mine, **options):
            run = Run.parse(_labels(found).get(RUN_LABEL, ""))
            if run and wanted(run) and _gone(found, kind):
                yield f"{kind.removesuffix('s')} {found.name}"


def _labels(found: Any) -> dict[str, str]:
    return getattr(found, "labels", None) or found.attrs.get("Labels") or {}


def _gone(found: Any, kind: str) -> bool:
    """Remove it; False when somebody else has, or holds it, and the next sweep may have it."""
    try:
        match kind:
            case "containers":
                found.remove(force=True, v=True)
            case "volumes":
                found.remove(force=True)
            case _:
                found.remove()
    except NotFound:
        return False
    except DockerException:
        return False
    return True


def _remove_processes(wanted: Callable[[Run], bool]) -> Iterator[str]:
    found = [process for process, run in _processes() if wanted(run)]
    names = [f"process {process.pid}" for process in found]
    stop(found, 0)
    yield from names


def _processes() -> Iterator[tuple[psutil.Process, Run]]:
    for process in psutil.process_iter():
        try:
            run = Run.parse(process.environ().get(RUN_MARK, "")) if process.pid != os.getpid() else None
        except psutil.Error:
            continue  # gone meanwhile, or not ours to look into
        if run:
            yield process, run


def _remove_folders(wanted: Callable[[Run], bool]) -> Iterator[str]:
    for folder, run in folders().items():
        if wanted(run):
            shutil.rmtree(folder, ignore_errors=True)
            yield f"folder {folder}"
