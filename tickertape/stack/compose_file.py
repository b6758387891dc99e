"""Reads `docker-compose.yml` into dataclasses: what each service runs, needs, and how its health is asked for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tickertape.stack.interpolation import BadVariable, interpolate

CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")
RESTARTS = ("no", "always", "on-failure", "unless-stopped")
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)(us|ms|h|m|s))")
_UNIT_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class BadComposeFile(Exception):
    """The file cannot be used; the message names the service and the key."""


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """How a service's health is asked for; the defaults are Compose's. Times in seconds."""

    test: tuple[str, ...]
    interval_s: float = 30.0
    timeout_s: float = 30.0
    retries: int = 3
    start_period_s: float = 0.0
    start_interval_s: float = 5.0

    @property
    def limit_s(self) -> float:
        """How long after its start a service may take to become healthy."""
        return self.start_period_s + self.retries * (self.interval_s + self.timeout_s)


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the file.

    Attributes:
        image: with its tag, or ''.
        build: whether the image is built here, so the command is our own.
        command: the words of the command; empty for the image's own.
        depends_on: the name of another service to the condition it must meet.
        profiles: what it waits for; empty when it is started, as when `COMPOSE_PROFILES` asks for one of them.
    """

    name: str
    image: str
    build: bool
    command: tuple[str, ...]
    environment: Mapping[str, str]
    depends_on: Mapping[str, str]
    healthcheck: Healthcheck | None
    restart: str
    stop_grace_s: float
    profiles: tuple[str, ...]


def read_compose_file(path: Path, variables: Mapping[str, str]) -> dict[str, Service]:
    """The services of a Compose file by name, with the variables put in.

    Raises:
        BadComposeFile: it cannot be read or understood.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadComposeFile(f"{path}: {error}") from error
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict) or not services:
        raise BadComposeFile(f"{path}: a mapping `services` with at least one service was expected")
    found = {str(name): _Reader(path, str(name), variables).service(body) for name, body in services.items()}
    for service in found.values():
        for needed in service.depends_on:
            if needed not in found:
                raise BadComposeFile(f"{path}: service {service.name}, key depends_on: there is no {needed!r}")
    _refuse_circles(path, found)
    return found


def is_asked(profile: str, variables: Mapping[str, str]) -> bool:
    """Whether `COMPOSE_PROFILES` asks for a profile, as Compose reads it: by its name, or by `*` for all of them."""
    return not {profile, "*"}.isdisjoint(name.strip() for name in variables.get("COMPOSE_PROFILES", "").split(","))


def start_order(services: Mapping[str, Service]) -> list[list[str]]:
    """The services in waves: each needs only services of earlier waves."""
    waves: list[list[str]] = []
    placed: set[str] = set()
    while len(placed) < len(services):
        wave = [
            name
            for name, service in services.items()
            if name not in placed and all(needed in placed or needed not in services for needed in service.depends_on)
        ]
        if not wave:
            break  # a circle, which reading the file refuses
        waves.append(wave)
        placed.update(wave)
    return waves


def parse_duration(text: str) -> float:
    """Seconds of a Compose duration.

    >>> parse_duration("1m30s"), parse_duration("500ms")
    (90.0, 0.5)

    Raises:
        ValueError: it is none.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"a duration such as 5s or 1m30s was expected, {text!r} came")
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def _refuse_circles(path: Path, services: Mapping[str, Service]) -> None:
    placed = {name for wave in start_order(services) for name in wave}
    if circle := sorted(services.keys() - placed):
        raise BadComposeFile(f"{path}: key depends_on: {', '.join(circle)} wait for each other")


