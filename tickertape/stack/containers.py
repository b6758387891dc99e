"""Docker from the outside: its programs, and the containers of one Compose project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_ASK_S = 30.0


class DockerFailed(Exception):
    """A command of Docker's failed; the message has what it said last."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container.

    Attributes:
        state: created, running, paused, restarting, exited or dead.
        health: starting, healthy, unhealthy, or '' where there is no health check.
        why: what its health check said last, '' while it is healthy.
        restarts: how often Docker has started it again.
    """

    id: str
    service: str
    state: str
    health: str
    exit_code: int
    started_at: datetime | None
    restarts: int
    why: str


def docker(*words: str, limit_s: float = _ASK_S) -> str:
    """Run one command of Docker's; returns what it printed.

    Raises:
        DockerFailed: there is no Docker, its engine does not answer, or the command failed.
    """
    return _run(["docker", *words], None, limit_s)


def compose_program(repo: Path) -> list[str]:
    """How Compose is called here: Docker's plug-in, else the program that `make env` installs."""
    probe = ["docker", "compose", "version"]
    if shutil.which("docker") and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return ["docker", "compose"]
    return [str(repo / ".venv-docker/bin/docker-compose")]


def compose_version(repo: Path) -> str:
    """Which Compose is called.

    Raises:
        DockerFailed: there is none.
    """
    return _run([*compose_program(repo), "version", "--short"], None, _ASK_S).strip()


def containers_of(project: str) -> list[Container]:
    """The containers of a project, those that have ended too; none while Docker does not answer."""
    try:
        ids = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={_PROJECT}={project}").split()
        found: list[dict[str, Any]] = json.loads(docker("inspect", *ids)) if ids else []
    except DockerFailed:
        return []  # one that ended in between is found by the next question
    return [_container(one) for one in found]


def volumes_of(label: str) -> list[str]:
    """The names of the volumes with a label, `name=value`."""
    return docker("volume", "ls", "--quiet", "--filter", f"label={label}").split()


def remove_volumes_of(label: str) -> None:
    """Remove the volumes with a label, `name=value`; without Docker there are none.

    Raises:
        DockerFailed: one is in use.
    """
    try:
        names = volumes_of(label)
    except DockerFailed:
        return
    if names:
        docker("volume", "rm", *names)


def _container(found: Mapping[str, Any]) -> Container:
    state = found["State"]
    health = state.get("Health") or {}
    log = [one for one in health.get("Log") or () if one.get("ExitCode")]
    started = state.get("StartedAt", "")
    return Container(
        id=found["Id"],
        service=found["Config"]["Labels"].get(_SERVICE, ""),
        state=state["Status"],
        health=health.get("Status", ""),
        exit_code=state.get("ExitCode", 0),
        # Docker writes nanoseconds, and year 1 for never.
        started_at=None if started.startswith("0001") else datetime.fromisoformat(f"{started[:19]}+00:00"),
        restarts=found.get("RestartCount", 0),
        why=log[-1]["Output"].strip()[-300:] if log and health.get("Status") != "healthy" else "",
    )


class Compose:
    """Compose with one project's files and variables.

    Args:
        variables: what the files are read with; `.env` is not read a second time.
    """

    def __init__(self, repo: Path, files: Sequence[str], project: str, variables: Mapping[str, str]) -> None:
        self._repo = repo
        self._words = [*compose_program(repo), "--project-directory", str(repo), "--project-name", project]
        self._words += ["--env-file", os.devnull]
        for file in files:
            self._words += ["--file", str(repo / file)]
        # An engine without BuildKit builds one image after the other, so that each finds what the last one made.
        self._environ = {"COMPOSE_PARALLEL_LIMIT": "1", "COMPOSE_BAKE": "false", **_builder(), **variables}
        self.project = project

    @classmethod
    def of_project(cls, repo: Path, project: str) -> Compose:
        """Compose for a project that exists already: what stops it or shows its logs needs no files."""
        return cls(repo, (), project, os.environ)

    def with_variables(self, **more: str) -> Compose:
        """The same with more variables."""
        other = copy(self)
        other._environ = {**self._environ, **more}
        return other

    def run(self, *words: str, limit_s: float = 600.0) -> str:
        """Run one command of Compose's to its end; returns what it printed.

        Raises:
            DockerFailed: it failed, or took longer than `limit_s` seconds.
        """
        return _run([*self._words, *words], self._environ, limit_s)

    def start(self, *words: str, log: Path) -> subprocess.Popen[bytes]:
        """Start one command of Compose's; what it prints goes to `log`."""
        with log.open("ab") as sink:
            return subprocess.Popen(
                [*self._words, *words],
                env=self._environ,
                cwd=self._repo,
                stdout=sink,
                stderr=sink,
                stdin=subprocess.DEVNULL,
            )

    def replace_process(self, *words: str) -> None:
        """Become a command of Compose's, for what a person looks at until he has seen enough."""
        os.execvpe(self._words[0], [*self._words, *words], self._environ)  # noqa: S606  # no shell is wanted


def _builder() -> dict[str, str]:
    """BuildKit where this Docker has it, else the builder that every engine has."""
    has = subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0
    return {} if has else {"DOCKER_BUILDKIT": "0"}


def _run(words: Sequence[str], environ: Mapping[str, str] | None, limit_s: float) -> str:
    try:
        done = subprocess.run(
            words, env=environ, capture_output=True, text=True, check=False, timeout=limit_s, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError as error:
        raise DockerFailed(f"there is no program {words[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise DockerFailed(f"{' '.join(words[:2])} took longer than {limit_s:.0f} s") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise DockerFailed("\n".join(said[-8:]) or f"{' '.join(words)} ended with {done.returncode}")
    return done.stdout
