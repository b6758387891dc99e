"""The variables with which any process reaches a stack: AWS, Redis, Mongo, and where its state is."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from dotenv import dotenv_values

from tickertape.stack.compose_file import is_asked
from tickertape.stack.embedded import Site, stack_variables
from tickertape.stack.programme import Feed

# Each would lead boto3 away from the stack's endpoint, or to someone's account.
_LEADS_AWAY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
_SERVICE_ENDPOINT = "AWS_ENDPOINT_URL_"
# The profile of docker-compose.yml that Spark is in.
_BATCH = "batch"


def user_environment(repo: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What the user set: `.env` of the repository, and over it the environment.

    And the profile of the batch, which only the Compose file by itself runs without: `up` ends with counts.
    """
    stored = {name: value for name, value in dotenv_values(repo / ".env").items() if value is not None}
    given = {**stored, **environ}
    if not is_asked(_BATCH, given):
        given["COMPOSE_PROFILES"] = ",".join(filter(None, (_BATCH, given.get("COMPOSE_PROFILES"))))
    return given


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
