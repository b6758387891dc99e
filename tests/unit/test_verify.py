"""The accounting finds what is missing, what is doubled and what is too much, by id."""

from dataclasses import replace

from tickertape.domain.rejects import Outcome, Reason, Reject
from tickertape.usecases.verify import Evidence, TapeLine, account


def reject(position: str, event_id: str | None, outcome: Outcome, reason: Reason) -> Reject:
    return Reject("s", "tweets", outcome, reason, "", event_id, position, "", b"", "")


WHOLE = Evidence(
    lines=[
        TapeLine("t:1", "a"),
        TapeLine("t:2", "b"),
        TapeLine("t:3", None),
        TapeLine("t:4", "a"),
        TapeLine("t:5", "c"),
    ],
    on_tape={"a", "b", "c", "later"},
    turned_away=[
        reject("t:3", None, Outcome.QUARANTINED, Reason.NOT_JSON),
        reject("t:4", "a", Outcome.FILTERED, Reason.DUPLICATE),
    ],
    withheld={},
    contentless=set(),
    stored={"a", "b", "c"},
    lake={"a": 1, "b": 2},
    transformed_away=[reject("", "c", Outcome.DROPPED, Reason.NO_CONTENT)],
    served={"a", "b"},
    curated={"a": 1, "b": 1},
    counted=2,
    in_outbox=0,
)


def test_a_whole_pipeline_is_accounted_for() -> None:
    """Every line has one outcome, and each hop's outcomes add up to what went in."""
    result = account("tweets", WHOLE)
    assert result.ok
    assert {"delivered": 3, "quarantined:not_json": 1, "filtered:duplicate": 1} == dict(result.hops[0].outcomes)
    assert {"delivered": 2, "dropped:no_content": 1} == dict(result.hops[1].outcomes)
    assert {"delivered": 2} == dict(result.hops[3].outcomes)


def missing_at(evidence: Evidence) -> list[tuple[str, list[str], list[str]]]:
    return [(h.name, list(h.missing), list(h.unexpected)) for h in account("tweets", evidence).hops if not h.ok]


def test_a_lost_line_is_named_by_its_place() -> None:
    """A line that is neither stored nor turned away is missing."""
    assert [("tape to data store", ["t:3 (no id)"], [])] == missing_at(
        replace(WHOLE, turned_away=WHOLE.turned_away[1:])
    )


def test_a_lost_event_is_named_at_the_hop_that_lost_it() -> None:
    """An id that the lake has not is missing there, and so on."""
    assert ("accepted to lake", ["b"], []) in missing_at(replace(WHOLE, lake={"a": 1}))
    assert [("accepted to recent_tweets", ["a"], [])] == missing_at(replace(WHOLE, served={"b"}))


def test_a_doubled_event_in_the_batch_is_found() -> None:
    """The lake may hold an event twice, the batch's table may not."""
    assert [("lake to batch", [], ["b"])] == missing_at(replace(WHOLE, curated={"a": 1, "b": 2}))


def test_an_event_from_nowhere_is_found() -> None:
    """What no line of the tape carries is unexpected."""
    assert ("tape to data store", [], ["z"]) in missing_at(replace(WHOLE, stored={"a", "b", "c", "z"}))


def test_totals_that_do_not_add_up_are_found() -> None:
    """The totals count each event of the batch once."""
    assert [("batch to totals", [], ["1 events too many are counted"])] == missing_at(replace(WHOLE, counted=3))


def test_what_came_in_while_looking_is_no_surprise() -> None:
    """An event of a later line of the tape is neither asked about nor unexpected."""
    later = replace(
        WHOLE, stored={"a", "b", "c", "later"}, lake={"a": 1, "b": 2, "later": 1}, served={"a", "b", "later"}
    )
    assert account("tweets", later).ok
    assert 3 == account("tweets", later).hops[1].entered


def test_what_a_flag_withheld_is_accounted_for_and_what_came_later_counts_as_delivered() -> None:
    """A withheld id is no loss at its sink; once it is there after all, it is delivered."""
    withheld = replace(WHOLE, stored={"a", "c"}, served={"b"}, withheld={"mongo": {"b"}, "kinesis": {"a", "b"}})
    hops = account("tweets", withheld).hops
    assert {"delivered": 2, "withheld:flag_off": 1} == {
        name: count for name, count in hops[0].outcomes.items() if name in ("delivered", "withheld:flag_off")
    }
    assert {"delivered": 1, "withheld:flag_off": 1, "dropped:no_content": 1} == dict(hops[2].outcomes)
    assert account("tweets", withheld).ok


def test_a_tweet_without_content_is_not_missed_where_the_transform_never_saw_it() -> None:
    """While Firehose is off nothing says that the transform dropped it, but our own reading does."""
    unseen = replace(WHOLE, transformed_away=[], withheld={"firehose": {"c"}}, contentless={"c"})
    assert account("tweets", unseen).ok
