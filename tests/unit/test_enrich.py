"""Enrichment: sentiment added, links dropped, broken lines kept for the quarantine."""

import pytest

from tests.fakes.records import own, raw
from tickertape.domain.enrich import Enriched, enrich
from tickertape.domain.rejects import Outcome, Reason, Reject
from tickertape.domain.scorers import TextBlob
from tickertape.domain.telling import Scored


def outcome(line: bytes) -> Enriched | Reject:
    return enrich(line, TextBlob(), "transform_tweets", "2025-11-25T12:00:00Z")


def test_a_tweet_gets_its_sentiment_and_keeps_everything_else() -> None:
    """The event goes on unchanged but for the fields of the verdict."""
    event = own(text="great day for $NVDA")
    enriched = outcome(raw(event))
    assert isinstance(enriched, Enriched)
    verdict = {"sentiment": "positive", "polarity": 0.8, "scorer": "textblob", "method": "text"}
    assert event | verdict | {"words": [{"text": "great", "polarity": 0.8}]} == enriched.to_event()


def test_emoticons_are_not_repeated() -> None:
    """They stand in the text, so no words are kept beside them."""
    enriched = outcome(raw(own(text="great day :(")))
    assert isinstance(enriched, Enriched)
    assert ("emoticon", False) == (enriched.to_event()["method"], "words" in enriched.to_event())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (raw(own(text="https://t.co/abc http://t.co/d …")), (Outcome.DROPPED, Reason.NO_CONTENT)),
        (b"half a li", (Outcome.QUARANTINED, Reason.NOT_JSON)),
        (b"[]", (Outcome.QUARANTINED, Reason.UNKNOWN_SHAPE)),
        (raw(own(schema_version=2)), (Outcome.QUARANTINED, Reason.UNKNOWN_SCHEMA)),
        (raw({"schema_version": 1}), (Outcome.QUARANTINED, Reason.MISSING_FIELD)),
        (raw(own(created_at=5)), (Outcome.QUARANTINED, Reason.WRONG_TYPE)),
    ],
)
def test_what_does_not_go_on_says_why_and_keeps_its_bytes(line: bytes, expected: tuple[Outcome, Reason]) -> None:
    """Each line that goes no further is a reject with the bytes as they came."""
    reject = outcome(line)
    assert isinstance(reject, Reject)
    assert (*expected, line) == (reject.outcome, reject.reason, reject.raw)


def test_a_text_the_scorer_trips_over_is_quarantined() -> None:
    """An error inside the scorer costs that tweet only."""

    class Broken:
        name = "broken"
        neutral_below = 0.0

        def score(self, text: str) -> Scored:
            raise IndexError("list index out of range")

    reject = enrich(raw(own(text="plain words")), Broken(), "transform_tweets", "2025-11-25T12:00:00Z")
    assert isinstance(reject, Reject)
    assert (Reason.SCORER_FAILED, "broken: IndexError('list index out of range')") == (reject.reason, reject.detail)
