"""Who may log in to the dashboard: a file of lines `name:hash`, one a user, with comments after `#`."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
# As werkzeug writes them: method, salt and digest.
_HASH = re.compile(r"(?:scrypt|pbkdf2):[a-z0-9:]+\$[^$\s]+\$[0-9a-f]+")
LEAST_PASSWORD = 10


class BadUsers(ValueError):
    """A file of users cannot be used; the message says which line and why, without its hash."""


def check_name(name: str) -> str:
    """The name, if it can stand in the file.

    Raises:
        BadUsers: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise BadUsers(f"a name of letters, digits and ._@- was expected, 64 at most, {name!r} came")
    return name


def read_users(text: str) -> dict[str, str]:
    """The hash of each user's password, by name.

    Raises:
        BadUsers: a line is none, a name comes twice, or nobody is in it.
    """
    users: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.strip().partition(":")
        try:
            check_name(name)
        except BadUsers as error:
            raise BadUsers(f"line {number}: {error}") from error
        if not _HASH.fullmatch(hashed):
            raise BadUsers(f"line {number}: no hash is behind {name}; `tickertape dashboard user {name}` makes one")
        if name in users:
            raise BadUsers(f"line {number}: {name} comes twice")
        users[name] = hashed
    if not users:
        raise BadUsers("nobody is in it; `tickertape dashboard user NAME` makes a line")
    return users