class _Reader:
    """Reads the keys of one service and says which one is wrong."""

    def __init__(self, path: Path, name: str, variables: Mapping[str, str]) -> None:
        self._path = path
        self._name = name
        self._variables = variables

    def service(self, body: Any) -> Service:
        if not isinstance(body, dict):
            raise BadComposeFile(f"{self._path}: service {self._name}: a mapping was expected, {_kind(body)} came")
        return Service(
            name=self._name,
            image=self._text("image", body.get("image", "")),
            build="build" in body,
            command=self._words("command", body.get("command")),
            environment=self._environment(body.get("environment")),
            depends_on=self._depends_on(body.get("depends_on")),
            healthcheck=self._healthcheck(body.get("healthcheck")),
            restart=self._restart(body.get("restart", "no")),
            stop_grace_s=self._duration("stop_grace_period", body.get("stop_grace_period", "10s")),
            profiles=self._profiles(body.get("profiles", [])),
        )

    def _bad(self, key: str, why: str) -> BadComposeFile:
        return BadComposeFile(f"{self._path}: service {self._name}, key {key}: {why}")

    def _text(self, key: str, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._bad(key, f"a text was expected, {_kind(value)} came")
        try:
            return interpolate(str(value), self._variables)
        except BadVariable as error:
            raise self._bad(key, str(error)) from error

    def _list(self, key: str, value: Any) -> list[str]:
        if not isinstance(value, list):
            raise self._bad(key, f"a list was expected, {_kind(value)} came")
        return [self._text(key, item) for item in value]

    def _words(self, key: str, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, list):
            return tuple(self._list(key, value))
        try:
            return tuple(shlex.split(self._text(key, value)))
        except ValueError as error:
            raise self._bad(key, str(error)) from error

    def _environment(self, value: Any) -> dict[str, str]:
        if isinstance(value, list):
            pairs = [self._text("environment", item).partition("=") for item in value]
            given = {name: text if sign else None for name, sign, text in pairs}
        elif isinstance(value, dict):
            given = {
                str(name): None if text is None else self._text(f"environment.{name}", text)
                for name, text in value.items()
            }
        elif value is None:
            given = {}
        else:
            raise self._bad("environment", f"a mapping or a list was expected, {_kind(value)} came")
        # A name alone passes the variable on if it is set.
        passed_on = {name: self._variables[name] for name in given if given[name] is None and name in self._variables}
        return {name: text for name, text in given.items() if text is not None} | passed_on

    def _depends_on(self, value: Any) -> dict[str, str]:
        if value is None:
            return {}
        if isinstance(value, list):
            return dict.fromkeys(self._list("depends_on", value), "service_started")
        if not isinstance(value, dict):
            raise self._bad("depends_on", f"a mapping or a list was expected, {_kind(value)} came")
        needs: dict[str, str] = {}
        for name, how in value.items():
            condition = (how or {}).get("condition", "service_started") if isinstance(how, dict | None) else how
            if condition not in CONDITIONS:
                raise self._bad(f"depends_on.{name}.condition", f"one of {', '.join(CONDITIONS)}, not {condition!r}")
            needs[str(name)] = condition
        return needs

    def _profiles(self, value: Any) -> tuple[str, ...]:
        profiles = self._list("profiles", value)
        return () if any(is_asked(profile, self._variables) for profile in profiles) else tuple(profiles)

    def _healthcheck(self, value: Any) -> Healthcheck | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._bad("healthcheck", f"a mapping was expected, {_kind(value)} came")
        test = self._test(value.get("test"))
        if test is None or value.get("disable") is True:
            return None
        retries = value.get("retries", 3)
        if isinstance(retries, bool) or not isinstance(retries, int) or retries < 1:
            raise self._bad("healthcheck.retries", f"a number from 1 on was expected, {retries!r} came")

        def duration(key: str, default: float) -> float:
            return self._duration(f"healthcheck.{key}", value[key]) if key in value else default

        return Healthcheck(
            test=test,
            interval_s=duration("interval", 30.0),
            timeout_s=duration("timeout", 30.0),
            retries=retries,
            start_period_s=duration("start_period", 0.0),
            start_interval_s=duration("start_interval", 5.0),
        )

    def _test(self, value: Any) -> tuple[str, ...] | None:
        """The words of the test, or None when there is none to run."""
        key = "healthcheck.test"
        if isinstance(value, str):
            return ("sh", "-c", self._text(key, value))
        words = self._list(key, value)
        match words:
            case ["NONE"]:
                return None
            case ["CMD-SHELL", script]:
                return ("sh", "-c", script)
            case ["CMD", _, *_]:
                return tuple(words[1:])
        raise self._bad(key, f"a text, [CMD, …], [CMD-SHELL, script] or [NONE] was expected, {words!r} came")

    def _restart(self, value: Any) -> str:
        # YAML reads a bare `no` as false.
        policy = "no" if value is False else self._text("restart", value).partition(":")[0]
        if policy not in RESTARTS:
            raise self._bad("restart", f"one of {', '.join(RESTARTS)} was expected, {policy!r} came")
        return policy

    def _duration(self, key: str, value: Any) -> float:
        try:
            return parse_duration(self._text(key, value))
        except ValueError as error:
            raise self._bad(key, str(error)) from error


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__
