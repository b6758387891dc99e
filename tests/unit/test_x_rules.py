"""Rules of X's filtered stream: as few as fit, and as narrow as what is wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.domain.area import BoundingBox
from tickertape.domain.symbols import SymbolList
from tickertape.domain.tweet_rules import TweetRules
from tickertape.sources.x_rules import TooManyRules, build_rules

TWO = SymbolList({"AAPL": "Apple Inc.", "BRK.B": "Berkshire Hathaway"})
SYMBOLS = st.lists(st.from_regex(r"[A-Z]{1,6}(\.[A-Z]{1,2})?", fullmatch=True), min_size=1, max_size=300, unique=True)


def test_no_list_and_no_keywords_make_no_rules() -> None:
    """There is no rule for everything."""
    assert [] == build_rules(TweetRules(), 512, 25)


@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        (TweetRules(), "($AAPL OR $BRK.B)"),
        (TweetRules(languages=frozenset({"en"})), "($AAPL OR $BRK.B) lang:en"),
        (
            TweetRules(languages=frozenset({"en-GB", "en-US", "de"}), retweets=False),
            "($AAPL OR $BRK.B) (lang:de OR lang:en) -is:retweet",
        ),
        (TweetRules(hashtag_tickers=True), "($AAPL OR #AAPL OR $BRK.B)"),
        (TweetRules(company_names=True), '($AAPL OR $BRK.B OR Apple OR "Berkshire Hathaway")'),
        (TweetRules(bounding_box=BoundingBox(0, 0, 1, 1)), "($AAPL OR $BRK.B) has:geo"),
        (TweetRules(exclude_keywords=frozenset({"give away", "x"})), '($AAPL OR $BRK.B) -"give away" -x'),
        (TweetRules(keywords=frozenset({"fed", "or"})), '(fed OR "or")'),
        (
            TweetRules(keywords=frozenset({"fed", 'a "b"'}), require_ticker=True),
            '($AAPL OR $BRK.B) ("a  b" OR fed)',
        ),
    ],
)
def test_a_rule_says_what_is_wanted(wanted: TweetRules, rule: str) -> None:
    """Tickers or keywords are alternatives; everything else narrows."""
    wanted = TweetRules(**{name: getattr(wanted, name) for name in wanted.__slots__} | {"symbols": lambda: TWO})
    assert [rule] == build_rules(wanted, 512, 25)


def test_narrowing_that_finds_no_room_is_left_to_our_filters() -> None:
    """Half of a rule is for its terms, whatever is excluded."""
    excluded = frozenset(f"excluded{number}" for number in range(100))
    (rule,) = build_rules(TweetRules(symbols=lambda: TWO, exclude_keywords=excluded), 512, 25)
    assert rule.startswith("($AAPL OR $BRK.B) -excluded")
    assert len(rule) < 300


@given(SYMBOLS, st.integers(64, 1024))
def test_every_symbol_is_in_one_rule_and_no_rule_is_too_long(symbols: list[str], length: int) -> None:
    """Whatever the list and the limit, the rules together are the list."""
    known = SymbolList(dict.fromkeys(symbols, ""))
    rules = build_rules(TweetRules(symbols=lambda: known, languages=frozenset({"en"})), length, 1000)
    assert all(len(rule) <= length for rule in rules)
    terms = [term for rule in rules for term in rule.removesuffix(" lang:en")[1:-1].split(" OR ")]
    assert [f"${symbol}" for symbol in symbols] == terms


def test_more_rules_than_the_plan_has_are_refused() -> None:
    """Leaving symbols out silently would look like nobody talks about them."""
    known = SymbolList({f"A{chr(65 + one)}{chr(65 + two)}": "" for one in range(26) for two in range(26)})
    wanted = TweetRules(symbols=lambda: known)
    with pytest.raises(TooManyRules, match="25 may be set"):
        build_rules(wanted, 64, 25)
    with pytest.raises(TooManyRules, match="does not fit"):
        build_rules(TweetRules(keywords=frozenset({"x" * 80})), 64, 25)
