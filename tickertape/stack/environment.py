"""The variables with which any process reaches a stack: AWS, Redis, Mongo, and where its state is."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from dotenv import dotenv_values

from tickertape.stack.embedded import Site, stack_variables
from tickertape.stack.programme import Feed

# Each would lead boto3 away from the stack's endpoint, or to someone's account.
_LEADS_AWAY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
_SERVICE_ENDPOINT = "AWS_ENDPOINT_URL_"


def user_environment(repo: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What the user set: `.env` of the repository, and over it the environment."""
    stored = {name: value for name, value in dotenv_values(repo / ".env").items() if value is not None}
    return {**stored, **environ}


def client_environment(site: Site, region: str, feed: Feed) -> dict[str, str]:
    """What a command on this machine needs to reach the stack."""
    ours = stack_variables(site, {}, feed)
    # Which source is read is the services' business: a command needs no provider's key.
    inside = ("SPARK_LOCAL_IP", "TICKERTAPE_SECRETS_INSIDE", "COMPOSE_PROFILES")
    for name in (*inside, "TICKERTAPE_TWEETS_SOURCE", "TICKERTAPE_BARS_SOURCE"):
        ours.pop(name, None)
    return {
        **ours,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def enter(needed: Mapping[str, str], environ: MutableMapping[str, str], force: bool) -> None:
    """Put the variables into `environ`; what is set there stays unless `force`."""
    for name, value in needed.items():
        if force or not environ.get(name):
            environ[name] = value
    if environ.get("AWS_ENDPOINT_URL") == needed.get("AWS_ENDPOINT_URL"):
        for name in [name for name in environ if name in _LEADS_AWAY or name.startswith(_SERVICE_ENDPOINT)]:
            del environ[name]
