"""What the page shows, hostile input included."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import plotly.io.json as plotly_json
import pytest
from dash import html
from dash.development.base_component import Component

from dashboard.components.header import batch_line, clock_line
from dashboard.components.metrics import metric_cards
from dashboard.components.pickers import period_options, ticker_options
from dashboard.components.ticker_table import table_rows
from dashboard.components.tweets import MAX_SHOWN, clip, tweet_list
from dashboard.queries.counts import Split
from dashboard.queries.status import Status
from dashboard.queries.tweets import ShownTweet
from dashboard.state import LATEST
from dashboard.wording import MINUS
from tests.e2e.dashboard_world import OPEN, ticker_split, total, tweet
from tickertape.domain.market_hours import MarketState
from tickertape.domain.periods import Level
from tickertape.domain.telling import TellingWord
from tickertape.domain.virtual_clock import ClockState


def shown(text: str, **changes: Any) -> Component:
    """One tweet's element."""
    (element,) = tweet_list([ShownTweet.of(tweet("1", OPEN, text, **changes)[0])])
    return element


def inside(root: Any) -> Iterator[Any]:
    """The element and everything in it, in reading order."""
    if root is None:
        return
    yield root
    children = getattr(root, "children", None)
    for child in children if isinstance(children, list) else [children]:
        yield from inside(child)


def parts(root: Component, kind: type[Component]) -> list[Any]:
    """The elements of one kind, the root included."""
    return [each for each in inside(root) if isinstance(each, kind)]


def words(root: Component) -> str:
    """The text of an element, as a reader meets it."""
    return "".join(each for each in inside(root) if isinstance(each, str))


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "&lt;b&gt; $AAPL & {}"]
)
def test_markup_stays_text(text: str) -> None:
    """A tweet's markup is shown as its author typed it, in text nodes only."""
    element = shown(text)
    assert text in words(element)
    assert not any(
        "dangerously" in name for each in parts(element, Component) for name in each.to_plotly_json()["props"]
    )


def test_text_overrides_end_with_the_text() -> None:
    """Text and author have a direction of their own, so an override cannot turn the page around."""
    element = shown("\u202eevil \u2067 $AAPL", author="\u202eann")
    author, text, cashtag = parts(element, html.Bdi)
    assert ("\u202eann", "auto", "ltr") == (author.children, text.dir, cashtag.dir)


@pytest.mark.parametrize("text", ["\N{ROCKET}" * 10_000, "x" * 25_000, "Z\u0351\u036b\u0343" * 9_000])
def test_long_texts_are_cut(text: str) -> None:
    """However long a tweet is, the page carries a screenful of it."""
    assert MAX_SHOWN + 1 == len(clip(text, MAX_SHOWN))
    assert len(plotly_json.to_json_plotly(shown(text))) < 20_000


def test_half_a_surrogate_pair_is_replaced() -> None:
    """What UTF-8 cannot carry does not end the answer."""
    document = plotly_json.to_json_plotly(shown("\ud83d $AAPL"))
    assert "\ufffd" in words(shown("\ud83d $AAPL"))
    json.loads(document.encode())


def test_cashtags_are_set_apart() -> None:
    """A cashtag is marked, what looks like one is not, and nothing of the text is lost."""
    text = "$AAPL and $5, US$3 (brk $BRK.B)!"
    element = shown(text)
    assert ["$AAPL", "$BRK.B"] == [
        each.children for each in parts(element, html.Bdi) if getattr(each, "dir", None) == "ltr"
    ]
    assert text in words(element)


def test_a_tweet_says_its_sentiment_in_words() -> None:
    """Sentiment is a word and a sign beside the colour, and an attribute for tests."""
    element = shown("sell :( \N{CHART WITH DOWNWARDS TREND}", sentiment="negative", polarity=-0.4, method="emoticon")
    assert ("1", "negative") == (getattr(element, "data-tweet-id"), getattr(element, "data-sentiment"))
    assert "▼ negative \N{MINUS SIGN}0.40" in words(element)
    assert words(element).endswith("by :( \N{CHART WITH DOWNWARDS TREND}")
    assert words(shown("sell")).endswith("by its words")


def test_the_words_that_decided_are_underlined_and_named() -> None:
    """Each is marked where it stands, by a line of its kind, and named with a sign; cashtags stay cashtags."""
    great = TellingWord("GREAT", 0.8)
    told = [TellingWord("not good", -0.35), great, great, TellingWord("joy", 0.7)]
    element = shown("not good,\n$GREAT but GREAT 😂", words=told)
    marked = [each for each in parts(element, html.Span) if str(getattr(each, "className", "")).startswith("told")]
    assert [("not good", "told negative"), ("GREAT", "told positive")] == [
        (words(each), each.className) for each in marked
    ]
    assert words(element).endswith("by ▼ not good, ▲ GREAT, ▲ GREAT, ▲ joy")
    assert f"not good {MINUS}0.35, GREAT +0.80," in parts(element, html.Span)[-1].title


def test_a_tweet_without_known_words_says_so() -> None:
    """No word, and no words kept, are two things."""
    element = shown("Apple opens", sentiment="neutral", polarity=0.0, words=[])
    assert words(element).endswith("neutral 0.00no word decides")
    assert words(shown("Apple opens")).endswith("by its words")


def test_emoticons_that_decided_are_underlined() -> None:
    """Where they stand, and not where an address looks like one."""
    element = shown("see http://a.b :/", method="emoticon")
    (mark,) = [each for each in parts(element, html.Span) if str(getattr(each, "className", "")).startswith("told")]
    assert (":/", "told negative") == (words(mark), mark.className)
    assert "see http://a.b :/" in words(element)


