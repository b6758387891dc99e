"""One tweet that was looked up by its id: where the serving store has it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.commands import worded
from dashboard.components.journal import event_list
from dashboard.components.panel import notice
from dashboard.components.times import moment
from dashboard.components.tweets import tweet_list
from dashboard.queries.journal import LoggedEvent
from dashboard.queries.one_tweet import FoundTweet
from dashboard.wording import count


def found_tweet(tweet_id: str, found: FoundTweet | None, events: Sequence[LoggedEvent]) -> list[Component]:
    """The tweet with its hops, or where to look instead."""
    told = [html.H3("Events about it", className="minor"), *event_list(events, only_problems=False)] if events else []
    more = f"Tape, outbox, lake, data store and quarantine are read by `tickertape trace {_safe(tweet_id)}`."
    if found is None:
        return [notice(f"The live table has no tweet of that id. {more}"), *told]
    counted = ", ".join(f"{period} ({count(tweets)} tweets)" for period, tweets in found.periods.items())
    facts: list[tuple[str, list[str | Component]]] = [
        ("Live table", [f"recent_tweets, {found.partition}; kept until ", moment(found.kept_until)]),
        ("Mentions", [", ".join(found.tickers) or "no ticker"]),
        ("Served counts", [counted or "no batch has counted its periods yet"]),
    ]
    return [
        *tweet_list([found.tweet]),
        html.Dl([part for name, said in facts for part in (html.Dt(name), html.Dd(said))], className="facts"),
        html.P(worded(more), className="faint"),
        *told,
    ]


def _safe(tweet_id: str) -> str:
    # A backtick would end the command in the sentence.
    return tweet_id.replace("`", "")
