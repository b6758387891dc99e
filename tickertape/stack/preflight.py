"""What must be there before anything is started, and what to do when it is not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from tickertape.stack.embedded import ministack_program, redis_program, secantus_program
from tickertape.stack.port_choice import USUAL, asked_ports, is_free, owner_of, variable

_GIB = 1 << 30
_NEEDED_MEMORY = 3 * _GIB
_NEEDED_DISK = 2 * _GIB
# Spark 4 runs on these.
_JAVA_FROM, _JAVA_TO = 17, 21
_JAVA_PACKAGE = "openjdk-17-jre-headless"
_JAVA_PACKAGES = (_JAVA_PACKAGE, "openjdk-21-jre-headless")


class PreflightFailed(Exception):
    """Something is missing; the message says what to do."""


class Verdict(StrEnum):
    """How a check ended."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, what was found, and what to do about it."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


def run_checks(repo: Path, home: Path, environ: Mapping[str, str], ours: frozenset[int] = frozenset()) -> list[Check]:
    """Look at everything.

    Args:
        ours: ports that our own running stack holds.
    """
    return [
        check_python(),
        *check_programs(repo),
        check_java(environ),
        check_memory(),
        check_disk(home),
        *check_ports(environ, ours),
    ]


def check_python() -> Check:
    """Whether this Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Check(
        "Python",
        Verdict.GOOD if good else Verdict.BAD,
        version,
        "" if good else "install Python 3.11 or later",
    )


def check_programs(repo: Path) -> list[Check]:
    """Whether the programs that stand in for the images are installed."""
    programs = {
        "MiniStack (AWS)": ministack_program(repo),
        "Redis": redis_program(repo),
        "SecantusDB (Mongo)": secantus_program(repo),
    }
    return [
        Check(name, Verdict.GOOD, str(program))
        if program.is_file()
        else Check(name, Verdict.BAD, f"{program} is missing", "`make up` installs it")
        for name, program in programs.items()
    ]


def java_version(environ: Mapping[str, str]) -> str | None:
    """The version of the Java that Spark would use, or None when there is none."""
    home = environ.get("JAVA_HOME")
    program = str(Path(home) / "bin/java") if home else shutil.which("java")
    if program is None:
        return None
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "([^"]+)"', said.stderr + said.stdout)
    return found[1] if found and said.returncode == 0 else None


def check_java(environ: Mapping[str, str]) -> Check:
    """Whether there is a Java that Spark runs on."""
    version = java_version(environ)
    wanted = f"Java {_JAVA_FROM} to {_JAVA_TO}"
    if version is None:
        where = " at JAVA_HOME" if environ.get("JAVA_HOME") else ""
        return Check("Java", Verdict.BAD, f"none{where}", f"install {wanted}: on Debian {_JAVA_PACKAGE}")
    major = int(version.removeprefix("1.").split(".")[0].split("-")[0])
    if major < _JAVA_FROM:
        return Check("Java", Verdict.BAD, version, f"Spark needs {wanted}: install {_JAVA_PACKAGE}, or set JAVA_HOME")
    if major > _JAVA_TO:
        return Check("Java", Verdict.WARNING, version, f"Spark is tested with {wanted}: set JAVA_HOME if it fails")
    return Check("Java", Verdict.GOOD, version)


def check_memory() -> Check:
    """Whether enough memory is free."""
    free = psutil.virtual_memory().available
    text = f"{free / _GIB:.1f} GiB free"
    if free >= _NEEDED_MEMORY:
        return Check("Memory", Verdict.GOOD, text)
    return Check("Memory", Verdict.WARNING, text, f"{_NEEDED_MEMORY / _GIB:.0f} GiB is what it takes: close something")


def check_disk(home: Path) -> Check:
    """Whether enough disk is free where the state is."""
    folder = next(parent for parent in (home, *home.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / _GIB:.1f} GiB free at {folder}"
    if not os.access(folder, os.W_OK):
        return Check("Disk", Verdict.BAD, f"{folder} cannot be written", "set TICKERTAPE_HOME to a folder of yours")
    if free >= _NEEDED_DISK:
        return Check("Disk", Verdict.GOOD, text)
    return Check("Disk", Verdict.WARNING, text, "make room, or set TICKERTAPE_HOME to another disk")


def check_ports(environ: Mapping[str, str], ours: frozenset[int]) -> list[Check]:
    """Whether the ports are free."""
    asked = asked_ports(environ)
    checks = []
    for name, usual in USUAL.items():
        port, label = asked.get(name, usual), f"Port {name}"
        if port in ours:
            checks.append(Check(label, Verdict.GOOD, f"{port}, our running stack"))
        elif is_free(port):
            checks.append(Check(label, Verdict.GOOD, f"{port} is free"))
        elif name in asked:
            checks.append(Check(label, Verdict.BAD, f"{port} is taken by {owner_of(port)}", f"set {variable(name)}"))
        else:
            remedy = f"the next free one will be taken; {variable(name)} chooses one"
            checks.append(Check(label, Verdict.WARNING, f"{port} is taken by {owner_of(port)}", remedy))
    return checks


def ensure_ready(repo: Path, home: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Check what cannot be done without, installing Java where that is possible; warnings are said.

    Raises:
        PreflightFailed: something is missing; all of it is named.
    """
    java = check_java(environ)
    if java.verdict is Verdict.BAD and not environ.get("JAVA_HOME") and _can_install():
        _install_java(say)
        java = check_java(environ)
    checks = [check_python(), *check_programs(repo), java, check_memory(), check_disk(home)]
    for check in checks:
        if check.verdict is Verdict.WARNING:
            say(f"{check.name}: {check.found}; {check.remedy}")
    if bad := [check for check in checks if check.verdict is Verdict.BAD]:
        raise PreflightFailed("; ".join(f"{check.name}: {check.found}: {check.remedy}" for check in bad))


def _can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install_java(say: Callable[[str], None]) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "--no-install-recommends"]
    say(f"there is no Java: installing {_JAVA_PACKAGE} (about 200 MB) with apt-get")
    subprocess.run(["apt-get", "update"], env=environ, check=False, stdout=subprocess.DEVNULL)
    for package in _JAVA_PACKAGES:
        if subprocess.run([*install, package], env=environ, check=False, stdout=subprocess.DEVNULL).returncode == 0:
            say(f"installed {package}")
            return
    raise PreflightFailed(f"apt-get could not install {_JAVA_PACKAGE}: install a Java {_JAVA_FROM} and try again")
