"""`tickertape search`: find tweets by their words, make the index again, and bring its dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from tickertape.cli.console import WRONG_CALL, fail, print_json, printable, utc_option

if TYPE_CHECKING:
    from tickertape.domain.search import Document, Found, SearchQuery
    from tickertape.ports.search import SearchIndex
    from tickertape.settings import Settings

# OpenSearch gives no more in one answer.
_MOST = 10_000
_NO_SEARCH = "no search runs: start the stack with COMPOSE_PROFILES=search, or name one in OPENSEARCH_URL"
# The ending that OpenSearch Dashboards asks of a file.
_IMPORTED = ".ndjson"
_NO_DASHBOARDS = (
    "no OpenSearch Dashboards runs: COMPOSE_PROFILES=search starts it in the runtime compose only; name another one in"
    " OPENSEARCH_DASHBOARDS_URL, or write a file for it with --file"
)


class _FindsByDefault(TyperGroup):
    """`search WORDS` is `search find WORDS`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["find", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    help="Find tweets by their words; `search WORDS` is `search find WORDS`.",
    cls=_FindsByDefault,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _group() -> None:
    """Find tweets by their words; `search WORDS` is `search find WORDS`."""


@app.command()
def find(
    words: Annotated[str, typer.Argument(help="all of them are in the tweet's text, in any order and case")] = "",
    ticker: Annotated[str, typer.Option(help="With this cashtag.", metavar="AAPL")] = "",
    since: Annotated[str, typer.Option("--from", help="From this time on, ISO 8601 with a zone.", metavar="TIME")] = "",
    until: Annotated[str, typer.Option("--to", help="Until this time, included.", metavar="TIME")] = "",
    sentiment: Annotated[str, typer.Option(help="positive, neutral or negative.", metavar="CLASS")] = "",
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many at most, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Find tweets: the newest first, and how many there are."""
    from tickertape.cli.context import attach
    from tickertape.ports.search import SearchUnavailable

    query = _query(words, ticker, since, until, sentiment)
    try:
        found = _index(attach()).find(query, limit)
    except SearchUnavailable as error:
        _fail(error)
    if as_json:
        print_json({"total": found.total, "tweets": list(found.tweets)})
    else:
        _print(found)


@app.command()
def reindex(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Make the index again from the lake: exactly its tweets, and nothing else. What is searched stays until then."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tickertape.aws import NotDeployed
    from tickertape.cli.context import attach
    from tickertape.ports.search import SearchUnavailable

    try:
        done = _reindexed(attach())
    except SearchUnavailable as error:
        _fail(error)
    except (NotDeployed, BotoCoreError, ClientError) as error:
        fail(f"the lake does not answer: {' '.join(str(error).split())}; `tickertape status` says more")
    if as_json:
        print_json(done)
        return
    typer.echo(f"{done['tweets']:,} tweets of {done['objects']:,} objects can be searched ({done['seconds']} s)")
    if done["unindexed"]:
        typer.echo(f"{done['unindexed']:,} lines cannot: {done['why']}")


@app.command()
def dashboards(
    file: Annotated[
        Path | None,
        typer.Option(help="Write it there instead, to be imported under Saved Objects.", metavar="NAME.ndjson"),
    ] = None,
) -> None:
    """Bring the dashboard of the tweets into OpenSearch Dashboards; what was changed in it there is overwritten."""
    from tickertape.cli.context import attach
    from tickertape.ports.search import SearchUnavailable

    if file and file.suffix != _IMPORTED:
        fail(f"--file: a name that ends in {_IMPORTED} was expected, as its import does; {file.name} came", WRONG_CALL)
    settings = attach()
    if file is None and settings.opensearch_dashboards_url is None:
        fail(_NO_DASHBOARDS)
    try:
        objects = _saved_objects(settings)
    except SearchUnavailable as error:
        _fail(error)
    if file:
        _write(objects, file)
    elif settings.opensearch_dashboards_url:
        _bring(objects, settings.opensearch_dashboards_url.get_secret_value())


def _saved_objects(settings: Settings) -> list[dict[str, Any]]:
    """Those of a dashboard that opens at the times of the tweets that are indexed."""
    from tickertape.control.clock import wall_time
    from tickertape.domain.search import SearchQuery
    from tickertape.search.saved_objects import saved_objects, times_shown

    found = _index(settings).summary(SearchQuery())
    return saved_objects(*times_shown(found.first, found.last, wall_time()))


def _write(objects: list[dict[str, Any]], file: Path) -> None:
    from tickertape.search.saved_objects import to_ndjson

    try:
        file.write_bytes(to_ndjson(objects))
    except OSError as error:
        fail(f"--file: {file} cannot be written: {error.strerror}")
    typer.echo(f"{len(objects)} objects are in {file}")


def _bring(objects: list[dict[str, Any]], url: str) -> None:
    from tickertape.search.dashboards import DashboardsFailed, OpenSearchDashboards
    from tickertape.search.saved_objects import DASHBOARD

    there = OpenSearchDashboards(url)
    try:
        taken = there.bring(objects, overwrite=True)
    except DashboardsFailed as error:
        fail(f"the dashboard is not brought: {error}")
    typer.echo(f"{taken} objects are in OpenSearch Dashboards: {there.page_of(DASHBOARD)}")


def _query(words: str, ticker: str, since: str, until: str, sentiment: str) -> SearchQuery:
    from tickertape.domain.search import SearchQuery
    from tickertape.domain.sentiment import Sentiment

    if sentiment and sentiment not in set(Sentiment):
        fail(f"--sentiment: one of {', '.join(Sentiment)} was expected, {sentiment!r} came", WRONG_CALL)
    if not (words.strip() or ticker or since or until or sentiment):
        fail("words were expected, or one of --ticker, --from, --to and --sentiment", WRONG_CALL)
    return SearchQuery(
        words=words.strip(),
        ticker=ticker.removeprefix("$").upper() or None,
        since=utc_option("--from", since),
        until=utc_option("--to", until),
        sentiment=Sentiment(sentiment) if sentiment else None,
    )


def _index(settings: Settings) -> SearchIndex:
    from tickertape.search.opensearch import OpenSearch

    if settings.opensearch_url is None:
        fail(_NO_SEARCH)
    return OpenSearch(settings.opensearch_url.get_secret_value())


def _reindexed(settings: Settings) -> dict[str, Any]:
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from tickertape.lake.deployed import deployed_lake
    from tickertape.lake.reindexing import reindex_lake

    index = _index(settings)
    lake = deployed_lake()
    began = time.monotonic()
    columns = (TextColumn("indexing the lake"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        done = reindex_lake(lake, index, lambda ready, of: progress.update(task, completed=ready, total=of))
    return {
        "objects": done.objects,
        "tweets": done.tweets,
        "unindexed": len(done.unindexed),
        "why": done.unindexed[0].why if done.unindexed else "",
        "seconds": round(time.monotonic() - began, 1),
    }


def _print(found: Found) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for tweet in found.tweets:
        # As Text: a tweet's `[/b]` is no markup.
        console.print(Text(_line(tweet)))
    shown = f", the newest {len(found.tweets):,} are shown" if len(found.tweets) < found.total else ""
    typer.echo(f"{found.total:,} tweets{shown}")


def _line(tweet: Document) -> str:
    name, text = printable(str(tweet["author"]["name"])), printable(str(tweet["text"]))
    return f"{tweet['created_at']}  {tweet.get('sentiment', ''):<8}  {name}: {text}"


def _fail(error: Exception) -> NoReturn:
    fail(f"the search does not answer: {' '.join(str(error).split())}; `tickertape status` says more")
