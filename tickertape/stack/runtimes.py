"""The three runtimes: what each needs, and the first one that can work here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tickertape.stack.compose_file import Service, is_asked, read_compose_file
from tickertape.stack.containers import DockerFailed, compose_version, docker
from tickertape.stack.images import BASE_IMAGE, is_there
from tickertape.stack.port_choice import SEARCH
from tickertape.stack.preflight import Check, PreflightFailed, Verdict

COMPOSE, AIRGAP, EMBEDDED = "compose", "airgap", "embedded"
RUNTIMES = (COMPOSE, AIRGAP, EMBEDDED)
COMPOSE_FILE = "docker-compose.yml"
AIRGAP_FILE = "docker-compose.airgap.yml"
# The service for whose image nothing that is built here stands in, and no program.
OFFICIAL_ONLY = "opensearch-dashboards"
# Names further files, separated by commas, for those who want another container than ours.
_EXTRA = "TICKERTAPE_COMPOSE_EXTRA"
# A registry that has not answered by then is not waited for, seconds.
_REGISTRY_S = 8.0
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


@dataclass(frozen=True, slots=True)
class Choice:
    """A runtime, and why it is this one."""

    runtime: str
    why: str


def choose(repo: Path, environ: Mapping[str, str]) -> Choice:
    """The first runtime that can work here, in the order compose, airgap, embedded."""
    for check in (check_engine(), check_compose(repo)):
        if check.verdict is Verdict.BAD:
            return Choice(EMBEDDED, f"{check.name}: {check.found}")
    registry = check_registry(repo, environ)
    if registry.verdict is Verdict.GOOD:
        return Choice(COMPOSE, f"{registry.name}: {registry.found}")
    base = check_base()
    if base.verdict is Verdict.GOOD:
        return Choice(AIRGAP, f"{registry.name}: {registry.found}; {base.found}")
    return Choice(EMBEDDED, f"{registry.name}: {registry.found}; {base.found}")


def check_docker(repo: Path, environ: Mapping[str, str]) -> list[Check]:
    """Everything the two runtimes with Docker need."""
    checks = [check_engine(), check_compose(repo)]
    if all(check.verdict is Verdict.GOOD for check in checks):
        checks += [check_registry(repo, environ), check_base()]
    return [*checks, check_proxy(environ)]


def compose_files(repo: Path, runtime: str, environ: Mapping[str, str]) -> list[str]:
    """The Compose files of a runtime with Docker, with those that the user adds.

    Raises:
        PreflightFailed: one that the user names is not there.
    """
    extra = [name.strip() for name in environ.get(_EXTRA, "").split(",") if name.strip()]
    if missing := [name for name in extra if not (repo / name).is_file()]:
        raise PreflightFailed(f"{_EXTRA}: there is no file {', '.join(missing)} in {repo}")
    return [COMPOSE_FILE, *([AIRGAP_FILE] if runtime == AIRGAP else []), *extra]


def services_of(runtime: str, repo: Path, variables: Mapping[str, str]) -> dict[str, Service]:
    """The services of the Compose file that a runtime has, by name.

    Raises:
        BadComposeFile: the file cannot be read or understood.
    """
    services = read_compose_file(repo / COMPOSE_FILE, variables)
    return {name: one for name, one in services.items() if runtime == COMPOSE or name != OFFICIAL_ONLY}


def left_out(runtime: str, environ: Mapping[str, str]) -> str:
    """What is asked for and a runtime has not, as a line for a person; '' where it has everything."""
    if runtime == COMPOSE or not is_asked(SEARCH, environ):
        return ""
    return f"OpenSearch Dashboards is left out: only the runtime {COMPOSE} has it, from its official image"


def needs_of(runtime: str) -> frozenset[str]:
    """The names of the checks that a runtime cannot do without."""
    everywhere = frozenset({"Python", "Disk"})
    if runtime == EMBEDDED:
        return everywhere | {"Java", "MiniStack (AWS)", "Redis", "SecantusDB (Mongo)"}
    return everywhere | {"Docker engine", "Docker Compose"}


def ensure_docker(repo: Path, runtime: str, environ: Mapping[str, str]) -> None:
    """Check what a runtime with Docker cannot do without.

    Raises:
        PreflightFailed: something is missing; all of it is named.
    """
    checks = [check_engine(), check_compose(repo)]
    if all(check.verdict is Verdict.GOOD for check in checks):
        checks.append(check_registry(repo, environ) if runtime == COMPOSE else check_base())
    if bad := [check for check in checks if check.verdict is not Verdict.GOOD]:
        raise PreflightFailed("; ".join(f"{check.name}: {check.found}: {check.remedy}" for check in bad))


def check_engine() -> Check:
    """Whether a Docker engine answers."""
    name = "Docker engine"
    if shutil.which("docker") is None:
        return Check(name, Verdict.BAD, "not installed", "on Debian: apt-get install docker.io")
    try:
        return Check(name, Verdict.GOOD, docker("version", "--format", "{{.Server.Version}}").strip())
    except DockerFailed as error:
        return Check(name, Verdict.BAD, str(error).splitlines()[-1][:120], "start it: systemctl start docker")


def check_compose(repo: Path) -> Check:
    """Whether Compose is here."""
    try:
        return Check("Docker Compose", Verdict.GOOD, compose_version(repo))
    except DockerFailed as error:
        return Check("Docker Compose", Verdict.BAD, str(error), "`make env` installs it")


def check_registry(repo: Path, environ: Mapping[str, str]) -> Check:
    """Whether the official images are here, or can be had."""
    name = "Image registry"
    services = read_compose_file(repo / COMPOSE_FILE, environ).values()
    wanted = [service.image for service in services if not service.build and not service.profiles]
    missing = [image for image in wanted if not is_there(image)]
    if not missing:
        return Check(name, Verdict.GOOD, f"{', '.join(wanted)} are here")
    try:
        docker("manifest", "inspect", missing[0], limit_s=_REGISTRY_S)
    except DockerFailed:
        remedy = f"`--runtime {AIRGAP}` builds every image here; behind a proxy tell Docker of it"
        return Check(name, Verdict.WARNING, f"{missing[0]} is not here and cannot be pulled", remedy)
    return Check(name, Verdict.GOOD, f"{missing[0]} can be pulled")


def check_base() -> Check:
    """Whether the image that all others are built on is here, or can be made."""
    name = "Base image"
    if is_there(BASE_IMAGE):
        return Check(name, Verdict.GOOD, f"{BASE_IMAGE} is here")
    if os.geteuid() == 0 and (shutil.which("debootstrap") or shutil.which("apt-get")):
        return Check(name, Verdict.GOOD, f"{BASE_IMAGE} can be made from Debian's packages")
    return Check(name, Verdict.WARNING, f"{BASE_IMAGE} is not here", "as root: `make images` makes it with debootstrap")


def check_proxy(environ: Mapping[str, str]) -> Check:
    """What stands between this machine and the network; images that are built have to know of it too."""
    proxies = [name for name in _PROXIES if environ.get(name) or environ.get(name.lower())]
    bundle = environ.get("SSL_CERT_FILE")
    found = [f"{', '.join(proxies)} set" if proxies else "no proxy", f"CA bundle {bundle}" if bundle else "usual CAs"]
    if bundle and not Path(bundle).is_file():
        return Check("Proxy and CA", Verdict.WARNING, "; ".join(found), f"SSL_CERT_FILE: there is no file {bundle}")
    return Check("Proxy and CA", Verdict.GOOD, "; ".join(found))
