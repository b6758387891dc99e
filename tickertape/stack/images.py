"""The images of the containers: whether they are of this checkout, and making them where they are not."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tickertape.stack.containers import Compose, DockerFailed, docker
from tickertape.stack.programme import Report

BASE_IMAGE = "tickertape-base:bookworm"
BASE_VARIABLE = "TICKERTAPE_BASE_IMAGE"
# What an image says about the sources it was made of; set in docker-compose.yml.
LABEL = "tickertape.source"
_BUILD_S = 3600.0
_BASE_S = 600.0
_POLL_S = 0.5
# What images are made of; `.dockerignore` lets nothing else into a build.
_SOURCES = ("Dockerfile", ".dockerignore", "tickertape", "services", "spark", "dashboard", "requirements")
_STEP = re.compile(rb"Step (\d+)/(\d+) : (.+)|#\d+ \[([^\]]+)\]")

Say = Callable[[str], None]


class ImagesFailed(Exception):
    """An image could not be made; the message has the end of the build's log."""


def source_digest(repo: Path) -> str:
    """A digest of everything that images are made of."""
    digest = hashlib.sha256()
    for path in _source_files(repo):
        digest.update(f"{path.relative_to(repo)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _source_files(repo: Path) -> Iterator[Path]:
    for name in _SOURCES:
        path = repo / name
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (one for one in found if one.is_file() and "__pycache__" not in one.parts and one.suffix != ".pyc")


def is_there(image: str) -> bool:
    """Whether this machine has the image."""
    try:
        docker("image", "inspect", "--format", "{{.Id}}", image)
    except DockerFailed:
        return False
    return True


def make_images(compose: Compose, on_own_base: bool, repo: Path, log: Path, report: Report) -> None:
    """Build every image that is missing or made of other sources.

    Args:
        on_own_base: whether they are built on an image that is made here, where none can be pulled.

    Raises:
        ImagesFailed: one could not be made.
        DockerFailed: Docker does not answer.
    """
    log.unlink(missing_ok=True)
    if on_own_base:
        make_base(repo, log, report.say)
    digest = source_digest(repo)
    compose = compose.with_variables(TICKERTAPE_SOURCE=digest, **({BASE_VARIABLE: BASE_IMAGE} if on_own_base else {}))
    services = outdated(compose, digest)
    if not services:
        return
    began = time.monotonic()
    report.say(f"building the images of {', '.join(services)}: minutes the first time (log: {log})")
    build(compose, services, log, report.show)
    report.say(f"images built ({time.monotonic() - began:.0f} s)")


def make_base(repo: Path, log: Path, say: Say) -> None:
    """Make the base image from Debian's packages, unless it is there.

    Raises:
        ImagesFailed: it cannot be made here.
    """
    if is_there(BASE_IMAGE):
        return
    say(f"making the base image {BASE_IMAGE} from Debian's packages")
    with log.open("ab") as sink:
        done = subprocess.run(
            ["bash", str(repo / "scripts/base-image.sh"), BASE_IMAGE],
            stdout=sink,
            stderr=sink,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=_BASE_S,
        )
    if done.returncode:
        raise ImagesFailed(f"the base image could not be made\n{_end_of(log)}")


def outdated(compose: Compose, digest: str) -> list[str]:
    """The services whose image is missing or made of other sources."""
    services = json.loads(compose.run("config", "--format", "json"))["services"]
    return [name for name, service in services.items() if "build" in service and _made_of(service["image"]) != digest]


def _made_of(image: str) -> str | None:
    try:
        labels = json.loads(docker("image", "inspect", "--format", "{{json .Config.Labels}}", image))
    except DockerFailed:
        return None
    return (labels or {}).get(LABEL)


def build(compose: Compose, services: list[str], log: Path, show: Say) -> None:
    """Build the images of some services; `show` gets the step it is at.

    Raises:
        ImagesFailed: one could not be built.
    """
    deadline = time.monotonic() + _BUILD_S
    building = compose.start("build", *services, log=log)
    try:
        while building.poll() is None:
            show(f"building images: {_step(log)}")
            if time.monotonic() > deadline:
                raise ImagesFailed(f"building took longer than {_BUILD_S:.0f} s\n{_end_of(log)}")
            time.sleep(_POLL_S)
    finally:
        if building.poll() is None:
            building.terminate()
            building.wait()
    if building.returncode:
        raise ImagesFailed(f"the images could not be built\n{_end_of(log)}")


def _step(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 65536))
        steps = list(_STEP.finditer(file.read()))
    return steps[-1].group(0).decode("utf-8", "replace")[:80] if steps else "starting"


def _end_of(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
    return "\n".join([*(f"  | {line[:300]}" for line in lines), f"the whole log: {log}"])
