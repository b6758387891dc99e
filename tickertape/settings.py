"""The one reader of the environment. Only entry points import it; everything else is given what it needs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class BadSettings(Exception):
    """The environment cannot be used; the message lists every setting that is wrong."""


class Settings(BaseSettings):
    """The settings of every process; see `.env.example`. Durations in seconds."""

    model_config = SettingsConfigDict(env_prefix="TICKERTAPE_", env_file=".env", extra="ignore", env_ignore_empty=True)

    aws_region: str = Field("us-east-1", validation_alias="AWS_REGION")
    aws_endpoint_url: str | None = Field(None, validation_alias="AWS_ENDPOINT_URL")
    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")
    mongo_url: SecretStr = Field(SecretStr("mongodb://127.0.0.1:27017"), validation_alias="MONGO_URL")
    state_dir: Path = Path(".tickertape/state")

    tape: Path | None = None
    since: AwareDatetime | None = Field(None, description="replay from this time on, ISO 8601 with a zone")
    until: AwareDatetime | None = Field(None, description="replay until this time, ISO 8601 with a zone")

    languages: Annotated[frozenset[str], NoDecode] = frozenset()
    require_ticker: bool = False
    retweets: bool = True

    off_hours_bars: Literal["keep", "filter"] = Field(
        "keep", description="bars outside the exchange's sessions: pre-market, after hours"
    )
    gated: Annotated[frozenset[str], NoDecode] = Field(
        frozenset({"stocks"}), description="the services whose live source rests while the market is closed"
    )
    outbox_mb: int = Field(2048, ge=1, description="megabytes that each service's outbox may hold")
    events_days: int = Field(14, ge=1, le=3650, description="days that events are kept in the data store")

    batch_interval: float = Field(15.0, gt=0, description="seconds between batches while a tape plays; 0 < x")
    dashboard_host: str = "127.0.0.1"
    dashboard_port: int = Field(8050, ge=0, le=65535)

    @field_validator("gated")
    @classmethod
    def _known_services(cls, value: frozenset[str]) -> frozenset[str]:
        unknown = sorted(value - {"stocks", "twitter"})
        if unknown:
            raise ValueError(f"stocks and twitter have gates, {', '.join(unknown)} has none")
        return value

    @field_validator("languages", "gated", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    def window(self) -> tuple[datetime | None, datetime | None]:
        """The part of the tape that is replayed: from and to, both included."""
        return self.since, self.until


def load() -> Settings:
    """Read the settings.

    Raises:
        BadSettings: one or more are wrong; all of them are named.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"  {_variable(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise BadSettings("\n".join(["these settings are wrong:", *lines])) from error


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return name if name.isupper() else f"TICKERTAPE_{name.upper()}"