def test_a_run_of_emoji_is_named_in_short() -> None:
    """Ten thousand rockets decide a tweet, and five of them are shown to have done it."""
    assert words(shown("\N{ROCKET}" * 10_000, method="emoticon")).endswith(" and 9,995 more")


def test_times_are_new_yorks_with_utc_at_hand() -> None:
    """A tweet's time is New York's; hovering says UTC's."""
    (time,) = parts(shown("up"), html.Time)
    assert ("6 Jun 2014, 10:00:00", "2014-06-06 14:00:00 UTC") == (time.children, time.title)


def test_metrics_carry_the_plain_numbers() -> None:
    """Each number is there for people and, unrounded, for machines."""
    current = Split.of_all(total(Level.DAILY, "2014-06-06", 500, 600, 134, mentions=47_593))
    previous = Split.of_all(total(Level.DAILY, "2014-06-05", 600, 600, 134, mentions=47_000))
    values = _values(metric_cards(current, previous, Level.DAILY))
    assert ("1,234", "1234") == values["metric-tweets"]
    assert ("47,593", "47593") == values["metric-mentions"]
    assert ("40.5 %", "0.405186") == values["metric-positive"]
    assert ("10.9 %", "0.108590") == (values["metric-negative"][0], f"{float(values['metric-negative'][1]):.6f}")


def test_metrics_tell_the_difference() -> None:
    """Counts differ by counts, shares by percentage points, both from the same period before."""
    current = Split.of_all(total(Level.DAILY, "2014-06-06", 5, 5, 0))
    previous = Split.of_all(total(Level.DAILY, "2014-06-05", 5, 10, 5))
    text = [words(card) for card in metric_cards(current, previous, Level.DAILY)]
    assert "\N{MINUS SIGN}10 vs Thu 5 Jun" in text[0]
    assert "+25.0 points vs Thu 5 Jun" in text[2]


def test_metrics_without_data() -> None:
    """Before the first batch there are dashes and no numbers."""
    values = _values(metric_cards(None, None, Level.DAILY))
    assert {("\N{EN DASH}", "")} == set(values.values())


def _values(cards: list[Component]) -> dict[str, tuple[str, str]]:
    spans = [span for card in cards for span in parts(card, html.Span) if getattr(span, "id", None)]
    return {span.id: (span.children, getattr(span, "data-value")) for span in spans}


def test_period_picker_offers_periods_with_data() -> None:
    """The latest period is on top under its name, a chosen one from a link is in its place."""
    options = period_options(Level.DAILY, ["2014-06-09", "2014-06-06"], "2014-06-07")
    assert [LATEST, "2014-06-09", "2014-06-07", "2014-06-06"] == [option["value"] for option in options]
    assert "Latest: Mon 9 Jun 2014" == options[0]["label"]


def test_ticker_picker_keeps_the_chosen_one() -> None:
    """A chosen ticker stays on offer in a period that does not mention it."""
    splits = [ticker_split(Level.DAILY, "2014-06-06", "AAPL", 1, 1, 1)]
    assert [("FB", "FB (0)"), ("AAPL", "AAPL (3)")] == [
        (option["value"], option["label"]) for option in ticker_options(splits, "FB")
    ]


def test_table_marks_the_chosen_ticker() -> None:
    """The table has the numbers of the bars, and knows which row is chosen."""
    splits = [ticker_split(Level.DAILY, "2014-06-06", ticker, 1, 2, 3) for ticker in ("AAPL", "FB")]
    rows = table_rows(splits, "FB")
    assert [("AAPL", 6, 1, 2, 3, False), ("FB", 6, 1, 2, 3, True)] == [
        (row["ticker"], row["mentions"], row["positive"], row["neutral"], row["negative"], row["selected"])
        for row in rows
    ]


def _untyped(component: Component) -> Any:
    return component


def test_header_tells_time_speed_and_batch() -> None:
    """The header says New York's time, what the clock does, and how old the counts are."""
    clock = ClockState(OPEN, OPEN, 60, False)
    status = Status(clock=clock, now=OPEN, batch_at=OPEN - timedelta(seconds=12))
    badge, tip = map(_untyped, clock_line(status, OPEN))
    assert "Replay \N{MULTIPLICATION SIGN}60" == badge.children
    assert ("Fri 6 Jun 2014, 10:00:00 New York", "2014-06-06 14:00:00 UTC") == (words(tip.children), tip.label)
    assert "Batch 12 s ago" == batch_line(status, OPEN)[0].children.children


def test_header_tells_the_market() -> None:
    """Open or closed is a word; why and until when is there on hover, in New York's time and in UTC."""
    clock = ClockState(OPEN, OPEN, 60, False)
    half_day = MarketState(True, "half day", OPEN + timedelta(hours=3))
    status = Status(clock=clock, now=OPEN, batch_at=None, market=half_day)
    tip = _untyped(clock_line(status, OPEN)[-1])
    assert "Market open" == words(tip.children)
    assert "Half day, until Fri 6 Jun 2014, 13:00 New York (2014-06-06 17:00:00 UTC)" == tip.label


def test_header_without_redis() -> None:
    """Without Redis the header says so, and what to do."""
    status = Status(clock=None, now=OPEN, batch_at=None)
    assert "tickertape status" in "".join(str(each.children) for each in clock_line(status, OPEN))
    assert "Last batch unknown" == batch_line(status, OPEN)[0].children
