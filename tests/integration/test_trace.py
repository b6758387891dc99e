"""One tweet is followed through every store of a running stack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Stack

pytestmark = pytest.mark.integration
# What the tape of the session has these ids for, and where each ends.
ENDS = {"908": "delivered", "909": "dropped:no_content", "904": "quarantined:time_out_of_range"}


def test_a_tweet_is_found_at_every_hop(stack: Stack) -> None:
    """Delivered, dropped and quarantined ones, each with its places; the repeats of an id are told with it."""
    found: dict[str, Any] = {tweet_id: stack.json("trace", tweet_id) for tweet_id in ENDS}
    assert ENDS == {tweet_id: one["verdict"] for tweet_id, one in found.items()}
    hops = [(hop["hop"], hop["state"]) for hop in found["908"]["hops"]]
    assert {"filtered:duplicate", "quarantined:conflicting_duplicate"} < {state for _, state in hops}
    assert {"outbox", "data store", "live table", "raw lake", "table tweets", "table mentions", "served counts"} <= {
        hop for hop, state in hops if state == "here"
    }


def test_an_unknown_id_is_one_clear_line(stack: Stack) -> None:
    """Exit code 1, and the id in it."""
    answer = stack.run("trace", "31337", code=1)
    assert ["no tweet 31337"] == [line.split(":")[0] for line in answer.stderr.splitlines()]
