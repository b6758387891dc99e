"""Compose's variables in text: `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?error}`, `$VAR` and `$$`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")


class BadVariable(Exception):
    """A variable that is not well-formed, or one that must be set and is not."""


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Replace the variables in `text`; one that is not set becomes empty, as with Compose.

    >>> interpolate("${HOST:-localhost}:$PORT, $$5", {"PORT": "80"})
    'localhost:80, $5'

    Raises:
        BadVariable: `${` without `}`, a name that is none, or `${VAR:?why}` of a variable that is not set.
    """
    parts: list[str] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        value, at = _variable(text, dollar + 1, variables)
        parts.append(value)
    return "".join([*parts, text[at:]])


def _variable(text: str, start: int, variables: Mapping[str, str]) -> tuple[str, int]:
    """The value of what follows a `$`, and where the text goes on."""
    if text.startswith("$", start):
        return "$", start + 1
    if text.startswith("{", start):
        end = _closing(text, start + 1)
        return _braced(text[start + 1 : end], variables), end + 1
    name = _NAME.match(text, start)
    if name is None:
        raise BadVariable(f"a lone $ in {text!r} (write $$ for a dollar sign)")
    return variables.get(name[0], ""), name.end()


def _closing(text: str, start: int) -> int:
    depth = 1
    for at in range(start, len(text)):
        if text.startswith("${", at):
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    raise BadVariable(f"no closing brace in {text!r}")


def _braced(inside: str, variables: Mapping[str, str]) -> str:
    name = _NAME.match(inside)
    if name is None:
        raise BadVariable(f"${{{inside}}} does not begin with a name")
    rest = inside[name.end() :]
    value = variables.get(name[0])
    if not rest:
        return value or ""
    operator = _OPERATOR.match(rest)
    if operator is None:
        raise BadVariable(f"${{{inside}}}: one of :- - :? ? :+ + was expected after {name[0]}")
    argument = rest[operator.end() :]
    # With a colon an empty value counts as not set.
    is_set = bool(value) if operator[0].startswith(":") else value is not None
    if operator[0].endswith("+"):
        return interpolate(argument, variables) if is_set else ""
    if is_set:
        return value or ""
    if operator[0].endswith("?"):
        raise BadVariable(f"{name[0]} must be set: {interpolate(argument, variables) or 'no reason given'}")
    return interpolate(argument, variables)
