"""Writes the user's keys as files, one folder a service: a container sees its own and no command line shows any."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

_ALPHAVANTAGE = "TICKERTAPE_ALPHAVANTAGE_KEY"
_ALPACA = ("TICKERTAPE_ALPACA_KEY_ID", "TICKERTAPE_ALPACA_SECRET")
BY_SERVICE: Mapping[str, tuple[str, ...]] = {
    "twitter": ("TICKERTAPE_X_BEARER_TOKEN",),
    "stocks": (_ALPHAVANTAGE, *_ALPACA, "TICKERTAPE_FINNHUB_KEY"),
    "backup": ("TICKERTAPE_BACKUP_KEY",),
    # The deployment hands them to the functions fetch_quotes and index_tweets.
    "localstack": (_ALPHAVANTAGE, *_ALPACA, "OPENSEARCH_URL"),
    "dashboard": ("OPENSEARCH_URL",),
}
# Hashes of passwords, in a file of the user's own.
USERS_FILE = "TICKERTAPE_DASHBOARD_USERS_FILE"
ALL = frozenset(name for names in BY_SERVICE.values() for name in names)


class NoUsers(Exception):
    """The file of the dashboard's users cannot be read."""


def write_secrets(folder: Path, given: Mapping[str, str]) -> None:
    """Make `folder` hold just the keys that are given, each in the folders of the services that need it.

    Args:
        given: the user's settings; a key that is not among them is looked for in his `TICKERTAPE_SECRETS_DIR`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    # Nobody else comes through here, and yet a container's own user can read what is mounted from below.
    folder.mkdir(parents=True, mode=0o700)
    own = given.get("TICKERTAPE_SECRETS_DIR")
    for service, names in BY_SERVICE.items():
        place = folder / service
        place.mkdir(mode=0o755)
        for name in names:
            if value := given.get(name) or _stored(Path(own) if own else None, name):
                path = place / name.lower()
                path.write_text(value, encoding="utf-8")
                path.chmod(0o444)
    if users := given.get(USERS_FILE):
        _copy_users(Path(users), folder / "dashboard/users")


def _copy_users(file: Path, copy: Path) -> None:
    try:
        copy.write_bytes(file.read_bytes())
    except OSError as error:
        raise NoUsers(f"{USERS_FILE}: {file} cannot be read: {error.strerror}") from error
    copy.chmod(0o444)


def _stored(folder: Path | None, name: str) -> str:
    if folder is None or not folder.is_dir():
        return ""
    found = [path for path in folder.iterdir() if path.name.lower() == name.lower()]
    return found[0].read_text(encoding="utf-8").strip() if found else ""
