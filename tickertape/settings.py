"""The one reader of the environment. Only entry points import it; everything else is given what it needs."""

from __future__ import annotations

import os
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AwareDatetime,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tickertape.domain.area import BoundingBox
from tickertape.domain.backup_key import decode_key
from tickertape.domain.backup_schedule import BackupSchedule
from tickertape.domain.spark_master import SparkMaster

JETSTREAM_HOSTS = tuple(
    f"wss://jetstream{number}.us-{coast}.bsky.network/subscribe" for number in (2, 1) for coast in ("east", "west")
)
# Where Docker and Kubernetes put secrets as files.
_SECRETS_DIR = Path("/run/secrets")


class BadSettings(Exception):
    """The environment cannot be used; the message lists every setting that is wrong."""


class Settings(BaseSettings):
    """The settings of every process; see `.env.example`. Durations in seconds."""

    model_config = SettingsConfigDict(env_prefix="TICKERTAPE_", env_file=".env", extra="ignore", env_ignore_empty=True)

    aws_region: str = Field("us-east-1", validation_alias="AWS_REGION")
    aws_endpoint_url: str | None = Field(None, validation_alias="AWS_ENDPOINT_URL")
    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")
    mongo_url: SecretStr = Field(SecretStr("mongodb://127.0.0.1:27017"), validation_alias="MONGO_URL")
    opensearch_url: SecretStr | None = Field(None, validation_alias="OPENSEARCH_URL")
    opensearch_dashboards_url: SecretStr | None = Field(None, validation_alias="OPENSEARCH_DASHBOARDS_URL")
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

    scorer: Literal["textblob", "vader"] = Field("textblob", description="who judges tweets without emoticons")

    # Where prices come from; see `.env.example`.
    bars_source: Literal["tape", "alphavantage", "alpaca", "finnhub", "yahoo", "follow", "none"] = "tape"
    quotes: Literal["service", "lambda"] = Field(
        "service", description="who asks for live prices: the stocks service, or the function fetch_quotes"
    )
    symbols: Annotated[tuple[str, ...], NoDecode] = Field(
        ("AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA", "JPM", "XOM", "SPY"), min_length=1
    )
    poll_seconds: float = Field(60.0, ge=1, description="seconds between two rounds over the symbols")
    alphavantage_key: SecretStr | None = Field(None, validate_default=True)
    alphavantage_url: str = "https://www.alphavantage.co"
    alphavantage_daily_requests: int = Field(25, ge=1)
    alpaca_key_id: SecretStr | None = Field(None, validate_default=True)
    alpaca_secret: SecretStr | None = Field(None, validate_default=True)
    alpaca_url: str = "wss://stream.data.alpaca.markets/v2/iex"
    finnhub_key: SecretStr | None = Field(None, validate_default=True)
    finnhub_url: str = "wss://ws.finnhub.io"
    yahoo_proxy: str | None = None
    yahoo_ca_file: Path | None = None

    # Where tweets come from, and which of them are wanted; see `.env.example`.
    tweets_source: Literal["tape", "x", "jetstream", "follow", "stdin", "none"] = "tape"
    symbols_file: Path | None = Field(None, description="CSV symbol,name: the tickers that are known")
    hashtag_tickers: bool = Field(False, validate_default=True)
    company_names: bool = Field(False, validate_default=True)
    keywords: Annotated[frozenset[str], NoDecode] = frozenset()
    exclude_keywords: Annotated[frozenset[str], NoDecode] = frozenset()
    require_location: bool = False
    bounding_box: Annotated[tuple[float, float, float, float] | None, NoDecode] = Field(
        None, description="west,south,east,north in degrees"
    )
    sensitive: bool = True
    x_bearer_token: SecretStr | None = Field(None, validate_default=True)
    x_api_url: str = Field("https://api.x.com", pattern=r"^https?://")
    x_rule_length: int = Field(512, ge=64, le=4096, description="characters")
    x_max_rules: int = Field(25, ge=1)
    x_backfill_minutes: int = Field(0, ge=0, le=5)
    x_monthly_reads: int = Field(10_000, ge=0, description="posts that may be read in a month")
    jetstream_urls: Annotated[tuple[str, ...], NoDecode] = Field(JETSTREAM_HOSTS, min_length=1)

    spam_copies: int = Field(
        3, ge=0, description="tweets of a day that say the same are spam from so many on; 0: never"
    )
    spam_burst: int = Field(20, ge=0, description="so many tweets of an author in an hour are spam; 0: none are")
    top_tickers: int = Field(
        0, ge=0, description="tickers of a period in the serving store, the most mentioned; 0: all"
    )
    backup_schedule: str = Field("close+15", description="close, close+MINUTES, HH:MM in New York, or off")
    backup_key: SecretStr | None = Field(None, description="32 bytes in base64 that backups are encrypted with")
    backup_keep_daily: int = Field(7, ge=0, description="days that keep a backup")
    backup_keep_weekly: int = Field(4, ge=0)
    backup_keep_monthly: int = Field(12, ge=0)

    batch_interval: float = Field(15.0, gt=0, description="seconds between batches while a tape plays; 0 < x")
    spark_master: str = Field("local[*]", description="where Spark runs: local[N], spark://host:port or yarn")
    dashboard_host: str = "127.0.0.1"
    dashboard_published: str = Field("", description="in a container: the address its port is published on")
    dashboard_users_file: Path | None = Field(None, description="who may log in: lines name:hash")
    dashboard_port: int = Field(8050, ge=0, le=65535)

    @field_validator("opensearch_url", "opensearch_dashboards_url")
    @classmethod
    def _an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_http(value.get_secret_value()):
            # The value stays out of the message: it may hold a password.
            raise ValueError("http:// or https:// with a host was expected, such as https://user:password@host:9200")
        return value

    @field_validator("gated")
    @classmethod
    def _known_services(cls, value: frozenset[str]) -> frozenset[str]:
        unknown = sorted(value - {"stocks", "twitter"})
        if unknown:
            raise ValueError(f"stocks and twitter have gates, {', '.join(unknown)} has none")
        return value

    @field_validator("backup_schedule")
    @classmethod
    def _a_schedule(cls, value: str) -> str:
        BackupSchedule.parse(value)
        return value

    @field_validator("spark_master")
    @classmethod
    def _a_master(cls, value: str) -> str:
        SparkMaster.parse(value)
        return value

    @field_validator("backup_key")
    @classmethod
    def _a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            decode_key(value.get_secret_value())
        return value

    @field_validator("symbols_file", "dashboard_users_file")
    @classmethod
    def _a_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @field_validator("hashtag_tickers", "company_names")
    @classmethod
    def _known_by_list(cls, value: bool, info: ValidationInfo) -> bool:
        # A list that was refused itself is missing in `data`: one message is enough.
        if value and info.data.get("symbols_file", ...) is None:
            raise ValueError("only symbols of a list are looked for so: set TICKERTAPE_SYMBOLS_FILE too")
        return value

    @field_validator("bounding_box", mode="before")
    @classmethod
    def _on_the_globe(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return astuple(BoundingBox.parse(value))

    @field_validator("x_bearer_token")
    @classmethod
    def _needed_by_x(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("tweets_source") != "x":
            return value
        problems = []
        if value is None:
            problems.append("TICKERTAPE_TWEETS_SOURCE=x needs the bearer token of an app at X")
        if info.data.get("symbols_file", ...) is None and not info.data.get("keywords", True):
            problems.append(
                "TICKERTAPE_TWEETS_SOURCE=x needs TICKERTAPE_SYMBOLS_FILE or TICKERTAPE_KEYWORDS to ask for something"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return value

    @field_validator("jetstream_urls")
    @classmethod
    def _websockets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [url for url in value if not url.startswith(("ws://", "wss://"))]
        if wrong:
            raise ValueError(f"ws:// or wss:// was expected, {', '.join(wrong)} came")
        return value

    @field_validator("languages", "gated", "keywords", "exclude_keywords", "jetstream_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("symbols", mode="before")
    @classmethod
    def _symbols(cls, value: object) -> object:
        parts = value.upper().split(",") if isinstance(value, str) else value
        # Without repeats: a symbol asked for twice is paid for twice.
        return list(dict.fromkeys(part.strip() for part in parts if part.strip())) if isinstance(parts, list) else value

    @field_validator("alphavantage_key", "alpaca_key_id", "alpaca_secret", "finnhub_key")
    @classmethod
    def _needed_by_its_source(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # Not all at the end: a check of the whole is left out while any other setting is wrong.
        source = info.data.get("bars_source", "none") if info.data.get("quotes") == "service" else "none"
        if value is None and str(info.field_name).startswith(f"{source}_"):
            raise ValueError(f"TICKERTAPE_BARS_SOURCE={source} needs it")
        return value

    def backup_key_bytes(self) -> bytes | None:
        """The key that backups are encrypted with; None for backups without."""
        return None if self.backup_key is None else decode_key(self.backup_key.get_secret_value())

    def window(self) -> tuple[datetime | None, datetime | None]:
        """The part of the tape that is replayed: from and to, both included."""
        return self.since, self.until


def load() -> Settings:
    """Read the settings: from the environment, else from `.env`, else from files of secrets named like the variables.

    Raises:
        BadSettings: one or more are wrong; all of them are named.
    """
    try:
        return Settings(_secrets_dir=_secrets_dir())
    except ValidationError as error:
        # Pydantic puts the kind of its own error before ours.
        lines = [_line(problem["loc"], problem["msg"].removeprefix("Value error, ")) for problem in error.errors()]
        raise BadSettings("\n".join(["these settings are wrong:", *lines])) from error


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, or a port that is none
        return False


def _secrets_dir() -> Path | None:
    named = os.environ.get("TICKERTAPE_SECRETS_DIR")
    folder = Path(named) if named else _SECRETS_DIR
    if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        return folder
    if named:
        raise BadSettings(f"these settings are wrong:\n  TICKERTAPE_SECRETS_DIR: {named} is no folder that can be read")
    return None


def _line(location: tuple[int | str, ...], message: str) -> str:
    return f"  {_variable(location)}: {message}"


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return name if name.isupper() else f"TICKERTAPE_{name.upper()}"
