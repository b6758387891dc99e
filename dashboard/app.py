"""The dashboard's entry point: wiring only. `python -m dashboard.app` serves it."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.io
import redis
import waitress
from botocore.config import Config
from dash import Dash
from flask import Response, send_file

from dashboard.login.gate import Login
from dashboard.pages.map import Map
from dashboard.pages.operations import Operations
from dashboard.pages.overview import Overview
from dashboard.pages.predictions import Predictions
from dashboard.pages.prices import Prices
from dashboard.pages.search import Search
from dashboard.pages.ticker import Ticker
from dashboard.pages.tweets import Tweets
from dashboard.queries.full_text import SearchReader
from dashboard.queries.impatient import ImpatientRedis
from dashboard.queries.reader import ServingReader, StoreAway
from dashboard.security import NotForOthers, check_address, guard
from dashboard.shell import NAME, Page, Shell
from tickertape.aws import Resources
from tickertape.control.clock import wall_time
from tickertape.domain.logins import read_users
from tickertape.logs import configure
from tickertape.ports.search import TweetSearch
from tickertape.search.opensearch import OpenSearch
from tickertape.serving.plain_answers import reading_session
from tickertape.settings import BadSettings, load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A page is read by someone who waits: it fails fast and asks again at its next refresh.
_IMPATIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=1,
    read_timeout=3,
    max_pool_connections=16,
)
_THREADS = 12
# More patience with the search, seconds: osmem adds up 47,593 tweets in more than three on two busy cores.
_SEARCH_S = 10.0
# Addresses that 127.0.0.1 is among.
_HAVE_OWN = ("127.0.0.1", "localhost", "0.0.0.0")  # noqa: S104  # compared, not listened on
_HERE = Path(__file__).parent


def create_app(
    resources: Callable[[], Resources],
    dynamodb: Callable[[], DynamoDBClient],
    redis_client: redis.Redis,
    search: TweetSearch | None = None,
    login: Login | None = None,
    wall: Callable[[], datetime] = wall_time,
    monotonic: Callable[[], float] = time.monotonic,
) -> Dash:
    """The dashboard, not yet serving.

    Args:
        resources: loads the names of the tables; may raise `NotDeployed`, and is then asked again later.
        dynamodb: makes the client, when it is first needed.
        redis_client: must not retry for long: the header waits for it.
        search: None where none is run.
        login: None where only this machine reaches it.
    """
    # By its own choice Dash would take orjson, and first go through all of an answer to make it fit: that is a sixth of
    # the dashboard's processor time.
    plotly.io.json.config.default_engine = "json"
    document = (_HERE / "index.html").read_text("utf-8")
    # A name, not __name__: as `__main__` a test's import would make a second app.
    app = Dash(
        "dashboard",
        title=NAME,
        # The tab's title would flicker with every refresh.
        update_title="",
        serve_locally=True,
        index_string=document,
        # The pages' parts come and go with the address.
        suppress_callback_exceptions=True,
        assets_folder=str(_HERE / "assets"),
        on_error=_log_error,
    )
    reader = ServingReader(resources, dynamodb, monotonic)
    pages: list[Page] = [
        Overview(reader, redis_client, wall),
        Tweets(reader, redis_client, wall),
        Ticker(reader, redis_client, wall),
        Prices(reader),
        Predictions(reader, redis_client),
        Search(SearchReader(search, monotonic)),
        Map(reader, redis_client, wall),
        Operations(reader, redis_client, wall),
    ]
    shell = Shell(pages, reader, redis_client, wall, has_login=login is not None)
    app.layout = shell.layout
    shell.register(app)
    _add_plotly(app)
    _add_health_check(app, reader)
    # Last: the hashes are those of all callbacks' inline scripts.
    guard(app.server, document, app.csp_hashes(), has_login=login is not None)
    if login:
        login.register(app.server)
    return app


def impatient_dynamodb() -> DynamoDBClient:
    """A client that does not keep a viewer waiting."""
    return reading_session().client("dynamodb", config=_IMPATIENT)


def serve(app: Dash, host: str, port: int) -> None:
    """Serve until the process ends."""
    # It would say in plain text, between the JSON lines, that a request waits for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    waitress.serve(app.server, listen=listen_on(host, port), threads=_THREADS, ident=None)


def _add_plotly(app: Dash) -> None:
    def plotly_js() -> Response:
        # Not for ever: another version has the same address. It says when it is still the same.
        return send_file(_HERE / "plotly_js" / "plotly.min.js", mimetype="text/javascript", conditional=True, max_age=0)

    # Where Dash has plotly.js with all its traces, ours with the four that are drawn here.
    app.server.add_url_rule("/_dash-component-suites/plotly/package_data/plotly.min.js", view_func=plotly_js)


def _add_health_check(app: Dash, reader: ServingReader) -> None:
    def healthz() -> Response:
        try:
            reader.check()
        except StoreAway as away:
            return Response(f"{away}\n", status=503, mimetype="text/plain")
        return Response("ok", mimetype="text/plain")

    app.server.add_url_rule("/healthz", view_func=healthz)


def _users(file: Path | None) -> dict[str, str]:
    """The hash of each user's password; nobody's without a file."""
    try:
        return read_users(file.read_text("utf-8")) if file else {}
    except (OSError, ValueError) as error:
        raise BadSettings(f"these settings are wrong:\n  TICKERTAPE_DASHBOARD_USERS_FILE: {error}") from error


def _log_error(error: Exception) -> None:
    # The page keeps what it shows; the trace belongs into the log.
    configure("dashboard").error("view_failed", exc_info=error)


def listen_on(host: str, port: int) -> str:
    """Where to listen, as waitress reads it: also on this machine's own address, where its health is asked for.

    >>> listen_on("192.168.1.7", 8050), listen_on("0.0.0.0", 8050)
    ('192.168.1.7:8050 127.0.0.1:8050', '0.0.0.0:8050')
    """
    has_own = host in _HAVE_OWN
    hosts = [f"[{host}]" if ":" in host else host, *([] if has_own else ["127.0.0.1"])]
    return " ".join(f"{one}:{port}" for one in hosts)


def main() -> int:
    """Serve the dashboard until the process ends."""
    log = configure("dashboard")
    try:
        settings = load()
        users = _users(settings.dashboard_users_file)
        check_address(settings.dashboard_host, settings.dashboard_published, has_login=bool(users))
    except (BadSettings, NotForOthers) as error:
        print(error, file=sys.stderr)
        return 2
    redis_client = ImpatientRedis.at(settings.redis_url.get_secret_value())
    search = None
    if settings.opensearch_url:
        search = OpenSearch(settings.opensearch_url.get_secret_value(), timeout_s=_SEARCH_S, connections=_THREADS)
    app = create_app(Resources.from_stack, impatient_dynamodb, redis_client, search, Login(users) if users else None)
    log.info("dashboard_serving", host=settings.dashboard_host, port=settings.dashboard_port)
    serve(app, settings.dashboard_host, settings.dashboard_port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
